#pragma once
// For tests: binned columns of every layout, made from keyed chance.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "matrix/binned.hpp"
#include "matrix/matrix.hpp"

namespace kohort {

/// What one binned column is made from, as for make_binned_column.
struct RawColumn {
  std::vector<float> cells;
  std::size_t bins = 255, levels = 0;
};

/// Cells: `mode`, except a share of them drawn by other(row), and of these a tenth missing.
template <class Other>
std::vector<float> mostly(float mode, std::size_t n, double share, Stream stream, Other other) {
  std::vector<float> cells(n, mode);
  for (std::size_t i = 0; i < n; ++i)
    if (stream.child("other").uniform(i) < share)
      cells[i] = stream.child("gap").uniform(i) < 0.1 ? std::numeric_limits<float>::quiet_NaN() : other(i);
  return cells;
}

/// One column of every layout: listed and dense, codes of 8 and 16 bits, numbers and categories, the mode a
/// value, a level or missing, constant and all missing. 16-bit codes need some thousand rows.
inline std::vector<RawColumn> columns_of_every_layout(std::size_t n, Stream stream) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const auto number = [&](std::size_t i) { return static_cast<float>(stream.child("x").normal(i)); };
  const auto count = [&](std::size_t i) { return static_cast<float>(stream.child("k").poisson(i, 2)); };
  const auto level = [&](std::uint64_t levels) {
    return [=](std::size_t i) { return static_cast<float>(stream.child("level").below(i, levels)); };
  };
  return {{mostly(0, n, 0.05, stream.child(0), count)},
          {mostly(0, n, 1.0, stream.child(1), number)},
          {mostly(0, n, 1.0, stream.child(2), number), 1000},
          {mostly(1, n, 0.4, stream.child(3), number), 5000},
          {mostly(0, n, 0.3, stream.child(4), level(5)), 255, 5},
          {mostly(3, n, 0.02, stream.child(5), level(400)), 255, 400},
          {mostly(0, n, 1.0, stream.child(6), level(300)), 255, 300},
          {std::vector<float>(n, missing)},
          {std::vector<float>(n, 7)},
          {mostly(missing, n, 0.2, stream.child(9), number)},
          {mostly(missing, n, 0.7, stream.child(10), level(3)), 255, 3}};
}

inline BinnedMatrix binned(std::size_t rows, const std::vector<RawColumn>& raw, Workers& workers) {
  std::vector<BinnedColumn> columns;
  for (const RawColumn& column : raw)
    columns.push_back(make_binned_column(column.cells, column.bins, column.levels));
  return BinnedMatrix{rows, std::move(columns), workers};
}

/// The same columns, and some that linear models treat in their own way: negative and infinite cells beside a
/// finite, a missing or a negative mode. Category levels are named by their codes.
inline Matrix linear_layouts(std::size_t n, Stream stream) {
  std::vector<RawColumn> raw = columns_of_every_layout(n, stream);
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const auto wide = [&](std::size_t i) {
    return stream.child("end").uniform(i) < 0.05 ? std::numeric_limits<float>::infinity()
                                                 : static_cast<float>(40 * stream.child("wide").normal(i));
  };
  for (const float mode : {0.0F, 12.0F, -3.0F, missing})
    for (const double share : {0.1, 0.8})
      raw.push_back({mostly(mode, n, share, stream.child("wide").child(raw.size()), wide)});
  MatrixBuilder builder{n};
  for (std::size_t j = 0; j < raw.size(); ++j) {
    ColumnInfo info{.name = "x" + std::to_string(j)};
    if (raw[j].levels > 0) info.kind = ColumnKind::Category;
    for (std::size_t level = 0; level < raw[j].levels; ++level) info.levels.push_back(std::to_string(level));
    builder.add(std::move(info), raw[j].cells);
  }
  return builder.finish();
}

/// A category of so many levels that places need more than 16 bits.
inline RawColumn column_of_many_places(std::size_t n, Stream stream) {
  return {
      mostly(1, n, 0.3, stream, [&](std::size_t i) { return static_cast<float>(stream.below(i, 65'000)); }),
      255, 65'000};
}

}  // namespace kohort
