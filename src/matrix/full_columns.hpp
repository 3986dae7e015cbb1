#pragma once
// Columns of linear cells that list many rows, once more with a cell for every row: sums over them then run
// straight through, several rows at a time.

#include <cstddef>
#include <span>
#include <vector>

namespace kohort {

class LinearColumns;

/// Immutable.
class FullColumns {
 public:
  /// Those whose observed listed cells are more than a fourth of the rows. O(rows) each.
  FullColumns(const LinearColumns& columns, std::size_t rows);
  /// shape (rows): the observed listed cells of column k, NaN elsewhere. Empty where the column is not held.
  std::span<const float> operator[](std::size_t k) const { return cells_[k]; }
  std::size_t bytes() const;

 private:
  std::vector<std::vector<float>> cells_;
};

// Sums over the rows in which a full column has a value, about a centre. x, r and weight have the same shape
// (rows). Lanes are added up in a fixed order: the same bits everywhere.

/// Sum of (x - centre) * r.
double full_dot(std::span<const float> x, double centre, std::span<const double> r);
/// r += step * weight * (x - centre).
void full_add(std::span<const float> x, double centre, double step, std::span<const double> weight,
              std::span<double> r);
/// r += step * (x - centre).
void full_add(std::span<const float> x, double centre, double step, std::span<double> r);

struct FullMoments {
  double first = 0, second = 0;  // sums of weight * (x - centre), weight * (x - centre)^2
  double dot = 0;                // sum of (x - centre) * r
};
FullMoments full_moments(std::span<const float> x, double centre, std::span<const double> weight,
                         std::span<const double> r);

}  // namespace kohort
