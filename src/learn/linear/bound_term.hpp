#pragma once
// A term of a linear model read on a matrix.

#include <cmath>
#include <cstdint>
#include <vector>

#include "learn/model.hpp"

namespace kohort {

/// What a linear term adds to the prediction, given a cell of its column. Term and matrix must outlive it.
class BoundTerm {
 public:
  /// Throws Error (data) naming the predictor that the matrix lacks or holds as another kind.
  BoundTerm(const LinearTerm& term, const Matrix& matrix)
      : cells(&find_predictor(matrix, term.info)),
        term_(&term),
        level_of_(match_levels(cells->info.levels, term.info.levels)) {}

  double of(float x) const {
    if (term_->info.kind != ColumnKind::Category) return term_->coefficients[0] * scaled_log(*term_, x);
    if (std::isnan(x)) return term_->missing_is_level ? term_->coefficients.back() : 0;
    const std::int32_t level = level_of_[static_cast<std::size_t>(x)];
    return level < 0 ? 0 : term_->coefficients[static_cast<std::size_t>(level)];
  }
  bool unknown(float x) const {
    return term_->info.kind == ColumnKind::Category && !std::isnan(x) &&
           level_of_[static_cast<std::size_t>(x)] < 0;
  }

  const MatrixColumn* cells;

 private:
  const LinearTerm* term_;
  std::vector<std::int32_t> level_of_;  // the matrix's code -> the term's, -1 unknown
};

}  // namespace kohort
