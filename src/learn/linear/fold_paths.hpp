#pragma once
// LASSO paths of all folds of a search: one pass over the data for the fits, another for predictions.

#include <functional>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/problem.hpp"
#include "matrix/row_blocks.hpp"

namespace kohort {

/// For each fold, models fitted on the other folds, on one warm path from the largest alpha down. Holds
/// coefficients only: 8 bytes per fold, column and point.
class FoldPaths {
 public:
  using Each = std::function<void(std::size_t fold, std::vector<std::vector<double>> predictions)>;

  /// Least squares with a penalty (SquaredError). The same bits for any number of threads.
  ///   folds     of each of problem.rows
  ///   settings  the points
  /// `columns`, the problem and `folds` outlive this. Throws Error (interrupted) after a stop.
  FoldPaths(const FixedColumns& columns, const Problem& problem, std::span<const int> folds,
            std::span<const LassoSettings> settings, Workers& workers);

  /// Predictions of every fold at some of the points, as `each` gets them, folds ascending: shape (points,
  /// rows of the fold). Memory: as many folds at a time as fit into 256 MiB, one pass over the cells for
  /// each time.
  void predict(std::span<const std::size_t> points, Workers& workers, const Each& each) const;

 private:
  /// The models of one fold in terms of fixed columns, points from the largest alpha down.
  struct Models {
    std::vector<double> constants;     // shape (points)
    std::vector<double> coefficients;  // shape (fixed columns, points)
  };

  Models fit_fold(const class FoldSums& sums, std::span<const ColumnNumbers> numbers, int fold,
                  std::span<const LassoSettings> settings, const Workers& workers) const;
  Models some_of(const Models& models, std::span<const std::size_t> places) const;
  void predict_folds(std::size_t first, std::size_t end, std::span<const std::size_t> points,
                     Workers& workers, const Each& each) const;

  const FixedColumns& columns_;
  RowGroups groups_;                  // the folds
  std::vector<std::uint32_t> place_;  // of each matrix row among its fold's
  std::vector<std::size_t> size_;     // of each fold
  std::vector<std::size_t> order_;    // of points, from the largest alpha down
  std::vector<Models> models_;        // of each fold
};

}  // namespace kohort
