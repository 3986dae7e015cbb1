#pragma once
// Trees in XGBoost's JSON and back: the official library predicts the same numbers from that text.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "learn/tree/tree_ensemble.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {

/// One feature of a model file.
struct XgboostFeature {
  std::string name;
  std::size_t levels = 0;  // 0: a number
};

/// The features of an encoding: a name each, and the levels of those that are split by sets.
std::vector<XgboostFeature> xgboost_features(const TreeEncoding& encoding);

/// The model as XGBoost 1.7 writes it, every key there. A level's code is its place among the levels. An
/// average is a sum to the library: its leaves are divided by the number of trees, their own values are
/// base_weights.
std::string write_xgboost_json(const TreeEnsemble& trees, std::span<const XgboostFeature> features);

/// Reads a model of XGBoost 1.x to 3.0 with one output and objective reg:squarederror, binary:logistic,
/// count:poisson or reg:tweedie. Throws Error (data) on anything else, and on nodes that point outside or
/// backwards or use a feature or a level that is not among `features`.
TreeEnsemble read_xgboost_json(std::string_view json, std::span<const XgboostFeature> features);
/// Makes an average again of what write_xgboost_json has made a sum of. Throws Error (data) when it was none.
void read_as_average(TreeEnsemble& trees, Objective objective);

}  // namespace kohort
