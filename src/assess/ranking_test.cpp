#include "assess/ranking.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace kohort {
namespace {

TEST(Ranking, OrdersNegativeZeroAndInfiniteScores) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> score{-0.0, 2, -inf, 0.0, -3, inf, 2};
  EXPECT_EQ(descending_order(score), (std::vector<std::uint32_t>{5, 1, 6, 0, 3, 4, 2}));
}

TEST(Ranking, MissingScoresDoNotDisturbTheOthers) {
  const std::vector<double> score{1, std::nan(""), 3};
  std::vector<std::uint32_t> order = descending_order(score);
  std::erase(order, 1u);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 0}));
}

TEST(Ranking, TiesAreTheRunsOfEqualScores) {
  std::vector<double> score(1000);
  for (std::size_t i = 0; i < score.size(); ++i) score[i] = static_cast<double>(Stream{1}.below(i, 20)) - 10;
  const auto order = descending_order(score);
  double before = 100;
  std::size_t end = 0;
  int runs = 0;
  for_each_tie(order, score, [&](std::size_t first, std::size_t last) {
    EXPECT_EQ(first, end);
    EXPECT_LT(score[order[first]], before);
    for (std::size_t i = first; i < last; ++i) EXPECT_EQ(score[order[i]], score[order[first]]);
    before = score[order[first]];
    end = last;
    ++runs;
  });
  EXPECT_EQ(end, score.size());
  EXPECT_EQ(runs, 20);
}

}  // namespace
}  // namespace kohort
