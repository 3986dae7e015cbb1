#include "tune/halving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"

namespace kohort {
namespace {

using Sizes = std::vector<std::size_t>;

/// scikit-learn: n_required_iterations = 1 + floor(log(candidates, factor)), min_resources = rows //
/// factor^(iterations - 1).
TEST(Halving, HasTheRungsOfScikitLearnsExhaust) {
  EXPECT_EQ(halving_rows(100, 810'000, {3, 1}), (Sizes{10'000, 30'000, 90'000, 270'000, 810'000}));
  EXPECT_EQ(halving_rows(9, 900, {3, 1}), (Sizes{100, 300, 900}));
  EXPECT_EQ(halving_rows(8, 900, {3, 1}), (Sizes{300, 900}));
  EXPECT_EQ(halving_rows(16, 1000, {2, 1}), (Sizes{62, 125, 250, 500, 1000}));
  EXPECT_EQ(halving_kept(100, {3, 1}), 34);
  EXPECT_EQ(halving_kept(34, {3, 1}), 12);
  EXPECT_EQ(halving_kept(1, {3, 1}), 1);
}

TEST(Halving, HasFewerRungsWhereRowsAreFew) {
  EXPECT_EQ(halving_rows(100, 10'000, {3, 1000}), (Sizes{1111, 3333, 10'000}));
  EXPECT_EQ(halving_rows(100, 2'000, {3, 1000}), (Sizes{2'000}));
  EXPECT_EQ(halving_rows(2, 900, {3, 1}), (Sizes{900})) << "fewer candidates than the factor";
}

TEST(Halving, OrdersTheRowsAtRandom) {
  const std::vector<std::uint32_t> order = halving_order(1000, Stream{1});
  std::vector<std::uint32_t> sorted = order, all(1000);
  std::ranges::sort(sorted);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(sorted, all);
  EXPECT_NE(order, all);
  EXPECT_NE(order, halving_order(1000, Stream{2}));
  const double first_half = std::accumulate(order.begin(), order.begin() + 500, 0.0) / 500;
  EXPECT_NEAR(first_half, 499.5, 4 * 288.7 / std::sqrt(500.0));  // four standard errors
}

TEST(Halving, NeedsAFactorOfTwo) {
  EXPECT_THROW(check(Halving{1, 10}), Error);
  EXPECT_THROW(check(Halving{3, 0}), Error);
  EXPECT_NO_THROW(check(Halving{}));
}

}  // namespace
}  // namespace kohort
