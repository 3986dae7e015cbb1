#include "matrix/column_numbers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "matrix/linear_design.hpp"
#include "matrix/testing.hpp"

namespace kohort {
namespace {

constexpr std::size_t kRows = 1200;

/// Rows in four groups and some in none.
RowGroups some_groups() {
  RowGroups groups{.of = {}, .count = 4};
  for (std::size_t i = 0; i < kRows; ++i)
    groups.of.push_back(static_cast<std::int32_t>(Stream{3}.below(i, 5)) - 1);
  return groups;
}

RowList rows_without(const RowGroups& groups, int left_out) {
  RowList rows;
  for (std::uint32_t i = 0; i < kRows; ++i)
    if (groups.of[i] >= 0 && groups.of[i] != left_out) rows.push_back(i);
  return rows;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/// SPEC M-2 word by word on the cells of one numeric column.
ColumnNumbers by_hand(const MatrixColumn& column, const RowList& rows, std::span<const double> weights) {
  std::vector<double> finite, logs;
  for (const std::uint32_t row : rows)
    if (std::isfinite(column.at(row))) finite.push_back(column.at(row));
  ColumnNumbers numbers;
  numbers.median = median(finite);
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const std::uint32_t row : rows) {
    const double x = std::isfinite(column.at(row)) ? column.at(row) : numbers.median;
    logs.push_back(x < 0 || std::isnan(x) ? kNan : static_cast<double>(static_cast<float>(std::log1p(x))));
  }
  std::vector<double> known = logs;
  std::erase_if(known, [](double x) { return std::isnan(x); });
  numbers.negative = median(known);
  numbers.used = !known.empty();
  double sum = 0, squares = 0, weight = 0, weighted = 0, norm2 = 0;
  for (double& x : logs) x = std::isnan(x) ? numbers.negative : x;
  for (const double x : logs) sum += x;
  const double n = static_cast<double>(logs.size());
  for (const double x : logs) squares += (x - sum / n) * (x - sum / n);
  numbers.scale = squares / n < 1e-20 ? 1 : std::sqrt(squares / n);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    weight += weights[rows[i]];
    weighted += weights[rows[i]] * logs[i] / numbers.scale;
  }
  numbers.mean = weighted / weight;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double x = logs[i] / numbers.scale - numbers.mean;
    norm2 += weights[rows[i]] * x * x;
  }
  numbers.norm2 = norm2;
  return numbers;
}

TEST(ColumnNumbers, OfAllFoldsAreThoseOfEachFoldByHand) {
  const Matrix matrix = linear_layouts(kRows, Stream{1});
  const LinearCells cells{matrix};
  const RowGroups groups = some_groups();
  std::vector<double> weights;
  for (std::size_t i = 0; i < kRows; ++i) weights.push_back(0.5 + Stream{4}.uniform(i));
  const std::vector<int> left_out{0, 1, 2, 3, kNoGroup};
  Workers workers{2};
  const auto all = column_numbers(cells, groups, left_out, weights, workers);
  std::size_t compared = 0;
  for (std::size_t s = 0; s < left_out.size(); ++s) {
    const RowList rows = rows_without(groups, left_out[s]);
    for (std::size_t j = 0; j < cells.columns().size(); ++j) {
      const LinearColumn& column = cells.columns()[j];
      if (column.level >= 0) continue;
      SCOPED_TRACE(matrix.column(column.source).info.name + " without " + std::to_string(left_out[s]));
      const ColumnNumbers &have = all[s][j], want = by_hand(matrix.column(column.source), rows, weights);
      ASSERT_EQ(have.used, want.used);
      if (!want.used) continue;
      ++compared;
      EXPECT_EQ(have.median, want.median);
      EXPECT_EQ(have.negative, want.negative);
      EXPECT_NEAR(have.scale, want.scale, 1e-12);
      EXPECT_NEAR(have.mean, want.mean, 1e-11 * (1 + std::abs(want.mean)));
      EXPECT_NEAR(have.norm2, want.norm2, 1e-9 * (1 + want.norm2));
    }
  }
  EXPECT_GT(compared, 60);
}

TEST(ColumnNumbers, OfIndicatorsCountTheRowsOfTheirLevel) {
  const Matrix matrix = linear_layouts(kRows, Stream{1});
  const LinearCells cells{matrix};
  const RowGroups groups = some_groups();
  Workers workers{1};
  const auto all = column_numbers(cells, groups, std::vector<int>{2}, {}, workers);
  const RowList rows = rows_without(groups, 2);
  std::size_t unused = 0;
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    const LinearColumn& column = cells.columns()[j];
    if (column.level < 0) continue;
    const MatrixColumn& from = matrix.column(column.source);
    double count = 0;
    for (const std::uint32_t row : rows) {
      const float x = from.at(row);
      const auto level = std::isnan(x) ? static_cast<int>(from.info.levels.size()) : static_cast<int>(x);
      if (level == column.level) ++count;
    }
    const double share = count / static_cast<double>(rows.size());
    ASSERT_EQ(all[0][j].used, count > 0);
    unused += count == 0 ? 1 : 0;
    if (count == 0) continue;
    EXPECT_EQ(all[0][j].scale, 1);
    EXPECT_NEAR(all[0][j].mean, share, 1e-13);
    EXPECT_NEAR(all[0][j].norm2, count * (1 - share), 1e-9);
  }
  EXPECT_GT(unused, 0) << "levels that the training rows lack are part of the test";
}

TEST(ColumnNumbers, TakeAColumnThatIsConstantFarFromItsModeForConstant) {
  std::vector<float> cells(100, 0);
  RowGroups groups{.of = std::vector<std::int32_t>(100, 0), .count = 2};
  for (std::size_t i = 0; i < 40; ++i) {
    cells[i] = 123456.7F;
    groups.of[i] = 1;
  }
  MatrixBuilder builder{100};
  builder.add({.name = "x"}, cells);
  const Matrix matrix = builder.finish();
  const LinearCells linear{matrix};
  Workers workers{1};
  const auto numbers = column_numbers(linear, groups, std::vector<int>{0}, {}, workers);
  EXPECT_EQ(numbers[0][0].scale, 1);
  EXPECT_EQ(numbers[0][0].norm2, 0);
}

}  // namespace
}  // namespace kohort
