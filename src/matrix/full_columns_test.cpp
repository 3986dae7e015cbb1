#include "matrix/full_columns.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Columns with an observed, a missing and a negative mode, few and many cells, missing and negative ones in
/// each, and a category; 1 001 rows, so that the lanes do not come out even.
Matrix awkward_matrix() {
  constexpr std::size_t kRows = 1001;
  const Stream stream{7};
  MatrixBuilder builder{kRows};
  std::uint64_t at = 0;
  for (const float mode : {0.0F, 3.0F, kNan, -1.0F})
    for (const double listed : {0.0, 0.1, 0.6, 1.0}) {
      std::vector<float> cells(kRows, mode);
      for (float& cell : cells) {
        if (stream.uniform(at++) >= listed) continue;
        const double what = stream.uniform(at++);
        cell = what < 0.1 ? kNan : what < 0.2 ? -2.0F : static_cast<float>(std::floor(what * 40));
      }
      builder.add({.name = "x" + std::to_string(at)}, cells);
    }
  std::vector<float> codes(kRows);
  for (float& code : codes)
    code = static_cast<float>(stream.uniform(at++) < 0.55 ? 0 : stream.uniform(at++) < 0.7);
  builder.add({.name = "c", .kind = ColumnKind::Category, .levels = {"a", "b"}}, codes);
  return builder.finish();
}

TEST(FullColumns, HoldWhatIsListedOfColumnsThatListMuch) {
  const Matrix matrix = awkward_matrix();
  const LinearCells cells{matrix};
  cells.hold_full_columns();
  std::size_t held = 0;
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    const LinearColumn& column = cells.columns()[j];
    const std::span<const float> full = cells.full_column(j);
    EXPECT_EQ(full.empty(), column.values.size() * 4 <= matrix.rows());
    if (full.empty()) continue;
    ++held;
    std::vector<float> expected(matrix.rows(), kNan);
    for (std::size_t k = 0; k < column.values.size(); ++k) expected[column.rows[k]] = column.values[k];
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_TRUE(full[i] == expected[i] || (std::isnan(full[i]) && std::isnan(expected[i])));
  }
  EXPECT_GE(held, 9U);  // two of each mode, and a level
}

/// Sums over full columns are those over listed cells: they differ by the order of additions only.
TEST(FullColumns, GiveTheSumsOfTheListedCells) {
  const Matrix matrix = awkward_matrix();
  const LinearCells cells{matrix};
  RowList rows;
  for (std::uint32_t i = 0; i < matrix.rows(); ++i)
    if (i % 7 != 3) rows.push_back(i);
  const Stream stream{8};
  std::vector<double> weights(matrix.rows()), r(matrix.rows());
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    weights[i] = 0.5 + stream.uniform(2 * i);
    r[i] = stream.uniform(2 * i + 1) - 0.3;
  }
  LinearDesign listed = make_linear_design(cells, rows, weights), full = listed;
  cells.hold_full_columns();
  full.full = true;
  const double tolerance = 1e-11;  // 1 001 terms of some units, each rounded at 1e-16 of itself
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    if (!listed.numbers[j].used) continue;
    SCOPED_TRACE(j);
    EXPECT_NEAR(dot_deviations(full, j, r), dot_deviations(listed, j, r), tolerance);
    for (const auto add : {add_deviations, add_plain_deviations}) {
      std::vector<double> a = r, b = r;
      add(full, j, 1.5, a);
      add(listed, j, 1.5, b);
      for (std::size_t i = 0; i < r.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance);
    }
    EXPECT_NEAR(reweigh(full, j, r), reweigh(listed, j, r), tolerance);
    EXPECT_NEAR(full.numbers[j].mean, listed.numbers[j].mean, tolerance);
    EXPECT_NEAR(full.numbers[j].norm2, listed.numbers[j].norm2, 1e-9);  // of some thousand
  }
}

TEST(FullColumns, FurtherColumnsComeBehindTheSharedOnes) {
  const Matrix matrix = awkward_matrix();
  const LinearCells shared{matrix};
  LinearColumn further{.source = 0, .mode = 0, .rows = {}, .values = {}};
  for (std::uint32_t i = 0; i < 500; ++i) {
    further.rows.push_back(2 * i);
    further.values.push_back(static_cast<float>(i));
  }
  further.missing_end = 500;
  const LinearCells both{shared, {further}};
  both.hold_full_columns();
  const std::size_t last = shared.columns().size();
  for (std::size_t j = 0; j < last; ++j) EXPECT_EQ(both.full_column(j).data(), shared.full_column(j).data());
  ASSERT_EQ(both.full_column(last).size(), matrix.rows());
  EXPECT_EQ(both.full_column(last)[8], 4);
  EXPECT_TRUE(std::isnan(both.full_column(last)[7]));
}

}  // namespace
}  // namespace kohort
