// Contributions and importances against the official library's pred_contribs and get_score.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/explain/importance.hpp"
#include "learn/explain/tree_shap.hpp"
#include "learn/settings.hpp"
#include "learn/testing.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/testing.hpp"
#include "learn/tree/xgboost_library.hpp"

namespace kohort {
namespace {

/// Covers as training leaves them: a node's is the sum of its children's.
void add_covers_up(TreeEnsemble& trees) {
  for (std::size_t k = trees.nodes.size(); k-- > 0;) {
    TreeNode& node = trees.nodes[k];
    if (node.left >= 0)
      node.cover = trees.nodes[static_cast<std::size_t>(node.left)].cover +
                   trees.nodes[static_cast<std::size_t>(node.right)].cover;
  }
}

/// The library adds up in 32 bits and unwinds its paths by division: a few 1e-6 of the leaves' size.
void expect_same_contributions(const TreeEnsemble& trees, const std::vector<XgboostFeature>& features,
                               const std::vector<float>& rows) {
  XgboostLibrary library{write_xgboost_json(trees, features)};
  const std::vector<float> theirs = library.contributions(rows, features);
  TreeShap::Columns columns{{}, features.size()};
  for (std::uint32_t j = 0; j < features.size(); ++j) columns.of_feature.push_back(j);
  std::vector<double> ours(theirs.size());
  TreeShap{trees, columns}.explain(rows, rows.size() / features.size(), ours);
  for (std::size_t k = 0; k < ours.size(); ++k)
    ASSERT_NEAR(ours[k], theirs[k], 1e-5)
        << "row " << k / (features.size() + 1) << ", column " << k % (features.size() + 1);
}

TEST(XgboostContributions, AreOursOnRandomTreesWithSets) {
  const auto features = mixed_features();
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomTrees random{Objective::SquaredError, features, 8, Stream{seed}};
    add_covers_up(random.trees);
    const auto rows = random_rows(features, random.trees, 50, Stream{seed}.child("rows"));
    std::vector<float> flat;
    for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
    expect_same_contributions(random.trees, features, flat);
  }
}

struct Fitted {
  TreeModel model;
  std::vector<float> rows;  // features of the problem's rows
};

/// Boosting under three objectives with both rules for categories, and forests.
std::vector<Fitted> fitted(const MixedProblem& p) {
  Workers workers{1};
  std::vector<Fitted> out;
  for (const Objective objective : {Objective::SquaredError, Objective::Logistic, Objective::Poisson}) {
    const Problem problem{p.matrix, objective == Objective::Logistic ? p.event : p.count, p.rows, objective};
    for (const char* encoding : {"sets", "report"}) {
      const auto settings = read_settings<BoostingSettings>({{"n_estimators", "25"}, {"encoding", encoding}});
      out.push_back({fit_boosting(problem, settings, Stream{1}, workers), {}});
    }
  }
  ForestSettings forest;
  forest.n_estimators = 25;
  for (const Problem& problem : {p.counts(), p.events()})
    out.push_back({fit_forest(problem, forest, Stream{1}, workers), {}});
  for (Fitted& one : out) {
    const EncodedMatrix encoded{one.model.encoding, p.matrix};
    one.rows.resize(p.rows.size() * encoded.features());
    encoded.fill(p.rows, one.rows);
  }
  return out;
}

TEST(XgboostContributions, AreOursOnFittedTrees) {
  const MixedProblem p{400};
  for (const Fitted& one : fitted(p))
    expect_same_contributions(one.model.trees, xgboost_features(one.model.encoding), one.rows);
}

/// The library adds scores up in 32 bits.
TEST(XgboostImportances, AreOurs) {
  const MixedProblem p{400};
  for (const Fitted& one : fitted(p)) {
    XgboostLibrary library{write_xgboost_json(one.model.trees, xgboost_features(one.model.encoding))};
    const auto names = explained_names(one.model, Detail::Features);
    const auto ours = split_importances(one.model, Detail::Features);
    ASSERT_EQ(names.size(), ours.size());
    const auto expect = [&](const char* type, auto value) {
      const auto theirs = library.scores(type);
      EXPECT_FALSE(theirs.empty());
      for (std::size_t j = 0; j < names.size(); ++j) {
        ASSERT_EQ(theirs.contains(names[j]), ours[j].weight > 0) << type << " of " << names[j];
        if (ours[j].weight > 0)
          EXPECT_NEAR(value(ours[j]), theirs.at(names[j]), 1e-5 * value(ours[j]))
              << type << " of " << names[j];
      }
    };
    expect("weight", [](const SplitImportance& i) { return static_cast<double>(i.weight); });
    expect("total_gain", [](const SplitImportance& i) { return i.total_gain; });
    expect("gain", [](const SplitImportance& i) { return i.gain(); });
    expect("total_cover", [](const SplitImportance& i) { return i.total_cover; });
    expect("cover", [](const SplitImportance& i) { return i.cover(); });
  }
}

TEST(SplitImportances, OfAPredictorAreThoseOfItsFeaturesTogether) {
  const MixedProblem p{400};
  Workers workers{1};
  const auto settings = read_settings<BoostingSettings>({{"n_estimators", "25"}, {"encoding", "report"}});
  const TreeModel model = fit_boosting(p.counts(), settings, Stream{1}, workers);
  const auto parts = split_importances(model, Detail::Features);
  const auto whole = split_importances(model, Detail::Predictors);
  EXPECT_EQ(explained_names(model, Detail::Predictors), predictors_of(model));
  ASSERT_EQ(parts.size(), whole.size() + 2);  // three areas
  SplitImportance area;
  for (std::size_t j = whole.size() - 1; j < parts.size(); ++j) {
    area.weight += parts[j].weight;
    area.total_gain += parts[j].total_gain;
    area.total_cover += parts[j].total_cover;
  }
  EXPECT_EQ(whole.back().weight, area.weight);
  EXPECT_NEAR(whole.back().total_gain, area.total_gain, 1e-12 * area.total_gain);
  EXPECT_EQ(whole.back().total_cover, area.total_cover);  // whole numbers
  EXPECT_GT(area.weight, 3);
  EXPECT_EQ(whole.front(), parts.front());
}

}  // namespace
}  // namespace kohort
