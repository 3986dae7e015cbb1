#include "learn/explain/tree_shap.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/testing.hpp"

namespace kohort {
namespace {

using Columns = TreeShap::Columns;

Columns each_its_own(std::size_t features) {
  Columns columns{{}, features};
  for (std::uint32_t j = 0; j < features; ++j) columns.of_feature.push_back(j);
  return columns;
}

/// What one tree says when only the features of `known` (a bit each) are known of a row: at a split on
/// another one both children count by their share of the cover. Lundberg et al. (2020), Algorithm 1.
double expected(const TreeEnsemble& trees, std::size_t place, const std::vector<float>& row, unsigned known) {
  const TreeNode& node = trees.nodes[place];
  if (node.left < 0) return node.value;
  const auto left = static_cast<std::size_t>(node.left), right = static_cast<std::size_t>(node.right);
  if ((known >> node.feature & 1) != 0) {
    const float x = row[node.feature];
    const bool goes_left = std::isnan(x)          ? node.missing_left
                           : node.first_word >= 0 ? !trees.goes_right(node, static_cast<std::size_t>(x))
                                                  : x < node.value;
    return expected(trees, goes_left ? left : right, row, known);
  }
  const double a = trees.nodes[left].cover, b = trees.nodes[right].cover;
  const double share = a + b > 0 ? a / (a + b) : 0.5;
  return share * expected(trees, left, row, known) + (1 - share) * expected(trees, right, row, known);
}

/// The mean of what a feature adds over all orders in which features become known, by all subsets; the last
/// value is that of none known.
std::vector<double> shapley_values(const TreeEnsemble& trees, const std::vector<float>& row) {
  const std::size_t n = row.size();
  std::vector<double> of_subset(std::size_t{1} << n, trees.average ? 0.0 : trees.base_margin);
  for (unsigned known = 0; known < of_subset.size(); ++known)
    for (const std::uint32_t root : trees.roots)
      of_subset[known] +=
          expected(trees, root, row, known) / (trees.average ? static_cast<double>(trees.roots.size()) : 1.0);
  std::vector<double> values(n + 1);
  for (std::size_t i = 0; i < n; ++i)
    for (unsigned known = 0; known < of_subset.size(); ++known) {
      if ((known >> i & 1) != 0) continue;
      const double size = std::popcount(known);
      const double orders = std::tgamma(size + 1) * std::tgamma(static_cast<double>(n) - size) /
                            std::tgamma(static_cast<double>(n) + 1);
      values[i] += orders * (of_subset[known | 1U << i] - of_subset[known]);
    }
  values[n] = of_subset[0];
  return values;
}

std::vector<float> flat(const std::vector<std::vector<float>>& rows) {
  std::vector<float> out;
  for (const auto& row : rows) out.insert(out.end(), row.begin(), row.end());
  return out;
}

std::vector<double> explain(const TreeEnsemble& trees, const Columns& columns,
                            const std::vector<float>& rows) {
  const std::size_t count = rows.size() / columns.of_feature.size();
  std::vector<double> out(count * (columns.count + 1));
  TreeShap{trees, columns}.explain(rows, count, out);
  return out;
}

/// All subsets of six features: numbers and sets, missing cells, splits again on a feature above.
TEST(TreeShap, IsTheMeanOverAllOrdersOfTheFeatures) {
  const auto features = mixed_features();
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (const bool average : {false, true}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + (average ? ", average" : ", sum"));
      RandomTrees random{Objective::Logistic, features, 4, Stream{seed}};
      random.trees.average = average;
      const auto rows = random_rows(features, random.trees, 21, Stream{seed}.child("rows"));
      const auto ours = explain(random.trees, each_its_own(features.size()), flat(rows));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto slow = shapley_values(random.trees, rows[i]);
        for (std::size_t j = 0; j < slow.size(); ++j)
          ASSERT_NEAR(ours[i * slow.size() + j], slow[j], 1e-12) << "row " << i << ", feature " << j;
      }
    }
  }
}

TEST(TreeShap, AddsFeaturesOfOnePredictorUp) {
  const auto features = mixed_features();
  const RandomTrees random{Objective::SquaredError, features, 9, Stream{3}};
  const auto rows = flat(random_rows(features, random.trees, 13, Stream{4}));
  const auto by_feature = explain(random.trees, each_its_own(6), rows);
  const auto by_predictor = explain(random.trees, {{0, 1, 0, 2, 2, 0}, 3}, rows);
  for (std::size_t i = 0; i < 13; ++i) {
    const double* f = &by_feature[i * 7];
    const double* p = &by_predictor[i * 4];
    EXPECT_NEAR(p[0], f[0] + f[2] + f[5], 1e-13);
    EXPECT_NEAR(p[1], f[1], 1e-13);
    EXPECT_NEAR(p[2], f[3] + f[4], 1e-13);
    EXPECT_EQ(p[3], f[6]);
  }
}

/// The sum of leaves in doubles: the margin without its rounding to 32 bits.
double margin(const TreeEnsemble& trees, std::span<const float> row) {
  double sum = trees.average ? 0 : trees.base_margin;
  for (const std::uint32_t root : trees.roots)
    sum += trees.leaf_value(root, row) / (trees.average ? static_cast<double>(trees.roots.size()) : 1.0);
  return sum;
}

/// Deep trees, so that paths hold a feature often and the quadrature has many places.
TEST(TreeShap, AddsUpToTheMarginOfFittedTrees) {
  const MixedProblem p{600};
  Workers workers{1};
  ForestSettings forest;
  forest.n_estimators = 20;
  const auto boosting = read_settings<BoostingSettings>({{"n_estimators", "40"}, {"max_depth", "12"}});
  for (const TreeModel& model : {fit_forest(p.counts(), forest, Stream{1}, workers),
                                 fit_forest(p.events(), forest, Stream{1}, workers),
                                 fit_boosting(p.counts(), boosting, Stream{1}, workers),
                                 fit_boosting(p.events(), boosting, Stream{1}, workers)}) {
    const EncodedMatrix encoded{model.encoding, p.matrix};
    const std::size_t width = encoded.features();
    std::vector<float> rows(p.rows.size() * width);
    encoded.fill(p.rows, rows);
    const auto values = explain(model.trees, each_its_own(width), rows);
    double mean = 0;
    for (std::size_t i = 0; i < p.rows.size(); ++i) {
      double sum = 0;
      for (std::size_t j = 0; j <= width; ++j) sum += values[i * (width + 1) + j];
      const double wanted = margin(model.trees, std::span{rows}.subspan(i * width, width));
      mean += wanted / static_cast<double>(p.rows.size());
      ASSERT_NEAR(sum, wanted, 1e-12 * std::max(1.0, std::abs(wanted))) << "row " << i;
    }
    // The bias is the mean margin of the rows a tree was grown on; of a forest they are drawn, of logistic
    // ones weighted.
    if (!model.trees.average && model.trees.objective == Objective::SquaredError)
      EXPECT_NEAR(values[width], mean, 1e-5 * std::abs(mean));  // leaf values are floats
  }
}

TEST(TreeShap, GivesARowTheSameBitsAloneAndAmongOthers) {
  const auto features = mixed_features();
  const RandomTrees random{Objective::SquaredError, features, 30, Stream{8}};
  const auto rows = random_rows(features, random.trees, 11, Stream{9});
  const auto together = explain(random.trees, each_its_own(6), flat(rows));
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(explain(random.trees, each_its_own(6), rows[i]),
              std::vector<double>(together.begin() + static_cast<std::ptrdiff_t>(7 * i),
                                  together.begin() + static_cast<std::ptrdiff_t>(7 * i + 7)));
}

/// A chain of splits, each on the next of some features.
TreeEnsemble chain(std::int32_t depth) {
  TreeEnsemble trees;
  trees.roots = {0};
  for (std::int32_t k = 0; k < depth; ++k) {
    trees.nodes.push_back(
        {.left = 2 * k + 1, .right = 2 * k + 2, .feature = static_cast<std::uint32_t>(k % 40)});
    trees.nodes.push_back({.value = static_cast<float>(k), .cover = 1});
  }
  trees.nodes.push_back({.value = -1, .cover = 1});
  for (std::int32_t k = depth - 1; k > 0; --k)
    trees.nodes[static_cast<std::size_t>(2 * k)].cover = static_cast<float>(depth - k + 1);
  return trees;
}

TEST(TreeShap, TakesTreesOf1024LevelsAndRefusesDeeperOnes) {
  const std::vector<float> row(40, 1);  // all to the right
  const auto values = explain(chain(1024), each_its_own(40), row);
  double sum = 0;
  for (const double value : values) sum += value;
  EXPECT_NEAR(sum, -1, 1e-9);  // of leaves up to 1023
  EXPECT_THROW((TreeShap{chain(1025), each_its_own(40)}), Error);
}

TEST(TreeShap, SplitsThatNoRowReachedEvenly) {
  TreeEnsemble trees;
  trees.roots = {0};
  trees.nodes = {{.left = 1, .right = 2}, {.value = 4}, {.value = 2}};  // all covers 0
  EXPECT_EQ(explain(trees, each_its_own(1), {1}), (std::vector<double>{-1, 3}));
}

TEST(TreeShap, ExplainsATreeOfOneLeafByTheBias) {
  TreeEnsemble trees;
  trees.base_margin = 0.5F;
  trees.roots = {0};
  trees.nodes = {{.value = 2}};
  EXPECT_EQ(explain(trees, each_its_own(2), {1, 2}), (std::vector<double>{0, 0, 2.5}));
}

}  // namespace
}  // namespace kohort
