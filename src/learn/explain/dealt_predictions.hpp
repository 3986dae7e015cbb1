#pragma once
// Predictions when one predictor's cells are dealt anew among the rows: what permutation importance scores.

#include <cstdint>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "learn/model.hpp"

namespace kohort {

/// The prediction of each row, its own but for one predictor, whose cell is another row's.
///   rows        ascending, of the matrix
///   predictors  places in predictors_of(model)
///   deals       each says for every row which row's cell it gets: a place in `rows`; shape (rows)
///   returns     shape (predictors × deals, rows), the deals of a predictor beside each other
///   throws      as predict
/// Nothing is copied. Trees that do not split on the predictor on the row's own path, and rows whose cell
/// stays the same, are not walked again. Trees: the bits that predict gives for a matrix whose column was
/// exchanged; linear models within rounding. The same bits for any number of threads.
std::vector<std::vector<double>> dealt_predictions(const Model& model, const Matrix& matrix,
                                                   std::span<const std::uint32_t> rows,
                                                   std::span<const std::uint32_t> predictors,
                                                   std::span<const std::vector<std::uint32_t>> deals,
                                                   Workers& workers);

}  // namespace kohort
