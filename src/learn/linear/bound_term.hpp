#pragma once
// A term of a linear model read on a matrix.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/model.hpp"

namespace kohort {

/// f(place among `rows`, cell) for the cells that a column lists in some rows, both ascending.
template <class F>
void each_listed(const MatrixColumn& cells, std::span<const std::uint32_t> rows, F f) {
  if (rows.empty()) return;
  auto k = static_cast<std::size_t>(std::ranges::lower_bound(cells.rows, rows.front()) - cells.rows.begin());
  for (std::size_t i = 0; i < rows.size() && k < cells.rows.size();) {
    if (cells.rows[k] < rows[i])
      ++k;
    else if (rows[i] < cells.rows[k])
      ++i;
    else
      f(i++, cells.values[k++]);
  }
}

/// What a linear term adds to the prediction, given a cell of its column. Term and matrix must outlive it.
class BoundTerm {
 public:
  /// Throws Error (data) naming the predictor that the matrix lacks or holds as another kind.
  BoundTerm(const LinearTerm& term, const Matrix& matrix)
      : cells(&find_predictor(matrix, term.info)),
        term_(&term),
        level_of_(match_levels(cells->info.levels, term.info.levels)) {}

  double of(float x) const {
    if (!one_hot(*term_)) return term_->coefficients[0] * scaled_log(*term_, number(x));
    const std::int32_t place = level(x);
    return place < 0 ? 0 : term_->coefficients[static_cast<std::size_t>(place)];
  }
  /// What a cell brings to a product.
  float factor(const TermFactor& factor, float x) const {
    if (!one_hot(*term_)) return number_factor(*term_, factor.above, number(x));
    return level(x) == static_cast<std::int32_t>(factor.level) ? 1.0F : 0.0F;
  }
  bool unknown(float x) const {
    return term_->info.kind == ColumnKind::Category && !std::isnan(x) && level(x) < 0;
  }
  /// Writes what a cell is to the coefficients of the term; `out` holds zeros.
  void put(float x, std::span<double> out) const {
    if (!one_hot(*term_))
      out[0] = scaled_log(*term_, number(x));
    else if (const std::int32_t place = level(x); place >= 0)
      out[static_cast<std::size_t>(place)] = 1;
  }

  const MatrixColumn* cells;

 private:
  /// The place of a category cell among the coefficients; -1 where it has none.
  std::int32_t level(float x) const {
    if (!std::isnan(x)) return level_of_[static_cast<std::size_t>(x)];
    return term_->missing_is_level ? static_cast<std::int32_t>(term_->info.levels.size()) : -1;
  }

  /// A number as the term knows it: of codes its own, missing for an unknown level.
  float number(float x) const {
    if (!term_->ordinal || std::isnan(x)) return x;
    const std::int32_t place = level_of_[static_cast<std::size_t>(x)];
    return place < 0 ? std::nanf("") : static_cast<float>(place);
  }

  const LinearTerm* term_;
  std::vector<std::int32_t> level_of_;  // the matrix's code -> the term's, -1 unknown
};

}  // namespace kohort
