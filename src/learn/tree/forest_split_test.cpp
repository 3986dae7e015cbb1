#include "learn/tree/forest_split.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"

namespace kohort {
namespace {

/// The rows of a node in one column.
struct Rows {
  std::vector<std::uint32_t> code;
  std::vector<double> outcome, mass;

  /// A column of `bins` values, a share of them missing (code 0).
  Rows(std::size_t n, std::uint32_t bins, double missing, bool events, Stream stream) {
    for (std::size_t i = 0; i < n; ++i) {
      const bool gone = stream.child("gone").uniform(i) < missing;
      code.push_back(gone ? 0 : 1 + static_cast<std::uint32_t>(stream.child("code").below(i, bins)));
      outcome.push_back(static_cast<double>(stream.child("y").below(i, events ? 2 : 6)));
      mass.push_back(static_cast<double>(1 + stream.child("mass").below(i, 3)));
    }
  }
  template <class Takes>
  ForestSums sums(Takes takes) const {
    ForestSums all;
    for (std::size_t i = 0; i < code.size(); ++i)
      if (takes(code[i])) all = all + ForestSums{mass[i] * outcome[i], mass[i], 1};
    return all;
  }
  OccupiedBins bins(std::uint32_t most) const {
    OccupiedBins bins;
    bins.make_room(most);
    bins.missing = sums([](std::uint32_t c) { return c == 0; });
    for (std::uint32_t c = 1; c <= most; ++c)
      if (const ForestSums s = sums([c](std::uint32_t other) { return other == c; }); s.rows > 0)
        bins.add(c, s);
    return bins;
  }
};

/// Impurity times mass by its definition, from the rows' own outcomes.
double impurity(const Rows& rows, const std::vector<bool>& takes, Criterion criterion) {
  double mass = 0, sum = 0, loss = 0;
  for (std::size_t i = 0; i < takes.size(); ++i)
    if (takes[i]) mass += rows.mass[i], sum += rows.mass[i] * rows.outcome[i];
  const double mean = sum / mass;
  if (criterion == Criterion::Poisson && sum == 0)
    return std::numeric_limits<double>::infinity();  // refused: nothing but 0 would be predicted
  for (std::size_t i = 0; i < takes.size(); ++i) {
    if (!takes[i]) continue;
    const double y = rows.outcome[i], w = rows.mass[i];
    if (criterion == Criterion::SquaredError) loss += w * (y - mean) * (y - mean);
    if (criterion == Criterion::Entropy) loss -= w * (y > 0 ? std::log(mean) : std::log(1 - mean));
    if (criterion == Criterion::Poisson) loss += w * (y > 0 ? y * std::log(y / mean) : 0) - w * (y - mean);
  }
  return loss;
}

class EveryCriterion : public ::testing::TestWithParam<Criterion> {};

TEST_P(EveryCriterion, FindsTheSplitOfLeastImpurityOfAllThereAre) {
  const bool events = GetParam() == Criterion::Entropy;
  for (std::uint64_t k = 0; k < 300; ++k) {
    const Stream stream = Stream{3}.child(k);
    const auto bins = static_cast<std::uint32_t>(1 + stream.below(0, 12));
    const Rows rows{2 + stream.below(1, 40), bins, k % 3 == 0 ? 0 : 0.3, events, stream.child("rows")};
    const double least = static_cast<double>(1 + stream.below(2, 4));
    const ForestSums total = rows.sums([](std::uint32_t) { return true; });

    double lowest = std::numeric_limits<double>::infinity();
    for (std::uint32_t last = 0; last <= bins; ++last)
      for (const bool missing_left : {false, true}) {
        std::vector<bool> left, right;
        for (const std::uint32_t code : rows.code) {
          left.push_back(code == 0 ? missing_left : code <= last);
          right.push_back(!left.back());
        }
        const auto n_left = static_cast<double>(std::count(left.begin(), left.end(), true));
        if (n_left < least || static_cast<double>(left.size()) - n_left < least) continue;
        lowest = std::min(lowest, impurity(rows, left, GetParam()) + impurity(rows, right, GetParam()));
      }

    OccupiedBins occupied = rows.bins(bins);
    ForestSplit best;
    best_forest_split(occupied, 7, bins, total, least, GetParam(), best);
    ASSERT_EQ(best.found(), std::isfinite(lowest)) << k;
    if (!best.found()) continue;
    std::vector<bool> left, right;
    for (const std::uint32_t code : rows.code) {
      left.push_back(best.goes_left(code));
      right.push_back(!left.back());
    }
    EXPECT_EQ(best.column, 7);
    EXPECT_EQ(best.left, rows.sums([&](std::uint32_t code) { return best.goes_left(code); })) << k;
    EXPECT_GE(best.left.rows, least);
    EXPECT_GE(total.rows - best.left.rows, least);
    EXPECT_NEAR(impurity(rows, left, GetParam()) + impurity(rows, right, GetParam()), lowest, 1e-9) << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Criteria, EveryCriterion,
                         ::testing::Values(Criterion::SquaredError, Criterion::Entropy, Criterion::Poisson));

ForestSplit split_of(std::vector<std::pair<std::uint32_t, ForestSums>> cells, ForestSums missing,
                     std::uint32_t last) {
  OccupiedBins bins;
  bins.make_room(cells.size());
  bins.missing = missing;
  ForestSums total = missing;
  for (const auto& [code, sums] : cells) {
    bins.add(code, sums);
    total = total + sums;
  }
  ForestSplit best;
  best_forest_split(bins, 0, last, total, 1, Criterion::SquaredError, best);
  return best;
}

TEST(ForestSplit, LiesInTheMiddleBetweenTheCodesOfItsNeighbours) {
  EXPECT_EQ(split_of({{1, {0, 5, 5}}, {10, {5, 5, 5}}}, {}, 20).last_left, 5);
  EXPECT_EQ(split_of({{4, {0, 5, 5}}, {5, {5, 5, 5}}}, {}, 20).last_left, 4);
}

TEST(ForestSplit, SendsMissingToTheHeavierSideWhereNoneIsMissing) {
  EXPECT_TRUE(split_of({{1, {0, 6, 6}}, {2, {5, 5, 5}}}, {}, 2).missing_left);
  EXPECT_FALSE(split_of({{1, {0, 5, 5}}, {2, {6, 6, 6}}}, {}, 2).missing_left);
}

TEST(ForestSplit, PartsMissingFromAllValues) {
  const ForestSplit split = split_of({{3, {0, 5, 5}}}, {5, 5, 5}, 9);
  ASSERT_TRUE(split.found());
  EXPECT_EQ(split.last_left, 9);
  EXPECT_FALSE(split.missing_left);
}

TEST(ForestSplit, OfEqualsTakesTheLowest) {
  const ForestSplit split = split_of({{1, {0, 2, 2}}, {2, {4, 2, 2}}, {3, {0, 2, 2}}}, {}, 3);
  EXPECT_EQ(split.last_left, 1);
}

}  // namespace
}  // namespace kohort
