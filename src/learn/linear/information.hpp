#pragma once
// The rows of a linear design and the dense matrix of their weighted products: what inference needs and fits
// by descent avoid.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {

/// A square matrix, row by row.
struct Square {
  std::size_t size = 0;
  std::vector<double> cells;  // shape (size, size)

  explicit Square(std::size_t n = 0) : size(n), cells(n * n) {}
  double* row(std::size_t i) { return &cells[i * size]; }
  const double* row(std::size_t i) const { return &cells[i * size]; }
};

/// Some rows of a design: of each the columns in which it differs from the mode, and by how much. Column 0 is
/// the intercept, 1 in every row.
struct DesignBlock {
  std::size_t first = 0;             // row of the matrix
  std::vector<std::uint32_t> begin;  // shape (rows + 1): where a row's entries begin
  std::vector<std::uint32_t> place;  // ascending within a row
  std::vector<double> value;

  std::size_t rows() const { return begin.size() - 1; }
};

/// Chosen columns of a design and an intercept, read about their modes: a column is as sparse as its listed
/// cells. Slopes are those of the columns themselves, the intercept is `to_intercept` times the coefficients.
class RowDesign {
 public:
  /// columns  of the design, ascending; the design must outlive this
  RowDesign(const LinearDesign& design, std::vector<std::size_t> columns);
  std::size_t width() const { return columns_.size() + 1; }
  const std::vector<std::size_t>& columns() const { return columns_; }
  /// 1, then minus each column's value at its mode.
  std::vector<double> to_intercept() const;

  /// Calls f(block, its number) for all rows, several blocks at a time, in parallel; after each batch `then`
  /// with its blocks in order. A batch holds 100 MB at most.
  void for_each_block(Workers& workers, const std::function<void(const DesignBlock&)>& f,
                      const std::function<void(std::span<const DesignBlock>)>& then) const;

 private:
  DesignBlock block(std::size_t first, std::size_t rows) const;
  const LinearDesign& design_;
  std::vector<std::size_t> columns_;
};

/// Adds weight * x x' of the blocks' rows to the upper triangle of `sum`, and pull * x to `slope` unless it
/// is empty. Rows of weight and pull 0 are passed over. Sums run in the order of the rows whatever the
/// threads. O(square of the entries of each row).
///   weight, pull  shape (matrix rows)
void add_products(std::span<const DesignBlock> blocks, std::span<const double> weight,
                  std::span<const double> pull, Square& sum, std::span<double> slope, Workers& workers);

/// The sum over clusters of s s', s the sum of pull * x over a cluster's rows; upper triangle.
///   pull      shape (matrix rows); rows of 0 are passed over
///   cluster   shape (matrix rows), below `clusters`
///   cells     numbers held at a time: clusters are taken in portions whose sums are no more, each in one
///   pass
Square cluster_products(const RowDesign& x, std::span<const double> pull,
                        std::span<const std::uint32_t> cluster, std::size_t clusters, Workers& workers,
                        std::size_t cells = std::size_t{8} << 20);

/// A = R'R of a symmetric matrix given by its upper triangle, from the first column to the last. A column
/// whose pivot falls to `tolerance` of its diagonal depends linearly on those before it: it is passed over,
/// as R's glm does. O(size^3 / 3).
class Cholesky {
 public:
  Cholesky(Square matrix, double tolerance);
  /// Shape (size): columns that depend on those before them.
  const std::vector<bool>& dependent() const { return dependent_; }
  /// The solution of A x = b, 0 in dependent columns.
  std::vector<double> solve(std::span<const double> b) const;
  /// The inverse, whole, 0 in dependent rows and columns. O(2 size^3 / 3).
  Square inverse() const;
  /// Of the columns that do not depend on others.
  double log_determinant() const;

 private:
  Square root_;  // upper triangle
  std::vector<bool> dependent_;
};

}  // namespace kohort
