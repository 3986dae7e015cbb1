#include "learn/linear/glm_loss.hpp"

#include <algorithm>
#include <cmath>

#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr double kMostMargin =
    500;  // an exponential of more is of no use to anyone, and its square overflows

LossAt logistic(double y, double m) {
  const double p = stable::sigmoid(m);
  const double loss = std::max(m, 0.0) + stable::log1p(stable::exp(-std::abs(m))) - y * m;
  return {loss, p - y, p * (1 - p)};
}

LossAt poisson(double y, double m) {
  const double mean = stable::exp(std::min(m, kMostMargin));
  return {mean - y * m, mean - y, mean};
}

LossAt tweedie(double y, double m, double power) {
  const double m_kept = std::clamp(m, -kMostMargin, kMostMargin);
  const double a = y * stable::exp((1 - power) * m_kept), b = stable::exp((2 - power) * m_kept);
  return {b / (2 - power) - a / (1 - power), b - a, (2 - power) * b - (1 - power) * a};
}

}  // namespace

LossAt GlmLoss::at(double outcome, double margin) const {
  switch (objective) {
    case Objective::SquaredError:
      return {(outcome - margin) * (outcome - margin) / 2, margin - outcome, 1};
    case Objective::Logistic:
      return logistic(outcome, margin);
    case Objective::Poisson:
      return poisson(outcome, margin);
    case Objective::Tweedie:
      return tweedie(outcome, margin, tweedie_variance_power);
  }
  return {};
}

double GlmLoss::mean_of(double margin) const {
  switch (objective) {
    case Objective::SquaredError:
      return margin;
    case Objective::Logistic:
      return stable::sigmoid(margin);
    default:
      return stable::exp(std::min(margin, kMostMargin));
  }
}

}  // namespace kohort
