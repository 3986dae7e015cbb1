#pragma once
// Features in bins, for trees: made once, read by every fold, configuration, outcome and horizon. Register
// data are mostly modal, so a row lists only the cells outside their column's most frequent bin, and a
// histogram is built from those; the modal bin is what is left of the total.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {

/// Read-only numbers with an owner: a vector of ours or a mapped file.
template <class T>
struct Shared {
  std::span<const T> cells;
  std::shared_ptr<const void> owner;

  Shared() = default;
  Shared(std::span<const T> span, std::shared_ptr<const void> keeper)
      : cells(span), owner(std::move(keeper)) {}
  explicit Shared(std::vector<T> values) {
    auto held = std::make_shared<const std::vector<T>>(std::move(values));
    cells = *held;
    owner = std::move(held);
  }
  const T& operator[](std::size_t i) const { return cells[i]; }
};

/// One feature. Codes: 0 is missing, 1 .. bins are bins of values or, for a category, its levels.
struct BinnedColumn {
  bool category = false;
  std::uint32_t bins = 0;
  std::uint32_t mode = 0;                    // the most frequent code
  std::vector<float> cuts;                   // numeric: shape (bins - 1), matrix/cuts.hpp
  std::vector<std::uint16_t> code_of_level;  // category of more levels than codes: their codes; else empty

  // Where most rows differ from the mode, every row has its code. Elsewhere a bit per row tells which differ,
  // and only those have a code, found by counting bits. Codes are 8 bits where they fit, 16 else.
  Shared<std::uint64_t> listed;  // shape (rows / 64, rounded up); empty: every row has a code
  Shared<std::uint32_t> rank;    // codes before each word of `listed`
  Shared<std::uint8_t> narrow;
  Shared<std::uint16_t> wide;

  bool dense() const { return listed.cells.empty(); }
  /// Numeric: below it lie the values of the codes 1 .. last; the lowest number for last 0, the largest for
  /// the last code.
  float threshold(std::uint32_t last) const {
    if (last == 0) return std::numeric_limits<float>::lowest();
    return last > cuts.size() ? std::numeric_limits<float>::max() : cuts[last - 1];
  }
  std::uint32_t code(std::uint32_t row) const;
  /// Calls visit(code_of), where code_of(row) is code(row) without looking each time how the codes are kept.
  template <class Visit>
  decltype(auto) with_codes(Visit&& visit) const;
  /// The code of a category's level.
  std::uint32_t level_code(std::size_t level) const {
    return code_of_level.empty() ? static_cast<std::uint32_t>(level + 1) : code_of_level[level];
  }
};

/// The codes of one feature.
///   cells   shape (rows); numbers, or category codes 0 .. levels-1; NaN is missing, as are infinite numbers
///   bins    most bins of values (numeric), 1 .. 65,534
///   levels  of a category; 0: numeric. Above 65,534 levels the rarest share the last code
BinnedColumn make_binned_column(std::span<const float> cells, std::size_t bins, std::size_t levels = 0,
                                std::size_t min_data_in_bin = 1);

/// All features of a matrix. Immutable; moved, never copied.
class BinnedMatrix {
 public:
  /// The listed cells of each row as histogram places: those of a row lie from starts[row] to starts[row +
  /// 1].
  struct Lists {
    Shared<std::uint64_t> starts;  // shape (rows + 1)
    Shared<std::uint16_t> narrow;  // where all places fit; else
    Shared<std::uint32_t> wide;
  };

  /// Builds the rows' lists from the columns. O(cells outside the modal bins).
  BinnedMatrix(std::size_t rows, std::vector<BinnedColumn> columns, Workers& workers);
  /// Lists made earlier from these columns (binned_bytes.hpp).
  BinnedMatrix(std::size_t rows, std::vector<BinnedColumn> columns, Lists lists);
  BinnedMatrix(BinnedMatrix&&) noexcept = default;
  BinnedMatrix& operator=(BinnedMatrix&&) noexcept = default;

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_.size(); }
  const BinnedColumn& column(std::size_t j) const { return columns_[j]; }
  /// Places of a histogram: each column has bins + 1 in a row, the first for missing.
  std::size_t places() const { return first_place_.back(); }
  std::size_t first_place(std::size_t j) const { return first_place_[j]; }
  /// Memory held by the cells.
  std::size_t bytes() const;

  /// Calls visit(starts, entries): entries[starts[row] .. starts[row + 1]) are the histogram places of the
  /// row's cells outside the modal bins, ascending. Entries are std::uint16_t where all places fit,
  /// std::uint32_t else.
  template <class Visit>
  decltype(auto) with_entries(Visit&& visit) const {
    const std::span<const std::uint64_t> starts = lists_.starts.cells;
    return lists_.narrow.cells.empty() ? visit(starts, lists_.wide.cells)
                                       : visit(starts, lists_.narrow.cells);
  }
  /// Cells listed in one row.
  std::size_t listed(std::uint32_t row) const { return lists_.starts[row + 1] - lists_.starts[row]; }

 private:
  std::size_t rows_ = 0;
  std::vector<BinnedColumn> columns_;
  std::vector<std::size_t> first_place_;  // shape (columns + 1)
  Lists lists_;
};

/// Bins every feature of the encoding, column by column side by side.
///   max_bin  most codes of a numeric feature, missing included: 256 is one byte
///   min_data_in_bin  fewest rows of a bin of a numeric feature (matrix/cuts.hpp)
BinnedMatrix bin_features(const Matrix& matrix, const TreeEncoding& encoding, int max_bin, Workers& workers,
                          int min_data_in_bin = 1);

template <class Visit>
decltype(auto) BinnedColumn::with_codes(Visit&& visit) const {
  const auto with = [&](const auto* codes) -> decltype(auto) {
    if (dense()) return visit([=](std::uint32_t row) -> std::uint32_t { return codes[row]; });
    return visit([=, bits = listed.cells.data(), before = rank.cells.data(),
                  other = mode](std::uint32_t row) -> std::uint32_t {
      const std::uint64_t word = bits[row / 64] << (63 - row % 64);  // the row's bit is now the highest
      if ((word >> 63) == 0) return other;
      return codes[before[row / 64] + static_cast<std::size_t>(std::popcount(word)) - 1];
    });
  };
  return wide.cells.empty() ? with(narrow.cells.data()) : with(wide.cells.data());
}

inline std::uint32_t BinnedColumn::code(std::uint32_t row) const {
  return with_codes([row](auto code_of) { return code_of(row); });
}

}  // namespace kohort
