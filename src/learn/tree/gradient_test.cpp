#include "learn/tree/gradient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "matrix/matrix.hpp"

namespace kohort {
namespace {

/// Gradients over many orders of size, of both signs; hessians above zero.
std::vector<GradientPair> heavy_tailed(std::size_t n, Stream stream) {
  std::vector<GradientPair> pairs(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double size = std::exp(30 * stream.child("size").uniform(i) - 15);
    pairs[i] = {size * stream.child("g").normal(i), size * stream.child("h").uniform(i)};
  }
  return pairs;
}

RowList shuffled(RowList rows, Stream stream) {
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[stream.below(i, i)]);
  return rows;
}

GradientPair sum_of(std::span<const std::uint32_t> rows, const std::vector<GradientPair>& pairs) {
  GradientPair sum;
  for (const std::uint32_t row : rows) sum += pairs[row];
  return sum;
}

GradientPair sum_in_pieces(const RowList& rows, const std::vector<GradientPair>& pairs, std::size_t pieces) {
  GradientPair sum;
  for (std::size_t k = 0; k < pieces; ++k) {
    const std::size_t first = k * rows.size() / pieces, last = (k + 1) * rows.size() / pieces;
    sum += sum_of(std::span{rows}.subspan(first, last - first), pairs);
  }
  return sum;
}

/// Sums of the absolute numbers as integers, in which nothing is rounded.
std::pair<std::uint64_t, std::uint64_t> absolute_sums(const RowList& rows,
                                                      const std::vector<GradientPair>& pairs) {
  std::uint64_t gradient = 0, hessian = 0;
  for (const std::uint32_t row : rows) {
    gradient += static_cast<std::uint64_t>(std::abs(pairs[row].gradient));
    hessian += static_cast<std::uint64_t>(std::abs(pairs[row].hessian));
  }
  return {gradient, hessian};
}

bool is_power_of_two(double x) {
  int exponent = 0;
  return std::frexp(x, &exponent) == 0.5;
}

TEST(Gradients, SumToTheSameBitsInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::size_t n = 1 + Stream{seed}.below(0, 5000);
    const RowList rows = all_rows(n);
    std::vector<GradientPair> pairs = heavy_tailed(n, Stream{seed});
    round_to_units(rows, pairs);
    std::int64_t gradient = 0, hessian = 0;
    for (const GradientPair& pair : pairs) {
      ASSERT_EQ(pair.gradient, std::nearbyint(pair.gradient));
      ASSERT_EQ(pair.hessian, std::nearbyint(pair.hessian));
      gradient += static_cast<std::int64_t>(pair.gradient);
      hessian += static_cast<std::int64_t>(pair.hessian);
    }
    const GradientPair exact{static_cast<double>(gradient), static_cast<double>(hessian)};
    const RowList reversed{rows.rbegin(), rows.rend()};
    EXPECT_EQ(sum_of(rows, pairs), exact);
    EXPECT_EQ(sum_of(reversed, pairs), exact);
    for (std::uint64_t k = 0; k < 5; ++k) EXPECT_EQ(sum_of(shuffled(rows, Stream{k}), pairs), exact);
    for (const std::size_t pieces : {2, 7, 64}) EXPECT_EQ(sum_in_pieces(rows, pairs, pieces), exact);
  }
}

/// No sum over any of the rows, of either sign, leaves what a double counts exactly; and half the units would
/// not do for the bound that is promised, 2^52: the sums lie above 2^50, less half a unit for each row.
TEST(Gradients, FillTheExactRangeAndStayInsideIt) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const std::size_t n = 1 + Stream{seed}.below(0, 3000);
    const RowList rows = all_rows(n);
    std::vector<GradientPair> pairs = heavy_tailed(n, Stream{seed});
    if (seed % 4 == 0)  // all of one size: rounding may go one way in every row
      for (GradientPair& pair : pairs) pair = {std::exp(double(seed)) / 3, std::exp(-double(seed)) / 7};
    round_to_units(rows, pairs);
    const auto [gradient, hessian] = absolute_sums(rows, pairs);
    EXPECT_LT(gradient, 1ULL << 52);
    EXPECT_LT(hessian, 1ULL << 52);
    EXPECT_GE(gradient + n, 1ULL << 50);
    EXPECT_GE(hessian + n, 1ULL << 50);
  }
}

TEST(Gradients, StayInsideTheExactRangeWhenEachIsRoundedUp) {
  const double each = std::floor(0x1.0p52 / 17) + 0.75;
  ASSERT_LT(17 * each, 0x1.0p52);
  ASSERT_GT(17 * std::nearbyint(each), 0x1.0p52);
  std::vector<GradientPair> pairs(17, {each, each});
  round_to_units(all_rows(17), pairs);
  const auto [gradient, hessian] = absolute_sums(all_rows(17), pairs);
  EXPECT_LT(gradient, 1ULL << 52);
  EXPECT_LT(hessian, 1ULL << 52);
}

TEST(Units, AreTheFinestInWhichSumsStayInRange) {
  const Stream stream{6};
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const int bits = 41 + static_cast<int>(stream.child("bits").below(i, 11));
    const auto numbers = std::size_t{1} << stream.child("numbers").below(i, 23);
    const double size = std::exp2(100 * stream.child("size").uniform(i) - 50);
    const double sum = i % 3 == 0 ? std::nextafter(std::exp2(std::floor(std::log2(size))), 0.0) : size;
    const double unit = unit_for(sum, numbers, bits), room = std::ldexp(1.0, bits);
    SCOPED_TRACE("draw " + std::to_string(i));
    EXPECT_TRUE(is_power_of_two(unit));
    EXPECT_LE(sum / unit + double(numbers), room);
    EXPECT_GT(2 * sum / unit + double(numbers), room);
  }
}

TEST(Gradients, AreOffByHalfAUnitAtMostAndUnitsArePowersOfTwo) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<GradientPair> before = heavy_tailed(2000, Stream{seed});
    std::vector<GradientPair> pairs = before;
    const GradientUnits units = round_to_units(all_rows(2000), pairs);
    EXPECT_TRUE(is_power_of_two(units.gradient));
    EXPECT_TRUE(is_power_of_two(units.hessian));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      ASSERT_LE(std::abs(pairs[i].gradient * units.gradient - before[i].gradient), units.gradient / 2);
      ASSERT_LE(std::abs(pairs[i].hessian * units.hessian - before[i].hessian), units.hessian / 2);
    }
  }
}

TEST(Gradients, ThatAreFloatsStayAsTheyAreAndOthersBecomeTheNearest) {
  const std::vector<GradientPair> before = heavy_tailed(2000, Stream{3});
  std::vector<GradientPair> pairs = before, floats = before;
  for (GradientPair& pair : floats) {
    volatile float gradient = static_cast<float>(pair.gradient), hessian = static_cast<float>(pair.hessian);
    pair = {gradient, hessian};
  }
  std::vector<GradientPair> kept = floats;
  const GradientUnits units = round_floats_to_units(all_rows(2000), pairs);
  round_floats_to_units(all_rows(2000), kept);
  round_to_units(all_rows(2000), floats);
  EXPECT_EQ(pairs, floats);
  EXPECT_EQ(kept, floats);
  int moved = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    moved += std::abs(pairs[i].gradient * units.gradient - before[i].gradient) > units.gradient ? 1 : 0;
  EXPECT_GT(moved, 500);
}

TEST(Gradients, OfMeanSizeKeepThirtyTwoBitsAtHalfAMillionRows) {
  std::vector<GradientPair> pairs(500'000);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {i % 2 == 0 ? 0.3 : -0.3, 0.21};
  round_to_units(all_rows(pairs.size()), pairs);
  for (const GradientPair& pair : pairs) {
    ASSERT_GE(std::abs(pair.gradient), 0x1.0p31);
    ASSERT_GE(pair.hessian, 0x1.0p31);
  }
}

TEST(Gradients, OfOtherRowsAreLeftAlone) {
  std::vector<GradientPair> pairs = heavy_tailed(100, Stream{1});
  pairs[7] = {1e300, 1e300};
  const std::vector<GradientPair> before = pairs;
  RowList some;
  for (std::uint32_t row = 0; row < 100; row += 3) some.push_back(row);
  const GradientUnits units = round_to_units(some, pairs);
  EXPECT_LT(units.gradient, 1);
  for (std::uint32_t row = 0; row < 100; ++row)
    if (row % 3 != 0) EXPECT_EQ(pairs[row], before[row]);
}

TEST(Gradients, ThatAreAllZeroStayZero) {
  std::vector<GradientPair> pairs(5);
  const GradientUnits units = round_to_units(all_rows(5), pairs);
  EXPECT_EQ(units.gradient, 1);
  EXPECT_EQ(units.hessian, 1);
  for (const GradientPair& pair : pairs) EXPECT_EQ(pair, GradientPair{});
  EXPECT_EQ(round_to_units({}, pairs).hessian, 1);
}

TEST(Gradients, OfAnySizeHaveUnitsThatCanBeTurnedRound) {
  const double smallest = std::numeric_limits<double>::denorm_min(), largest = 1e307;
  for (const double size : {smallest, 1e-315, 1e-308, 1e-300, 1e-100, 1e100, largest}) {
    SCOPED_TRACE(size);
    std::vector<GradientPair> pairs{{size, size}, {-size, size}, {0, 0}};
    const GradientUnits units = round_to_units(all_rows(3), pairs);
    for (const double unit : {units.gradient, units.hessian}) {
      EXPECT_TRUE(is_power_of_two(unit));
      EXPECT_TRUE(std::isfinite(1 / unit));
    }
    EXPECT_LE(std::abs(pairs[0].gradient * units.gradient - size), units.gradient / 2);
    EXPECT_EQ(pairs[0].gradient, -pairs[1].gradient);
    EXPECT_EQ(pairs[2], GradientPair{});
    if (size > 1e-290) EXPECT_GE(pairs[0].gradient, 0x1.0p49) << "two numbers of this size: all their bits";
  }
}

TEST(Gradients, ThatAreInfiniteOrSumToInfinityAreRefused) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double size : {infinite, -infinite, std::nan(""), 1e308}) {
    std::vector<GradientPair> gradients(3, {size, 1}), hessians(3, {1, size});
    for (auto* pairs : {&gradients, &hessians}) {
      try {
        round_to_units(all_rows(3), *pairs);
        FAIL() << size;
      } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::Fit);
        EXPECT_STREQ(e.what(),
                     "the derivatives of the loss are too large to be added up\n"
                     "   mend: look for extreme outcomes, weights or exposures");
      }
    }
  }
}

}  // namespace
}  // namespace kohort
