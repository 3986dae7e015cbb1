#include "matrix/tree_encoding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

Matrix small() {
  MatrixBuilder builder{4};
  builder.add({.name = "age"}, std::vector<float>{30, kNan, kInf, 30});
  builder.add({"area", ColumnKind::Category, {"N", "S", "W"}}, std::vector<float>{0, 2, kNan, 0});
  return builder.finish();
}

std::vector<float> fill(const EncodedMatrix& encoded, const RowList& rows, std::uint64_t* unknown = nullptr) {
  std::vector<float> out(rows.size() * encoded.features());
  const std::uint64_t n = encoded.fill(rows, out);
  if (unknown != nullptr) *unknown = n;
  return out;
}

TEST(TreeEncoding, SpreadsFewLevelsOverIndicatorsAndKeepsMissing) {
  const Matrix matrix = small();
  const TreeEncoding encoding = make_tree_encoding(matrix, CategoryRule::Report);
  EXPECT_EQ(encoding.feature_names(), (std::vector<std::string>{"age", "area=N", "area=S", "area=W"}));
  const std::vector<float> x = fill(EncodedMatrix{encoding, matrix}, {0, 1, 2, 3});
  const std::vector<float> expected{30, 1, 0, 0, kNan, 0, 0, 1, kNan, kNan, kNan, kNan, 30, 1, 0, 0};
  for (std::size_t i = 0; i < x.size(); ++i) {
    SCOPED_TRACE(i);
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(x[i]));
    else
      EXPECT_EQ(x[i], expected[i]);
  }
}

TEST(TreeEncoding, UsesCodesAboveTwentyLevelsOrWhenAsked) {
  std::vector<std::string> levels;
  for (int k = 0; k < 21; ++k) levels.push_back(std::to_string(k));
  MatrixBuilder builder{2};
  builder.add({"code", ColumnKind::Category, levels}, std::vector<float>{20, 0});
  const Matrix matrix = builder.finish();
  EXPECT_EQ(make_tree_encoding(matrix, CategoryRule::Report).features(), 1);
  EXPECT_EQ(fill(EncodedMatrix{make_tree_encoding(matrix, CategoryRule::Report), matrix}, {0, 1}),
            (std::vector<float>{20, 0}));
  EXPECT_EQ(make_tree_encoding(small(), CategoryRule::Ordinal).features(), 2);
}

TEST(TreeEncoding, MatchesLevelsByTextOnAnotherMatrixAndCountsUnknownOnes) {
  const TreeEncoding encoding = make_tree_encoding(small(), CategoryRule::Report);
  MatrixBuilder builder{3};
  builder.add({"area", ColumnKind::Category, {"E", "W", "N"}}, std::vector<float>{0, 1, 0});
  builder.add({.name = "age"}, std::vector<float>{1, 2, 3});
  const Matrix other = builder.finish();
  std::uint64_t unknown = 0;
  EXPECT_EQ(fill(EncodedMatrix{encoding, other}, {0, 1, 2}, &unknown),
            (std::vector<float>{1, 0, 0, 0, 2, 0, 0, 1, 3, 0, 0, 0}));
  EXPECT_EQ(unknown, 2);
}

TEST(TreeEncoding, ReadsAnySubsetOfRows) {
  const Matrix matrix = small();
  const EncodedMatrix encoded{make_tree_encoding(matrix, CategoryRule::Ordinal), matrix};
  EXPECT_EQ(fill(encoded, {3}), (std::vector<float>{30, 0}));
  const std::vector<float> two = fill(encoded, {1, 3});
  EXPECT_EQ(two[1], 2);
  EXPECT_EQ(two[2], 30);
}

TEST(TreeEncoding, NamesThePredictorThatIsLacking) {
  const TreeEncoding encoding = make_tree_encoding(small(), CategoryRule::Report);
  MatrixBuilder builder{1};
  builder.add({.name = "age"}, std::vector<float>{1});
  const Matrix other = builder.finish();
  try {
    EncodedMatrix{encoding, other};
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "column 'area': the model's predictor is not in the table\n"
                 "   mend: give the table all predictors the model was fitted on");
    EXPECT_EQ(e.kind(), ErrorKind::Data);
  }
}

}  // namespace
}  // namespace kohort
