#pragma once
// What training rows say about the columns of a linear model: medians, scales, means. All folds at once.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/workers.hpp"

namespace kohort {

class LinearCells;

/// What one set of training rows says about a column. A cell x of the column enters the model as
///   (x missing or infinite: `missing`;  x < 0: `negative`;  else log1p(x)) / scale,   an indicator as 0
///   or 1.
struct ColumnNumbers {
  double median = 0;    // of the finite training values
  double missing = 0;   // log1p of the median, or `negative` when the median is below zero
  double negative = 0;  // median of the logarithms
  double scale = 1;     // standard deviation of the filled logarithms; 1 when there is no variance
  double mean = 0;      // of the scaled column, weighted
  double norm2 = 0;     // weighted sum of squares of the scaled column about its mean
  bool used = true;     // false: all missing in the training rows (or a level not seen there)
};

/// The rows of a matrix in groups, such as the folds of a search.
struct RowGroups {
  std::vector<std::int32_t> of;  // shape (matrix rows): 0 .. count-1, or -1 where a row takes no part
  std::size_t count = 1;
};

constexpr int kNoGroup = -1;

/// The numbers of several training sets, each all groups but the one of `left_out`, or all of them
/// (kNoGroup).
///   weights  shape (matrix rows) or empty for 1; means and norms use them, medians and scales do not
///   returns  shape (left_out, columns of the cells), the same bits for any number of threads
/// One pass over the cells for all sets: a median is the mode where most rows hold it, and needs an order of
/// the cells, taken once for all sets, elsewhere. O(cells + columns groups left_out).
std::vector<std::vector<ColumnNumbers>> column_numbers(const LinearCells& cells, const RowGroups& groups,
                                                       std::span<const int> left_out,
                                                       std::span<const double> weights, Workers& workers);

}  // namespace kohort
