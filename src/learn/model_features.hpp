#pragma once
// The numbers a model works on: a matrix as its coefficients or its splits see it, for those who want to fit
// the same features with another library.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learn/model.hpp"

namespace kohort {

/// "age", "area=North", "area=(missing)", "age^2": one per coefficient (linear) or feature (trees), in their
/// order.
std::vector<std::string> feature_names(const Model& model);

/// The features of some rows, shape (rows, features), row-major.
///   linear  the scaled logarithms, indicators and products that the coefficients multiply; never missing
///   trees   32-bit numbers, missing as NaN
/// Throws Error (data) naming a predictor that the matrix lacks or holds as another kind. A level the model
/// does not know is in no indicator, missing as ordinal code.
std::vector<double> model_features(const Model& model, const Matrix& matrix,
                                   std::span<const std::uint32_t> rows);

}  // namespace kohort
