#include "assess/logit_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "assess/shapes.hpp"
#include "base/stable.hpp"

namespace kohort {
namespace {

double kept_logit(double probability) {
  constexpr double kEdge = 1e-12;
  return stable::logit(std::clamp(probability, kEdge, 1 - kEdge));
}

/// Gradient and curvature of the log likelihood in (intercept, slope).
struct Newton {
  double g0 = 0, g1 = 0, h00 = 0, h01 = 0, h11 = 0;
};

Newton derivatives(const LogitCalibration& fit, std::span<const double> actual, std::span<const double> logit,
                   std::span<const double> weight) {
  Newton d;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double w = weight.empty() ? 1 : weight[i], x = logit[i];
    const double p = stable::sigmoid(fit.intercept + fit.slope * x);
    const double residual = w * (actual[i] - p), curvature = w * p * (1 - p);
    d.g0 += residual, d.g1 += residual * x;
    d.h00 += curvature, d.h01 += curvature * x, d.h11 += curvature * x * x;
  }
  return d;
}

}  // namespace

double LogitCalibration::at(double predicted) const {
  return stable::sigmoid(intercept + slope * kept_logit(predicted));
}

std::optional<LogitCalibration> fit_logit_calibration(std::span<const double> actual,
                                                      std::span<const double> predicted,
                                                      std::span<const double> weight) {
  expect_equal_lengths(actual.size(), predicted.size());
  if (!weight.empty()) expect_equal_lengths(actual.size(), weight.size());
  std::vector<double> logit(predicted.size());
  std::ranges::transform(predicted, logit.begin(), kept_logit);
  LogitCalibration fit{.slope = 0, .intercept = 0};
  constexpr int kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    const Newton d = derivatives(fit, actual, logit, weight);
    const double determinant = d.h00 * d.h11 - d.h01 * d.h01;
    if (!(determinant > 1e-12 * d.h00 * d.h11)) return std::nullopt;  // no variation, or a clean parting
    const double step0 = (d.h11 * d.g0 - d.h01 * d.g1) / determinant;
    const double step1 = (d.h00 * d.g1 - d.h01 * d.g0) / determinant;
    fit.intercept += step0;
    fit.slope += step1;
    if (std::abs(step0) + std::abs(step1) < 1e-12 * (1 + std::abs(fit.intercept) + std::abs(fit.slope)))
      return fit;
  }
  return std::nullopt;
}

}  // namespace kohort
