#pragma once
// Fitted trees as plain nodes, and what they predict.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "learn/problem.hpp"

namespace kohort {

/// The nearest float: no infinite one, which a model file could not hold.
inline float to_float(double x) {
  return static_cast<float>(
      std::clamp<double>(x, std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()));
}

/// One node. Inner: left when the feature is below `value`, or its level is not in the node's set; missing
/// goes left when `missing_left`. Leaf: adds `value`.
struct TreeNode {
  std::int32_t left = -1;  // -1: a leaf; else its place among the nodes, always after its parent's
  std::int32_t right = -1;
  std::uint32_t feature = 0;
  std::int32_t first_word = -1;  // category: where the set of levels that go right begins in `levels`; none
                                 // when no level goes right, for the library reads no empty set
  float value = 0;
  float gain = 0;    // of an inner node
  float cover = 0;   // sum of second derivatives of its training rows
  float weight = 0;  // the value it would have as a leaf, before shrinkage
  bool missing_left = false;
  bool operator==(const TreeNode&) const = default;
};

/// Trees whose leaf values add up, in this order and in 32-bit floats, as XGBoost's library does; or, of a
/// forest, whose mean is the prediction, added up in this order and in 64 bits.
struct TreeEnsemble {
  Objective objective = Objective::SquaredError;
  bool average = false;
  double tweedie_variance_power = 1.5;
  float base_score = 0;               // the prediction before the first tree
  float base_margin = 0;              // the margin that belongs to it (loss.hpp)
  std::vector<TreeNode> nodes;        // of all trees, one after the other
  std::vector<std::uint32_t> roots;   // ascending
  std::vector<std::uint64_t> levels;  // sets of levels, a bit each, whole words per node

  /// The child of an inner node that a row of features goes to; NaN is missing. A level's code must lie
  /// inside its feature's levels.
  const TreeNode& child(const TreeNode& node, std::span<const float> features) const;
  /// The value of the leaf that a row of features reaches.
  float leaf_value(std::uint32_t root, std::span<const float> features) const;
  /// The sum of the trees for one row; not of an average.
  float margin(std::span<const float> features) const;
  /// The prediction that belongs to it: a mean, or a probability under Logistic.
  double predict(std::span<const float> features) const;
  /// Whether a level is in the set of a node that splits a category.
  bool goes_right(const TreeNode& node, std::size_t level) const {
    return (levels[static_cast<std::size_t>(node.first_word) + level / 64] >> (level % 64) & 1) != 0;
  }
  bool operator==(const TreeEnsemble&) const = default;
};

}  // namespace kohort
