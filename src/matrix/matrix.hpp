#pragma once
// The predictors of one population-year as sparse columns, read-only once built. Register data are mostly
// modal: a column keeps its most frequent value once and lists only the cells that differ. Every fold,
// configuration, model and outcome reads this one matrix; a row subset is a list of row numbers.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kohort {

/// What a column's numbers mean. Category cells are codes 0 .. levels-1; Flag cells are 0 or 1.
enum class ColumnKind { Number, Count, Flag, Category };

std::string_view to_text(ColumnKind kind);  // "number", "count", "flag", "category"

struct ColumnInfo {
  std::string name;
  ColumnKind kind = ColumnKind::Number;
  std::vector<std::string> levels{};  // Category: the text of each code; empty otherwise
  bool operator==(const ColumnInfo&) const = default;
};

/// Row numbers, ascending, none twice.
using RowList = std::vector<std::uint32_t>;

/// One column: every row not listed holds `mode`.
struct MatrixColumn {
  ColumnInfo info;
  float mode = 0;                   // NaN when most cells are missing
  std::vector<std::uint32_t> rows;  // rows that differ from the mode, ascending
  std::vector<float> values;        // their values; NaN is missing, infinities are kept

  /// The value in one row. O(log cells); for tests and small reads.
  float at(std::uint32_t row) const;
};

/// Immutable; moved, never copied.
class Matrix {
 public:
  Matrix() = default;
  Matrix(Matrix&&) noexcept = default;
  Matrix& operator=(Matrix&&) noexcept = default;

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_.size(); }
  const MatrixColumn& column(std::size_t j) const { return columns_[j]; }
  /// The place of a column by name; columns() when there is none. O(columns).
  std::size_t find(std::string_view name) const;
  /// Memory held by the cells.
  std::size_t bytes() const;

 private:
  friend class MatrixBuilder;
  std::size_t rows_ = 0;
  std::vector<MatrixColumn> columns_;
};

/// Builds a matrix column by column, so that the raw table is never whole in memory.
class MatrixBuilder {
 public:
  explicit MatrixBuilder(std::size_t rows) { matrix_.rows_ = rows; }

  /// Adds one column.
  ///   cells   shape (rows); NaN is missing, infinities allowed, category codes as floats
  ///   throws  Error (data) when a name comes twice, the length is not that of the matrix, or a category
  ///           cell is no code of `info.levels`; the message names the column and the count, never a cell
  /// The mode is the most frequent value; ties go to the smallest, missing last. O(rows log rows) at worst.
  void add(ColumnInfo info, std::span<const float> cells);
  Matrix finish() { return std::move(matrix_); }

 private:
  Matrix matrix_;
};

/// 0 .. n-1.
RowList all_rows(std::size_t n);
/// Throws Error (defect) unless `rows` ascends without repeats and ends below n.
void check_rows(std::span<const std::uint32_t> rows, std::size_t n);

}  // namespace kohort
