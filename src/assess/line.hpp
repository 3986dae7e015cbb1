#pragma once
// A straight line through what was predicted and what happened.

#include <cstddef>
#include <optional>
#include <span>

namespace kohort {

/// The least squares line actual = intercept + slope * predicted.
struct Line {
  double slope = 0, intercept = 0;
  double standard_error = 0;         // of the slope, errors of one variance: sqrt(RSS / (n - 2) / Sxx)
  double robust_standard_error = 0;  // of the slope, errors of any variance: White (1980), HC1
  std::size_t units = 0;
  bool operator==(const Line&) const = default;
};

/// The slope is the signal value of a prediction: how many events more a unit has on average when the model
/// says one more. Counts vary with their mean, so the robust standard error is the one to trust.
///   predicted, actual  shape (units), without missing values
/// Nothing with fewer than three units or when the prediction does not vary.
std::optional<Line> fit_line(std::span<const double> predicted, std::span<const double> actual);

}  // namespace kohort
