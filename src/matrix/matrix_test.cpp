#include "matrix/matrix.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

MatrixColumn build(std::vector<float> cells, ColumnInfo info = {.name = "x"}) {
  MatrixBuilder builder{cells.size()};
  builder.add(std::move(info), cells);
  return builder.finish().column(0);
}

TEST(Matrix, ListsOnlyTheCellsThatDifferFromTheMode) {
  const MatrixColumn x = build({0, 3, 0, kNan, 0, -kInf, 0});
  EXPECT_EQ(x.mode, 0);
  EXPECT_EQ(x.rows, (std::vector<std::uint32_t>{1, 3, 5}));
  EXPECT_EQ(x.values[0], 3);
  EXPECT_TRUE(std::isnan(x.values[1]));
  EXPECT_EQ(x.values[2], -kInf);
  EXPECT_EQ(x.at(1), 3);
  EXPECT_EQ(x.at(2), 0);
}

TEST(Matrix, TiesForTheModeGoToTheSmallestValueAndMissingLast) {
  EXPECT_EQ(build({2, 1, 2, 1, 3}).mode, 1);
  EXPECT_EQ(build({kNan, 5, kNan, 5}).mode, 5);
  EXPECT_TRUE(std::isnan(build({kNan, 5, kNan, 4}).mode));
}

TEST(Matrix, TakesAModeWithoutAMajority) { EXPECT_EQ(build({1, 2, 3, 2, 4, 5}).mode, 2); }

TEST(Matrix, ReadsBackEveryCellIncludingMinusZeroAsZero) {
  const std::vector<float> cells{-0.0F, 1, 2, 0, kInf, 1, 1};
  const MatrixColumn x = build(cells);
  for (std::uint32_t i = 0; i < cells.size(); ++i) EXPECT_EQ(x.at(i), cells[i]);
  EXPECT_FALSE(std::signbit(x.at(0)));
}

TEST(Matrix, HoldsAColumnOfNothingAndNoRows) {
  EXPECT_TRUE(build({kNan, kNan}).rows.empty());
  EXPECT_TRUE(build({}).rows.empty());
}

TEST(Matrix, RefusesADoubleNameAWrongLengthAndAForeignCode) {
  MatrixBuilder builder{2};
  builder.add({.name = "age"}, std::vector<float>{1, 2});
  try {
    builder.add({.name = "age"}, std::vector<float>{1, 2});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "column 'age': the name comes twice\n   mend: give each predictor its own name");
  }
  EXPECT_THROW(builder.add({.name = "sex"}, std::vector<float>{1}), Error);
  const ColumnInfo area{"area", ColumnKind::Category, {"N", "S"}};
  try {
    builder.add(area, std::vector<float>{1, 2});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.problem(), "1 cell with no code of the column's 2 levels");
  }
}

TEST(Matrix, FindsColumnsByName) {
  MatrixBuilder builder{1};
  builder.add({.name = "a"}, std::vector<float>{1});
  builder.add({.name = "b"}, std::vector<float>{1});
  const Matrix matrix = builder.finish();
  EXPECT_EQ(matrix.find("b"), 1);
  EXPECT_EQ(matrix.find("c"), 2);
}

TEST(CheckRows, RefusesRowsOutOfOrderTwiceOrOutside) {
  EXPECT_NO_THROW(check_rows(RowList{0, 2, 4}, 5));
  EXPECT_THROW(check_rows(RowList{0, 2, 2}, 5), Error);
  EXPECT_THROW(check_rows(RowList{2, 0}, 5), Error);
  EXPECT_THROW(check_rows(RowList{0, 5}, 5), Error);
}

}  // namespace
}  // namespace kohort
