#include "matrix/linear_design.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

/// The scaled column, cell by cell: the mode's value plus the deviation of each listed cell.
std::vector<double> dense(const LinearDesign& design, std::size_t j) {
  std::vector<double> x(design.weight.size());
  add_deviations(design, j, 1, x);
  for (double& value : x) value += mode_value(design, j);
  return x;
}

TEST(LinearDesign, EqualsScikitLearnColumnByColumn) {
  const ReferenceCsv train{"linear_preprocessing/train.csv"},
      expected{"linear_preprocessing/expected_train.csv"};
  const Matrix matrix = reference_matrix(train);
  const LinearCells cells{matrix};
  const LinearDesign design = make_linear_design(cells, all_rows(matrix.rows()));
  std::size_t compared = 0;
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    if (!design.numbers[j].used) continue;
    const LinearColumn& column = cells.columns()[j];
    const ColumnInfo& info = matrix.column(column.source).info;
    std::string name = info.name;
    if (column.level >= 0) {
      const auto level = static_cast<std::size_t>(column.level);
      name += "=" + (level < info.levels.size() ? info.levels[level] : std::string{"(missing)"});
    }
    SCOPED_TRACE(name);
    const std::vector<double> want = expected.numbers(name), have = dense(design, j);
    ++compared;
    // cells are 32-bit floats: 6e-8 relative, times the scale
    for (std::size_t i = 0; i < want.size(); ++i)
      ASSERT_NEAR(have[i], want[i], 2e-6 * (1 + std::abs(want[i])));
  }
  EXPECT_EQ(compared, expected.names.size());
}

Matrix one_column(std::vector<float> cells) {
  MatrixBuilder builder{cells.size()};
  builder.add({.name = "x"}, cells);
  return builder.finish();
}

TEST(LinearDesign, TakesStatisticsFromTrainingRowsOnly) {
  const Matrix matrix = one_column({1, 2, 3, 1000, kNan, 5000});
  const LinearCells cells{matrix};
  const LinearDesign design = make_linear_design(cells, RowList{0, 1, 2, 4});
  const ColumnNumbers& numbers = design.numbers[0];
  EXPECT_EQ(numbers.median, 2);
  EXPECT_NEAR(numbers.missing, std::log1p(2.0), 1e-7);
  const double logs[] = {std::log(2.0), std::log(3.0), std::log(4.0), std::log(3.0)};
  double mean = 0, variance = 0;
  for (const double v : logs) mean += v / 4;
  for (const double v : logs) variance += (v - mean) * (v - mean) / 4;
  EXPECT_NEAR(numbers.scale, std::sqrt(variance), 1e-7);
  EXPECT_NEAR(numbers.norm2, 4, 1e-12);
}

TEST(LinearDesign, WithoutATransformCellsStayAsTheyAre) {
  for (const float mode : {-4.0F, 2.5F, kNan}) {
    const std::vector<float> raw{mode, mode, mode, -1, kNan, 0, 7, kInf};
    const Matrix matrix = one_column(raw);
    const LinearCells cells{matrix, Transform::None};
    const LinearDesign design = make_linear_design(cells, all_rows(raw.size()));
    std::vector<double> finite;
    for (const float x : raw)
      if (std::isfinite(x)) finite.push_back(x);
    std::ranges::sort(finite);
    const std::size_t half = finite.size() / 2;
    const double median = finite.size() % 2 == 1 ? finite[half] : (finite[half - 1] + finite[half]) / 2;
    const std::vector<double> have = dense(design, 0);
    for (std::size_t i = 0; i < raw.size(); ++i)  // a division and a product: 1e-15 of numbers below 10
      EXPECT_NEAR(have[i] * design.numbers[0].scale, std::isfinite(raw[i]) ? raw[i] : median, 1e-14);
  }
}

TEST(LinearDesign, DropsAColumnWithoutUsableValueAndSaysSo) {
  for (const std::vector<float>& cells : {std::vector<float>{kNan, kInf, kNan}, {-1, -2, -3}}) {
    const Matrix matrix = one_column(cells);
    const LinearCells shared{matrix};
    const LinearDesign design = make_linear_design(shared, all_rows(3));
    EXPECT_FALSE(design.numbers[0].used);
    ASSERT_EQ(design.notes.size(), 1);
    EXPECT_EQ(design.notes[0], "column 'x' has no usable value in the training rows and was dropped");
  }
}

TEST(LinearDesign, KeepsScaleOneWithoutVariance) {
  const Matrix matrix = one_column({7, 7, kNan, 7});
  const LinearCells cells{matrix};
  const ColumnNumbers numbers = make_linear_design(cells, all_rows(4)).numbers[0];
  EXPECT_EQ(numbers.scale, 1);
  EXPECT_EQ(numbers.norm2, 0);
}

TEST(LinearDesign, GivesTheSameNumbersWhicheverValueIsTheMode) {
  // 4 cells of 0 and 4 of 5: the mode is 0; one more 5 outside the training rows makes it 5
  const std::vector<float> cells{0, 5, 0, 5, 0, 5, 0, 5, kNan, -2, kInf};
  std::vector<float> more = cells;
  more.insert(more.end(), {5, 5});
  const Matrix a = one_column(cells), b = one_column(more);
  ASSERT_NE(a.column(0).mode, b.column(0).mode);
  const LinearCells cells_a{a}, cells_b{b};
  const LinearDesign da = make_linear_design(cells_a, all_rows(11)),
                     db = make_linear_design(cells_b, all_rows(11));
  EXPECT_NEAR(da.numbers[0].scale, db.numbers[0].scale, 1e-15);
  EXPECT_NEAR(da.numbers[0].mean, db.numbers[0].mean, 1e-15);
  const std::vector<double> xa = dense(da, 0), xb = dense(db, 0);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(xa[i], xb[i], 1e-14);
}

TEST(LinearDesign, DotAndMeanAgreeWithTheDenseColumn) {
  const ReferenceCsv train{"linear_preprocessing/train.csv"};
  const Matrix matrix = reference_matrix(train);
  const LinearCells cells{matrix};
  RowList rows;
  for (std::uint32_t i = 0; i < matrix.rows(); i += 2) rows.push_back(i);
  std::vector<double> weights(matrix.rows()), r(matrix.rows());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 1 + Stream{2}.uniform(i);
  for (const std::uint32_t row : rows) r[row] = Stream{3}.normal(row);
  const LinearDesign design = make_linear_design(cells, rows, weights);
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    if (!design.numbers[j].used) continue;
    SCOPED_TRACE(j);
    const LinearDesign unweighted = make_linear_design(cells, rows);
    std::vector<double> x(matrix.rows());
    for (const std::uint32_t row : rows) x[row] = dense(unweighted, j)[row];
    double product = 0, mean = 0, norm2 = 0, total = 0;
    for (const std::uint32_t row : rows) {
      product += (x[row] - mode_value(design, j)) * r[row];
      mean += weights[row] * x[row];
      total += weights[row];
    }
    mean /= total;
    for (const std::uint32_t row : rows) norm2 += weights[row] * (x[row] - mean) * (x[row] - mean);
    EXPECT_NEAR(dot_deviations(design, j, r), product, 1e-10);
    EXPECT_NEAR(design.numbers[j].mean, mean, 1e-12 * (1 + mean));
    EXPECT_NEAR(design.numbers[j].norm2, norm2, 1e-9);
  }
}

}  // namespace
}  // namespace kohort
