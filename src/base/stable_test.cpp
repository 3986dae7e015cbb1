#include "base/stable.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"

namespace kohort {
namespace {

/// Distance in units in the last place of the C library's value.
double ulps(double value, double reference) {
  return std::abs(value - reference) / (std::nextafter(std::abs(reference), INFINITY) - std::abs(reference));
}

TEST(Stable, AgreesWithTheCLibraryToTwoUlps) {
  const Stream s{3};
  for (int i = 0; i < 200'000; ++i) {
    const double x = (s.child("x").uniform(i) - 0.5) * 1400;
    ASSERT_LE(ulps(stable::exp(x), std::exp(x)), 2) << x;
    const double small = (s.child("small").uniform(i) - 0.5) * 2;
    ASSERT_LE(ulps(stable::exp(small), std::exp(small)), 2) << small;
    ASSERT_LE(ulps(stable::expm1(small), std::expm1(small)), 3) << small;
    ASSERT_LE(ulps(stable::log1p(small), std::log1p(small)), 3) << small;
    const double positive = std::exp((s.child("log").uniform(i) - 0.5) * 1000);
    ASSERT_LE(ulps(stable::log(positive), std::log(positive)), 2) << positive;
    const double near_one = 0.5 + 1.5 * s.child("one").uniform(i);
    ASSERT_LE(ulps(stable::log(near_one), std::log(near_one)), 2) << near_one;
  }
}

TEST(Stable, HandlesTheEdges) {
  EXPECT_EQ(stable::exp(0), 1);
  EXPECT_EQ(stable::log(1), 0);
  EXPECT_EQ(stable::exp(-800), 0);
  EXPECT_TRUE(std::isinf(stable::exp(800)));
  EXPECT_TRUE(std::isinf(stable::log(0)));
  EXPECT_TRUE(std::isnan(stable::log(-1)));
  EXPECT_TRUE(std::isnan(stable::log1p(-2)));
  EXPECT_DOUBLE_EQ(stable::exp(-740), std::exp(-740));  // subnormal
  EXPECT_NEAR(stable::sigmoid(stable::logit(0.3)), 0.3, 1e-15);
  EXPECT_EQ(stable::sigmoid(-1000), 0);
}

TEST(Stable, NormalDistributionAndItsInverseAgree) {
  for (double x = -8; x <= 8; x += 0.01) {
    const double reference = 0.5 * std::erfc(-x / std::sqrt(2.0));
    ASSERT_NEAR(stable::normal_cdf(x), reference, 2e-15) << x;
    if (x < 0) ASSERT_NEAR(stable::normal_cdf(x) / reference, 1, 1e-11) << x;
  }
  for (double p = 1e-12; p < 0.5; p *= 1.1) {
    ASSERT_NEAR(0.5 * std::erfc(-stable::normal_quantile(p) / std::sqrt(2.0)) / p, 1, 1e-12) << p;
    ASSERT_NEAR(stable::normal_quantile(1 - p), -stable::normal_quantile(p), 1e-3);
  }
}

}  // namespace
}  // namespace kohort
