// Contributions against the official library's on real data; only where KOHORT_DATA is set.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/explain/contributions.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/real_tables.hpp"
#include "learn/tree/xgboost_library.hpp"

namespace kohort {
namespace {

struct Named {
  std::string name;
  TreeModel model;
};

/// Boosting under the objectives that suit the outcome, and a forest.
std::vector<Named> fitted(const RealTable& table, std::span<const Objective> objectives) {
  Workers workers;
  std::vector<Named> out;
  const auto problem = [&](Objective objective) {
    return Problem{table.matrix, objective == Objective::Logistic ? table.event : table.count, table.rows,
                   objective, table.weight};
  };
  const auto boosting = read_settings<BoostingSettings>({{"n_estimators", "50"}, {"encoding", "ordinal"}});
  for (const Objective objective : objectives)
    out.push_back({fmt::format("boosting, {}", to_text(objective)),
                   fit_boosting(problem(objective), boosting, Stream{1}, workers)});
  ForestSettings forest;
  forest.n_estimators = 20;
  forest.max_depth = 12;
  forest.min_samples_leaf = 5;
  forest.max_features = "sqrt";
  for (const Objective objective : objectives)
    if (objective != Objective::Poisson)
      out.push_back({fmt::format("forest, {}", to_text(objective)),
                     fit_forest(problem(objective), forest, Stream{1}, workers)});
  return out;
}

/// Some hundreds of rows.
RowList some_rows(const RealTable& table) {
  RowList rows;
  const std::size_t step = std::max<std::size_t>(1, table.rows.size() / 400);
  for (std::size_t i = 0; i < table.rows.size(); i += step) rows.push_back(table.rows[i]);
  return rows;
}

/// The sum of the leaves in doubles: the margin without its rounding; of a forest the prediction.
double margin(const TreeEnsemble& trees, std::span<const float> row) {
  double sum = 0;
  for (const std::uint32_t root : trees.roots) sum += static_cast<double>(trees.leaf_value(root, row));
  return trees.average ? sum / static_cast<double>(trees.roots.size())
                       : static_cast<double>(trees.base_margin) + sum;
}

class EveryDataSetExplained : public testing::TestWithParam<RealSource> {};

TEST_P(EveryDataSetExplained, AsLibxgboostDoesAndAddedUpToTheMargin) {
  const RealTable table = read_real_table(GetParam());
  const RowList rows = some_rows(table);
  Workers workers;
  for (const auto& [name, model] : fitted(table, GetParam().objectives)) {
    SCOPED_TRACE(name);
    const Model any{model};
    const Explainer explainer{any, table.matrix, Detail::Features};
    const std::size_t columns = explainer.columns(), width = columns - 1;
    const std::vector<double> ours = explainer.explain(rows, workers);
    std::vector<float> features(rows.size() * width);
    EncodedMatrix{model.encoding, table.matrix}.fill(rows, features);
    const auto about = xgboost_features(model.encoding);
    XgboostLibrary library{write_xgboost_json(model.trees, about)};
    const std::vector<float> theirs = library.contributions(features, about),
                             margins = library.margins(features, about);
    ASSERT_EQ(theirs.size(), ours.size());
    double apart = 0, unexact = 0, unrounded = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double whole = margin(model.trees, std::span{features}.subspan(i * width, width));
      const double size = std::max(1.0, std::abs(whole));
      double sum = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        sum += ours[i * columns + c];
        apart = std::max(
            apart, std::abs(ours[i * columns + c] - static_cast<double>(theirs[i * columns + c])) / size);
      }
      unexact = std::max(unexact, std::abs(sum - whole) / size);
      unrounded = std::max(unrounded, std::abs(sum - static_cast<double>(margins[i])) / size);
    }
    fmt::print("| {} | {} | {} | {:.1e} | {:.1e} | {:.1e} |\n", GetParam().folder, GetParam().outcome, name,
               apart, unexact, unrounded);
    EXPECT_LE(apart, 1e-5);  // the bounds
    EXPECT_LE(unexact, 1e-9);
    EXPECT_LE(unrounded, 5e-6);  // 50 floats added up in floats
  }
}

std::string test_name(const RealSource& source) {
  std::string name = source.folder + "_" + source.outcome;
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_'; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(RealData, EveryDataSetExplained, testing::ValuesIn(real_sources()),
                         [](const auto& instance) { return test_name(instance.param); });

}  // namespace
}  // namespace kohort
