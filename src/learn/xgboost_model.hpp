#pragma once
// Model files in XGBoost's JSON, ours and those of others.

#include <string>
#include <string_view>

#include "learn/model.hpp"

namespace kohort {

/// The model as a file that XGBoost 1.7 to 3.x predicts from. What XGBoost has no word for (predictors and
/// their levels, the kind, the record) is in an attribute "kohort", which XGBoost keeps, so that
/// from_xgboost_json gives the same model back. Throws Error (study) on a linear model.
std::string to_xgboost_json(const Model& model, const ModelRecord& record = {});

/// A model that to_xgboost_json or XGBoost itself has written. One of XGBoost's own becomes `kind` boosting
/// on numbers, and categories whose levels the file names (XGBoost 3.1 and later, from data frames), called
/// as its features; it must have names for them. All its trees are used, those of dart by their weights.
/// Throws Error (data) saying what else kohort does not read.
Model from_xgboost_json(std::string_view bytes, ModelRecord* record = nullptr);

}  // namespace kohort
