#pragma once
// Trees as columns of bytes, for our own model files (docs/formats/model.md).

#include <span>

#include "base/bytes.hpp"
#include "learn/tree/tree_ensemble.hpp"
#include "learn/tree/xgboost_json.hpp"

namespace kohort {

/// Siblings lie side by side, the left one first, as every engine and XGBoost's library put them.
///   features  those the trees split, and how many levels they have
void put_trees(ByteWriter& out, const TreeEnsemble& trees, std::span<const XgboostFeature> features);

/// The trees that put_trees has written for this objective and these features. Throws Error (data) on nodes
/// that are no trees, on features and levels that are not there and on numbers that are not finite.
TreeEnsemble take_trees(ByteReader& from, Objective objective, std::span<const XgboostFeature> features);

}  // namespace kohort
