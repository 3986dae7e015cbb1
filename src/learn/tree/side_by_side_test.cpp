#include "learn/tree/side_by_side.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/model.hpp"
#include "learn/tree/boosting.hpp"

namespace kohort {
namespace {

// Six rows, two columns; squared error from 0, so that gradients are minus the outcomes.
const BinCodes kCodes{{1, 1, 2, 2, 0, 0}, {1, 2, 1, 2, 1, 2}};
const std::vector<GradientPair> kGradients{{-1, 1}, {-2, 1}, {-6, 1}, {-9, 1}, {1, 1}, {2, 1}};

BinNode leaf(float value) { return {-1, -1, 0, 0, false, value}; }
BinNode split(int left, int right, std::uint32_t column, std::uint32_t last_left, bool missing_left) {
  return {left, right, column, last_left, missing_left, 0};
}

/// The first column parts rows 0, 1, 4, 5 from 2 and 3; then the second column parts the left side.
BinTree some_tree() {
  return {split(1, 2, 0, 1, true), split(3, 4, 1, 1, false), leaf(5), leaf(0), leaf(0.5)};
}

TEST(SideBySide, CountsEverySplitOfEqualTreesAndAddsUpTheirLeaves) {
  BinTree other = some_tree();
  other[2].value = 5.25;
  SideBySide both{kCodes, {}};
  both.compare(some_tree(), other, kGradients);
  both.compare(some_tree(), other, kGradients);
  EXPECT_EQ(both.splits, 4);
  EXPECT_TRUE(both.partings.empty());
  EXPECT_EQ(both.distance, (std::vector<double>{0, 0, -0.5, -0.5, 0, 0}));
  EXPECT_EQ(both.largest_distance(), 0.5);
}

TEST(SideBySide, WeighsTheSplitsWhereTreesPartAndLeavesTheRowsBelowOut) {
  BinTree other = some_tree();
  other[1] = split(3, 4, 0, 1, false);  // rows 0, 1 from the missing 4, 5
  other[2].value = 5.25;
  other[3].value = 9;
  SideBySide both{kCodes, {}};
  both.compare(some_tree(), other, kGradients);
  EXPECT_EQ(both.splits, 1);
  ASSERT_EQ(both.partings.size(), 1);
  const Parting& parting = both.partings[0];
  // the node's gradients are -1, -2, 1, 2: sum 0, so it gains nothing itself, and each side divides by 2 +
  // lambda
  EXPECT_EQ(parting.rows, 4);
  EXPECT_DOUBLE_EQ(parting.gain, 0);                      // 0 and 0
  EXPECT_DOUBLE_EQ(parting.other_gain, 9 / 3. + 9 / 3.);  // -3 and 3
  EXPECT_DOUBLE_EQ(parting.score, 6);
  EXPECT_DOUBLE_EQ(parting.relative_gap(), 1);
  EXPECT_EQ(both.parted, (std::vector<bool>{true, true, false, false, true, true}));
  EXPECT_EQ(both.largest_distance(), 0.25) << "of the rows above";
}

TEST(SideBySide, SeesAMissingDirectionAndALeafInPlaceOfASplit) {
  BinTree right = some_tree(), stops = some_tree();
  right[0].missing_left = false;
  stops[1] = leaf(1);
  SideBySide both{kCodes, {.reg_lambda = 0, .least_gain = 0.5}};
  both.compare(some_tree(), right, kGradients);
  both.compare(some_tree(), stops, kGradients);
  ASSERT_EQ(both.partings.size(), 2);
  const double root = 15 * 15 / 6.;
  EXPECT_DOUBLE_EQ(both.partings[0].gain, 0 / 4. + 15 * 15 / 2. - root);
  EXPECT_DOUBLE_EQ(both.partings[0].other_gain, 3 * 3 / 2. + 12 * 12 / 4. - root);
  EXPECT_EQ(both.partings[1].gain, 0);
  EXPECT_EQ(both.partings[1].other_gain, 0.5);
}

TEST(SideBySide, ClipsLeavesAndTakesOffAlphaInGains) {
  // sums -1 and -2 of one row each, alpha 1: pulls 0 and -1; clipped at 0.3, the value 1/2 becomes 0.3
  const BinCodes codes{{1, 2}};
  const std::vector<GradientPair> gradients{{-1, 1}, {-2, 1}};
  SideBySide both{codes, {.reg_lambda = 1, .reg_alpha = 1, .max_delta_step = 0.3}};
  both.compare({split(1, 2, 0, 1, false), leaf(0), leaf(0)}, {leaf(0)}, gradients);
  ASSERT_EQ(both.partings.size(), 1);
  const double right = 2 * 2 * 0.3 - 2 * 0.3 * 0.3, node = 2 * 3 * 0.3 - 3 * 0.3 * 0.3;
  EXPECT_DOUBLE_EQ(both.partings[0].score, right);
  EXPECT_DOUBLE_EQ(both.partings[0].gain, right - node);
}

TEST(SideBySide, ReadsATreeBackIntoTheBinsItWasGrownOn) {
  const std::vector<float> cells{3, 3, 8, 8, 20, std::nanf("")};
  const std::vector<double> outcome{0, 0, 4, 4, 9, 9};
  MatrixBuilder builder{6};
  builder.add({"x"}, cells);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(6);
  Workers workers{1};
  const TreeBins bins{matrix, CategoryRule::Ordinal, 256, workers};
  BoostingSettings settings;
  settings.n_estimators = 1;
  settings.encoding = "ordinal";
  const Problem problem{matrix, outcome, rows};
  const TreeModel model = fit_boosting(bins, problem, settings, Stream{1}, workers);
  const BinTree tree = tree_on_values(model.trees, 0, bins.binned);
  EXPECT_EQ(codes_of(bins.binned), (BinCodes{{1, 1, 2, 2, 3, 0}}));
  EXPECT_FALSE(tree[0].is_leaf());
  std::vector<float> margins(6, model.trees.base_margin);
  add_tree(tree, codes_of(bins.binned), margins);
  const std::vector<double> predicted = predict(model, matrix, rows, workers);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(margins[i], predicted[i]) << i;
}

}  // namespace
}  // namespace kohort
