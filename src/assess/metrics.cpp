#include "assess/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "assess/ranking.hpp"
#include "assess/shapes.hpp"
#include "base/stable.hpp"

namespace kohort {
namespace {

/// Weighted mean of loss(actual, predicted); NaN when the weights sum to nothing.
template <class Loss>
double mean_loss(std::span<const double> actual, std::span<const double> predicted,
                 std::span<const double> weight, Loss loss) {
  expect_equal_lengths(actual.size(), predicted.size());
  if (!weight.empty()) expect_equal_lengths(actual.size(), weight.size());
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double w = weight.empty() ? 1 : weight[i];
    sum += w * loss(actual[i], predicted[i]);
    total += w;
  }
  return sum / total;
}

double squared(double actual, double predicted) { return (actual - predicted) * (actual - predicted); }

double poisson_loss(double y, double p) {
  if (p < 0 || (p == 0 && y > 0)) return std::numeric_limits<double>::infinity();
  const double fit = y > 0 ? y * stable::log(y / p) : 0;
  return 2 * (fit - y + p);
}

struct TieWeights {
  double events = 0, others = 0;
};

/// Calls f(TieWeights) for each distinct prediction from the highest down, and returns the totals.
template <class F>
TieWeights walk_down(std::span<const double> actual, std::span<const double> predicted,
                     std::span<const double> weight, F f) {
  expect_equal_lengths(actual.size(), predicted.size());
  if (!weight.empty()) expect_equal_lengths(actual.size(), weight.size());
  const std::vector<std::uint32_t> order = descending_order(predicted);
  TieWeights total;
  for_each_tie(order, predicted, [&](std::size_t first, std::size_t last) {
    TieWeights tie;
    for (std::size_t k = first; k < last; ++k)
      (actual[order[k]] > 0 ? tie.events : tie.others) += weight.empty() ? 1 : weight[order[k]];
    total.events += tie.events;
    total.others += tie.others;
    f(tie);
  });
  return total;
}

/// Weighted sums about the means, over the units that have both values.
struct Moments {
  double aa = 0, pp = 0, ap = 0;
  bool varies = false;
};

Moments moments(std::span<const double> actual, std::span<const double> predicted,
                std::span<const double> weight) {
  const auto present = [&](std::size_t i) { return !std::isnan(actual[i]) && !std::isnan(predicted[i]); };
  const auto weight_of = [&](std::size_t i) { return weight.empty() ? 1.0 : weight[i]; };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double total = 0, a_sum = 0, p_sum = 0;
  double a_low = kInfinity, a_high = -kInfinity, p_low = kInfinity, p_high = -kInfinity;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double w = weight_of(i);
    if (!present(i) || w == 0) continue;
    total += w, a_sum += w * actual[i], p_sum += w * predicted[i];
    a_low = std::min(a_low, actual[i]), a_high = std::max(a_high, actual[i]);
    p_low = std::min(p_low, predicted[i]), p_high = std::max(p_high, predicted[i]);
  }
  Moments m{.varies = a_low < a_high && p_low < p_high};
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!present(i)) continue;
    const double a = actual[i] - a_sum / total, p = predicted[i] - p_sum / total, w = weight_of(i);
    m.aa += w * a * a, m.pp += w * p * p, m.ap += w * a * p;
  }
  return m;
}

}  // namespace

double mean_squared_error(std::span<const double> actual, std::span<const double> predicted,
                          std::span<const double> weight) {
  return mean_loss(actual, predicted, weight, squared);
}

double neg_mean_squared_error(std::span<const double> actual, std::span<const double> predicted,
                              std::span<const double> weight) {
  return -mean_squared_error(actual, predicted, weight);
}

double brier_score(std::span<const double> actual, std::span<const double> predicted,
                   std::span<const double> weight) {
  return mean_loss(actual, predicted, weight, squared);
}

double log_loss(std::span<const double> actual, std::span<const double> predicted,
                std::span<const double> weight) {
  constexpr double kEdge = std::numeric_limits<double>::epsilon();
  return mean_loss(actual, predicted, weight, [kEdge](double y, double p) {
    const double kept = std::clamp(p, kEdge, 1 - kEdge);
    return -(y * stable::log(kept) + (1 - y) * stable::log1p(-kept));
  });
}

double poisson_deviance(std::span<const double> actual, std::span<const double> predicted,
                        std::span<const double> weight) {
  return mean_loss(actual, predicted, weight, poisson_loss);
}

std::optional<double> roc_auc(std::span<const double> actual, std::span<const double> predicted,
                              std::span<const double> weight) {
  double events_above = 0, won = 0;
  const TieWeights total = walk_down(actual, predicted, weight, [&](TieWeights tie) {
    won += tie.others * (events_above + tie.events / 2);
    events_above += tie.events;
  });
  if (!(total.events > 0 && total.others > 0)) return std::nullopt;
  return won / (total.events * total.others);
}

std::optional<double> average_precision(std::span<const double> actual, std::span<const double> predicted,
                                        std::span<const double> weight) {
  double events = 0, all = 0, sum = 0;
  const TieWeights total = walk_down(actual, predicted, weight, [&](TieWeights tie) {
    events += tie.events;
    all += tie.events + tie.others;
    if (tie.events > 0) sum += tie.events * (events / all);
  });
  if (!(total.events > 0)) return std::nullopt;
  return sum / total.events;
}

std::optional<double> pearson_correlation(std::span<const double> actual, std::span<const double> predicted,
                                          std::span<const double> weight) {
  expect_equal_lengths(actual.size(), predicted.size());
  if (!weight.empty()) expect_equal_lengths(actual.size(), weight.size());
  const Moments m = moments(actual, predicted, weight);
  if (!m.varies || !(m.aa > 0 && m.pp > 0)) return std::nullopt;
  return std::clamp(m.ap / (std::sqrt(m.aa) * std::sqrt(m.pp)), -1.0, 1.0);
}

}  // namespace kohort
