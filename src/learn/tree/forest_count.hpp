#pragma once
// Adds the rows of a node to the cells of the columns drawn for it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/tree/forest_cell.hpp"
#include "learn/tree/forest_copy.hpp"
#include "learn/tree/forest_split.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// Counts some columns of some rows at a time, outside the modal bins. Keeps its room.
class ForestCounts {
 public:
  static constexpr std::size_t kMost = 64;  // columns at a time: a bit each

  /// The matrix must outlive it.
  explicit ForestCounts(const BinnedMatrix& matrix);

  /// Makes ready for these columns, ascending, at most kMost.
  void set(std::span<const std::uint32_t> columns);
  /// Adds some rows of the matrix, ascending. For many of them. Shape of `cells`: (rows of the matrix).
  /// Column by column, finds the rows in its bits: O(columns x matrix rows / 64 + cells found).
  void add(std::span<const std::uint32_t> rows, const ForestCell* cells);
  /// Whether the way above is the faster one for so many rows of the matrix.
  bool by_column(std::size_t rows) const;
  /// Adds the rows at some places. Shape of `cells`: (places). Row by row, finds the columns in its line:
  /// O(rows x (words of a line + cells found)).
  template <class Entry>
  void add(const ForestLines<Entry>& from, std::span<const std::uint32_t> places, const ForestCell* cells);
  /// Takes what was added to the k-th column, clears it, and gives the modal bin what is left of the total.
  void take(std::size_t k, const ForestSums& total, OccupiedBins& bins);

 private:
  /// A column and which bit of a line it is.
  struct Slot {
    std::uint32_t column = 0, word = 0;
    std::uint64_t below = 0;    // bits of its word before its own
    std::size_t first = 0;      // where its missing cells are counted, a multiple of 64
    std::size_t histogram = 0;  // their histogram place
  };

  /// Marks the cells that something was added to, by looking at all of them.
  void mark();

  const BinnedMatrix& matrix_;
  std::vector<Slot> slots_;             // the columns
  std::size_t size_ = 0;                // cells of these
  std::vector<std::uint64_t> drawn_;    // shape (words of a line): their bits
  std::vector<unsigned> offset_;        // shape (words): columns in the words before
  std::vector<std::size_t> before_;     // room: listed cells before each word of a line
  std::vector<ForestCell> cells_;       // shape (lanes, size), zero between passes
  std::vector<std::uint64_t> touched_;  // a bit per cell, zero between passes
};

}  // namespace kohort
