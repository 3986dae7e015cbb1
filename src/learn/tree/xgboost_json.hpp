#pragma once
// Trees in XGBoost's JSON and back: the official library predicts the same numbers from that text.

#include <cstdint>
#include <map>
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

/// A feature's name as it is written: spaces for control characters, at whose escapes the library stops, and
/// /u for \u, which it takes for an escape when it saves the model again.
std::string readable(std::string name);

/// Named texts that XGBoost keeps beside a model and hands on unread.
using XgboostAttributes = std::map<std::string, std::string>;

/// The model as XGBoost 1.7 writes it, every key there. A level's code is its place among the levels. An
/// average is a sum to the library: its leaves are what leaf_shares says, their own values are base_weights.
std::string write_xgboost_json(const TreeEnsemble& trees, std::span<const XgboostFeature> features,
                               const XgboostAttributes& attributes = {});

/// What the leaves of an average become so that the library, which adds 32-bit floats one after the other,
/// comes near the mean: shape (nodes), of leaves only. Divided by the number of trees alone, equal leaves are
/// rounded alike at every addition, and 500 of them end up to 100 roundings off. So each tree's leaves are
/// moved by an amount of chance, all of which add up to 0, and the partial sums run about 0, not up to the
/// mean: the middle of what the trees can say is taken off all and added to the last. Roundings then are
/// chance and smaller.
std::vector<float> leaf_shares(const TreeEnsemble& trees);

/// What a model file says besides its trees.
struct XgboostHead {
  std::vector<std::string> names, types;  // of the features; empty when the file has none
  std::size_t features = 0;
  std::vector<std::vector<std::string>> levels;  // of the features, see read_xgboost_categories
  XgboostAttributes attributes;
};

/// Reads a model of XGBoost 1.x to 3.x with booster gbtree or dart, whose weights of the trees go into their
/// leaves, one output and objective reg:squarederror, binary:logistic, count:poisson or reg:tweedie. Throws
/// Error (data) on anything else, by its name, and on nodes that point outside or backwards or use a feature
/// or a level that is not among `features`.
TreeEnsemble read_xgboost_json(std::string_view json, std::span<const XgboostFeature> features);
XgboostHead read_xgboost_head(std::string_view json);
/// Makes an average again of what write_xgboost_json has made a sum of. Throws Error (data) when it was none.
void read_as_average(TreeEnsemble& trees, Objective objective);

}  // namespace kohort
