#pragma once
// How linear models see a matrix (SPEC M-2), in this order: infinite to missing; median of the finite; log1p
// (below zero to missing); median again; scaling by the standard deviation without centring; categories as
// indicators. All statistics come from the training rows.
//
// Nothing is copied per fold: the logarithms of the listed cells are shared (LinearCells), and a fold adds a
// handful of numbers per column (LinearDesign).

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "matrix/column_numbers.hpp"
#include "matrix/full_columns.hpp"
#include "matrix/matrix.hpp"

namespace kohort {

/// What becomes of a numeric cell before it is scaled: log(1 + x), or nothing.
enum class Transform : std::uint8_t { Log1p, None };

/// OneHot: an indicator per level of every category. Report: up to 20 levels; above, one number, the place of
/// the level among the column's ([N]'s rule).
enum class LinearEncoding : std::uint8_t { OneHot, Report };

/// Stands for the logarithm of a cell below zero.
inline constexpr float kBelowZero = -std::numeric_limits<float>::infinity();

/// The listed cells of one numeric column, or of one level of a category, ready for linear algebra.
/// Cells are ordered observed, then missing, then negative; ascending by row within each.
struct LinearColumn {
  std::uint32_t source = 0;  // column of the matrix
  std::int32_t level = -1;   // -1: numeric; else the category code; levels.size(): missing as a level
  float mode = 0;            // log1p of the mode; NaN where it is missing, kBelowZero where it is negative
  std::vector<std::uint32_t> rows;  // rows that differ from the mode
  std::vector<float> values;        // log1p of the observed cells (indicators: 0 or 1), shape (observed)
  std::uint32_t missing_end = 0;    // rows[observed .. missing_end) are missing, the rest below zero
};

/// Columns that many designs share, and behind them those of one design.
class LinearColumns {
 public:
  LinearColumns(std::span<const LinearColumn> shared, std::span<const LinearColumn> own)
      : shared_(shared), own_(own) {}
  std::size_t size() const { return shared_.size() + own_.size(); }
  const LinearColumn& operator[](std::size_t j) const {
    return j < shared_.size() ? shared_[j] : own_[j - shared_.size()];
  }

 private:
  std::span<const LinearColumn> shared_, own_;
};

/// What all folds of one matrix share. Without a transform "log1p" means the cell itself, and no cell is
/// negative.
class LinearCells {
 public:
  explicit LinearCells(const Matrix& matrix, Transform transform = Transform::Log1p,
                       LinearEncoding encoding = LinearEncoding::OneHot);
  /// The columns of `shared`, which must outlive it, and further ones (linear_terms.hpp). Nothing is copied.
  LinearCells(const LinearCells& shared, std::vector<LinearColumn> further);
  Transform transform() const { return transform_; }
  LinearEncoding encoding() const { return encoding_; }
  std::size_t rows() const { return matrix_->rows(); }
  const Matrix& matrix() const { return *matrix_; }
  LinearColumns columns() const {
    return shared_ == nullptr ? LinearColumns{columns_, {}} : LinearColumns{shared_->columns_, columns_};
  }
  /// Memory held by its own cells.
  std::size_t bytes() const;

  /// Makes the full columns, unless they are there; any thread may ask. Designs with `full` use them.
  void hold_full_columns() const;
  /// Column j with a cell for every row, or nothing (FullColumns). After hold_full_columns.
  std::span<const float> full_column(std::size_t j) const;

 private:
  struct Full;  // made once
  const Matrix* matrix_;
  Transform transform_;
  LinearEncoding encoding_;
  const LinearCells* shared_ = nullptr;
  std::vector<LinearColumn> columns_;
  std::shared_ptr<Full> full_;
};

/// One fold's view of the cells.
struct LinearDesign {
  const LinearCells* cells = nullptr;
  std::vector<double> weight;  // shape (matrix rows): 0 outside the training rows
  double total_weight = 0;
  std::vector<ColumnNumbers> numbers;  // shape (cells->columns())
  std::vector<std::string> notes;      // columns dropped, by name
  bool full = false;                   // sums run over full columns, which the cells hold
};

/// Reads the statistics of the training rows. O(cells).
///   rows     training rows, ascending
///   weights  shape (matrix rows) or empty for 1; means and norms use them, medians and scales do not
LinearDesign make_linear_design(const LinearCells& cells, std::span<const std::uint32_t> rows,
                                std::span<const double> weights = {});

/// The scaled value of a column in the rows its cells do not list.
double mode_value(const LinearColumn& column, const ColumnNumbers& numbers);
double mode_value(const LinearDesign& design, std::size_t j);
/// Sum over listed cells of (scaled value - mode value) * r[row]. r has shape (matrix rows). O(cells).
double dot_deviations(const LinearDesign& design, std::size_t j, std::span<const double> r);
/// r[row] += step * weight[row] * (scaled value - mode value) over listed cells. O(cells).
void add_deviations(const LinearDesign& design, std::size_t j, double step, std::span<double> r);
/// The same for rows of weight 1.
void add_plain_deviations(const LinearDesign& design, std::size_t j, double step, std::span<double> r);

/// Takes the mean and the norm of column j under other weights of the rows, which `design.weight` holds (0
/// outside the training rows) and design.total_weight sums up; returns dot_deviations(design, j, r) on the
/// way. O(cells).
double reweigh(LinearDesign& design, std::size_t j, std::span<const double> r);

}  // namespace kohort
