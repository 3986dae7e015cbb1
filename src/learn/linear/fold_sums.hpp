#pragma once
// Sums of products of all columns, fold by fold, from one pass over the data: what least squares with any
// penalty needs to know of any training set that is all folds but one.

#include <cstddef>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "matrix/row_blocks.hpp"

namespace kohort {

/// A design about its means as least squares sees it.
struct Gram {
  std::vector<std::size_t> columns;  // of the design: those that vary in the training rows, p of them
  std::vector<double> products;      // weighted, of every two columns, shape (p, p)
  std::vector<double> with_outcome;  // weighted, of each column and the outcome about its mean, shape (p)
  std::vector<double> means;         // of the columns, shape (p)
  double total_weight = 0, outcome_mean = 0;
  double outcome_norm2 = 0;  // weighted sum of squares of the outcome about its mean

  std::span<const double> row(std::size_t k) const {
    return std::span{products}.subspan(k * columns.size(), columns.size());
  }
};

/// The sums of each group of rows. Columns that list many cells are summed as vectors, the few cells that a
/// row lists besides pair by pair; sums go about fixed values (matrix/row_blocks.hpp), so that little
/// cancels.
class FoldSums {
 public:
  /// Memory that the sums of so many groups take.
  static std::size_t bytes(const FixedColumns& columns, std::size_t groups);

  /// One pass over the cells: O(rows (dense^2 + dense listed + listed^2)).
  ///   outcome  shape (matrix rows)
  ///   weights  shape (matrix rows), or empty for 1
  /// Each group is summed in the order of its rows by one thread: the same bits for any number of them.
  FoldSums(const FixedColumns& columns, const RowGroups& groups, std::span<const double> outcome,
           std::span<const double> weights, Workers& workers);

  /// The Gram matrix of all groups but one, or of all (kNoGroup), scaled by the numbers of that training set.
  /// O(columns^2 groups).
  Gram gram(std::span<const ColumnNumbers> numbers, int left_out) const;

 private:
  /// Upper triangles; columns in the order of FixedColumns, d dense ones and s others.
  struct Sums {
    std::vector<double> dense;    // dense by dense, shape (d, d)
    std::vector<double> mixed;    // other by dense, shape (s, d)
    std::vector<double> other;    // other by other, packed by rows
    std::vector<double> column;   // of each column, shape (d + s)
    std::vector<double> product;  // of each column and the outcome, shape (d + s)
    double shift = 0;             // taken off the outcome: the group's mean, so that no group sees another
    double weight = 0, outcome = 0, outcome_squares = 0;

    void move_shift(double to);
  };

  void add(Sums& sums, const RowBlock& block, std::size_t begin, std::size_t end,
           std::span<const double> outcome, std::span<const double> weights) const;
  Sums sum_without(int left_out) const;
  std::vector<double> centred(const Sums& sums) const;
  std::size_t packed(std::size_t row) const;

  const FixedColumns& columns_;
  std::vector<Sums> groups_;
};

}  // namespace kohort
