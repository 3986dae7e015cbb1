// Models that travel between kohort and libxgboost on real data: each predicts what the other does, within
// 1e-6 of the outcome's range (or of the prediction, where that is larger); only where KOHORT_DATA is set.
// tests/reference/xgboost_files/README.md keeps the table it prints.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/engines.hpp"
#include "learn/tree/real_tables.hpp"
#include "learn/tree/xgboost_library.hpp"
#include "learn/xgboost_model.hpp"

namespace kohort {
namespace {

/// A data set as the library wants it.
struct Travelled {
  const RealSource& source;
  RealTable table = read_real_table(source);
  std::vector<XgboostFeature> features{};
  std::vector<float> cells{};  // shape (rows, features)
  Workers workers{};

  explicit Travelled(const RealSource& from) : source(from) {
    const TreeEncoding encoding = make_tree_encoding(table.matrix, CategoryRule::Ordinal);
    features = xgboost_features(encoding);
    cells.resize(table.rows.size() * features.size());
    EncodedMatrix{encoding, table.matrix}.fill(table.rows, cells);
  }
  const std::vector<double>& outcome(Objective objective) const {
    return objective == Objective::Logistic ? table.event : table.count;
  }

  /// Expects the library to predict from its reading of a model what we predict from ours.
  void compare(const std::string& what, XgboostLibrary& library, const Model& model) {
    const std::vector<float> theirs = library.predict(cells, features);
    const std::vector<double> ours = predict(model, table.matrix, table.rows, workers);
    const auto& y = outcome(objective_of(model));
    const double range = std::ranges::max(y) - std::ranges::min(y);
    double largest = 0;
    for (std::size_t i = 0; i < ours.size(); ++i)
      largest = std::max(
          largest, std::abs(ours[i] - static_cast<double>(theirs[i])) / std::max(range, std::abs(ours[i])));
    fmt::print("| {} | {} | {} | {} | {:.1e} |\n", source.folder, source.outcome,
               to_text(objective_of(model)), what, largest);
    EXPECT_LT(largest, 1e-6) << what;
  }
};

/// XGBoost's names of the objectives.
std::string xgboost_name(Objective objective) {
  return objective == Objective::Logistic  ? "binary:logistic"
         : objective == Objective::Poisson ? "count:poisson"
                                           : "reg:squarederror";
}

class EveryTable : public testing::TestWithParam<RealSource> {};

TEST_P(EveryTable, PredictsTheSameInBothPrograms) {
  Travelled t{GetParam()};
  for (const Objective objective : t.source.objectives) {
    const Problem problem{t.table.matrix, t.outcome(objective), t.table.rows, objective};
    const Model own = fit_model(engine("boosting"), problem,
                                {{"n_estimators", "100"}, {"encoding", "ordinal"}, {"subsample", "0.8"}},
                                Stream{1}, t.workers);
    XgboostLibrary reads_ours{to_xgboost_json(own)};
    t.compare("boosting of ours", reads_ours, own);
    XgboostLibrary trains{
        t.cells, t.features, t.outcome(objective), {{"objective", xgboost_name(objective)}}, 100};
    t.compare("boosting of the library", trains, from_bytes(trains.save()));
    if (objective == Objective::Poisson) continue;  // no forest has it
    const Model forest = fit_model(
        engine("random_forest"), problem,
        {{"n_estimators", "500"}, {"encoding", "ordinal"}, {"max_features", "sqrt"}, {"max_depth", "8"}},
        Stream{1}, t.workers);
    XgboostLibrary reads_forest{to_xgboost_json(forest)};
    t.compare("forest of ours, 500 trees", reads_forest, forest);
  }
}

std::string test_name(const RealSource& source) {
  std::string name = source.folder + "_" + source.outcome;
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_'; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(RealData, EveryTable, testing::ValuesIn(real_sources()),
                         [](const auto& instance) { return test_name(instance.param); });

}  // namespace
}  // namespace kohort
