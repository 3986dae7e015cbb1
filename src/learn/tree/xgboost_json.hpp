#pragma once
// XGBoost's JSON models read into plain trees, and the predictions the official library makes from them.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/problem.hpp"

namespace kohort {

/// One node. Inner: left when the feature is below `value`, or missing and `missing_left`. Leaf: adds
/// `value`.
struct TreeNode {
  std::int32_t left = -1;  // -1: a leaf; else its place among the nodes, always after its parent's
  std::int32_t right = -1;
  std::uint32_t feature = 0;
  float value = 0;
  bool missing_left = false;
};

/// Trees whose leaf values add up, in this order and in 32-bit floats as the library does.
struct TreeEnsemble {
  Objective objective = Objective::SquaredError;
  float base_margin = 0;
  std::vector<TreeNode> nodes;       // of all trees, one after the other
  std::vector<std::uint32_t> roots;  // ascending

  /// The prediction for one row of features; NaN is missing. A probability under Logistic.
  double predict(std::span<const float> features) const;
};

/// Reads a model of XGBoost 1.x to 3.0 with numeric splits, one output and objective reg:squarederror or
/// binary:logistic. Throws Error (data) on anything else, and on nodes that point outside or backwards or use
/// a feature at or above `features`.
TreeEnsemble read_xgboost_json(std::string_view json, std::size_t features);

}  // namespace kohort
