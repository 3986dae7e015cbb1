#pragma once
// For tests: tree ensembles and rows of features, made from keyed chance.

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "learn/tree/loss.hpp"
#include "learn/tree/tree_ensemble.hpp"
#include "learn/tree/xgboost_json.hpp"

namespace kohort {

/// Numbers, and categories of few and many levels.
inline std::vector<XgboostFeature> mixed_features() {
  return {{"age"}, {"area", 3}, {"income"}, {"municipality", 300}, {"code", 64}, {"charges"}};
}

/// A base score that suits the objective.
inline float some_base_score(Objective objective) {
  if (objective == Objective::SquaredError) return -1.75F;
  return objective == Objective::Logistic ? 0.21F : 0.083F;
}

/// Trees of up to 31 nodes over features, with the sets of levels once more as sets.
struct RandomTrees {
  TreeEnsemble trees;
  std::map<std::size_t, std::set<std::size_t>> right;  // by node: the levels that go right

  RandomTrees(Objective objective, const std::vector<XgboostFeature>& features, std::size_t count,
              Stream stream)
      : features_(features) {
    trees.objective = objective;
    if (objective == Objective::Tweedie) trees.tweedie_variance_power = 1.05 + 0.9 * stream.uniform(0);
    trees.base_score = some_base_score(objective);
    trees.base_margin = margin_of(trees.base_score, objective);
    for (std::size_t t = 0; t < count; ++t) add_tree(stream.child(t));
  }

 private:
  void add_tree(Stream stream) {
    const std::size_t root = trees.nodes.size();
    trees.roots.push_back(static_cast<std::uint32_t>(root));
    trees.nodes.emplace_back();
    for (std::size_t n = root; n < trees.nodes.size(); ++n) {
      const bool splits = trees.nodes.size() - root < 30 && stream.child("splits").uniform(n) < 0.7;
      fill(trees.nodes[n], stream.child("numbers").child(n));
      if (splits) split(n, stream.child("split").child(n));
    }
  }
  static void fill(TreeNode& node, Stream stream) {
    node.value = static_cast<float>(stream.normal(0) / 4);
    node.weight = static_cast<float>(stream.normal(1));
    node.cover = static_cast<float>(1e4 * stream.uniform(2));
  }
  void split(std::size_t n, Stream stream) {
    TreeNode& node = trees.nodes[n];
    node.feature = static_cast<std::uint32_t>(stream.below(0, features_.size()));
    node.missing_left = stream.below(1, 2) == 0;
    node.gain = static_cast<float>(std::exp(60 * stream.uniform(2) - 30));
    node.value = static_cast<float>(10 * stream.normal(3));
    if (stream.below(4, 12) == 0) node.value = std::numeric_limits<float>::max();
    if (stream.below(5, 12) == 0) node.value = std::numeric_limits<float>::lowest();
    if (features_[node.feature].levels > 0) add_set(n, features_[node.feature].levels, stream);
    trees.nodes[n].left = static_cast<std::int32_t>(trees.nodes.size());
    trees.nodes[n].right = trees.nodes[n].left + 1;
    trees.nodes.resize(trees.nodes.size() + 2);
  }
  void add_set(std::size_t n, std::size_t levels, Stream stream) {
    trees.nodes[n].first_word = static_cast<std::int32_t>(trees.levels.size());
    trees.levels.resize(trees.levels.size() + (levels + 63) / 64);
    right[n].insert(stream.below(6, levels));  // never empty
    const double share = stream.uniform(7);
    for (std::size_t level = 0; level < levels; ++level)
      if (stream.child("right").uniform(level) < share) right[n].insert(level);
    for (const std::size_t level : right[n])
      trees.levels[static_cast<std::size_t>(trees.nodes[n].first_word) + level / 64] |= std::uint64_t{1}
                                                                                        << (level % 64);
  }

  const std::vector<XgboostFeature>& features_;
};

/// Rows of features, a fifth missing; some numbers exactly at a threshold of the trees.
inline std::vector<std::vector<float>> random_rows(const std::vector<XgboostFeature>& features,
                                                   const TreeEnsemble& trees, std::size_t rows,
                                                   Stream stream) {
  std::vector<std::vector<float>> all(rows, std::vector<float>(features.size()));
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < features.size(); ++j) {
      const Stream cell = stream.child(i).child(j);
      float& x = all[i][j];
      if (features[j].levels > 0) {
        x = static_cast<float>(cell.below(0, features[j].levels));
      } else {
        x = static_cast<float>(10 * cell.normal(1));
        if (cell.below(2, 3) == 0 && !trees.nodes.empty())
          x = trees.nodes[cell.below(3, trees.nodes.size())].value;
      }
      if (cell.uniform(4) < 0.2) x = std::numeric_limits<float>::quiet_NaN();
    }
  }
  return all;
}

}  // namespace kohort
