#include "learn/linear/glm_loss.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

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

// --- several rows at a time: loops without branches that the compiler turns into vector code

constexpr double kLeastCurvature = 1e-10;  // of a row; rounding would make less of it zero
constexpr std::size_t kBlock = 256;

/// e^x on [-708, 708], to 2 units in the last place: the series of stable::exp with its factors multiplied
/// out.
inline double quick_exp(double x) {
  constexpr double kRound = 0x1.8p52;  // adding it leaves the nearest whole number in the low bits
  const double shifted = x * 1.4426950408889634074 + kRound, k = shifted - kRound;
  const double r = (x - k * 0x1.62e42fefa3800p-1) - k * 0x1.ef35793c76730p-45;
  double q = 1.0 / 6227020800;
  q = q * r + 1.0 / 479001600;
  q = q * r + 1.0 / 39916800;
  q = q * r + 1.0 / 3628800;
  q = q * r + 1.0 / 362880;
  q = q * r + 1.0 / 40320;
  q = q * r + 1.0 / 5040;
  q = q * r + 1.0 / 720;
  q = q * r + 1.0 / 120;
  q = q * r + 1.0 / 24;
  q = q * r + 1.0 / 6;
  q = q * r + 0.5;
  const double near_one = 1.0 + (r + r * r * q);
  const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;
  return near_one * std::bit_cast<double>(exponent);
}

struct Block {
  std::size_t rows;
  const double *outcome, *margin, *weight;
  double *pull, *curvature;
};

/// The sum of weight * log(u): of weights of 0 and 1 as logarithms of products of 32, each below 2^32.
double weighted_logs(const double* u, const double* weight, std::size_t rows) {
  constexpr std::size_t kLanes = 8;
  bool plain = true;
  for (std::size_t i = 0; i < rows; ++i) plain &= weight[i] == 0 || weight[i] == 1;
  double sum = 0;
  if (!plain) {
    for (std::size_t i = 0; i < rows; ++i)
      if (weight[i] != 0) sum += weight[i] * stable::log(u[i]);
    return sum;
  }
  std::array<double, kLanes> product;
  product.fill(1);
  for (std::size_t i = 0; i < rows; ++i) product[i % kLanes] *= weight[i] == 0 ? 1 : u[i];
  for (const double p : product) sum += stable::log(p);
  return sum;
}

double logistic_block(const Block& b) {
  std::array<double, kBlock> u;
  double linear = 0;
  for (std::size_t i = 0; i < b.rows; ++i) {
    const double m = b.margin[i], w = b.weight[i], y = w == 0 ? 0 : b.outcome[i];
    const double t = quick_exp(-std::min(std::abs(m), kMostMargin)), q = 1 / (1 + t);
    const double p = m >= 0 ? q : t * q, c = t * q * q;
    u[i] = 1 + t;
    b.pull[i] = w * (y - p);
    b.curvature[i] = w * (c > kLeastCurvature ? c : kLeastCurvature);
    linear += w * ((m > 0 ? m : 0) - y * m);
  }
  return linear + weighted_logs(u.data(), b.weight, b.rows);
}

double poisson_block(const Block& b) {
  double loss = 0;
  for (std::size_t i = 0; i < b.rows; ++i) {
    const double m = b.margin[i], w = b.weight[i], y = w == 0 ? 0 : b.outcome[i];
    const double mean = quick_exp(std::clamp(m, -kMostMargin, kMostMargin));
    b.pull[i] = w * (y - mean);
    b.curvature[i] = w * (mean > kLeastCurvature ? mean : kLeastCurvature);
    loss += w * (mean - y * m);
  }
  return loss;
}

double any_block(const GlmLoss& of, const Block& b) {
  double loss = 0;
  for (std::size_t i = 0; i < b.rows; ++i) {
    const double w = b.weight[i];
    const LossAt at = w == 0 ? LossAt{} : of.at(b.outcome[i], b.margin[i]);
    b.pull[i] = -w * at.slope;
    b.curvature[i] = w * std::max(at.curvature, kLeastCurvature);
    loss += w * at.loss;
  }
  return loss;
}

}  // namespace

double GlmLoss::expand(std::span<const double> outcome, std::span<const double> margin,
                       std::span<const double> weight, std::span<double> pull,
                       std::span<double> curvature) const {
  double loss = 0;
  for (std::size_t i = 0; i < margin.size(); i += kBlock) {
    const Block block{std::min(kBlock, margin.size() - i),
                      outcome.data() + i,
                      margin.data() + i,
                      weight.data() + i,
                      pull.data() + i,
                      curvature.data() + i};
    loss += objective == Objective::Logistic  ? logistic_block(block)
            : objective == Objective::Poisson ? poisson_block(block)
                                              : any_block(*this, block);
  }
  return loss;
}

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

double margin_of_mean(const GlmLoss& loss, const GlmRows& rows) {
  const bool log_link = loss.objective == Objective::Poisson || loss.objective == Objective::Tweedie;
  double sum = 0, exposure = 0;
  for (std::size_t i = 0; i < rows.weight.size(); ++i) {
    const double weight = rows.weight[i];
    if (weight == 0) continue;
    sum += weight * rows.outcome[i];
    exposure += weight * (rows.offset.empty() || !log_link ? 1 : stable::exp(rows.offset[i]));
  }
  constexpr double kEdge = 1e-12;
  const double mean = sum / exposure;
  if (loss.objective == Objective::SquaredError) return mean;
  return log_link ? stable::log(std::max(mean, kEdge)) : stable::logit(std::clamp(mean, kEdge, 1 - kEdge));
}

bool at_the_edge(const GlmLoss& loss, const GlmRows& rows, std::span<const double> margin) {
  if (loss.objective == Objective::SquaredError) return false;
  constexpr double kEdge = 1e-7;  // of the overall mean
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < margin.size(); ++i) {
    if (rows.weight[i] == 0) continue;
    sum += rows.weight[i] * rows.outcome[i];
    total += rows.weight[i];
  }
  const double mean = sum / total;
  for (std::size_t i = 0; i < margin.size(); ++i) {
    if (rows.weight[i] == 0) continue;
    const double fitted = loss.mean_of(margin[i] - (rows.offset.empty() ? 0 : rows.offset[i]));
    if (fitted < kEdge * mean) return true;
    if (loss.objective == Objective::Logistic && 1 - fitted < kEdge * (1 - mean)) return true;
  }
  return false;
}

}  // namespace kohort
