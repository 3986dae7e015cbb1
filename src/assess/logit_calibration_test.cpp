#include "assess/logit_calibration.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "assess/reference.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

using Numbers = std::vector<double>;

TEST(LogitCalibration, AgreesWithScikitLearn) {
  auto problem = reference::columns("problem.csv");
  const auto fit = fit_logit_calibration(problem["event"], problem["probability"]).value();
  // scikit-learn's solver stops at a gradient of 1e-8 or so; the optimum is unique.
  EXPECT_NEAR(fit.slope, reference::number("calibration_slope"), 1e-6);
  EXPECT_NEAR(fit.intercept, reference::number("calibration_intercept"), 1e-6);
}

TEST(LogitCalibration, TwoPlacesAreFittedExactly) {
  // At 0.2 one of four, at 0.8 three of four: the fitted probabilities are 0.25 and 0.75.
  const auto fit =
      fit_logit_calibration(Numbers{1, 0, 0, 0, 1, 1, 1, 0}, Numbers{0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8})
          .value();
  EXPECT_NEAR(fit.at(0.2), 0.25, 1e-12);
  EXPECT_NEAR(fit.at(0.8), 0.75, 1e-12);
}

TEST(LogitCalibration, AWeightIsRepetition) {
  const Numbers actual{1, 0, 1, 0, 1}, predicted{0.7, 0.6, 0.4, 0.3, 0.2}, weight{2, 1, 1, 3, 1};
  const auto weighted = fit_logit_calibration(actual, predicted, weight).value();
  const auto repeated =
      fit_logit_calibration(Numbers{1, 1, 0, 1, 0, 0, 0, 1}, Numbers{0.7, 0.7, 0.6, 0.4, 0.3, 0.3, 0.3, 0.2})
          .value();
  EXPECT_NEAR(weighted.slope, repeated.slope, 1e-10);
  EXPECT_NEAR(weighted.intercept, repeated.intercept, 1e-10);
}

TEST(LogitCalibration, SaysNothingWhereThereIsNoFit) {
  EXPECT_FALSE(fit_logit_calibration(Numbers{1, 1, 1}, Numbers{0.1, 0.2, 0.3}));
  EXPECT_FALSE(fit_logit_calibration(Numbers{0, 1, 0}, Numbers{0.2, 0.2, 0.2}));
  EXPECT_FALSE(fit_logit_calibration(Numbers{0, 0, 1, 1}, Numbers{0.1, 0.2, 0.3, 0.4}));
  EXPECT_FALSE(fit_logit_calibration(Numbers{}, Numbers{}));
}

}  // namespace
}  // namespace kohort
