#pragma once
// The rows that a forest's nodes read. The rows of a small node lie far apart in a large matrix, and its
// descendants read them again and again: they share one copy.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "matrix/matrix.hpp"
#include "matrix/row_marks.hpp"

namespace kohort {

/// Lines as RowMarks has them, and the lists of histogram places that they point into.
template <class Entry>
struct ForestLines {
  const std::uint64_t* lines = nullptr;  // shape (rows, 1 + words)
  std::size_t words = 0;                 // of bits
  const Entry* entries = nullptr;

  const std::uint64_t* line(std::uint32_t place) const { return lines + place * (words + 1); }
  const Entry* list(std::uint32_t place) const { return entries + line(place)[0]; }
};

/// Some rows copied together.
template <class Entry>
class LinesCopy {
 public:
  /// Copies these rows, in this order, in place of those before. O(words + listed cells of each).
  void copy(const ForestLines<Entry>& from, std::span<const std::uint32_t> rows);

  ForestLines<Entry> lines() const { return {lines_.data(), words_, entries_.data()}; }
  /// Which row lies at a place.
  std::uint32_t row(std::uint32_t place) const { return rows_[place]; }

 private:
  std::size_t words_ = 0;
  RowList rows_;
  std::vector<std::uint64_t> lines_;  // as long as needed or longer
  std::vector<Entry> entries_;        // so, too
};

}  // namespace kohort
