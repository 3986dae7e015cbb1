#include "learn/tree/loss.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr std::size_t kBlock = 8192;  // rows whose derivatives are one task

double weight_of(const Problem& problem, const LossSettings& settings, std::uint32_t row) {
  const double weight = problem.weights.empty() ? 1 : problem.weights[row];
  const bool event = problem.objective == Objective::Logistic && problem.outcome[row] == 1;
  return event ? weight * settings.scale_pos_weight : weight;
}

double squared_error_gradient(double y, double margin) { return margin - y; }

GradientPair derivatives(Objective objective, const LossSettings& settings, double y, double margin) {
  switch (objective) {
    case Objective::SquaredError:
      return {squared_error_gradient(y, margin), 1};
    case Objective::Logistic: {
      const double p = stable::sigmoid(margin);
      return {p - y, std::max(p * (1 - p), 1e-16)};
    }
    case Objective::Poisson:
      return {stable::exp(margin) - y, stable::exp(margin + settings.max_delta_step)};
    case Objective::Tweedie: {
      const double rho = settings.tweedie_variance_power;
      const double a = y * stable::exp((1 - rho) * margin), b = stable::exp((2 - rho) * margin);
      return {b - a, (2 - rho) * b - (1 - rho) * a};
    }
  }
  return {};
}

/// The unit of squared errors' gradients in packed cells. No sum over some rows is farther from zero than
/// that of all positive or of all negative gradients. Rounding to 24 bits adds 2^-24 of it at most, and
/// adding it up in doubles loses less.
double packed_unit(const Problem& problem, std::span<const std::uint32_t> rows,
                   std::span<const float> margins, int bits) {
  double above = 0, below = 0;
  for (const std::uint32_t row : rows) {
    const double gradient = squared_error_gradient(problem.outcome[row], margins[row]);
    above += std::max(gradient, 0.0);
    below += std::max(-gradient, 0.0);
  }
  return unit_for(std::max(above, below) * (1 + 0x1p-23), rows.size(), bits);
}

/// Calls work(rows) with blocks of the rows, side by side.
template <class Work>
void for_each_block(std::span<const std::uint32_t> rows, Workers& workers, Work work) {
  workers.for_each((rows.size() + kBlock - 1) / kBlock, [&](std::size_t b) {
    work(rows.subspan(b * kBlock, std::min(kBlock, rows.size() - b * kBlock)));
  });
}

double loss_of(Objective objective, const LossSettings& settings, double y, double margin) {
  switch (objective) {
    case Objective::SquaredError:
      return (margin - y) * (margin - y);
    case Objective::Logistic:  // log(1 + e^m) - y m, without overflow
      return std::max(margin, 0.0) + stable::log1p(stable::exp(-std::abs(margin))) - y * margin;
    case Objective::Poisson:
      return stable::exp(margin) - y * margin;
    case Objective::Tweedie: {
      const double rho = settings.tweedie_variance_power;
      return -y * stable::exp((1 - rho) * margin) / (1 - rho) + stable::exp((2 - rho) * margin) / (2 - rho);
    }
  }
  return 0;
}

}  // namespace

float prediction_of(float margin, Objective objective) {
  switch (objective) {
    case Objective::SquaredError:
      return margin;
    case Objective::Logistic:
      return static_cast<float>(stable::sigmoid(margin));
    case Objective::Poisson:
    case Objective::Tweedie:
      return static_cast<float>(stable::exp(margin));
  }
  return margin;
}

float margin_of(double base_score, Objective objective) {
  const auto base = static_cast<float>(base_score);
  if (objective == Objective::SquaredError) return base;
  if (objective == Objective::Logistic) {
    if (!(base > 0 && base < 1))
      throw Error(ErrorKind::Study, "base_score is no probability", "base_score",
                  "give a value between 0 and 1");
    return static_cast<float>(-stable::log(1 / base - 1));  // 32 bits, as the library
  }
  if (!(base > 0))
    throw Error(ErrorKind::Study, "base_score is no mean count", "base_score", "give a value above 0");
  return static_cast<float>(stable::log(base));
}

double estimate_base_score(const Problem& problem, const LossSettings& settings) {
  const bool log_link = problem.objective == Objective::Poisson || problem.objective == Objective::Tweedie;
  const double power = problem.objective == Objective::Tweedie ? settings.tweedie_variance_power : 1;
  double slope = 0, curvature = 0, events = 0, exposure = 0;
  for (const std::uint32_t row : problem.rows) {
    const double offset = problem.offset.empty() ? 0 : problem.offset[row];
    const double weight = weight_of(problem, settings, row);
    const GradientPair at = derivatives(problem.objective, settings, problem.outcome[row], offset);
    slope += weight * at.gradient;
    curvature += weight * at.hessian;
    events += weight * problem.outcome[row] * stable::exp((1 - power) * offset);
    exposure += weight * stable::exp((2 - power) * offset);
  }
  if (log_link) return std::max(events / exposure, 1e-16);
  const double margin = -slope / curvature;
  return problem.objective == Objective::Logistic ? stable::sigmoid(margin) : margin;
}

void fill_gradients(const Problem& problem, const LossSettings& settings, std::span<const std::uint32_t> rows,
                    std::span<const float> margins, std::span<GradientPair> out, Workers& workers) {
  for_each_block(rows, workers, [&](std::span<const std::uint32_t> some) {
    for (const std::uint32_t row : some) {
      GradientPair pair = derivatives(problem.objective, settings, problem.outcome[row], margins[row]);
      const double weight = weight_of(problem, settings, row);
      pair.gradient *= weight;
      pair.hessian *= weight;
      out[row] = pair;
    }
  });
}

bool packs(const Problem& problem) {
  return problem.objective == Objective::SquaredError && problem.weights.empty() &&
         problem.rows.size() <= CellCode<PackedCell>::kMostRows;
}

Gradients<GradientPair> whole_gradients(const Problem& problem, const LossSettings& settings,
                                        std::span<const std::uint32_t> rows, std::span<const float> margins,
                                        std::span<GradientPair> out, Workers& workers) {
  fill_gradients(problem, settings, rows, margins, out, workers);
  return {.of_row = out, .units = round_floats_to_units(rows, out)};
}

Gradients<PackedCell> whole_gradients(const Problem& problem, const LossSettings&,
                                      std::span<const std::uint32_t> rows, std::span<const float> margins,
                                      std::span<PackedCell> out, Workers& workers) {
  const CellCode<PackedCell> code{rows.size()};
  const GradientUnits units{packed_unit(problem, rows, margins, code.gradient_bits()), 1};
  const double per_gradient = 1 / units.gradient;
  for_each_block(rows, workers, [&](std::span<const std::uint32_t> some) {
    for (const std::uint32_t row : some) {
      const double gradient = squared_error_gradient(problem.outcome[row], margins[row]) * per_gradient;
      out[row] = code.cell({std::nearbyint(to_24_bits(gradient)), 1});
    }
  });
  return {out, code, units};
}

double mean_loss(const Problem& problem, const LossSettings& settings, std::span<const std::uint32_t> rows,
                 std::span<const float> margins) {
  double loss = 0, weights = 0;
  for (const std::uint32_t row : rows) {
    const double weight = weight_of(problem, settings, row);
    loss += weight * loss_of(problem.objective, settings, problem.outcome[row], margins[row]);
    weights += weight;
  }
  return loss / weights;
}

}  // namespace kohort
