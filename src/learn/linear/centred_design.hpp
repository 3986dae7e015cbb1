#pragma once
// A weighted design about its means, as a linear map, and least squares on it by conjugate gradients.

#include <span>
#include <vector>

#include "base/workers.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {

/// Coefficients to rows and back, without touching a cell for the means. Columns are those that vary.
class CentredDesign {
 public:
  explicit CentredDesign(const LinearDesign& design);
  const std::vector<std::size_t>& columns() const { return columns_; }

  /// weight * (x - mean) p, shape (matrix rows). O(cells).
  std::vector<double> forward(std::span<const double> p) const;
  /// (x - mean)' r for weighted rows r, shape (columns()). O(cells).
  std::vector<double> back(std::span<const double> r) const;

 private:
  double mean_deviation(std::size_t j) const { return design_.numbers[j].mean - mode_value(design_, j); }
  const LinearDesign& design_;
  std::vector<std::size_t> columns_;
};

struct Solution {
  std::vector<double> x;  // shape (columns())
  int iterations = 0;
  double first = 0, last = 0;  // squared lengths of the gradient
};

/// Minimises the weighted sum of squares of what is left of `residual`, which is held times the weight and
/// used up; the rows' means must be 0. Hestenes and Stiefel (1952) on the normal equations, started at zero
/// and hence ending in the row space: of several solutions the shortest. Stops at a squared gradient of
/// `goal`.
Solution conjugate_gradients(const CentredDesign& design, std::span<const double> weight,
                             std::span<double> residual, double goal, int max_iter, const Workers& workers);

}  // namespace kohort
