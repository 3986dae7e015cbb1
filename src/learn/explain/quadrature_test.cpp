#include "learn/explain/quadrature.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace kohort {
namespace {

TEST(Quadrature, IntegratesEveryPolynomialBelowTwiceItsPlaces) {
  for (const int n : {1, 2, 3, 4, 7, 10, 25, 64, 512}) {
    const Quadrature quadrature = gauss_legendre(n);
    ASSERT_EQ(quadrature.at.size(), n);
    ASSERT_EQ(quadrature.weight.size(), n);
    for (int power = 0; power < 2 * n; ++power) {
      double sum = 0;
      for (std::size_t k = 0; k < quadrature.at.size(); ++k)
        sum += quadrature.weight[k] * std::pow(quadrature.at[k], power);
      ASSERT_NEAR(sum, 1.0 / (power + 1), 1e-13) << n << " places, power " << power;  // 2n roundings
    }
    double first_missed = 0;  // the error of the next power is (n!)^4 / ((2n+1) (2n)!^2)
    for (std::size_t k = 0; k < quadrature.at.size(); ++k)
      first_missed += quadrature.weight[k] * std::pow(quadrature.at[k], 2 * n);
    if (n <= 4) EXPECT_GT(1.0 / (2 * n + 1) - first_missed, 1e-6);
  }
}

TEST(Quadrature, LiesInsideInOrderWithWeightsAboveZero) {
  const Quadrature quadrature = gauss_legendre(33);
  double last = 0;
  for (std::size_t k = 0; k < 33; ++k) {
    EXPECT_GT(quadrature.at[k], last);
    EXPECT_GT(quadrature.weight[k], 0);
    last = quadrature.at[k];
  }
  EXPECT_LT(last, 1);
  EXPECT_EQ(quadrature.at[16], 0.5);
}

}  // namespace
}  // namespace kohort
