#include "assess/line.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "assess/reference.hpp"

namespace kohort {
namespace {

using Numbers = std::vector<double>;
using reference::number;

TEST(Line, AgreesWithScipyAndWhite) {
  auto problem = reference::columns("problem.csv");
  const Line line = fit_line(problem["expected"], problem["count"]).value();
  EXPECT_NEAR(line.slope, number("slope"), 1e-12);
  EXPECT_NEAR(line.intercept, number("intercept"), 1e-12);
  EXPECT_NEAR(line.standard_error, number("slope_standard_error"), 1e-12);
  EXPECT_NEAR(line.robust_standard_error, number("slope_robust_standard_error"), 1e-12);
  EXPECT_EQ(line.units, 300u);
}

TEST(Line, IsExactOnAStraightLine) {
  const Line line = fit_line(Numbers{0, 1, 2, 4}, Numbers{1, 3, 5, 9}).value();
  EXPECT_NEAR(line.slope, 2, 1e-14);
  EXPECT_NEAR(line.intercept, 1, 1e-14);
  EXPECT_NEAR(line.standard_error, 0, 1e-14);
}

TEST(Line, SaysNothingWithoutVariation) {
  EXPECT_FALSE(fit_line(Numbers{0.1, 0.1, 0.1}, Numbers{1, 2, 3}));
  EXPECT_FALSE(fit_line(Numbers{1, 2}, Numbers{1, 2}));
}

}  // namespace
}  // namespace kohort
