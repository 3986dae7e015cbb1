#pragma once
// Which columns each row lists, a bit per column: a few drawn columns of a row are then found without reading
// the rest of its list.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

#include "base/workers.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// One line per row: where its list begins, then a bit per column, set where its cell lies outside the modal
/// bin. 64 bytes a row up to 448 columns. Immutable; moved, never copied. The matrix must outlive it.
class RowMarks {
 public:
  /// O(listed cells).
  RowMarks(const BinnedMatrix& matrix, Workers& workers);

  /// Words of bits: columns / 64, rounded up.
  std::size_t words() const { return stride_ - 1; }
  /// line[0]: where the row's list begins (BinnedMatrix::with_entries); line[1 + w]: bits of columns 64 w …
  const std::uint64_t* line(std::uint32_t row) const { return lines_.get() + row * stride_; }
  std::size_t bytes() const { return rows_ * stride_ * sizeof(std::uint64_t); }

 private:
  struct Free {
    void operator()(std::uint64_t* lines) const { ::operator delete[](lines, std::align_val_t{64}); }
  };
  std::size_t rows_, stride_;
  std::unique_ptr<std::uint64_t[], Free> lines_;  // shape (rows, stride), at the start of a cache line
};

/// How many of the line's columns before `column` are listed: the place of its cell in the row's list.
inline std::size_t listed_before(const std::uint64_t* line, std::uint32_t column) {
  std::size_t before = 0;
  const std::uint32_t word = column / 64;
  for (std::uint32_t w = 0; w < word; ++w) before += static_cast<std::size_t>(std::popcount(line[1 + w]));
  const std::uint64_t below = (std::uint64_t{1} << (column % 64)) - 1;
  return before + static_cast<std::size_t>(std::popcount(line[1 + word] & below));
}

/// The bits that `mask` selects, packed at the low end.
inline std::uint64_t extract_bits(std::uint64_t bits, std::uint64_t mask) {
#if defined(__BMI2__)
  return _pext_u64(bits, mask);
#else
  std::uint64_t packed = 0;
  for (int to = 0; mask != 0; mask &= mask - 1, ++to) packed |= (bits >> std::countr_zero(mask) & 1) << to;
  return packed;
#endif
}

}  // namespace kohort
