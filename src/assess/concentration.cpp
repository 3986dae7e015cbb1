#include "assess/concentration.hpp"

#include <limits>

#include "assess/ranking.hpp"
#include "assess/shapes.hpp"

namespace kohort {
namespace {

/// The share of `held` that the first units of the order have, with a knot after each run of equal ranks.
Curve cumulative_share(std::span<const double> held, std::span<const std::uint32_t> order,
                       std::span<const double> rank_by) {
  Curve curve{{0}, {0}};
  double sum = 0;
  for_each_tie(order, rank_by, [&](std::size_t first, std::size_t last) {
    double run = 0;  // a run's own sum: its rows are added in one go, whatever came before
    for (std::size_t k = first; k < last; ++k) run += held[order[k]];
    sum += run;
    curve.x.push_back(static_cast<double>(last) / static_cast<double>(order.size()));
    curve.y.push_back(sum);
  });
  if (!(sum > 0)) return {{0}, {std::numeric_limits<double>::quiet_NaN()}};
  for (double& y : curve.y) y /= sum;
  return curve;
}

}  // namespace

Concentration concentration(std::span<const double> actual, std::span<const double> predicted) {
  expect_equal_lengths(actual.size(), predicted.size());
  const std::vector<std::uint32_t> order = descending_order(predicted);
  return {cumulative_share(actual, order, predicted), cumulative_share(predicted, order, predicted),
          cumulative_share(actual, descending_order(actual), actual)};
}

std::vector<double> drawing_fractions(int points) {
  std::vector<double> out;
  for (int k = 0; k < points; ++k) {
    const double root = static_cast<double>(k) / (points - 1);
    out.push_back(root * root);
  }
  return out;
}

}  // namespace kohort
