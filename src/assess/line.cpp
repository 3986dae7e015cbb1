#include "assess/line.hpp"

#include <algorithm>
#include <cmath>

#include "assess/shapes.hpp"

namespace kohort {
namespace {

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::optional<Line> fit_line(std::span<const double> predicted, std::span<const double> actual) {
  expect_equal_lengths(predicted.size(), actual.size());
  if (predicted.size() < 3) return std::nullopt;
  if (const auto [low, high] = std::ranges::minmax(predicted); low == high) return std::nullopt;
  const double x_mean = mean(predicted), y_mean = mean(actual);
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double x = predicted[i] - x_mean;
    xx += x * x;
    xy += x * (actual[i] - y_mean);
  }
  if (!(xx > 0)) return std::nullopt;
  const double slope = xy / xx;
  double squares = 0, weighted_squares = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double x = predicted[i] - x_mean, residual = actual[i] - y_mean - slope * x;
    squares += residual * residual;
    weighted_squares += x * x * residual * residual;
  }
  const double n = static_cast<double>(predicted.size());
  return Line{.slope = slope,
              .intercept = y_mean - slope * x_mean,
              .standard_error = std::sqrt(squares / (n - 2) / xx),
              .robust_standard_error = std::sqrt(n / (n - 2) * weighted_squares) / xx,
              .units = predicted.size()};
}

}  // namespace kohort
