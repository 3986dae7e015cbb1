#include "assess/isotonic.hpp"

#include "assess/ranking.hpp"
#include "assess/shapes.hpp"
#include "base/error.hpp"

namespace kohort {
namespace {

/// Neighbouring places that share one level.
struct Step {
  double first, last;  // in the order of x
  double weight, sum;  // of the units inside, and of weight times actual
  double level() const { return sum / weight; }
};

/// The places in ascending order, units with equal predictions as one.
std::vector<Step> distinct_places(std::span<const double> predicted, std::span<const double> actual,
                                  std::span<const double> weight) {
  const std::vector<std::uint32_t> order = descending_order(predicted);
  std::vector<Step> steps;
  for_each_tie(order, predicted, [&](std::size_t first, std::size_t last) {
    const double place = predicted[order[first]];
    Step step{place, place, 0, 0};
    for (std::size_t k = first; k < last; ++k) {
      const double w = weight.empty() ? 1 : weight[order[k]];
      step.weight += w;
      step.sum += w * actual[order[k]];
    }
    if (step.weight > 0) steps.push_back(step);
  });
  return {steps.rbegin(), steps.rend()};
}

/// Each step joins those below it as long as they are not lower.
std::vector<Step> pool_adjacent_violators(const std::vector<Step>& places) {
  std::vector<Step> pooled;
  for (Step step : places) {
    while (!pooled.empty() && pooled.back().level() >= step.level()) {
      const Step& below = pooled.back();
      step = {below.first, step.last, below.weight + step.weight, below.sum + step.sum};
      pooled.pop_back();
    }
    pooled.push_back(step);
  }
  return pooled;
}

}  // namespace

Curve fit_isotonic(std::span<const double> predicted, std::span<const double> actual,
                   std::span<const double> weight) {
  expect_equal_lengths(predicted.size(), actual.size());
  if (!weight.empty()) expect_equal_lengths(predicted.size(), weight.size());
  const std::vector<Step> steps = pool_adjacent_violators(distinct_places(predicted, actual, weight));
  if (steps.empty())
    throw Error{ErrorKind::Fit,
                "a calibration curve cannot be fitted without units",
                {},
                "check that the population and its filters leave units with an observed outcome"};
  Curve curve;
  for (const Step& step : steps) {
    curve.x.push_back(step.first);
    curve.y.push_back(step.level());
    if (step.last == step.first) continue;
    curve.x.push_back(step.last);
    curve.y.push_back(step.level());
  }
  return curve;
}

}  // namespace kohort
