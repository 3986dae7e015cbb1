#pragma once
// Permutation importance: how much worse a model predicts when one predictor's cells are dealt anew.

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/model.hpp"
#include "tune/score.hpp"

namespace kohort {

/// Over the repeats, of the score lost: the score as the rows are, less that with the predictor dealt anew.
struct PermutationImportance {
  double mean = 0, sd = 0;  // sd divides by the number of repeats, as scikit-learn's importances_std
};

/// What permutation importance is scored on.
struct ScoredRows {
  const Matrix& matrix;
  std::span<const std::uint32_t> rows;  // ascending; their outcomes are not missing
  std::span<const double> outcome;      // shape (matrix rows)
  std::span<const double> weights{};    // shape (matrix rows); empty: all 1
  std::span<const double> exposure{};   // shape (matrix rows): predictions are multiplied by it; empty: 1
  Score score = Score::NegMeanSquaredError;
};

/// Orders of n rows, uniform over all, keyed by (stream, repeat): shape (n_repeats, n).
std::vector<std::vector<std::uint32_t>> deal_rows(std::size_t n, int n_repeats, Stream stream);

/// Breiman (2001), with any score as sklearn.inspection.permutation_importance, of every predictor of the
/// model in its order: shape (predictors).
///   deals   which row's cell each row gets, as dealt_predictions takes it; the same for all predictors, so
///           that they are compared on one draw (scikit-learn's way too)
///   throws  Error (data) naming a predictor that the matrix lacks or holds as another kind
///   held    predictions held at a time, 8 bytes each, but at least those of one predictor
/// NaN where the score is not defined. A predictor the model does not use has exactly 0. The same bits for
/// any number of threads.
std::vector<PermutationImportance> permutation_importance(const Model& model, const ScoredRows& scored,
                                                          std::span<const std::vector<std::uint32_t>> deals,
                                                          Workers& workers,
                                                          std::size_t held = std::size_t{1} << 25);

}  // namespace kohort
