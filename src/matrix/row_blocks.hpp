#pragma once
// The cells of linear models row by row, a block at a time, in columns that no fold changes: what has to be
// summed over rows for every fold is summed once.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "matrix/linear_design.hpp"

namespace kohort {

/// A column of the design in terms of fixed columns: its mode's value plus the sum of coefficient * column.
struct FixedTerm {
  std::uint32_t column = 0;
  double coefficient = 0;
};

/// LinearCells as columns whose cells depend on no training row. A column x of the design is, about the value
/// of its mode,
///   (observed - centre) / scale + [missing] (missing - mode) / scale + [negative] (negative - mode) / scale
/// in listed cells, and medians and scales enter as coefficients only. The indicator of a category's modal
/// level is one less the others.
class FixedColumns {
 public:
  explicit FixedColumns(const LinearCells& cells);

  /// The first dense() of size() columns are held cell by cell, for they list more than a fourth of the rows;
  /// the others list their cells. Those with more cells come first.
  std::size_t size() const { return columns_.size(); }
  std::size_t dense() const { return dense_; }
  const LinearCells& cells() const { return *cells_; }

  /// Column j of the design of a training set, scaled.
  std::vector<FixedTerm> terms(std::size_t j, const ColumnNumbers& numbers) const;

 private:
  friend class RowBlocks;
  enum class Part { Observed, Present, Missing, Negative };  // Present: 1 where an observed cell is listed
  struct Column {
    std::uint32_t from = 0;  // column of the cells
    Part part = Part::Observed;
    double centre = 0;  // taken off observed cells: the mode where it is one of them
  };
  struct Listed {
    std::span<const std::uint32_t> rows;
    std::span<const float> values;  // Observed; else all are 1
  };
  Listed listed(const Column& column) const;

  const LinearCells* cells_;
  std::vector<Column> columns_;
  std::vector<std::vector<std::uint32_t>> parts_;  // of each column of the cells, those of columns_
  std::size_t dense_ = 0;
};

/// Some rows with their cells.
struct RowBlock {
  std::vector<std::uint32_t> rows;    // of the matrix: by group, ascending within
  std::vector<std::size_t> begin;     // shape (groups + 1): group g has slots begin[g] .. begin[g + 1]
  std::vector<double> dense;          // shape (slots, dense columns)
  std::vector<std::size_t> start;     // shape (slots + 1): of the listed cells of each slot
  std::vector<std::uint32_t> column;  // of each listed cell, less the dense ones; ascending within a slot
  std::vector<double> value;
};

/// Goes once over the rows that are in groups. Memory: some thousand rows.
class RowBlocks {
 public:
  /// Both outlive this.
  RowBlocks(const FixedColumns& columns, const RowGroups& groups);
  /// The next rows, or false when there are none. O(their cells).
  bool next(RowBlock& block);

 private:
  void deal(RowBlock& block, std::uint32_t begin, std::uint32_t end);

  const FixedColumns& columns_;
  const RowGroups& groups_;
  std::uint32_t next_row_ = 0;
  std::vector<FixedColumns::Listed> listed_;
  std::vector<std::size_t> cursor_;  // of each column: its first cell at or after next_row_
  std::vector<std::uint32_t> slot_;  // of each row of the block
};

}  // namespace kohort
