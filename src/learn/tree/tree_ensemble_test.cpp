#include "learn/tree/tree_ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/tree/testing.hpp"

namespace kohort {
namespace {

/// One tree's leaf by recursion, levels looked up in a set.
float slow_leaf(const RandomTrees& random, std::size_t n, const std::vector<float>& row) {
  const TreeNode& node = random.trees.nodes[n];
  if (node.left < 0) return node.value;
  const float x = row[node.feature];
  bool left = x < node.value;
  if (random.right.contains(n)) left = !random.right.at(n).contains(static_cast<std::size_t>(x));
  if (std::isnan(x)) left = node.missing_left;
  return slow_leaf(random, static_cast<std::size_t>(left ? node.left : node.right), row);
}

TEST(TreeEnsemble, AddsTheLeafOfEveryTree) {
  const auto features = mixed_features();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const RandomTrees random{Objective::SquaredError, features, 1 + seed, Stream{seed}};
    for (const auto& row : random_rows(features, random.trees, 200, Stream{seed}.child("rows"))) {
      float sum = random.trees.base_margin;
      for (const std::uint32_t root : random.trees.roots) sum += slow_leaf(random, root, row);
      ASSERT_EQ(random.trees.margin(row), sum) << "the same 32-bit sum";
      ASSERT_EQ(random.trees.predict(row), sum);
    }
  }
}

TEST(TreeEnsemble, PredictsWhatBelongsToTheMargin) {
  const auto features = mixed_features();
  for (const Objective objective : {Objective::Logistic, Objective::Poisson, Objective::Tweedie}) {
    const RandomTrees random{objective, features, 5, Stream{1}};
    for (const auto& row : random_rows(features, random.trees, 50, Stream{2})) {
      const double margin = random.trees.margin(row), e = std::exp(margin);
      const double expected = objective == Objective::Logistic ? e / (1 + e) : e;
      ASSERT_NEAR(random.trees.predict(row), expected, 1e-7 * expected);  // 32 bits
    }
  }
}

TEST(TreeEnsemble, WithoutTreesIsItsBaseScore) {
  const RandomTrees none{Objective::Logistic, mixed_features(), 0, Stream{1}};
  EXPECT_FLOAT_EQ(static_cast<float>(none.trees.predict({})), none.trees.base_score);
}

}  // namespace
}  // namespace kohort
