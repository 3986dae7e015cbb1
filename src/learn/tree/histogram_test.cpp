#include "learn/tree/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "matrix/matrix.hpp"
#include "matrix/testing.hpp"

namespace kohort {
namespace {

/// Whole numbers of both signs; hessians of zero among them.
std::vector<GradientPair> whole_gradients(std::size_t n, Stream stream) {
  std::vector<GradientPair> pairs(n);
  for (std::size_t i = 0; i < n; ++i)
    pairs[i] = {static_cast<double>(stream.child("g").below(i, 2001)) - 1000,
                static_cast<double>(stream.child("h").below(i, 100))};
  return pairs;
}

RowList some_rows(std::size_t n, double share, Stream stream) {
  RowList rows;
  for (std::uint32_t row = 0; row < n; ++row)
    if (stream.uniform(row) < share) rows.push_back(row);
  return rows;
}

/// Every cell of every row, the modal ones too.
std::vector<GradientPair> dense_histogram(const BinnedMatrix& matrix, const RowList& rows,
                                          const std::vector<GradientPair>& gradients) {
  std::vector<GradientPair> out(matrix.places());
  for (const std::uint32_t row : rows)
    for (std::size_t j = 0; j < matrix.columns(); ++j)
      out[matrix.first_place(j) + matrix.column(j).code(row)] += gradients[row];
  return out;
}

template <class Cell>
std::span<Cell> cells_of(const BinnedMatrix& matrix, std::vector<Cell>& histogram, std::size_t j) {
  return std::span{histogram}.subspan(matrix.first_place(j), matrix.column(j).bins + 1);
}

/// Whether some row of the list lies outside the column's mode with a gradient or a hessian.
bool any_off_mode(const BinnedMatrix& matrix, const RowList& rows, std::size_t j) {
  for (const std::uint32_t row : rows)
    if (matrix.column(j).code(row) != matrix.column(j).mode) return true;
  return false;
}

/// The fast way: listed cells, then the modal bins.
template <class Cell>
std::vector<Cell> histogram_of(const BinnedMatrix& matrix, const RowList& rows,
                               const std::vector<Cell>& gradients) {
  Cell total{};
  for (const std::uint32_t row : rows) total += gradients[row];
  std::vector<Cell> histogram(matrix.places());
  add_rows(matrix, rows, gradients, histogram);
  for (std::size_t j = 0; j < matrix.columns(); ++j) {
    const bool off_mode = restore_modal_bin(cells_of(matrix, histogram, j), matrix.column(j).mode, total);
    EXPECT_EQ(off_mode, any_off_mode(matrix, rows, j)) << "column " << j;
  }
  return histogram;
}

TEST(Histogram, EqualsTheSumOverAllCells) {
  Workers workers{1};
  for (const std::size_t n : {5, 300, 4000}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Stream stream = Stream{seed}.child(n);
      std::vector<RawColumn> raw = columns_of_every_layout(n, stream);
      if (seed % 2 == 1) raw.push_back(column_of_many_places(n, stream));  // 32-bit entries
      const BinnedMatrix matrix = binned(n, raw, workers);
      std::vector<GradientPair> gradients = whole_gradients(n, stream);
      for (GradientPair& pair : gradients) pair.hessian += 1;  // so that no row is lost in the sums
      for (const double share : {0.0, 0.01, 0.3, 1.0}) {
        SCOPED_TRACE("rows " + std::to_string(n) + ", seed " + std::to_string(seed) + ", share " +
                     std::to_string(share));
        const RowList rows = some_rows(n, share, stream.child("rows"));
        EXPECT_EQ(histogram_of(matrix, rows, gradients), dense_histogram(matrix, rows, gradients));
      }
    }
  }
}

TEST(Histogram, IsAddedToAndLeavesTheModalBinsAlone) {
  Workers workers{1};
  const BinnedMatrix matrix = binned(500, columns_of_every_layout(500, Stream{1}), workers);
  const std::vector<GradientPair> gradients = whole_gradients(500, Stream{2});
  const RowList rows = some_rows(500, 0.5, Stream{3});
  std::vector<GradientPair> histogram(matrix.places(), {0.5, 0.25});
  add_rows(matrix, rows, gradients, histogram);
  add_rows(matrix, rows, gradients, histogram);
  const std::vector<GradientPair> once = dense_histogram(matrix, rows, gradients);
  for (std::size_t j = 0; j < matrix.columns(); ++j)
    for (std::uint32_t code = 0; code <= matrix.column(j).bins; ++code) {
      GradientPair expected{0.5, 0.25};
      const std::size_t place = matrix.first_place(j) + code;
      if (code != matrix.column(j).mode) expected += once[place] + once[place];
      ASSERT_EQ(histogram[place], expected) << "column " << j << ", code " << code;
    }
}

TEST(Histogram, OfTheLargerChildIsWhatTheSmallerLeaves) {
  Workers workers{1};
  const std::size_t n = 2000;
  const BinnedMatrix matrix = binned(n, columns_of_every_layout(n, Stream{5}), workers);
  std::vector<GradientPair> gradients = whole_gradients(n, Stream{6});
  for (GradientPair& pair : gradients) pair.hessian += 1;
  RowList small, large;
  for (std::uint32_t row = 0; row < n; ++row) (row % 3 == 0 ? small : large).push_back(row);
  const auto parent = histogram_of(matrix, all_rows(n), gradients);
  const auto taken = histogram_of(matrix, small, gradients);
  std::vector<GradientPair> rest = parent;
  take_cells(rest, taken);
  EXPECT_EQ(rest, dense_histogram(matrix, large, gradients));
}

/// Whole gradients whose second derivatives are 1, in the range of packed cells.
struct Packable {
  std::string what;
  std::vector<GradientPair> pairs;
};

std::vector<Packable> packable_gradients(std::size_t n, Stream stream) {
  const double most = std::ldexp(1.0, CellCode<PackedCell>{n}.gradient_bits()) - 1;
  const double each = std::floor(most / static_cast<double>(n));
  std::vector<Packable> all{
      {"of both signs", {}}, {"all equal", {}}, {"all negative", {}}, {"one holds all", {}}};
  for (std::size_t i = 0; i < n; ++i) {
    const double draw = 2 * stream.child("g").uniform(i) - 1;
    all[0].pairs.push_back({std::trunc(draw * each), 1});
    all[1].pairs.push_back({each, 1});
    all[2].pairs.push_back({-each, 1});
    all[3].pairs.push_back({i == n / 2 ? -most : 0, 1});
  }
  return all;
}

std::vector<PackedCell> packed(const CellCode<PackedCell>& code, const std::vector<GradientPair>& pairs) {
  std::vector<PackedCell> cells;
  for (const GradientPair& pair : pairs) cells.push_back(code.cell(pair));
  return cells;
}

TEST(PackedHistogram, EqualsThatOfPairs) {
  Workers workers{1};
  for (const std::size_t n : {1, 5, 300, 5000}) {
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      const Stream stream = Stream{seed}.child(n);
      std::vector<RawColumn> raw = columns_of_every_layout(n, stream);
      if (seed == 1) raw.push_back(column_of_many_places(n, stream));  // 32-bit entries
      const BinnedMatrix matrix = binned(n, raw, workers);
      const CellCode<PackedCell> code{n};
      for (const Packable& gradients : packable_gradients(n, stream)) {
        SCOPED_TRACE("rows " + std::to_string(n) + ", seed " + std::to_string(seed) + ", " + gradients.what);
        const std::vector<PackedCell> of_row = packed(code, gradients.pairs);
        const auto parent = histogram_of(matrix, all_rows(n), gradients.pairs);
        auto packed_parent = histogram_of(matrix, all_rows(n), of_row);
        EXPECT_EQ(packed_parent, packed(code, parent));

        RowList small, large;
        for (std::uint32_t row = 0; row < n; ++row)
          (stream.child("side").uniform(row) < 0.3 ? small : large).push_back(row);
        take_cells(packed_parent, histogram_of(matrix, small, of_row));
        EXPECT_EQ(packed_parent, packed(code, dense_histogram(matrix, large, gradients.pairs)));
        add_cells(packed_parent, histogram_of(matrix, small, of_row));
        EXPECT_EQ(packed_parent, packed(code, parent));
      }
    }
  }
}

TEST(ModalBin, GetsWhatTheOthersLeaveOfTheTotal) {
  std::vector<GradientPair> cells{{1, 2}, {-4, 3}, {0, 0}, {5, 1}};
  EXPECT_TRUE(restore_modal_bin(cells, 2, {10, 20}));
  EXPECT_EQ(cells[2], (GradientPair{8, 14}));
  std::vector<GradientPair> none(3);
  EXPECT_FALSE(restore_modal_bin(none, 0, {10, 20}));
  EXPECT_EQ(none[0], (GradientPair{10, 20}));
}

}  // namespace
}  // namespace kohort
