#pragma once
// Calibration by a logistic regression on the logit of the prediction: two numbers, for small data.

#include <optional>
#include <span>

namespace kohort {

/// logit(calibrated) = intercept + slope * logit(predicted). A calibrated model has slope 1 and intercept 0;
/// a slope below 1 says its predictions are too extreme.
struct LogitCalibration {
  double slope = 1, intercept = 0;
  bool operator==(const LogitCalibration&) const = default;

  /// The calibrated probability of a predicted one.
  double at(double predicted) const;
};

/// The fit of greatest likelihood. Cox (1958), Platt (1999) without his shift of the outcomes. Newton's
/// method.
///   actual     0 or 1, shape (units)
///   predicted  probabilities, shape (units); kept 1e-12 away from 0 and 1
///   weight     shape (units); empty means one each
/// Nothing when the outcome or the prediction does not vary, or the prediction parts the outcomes cleanly.
std::optional<LogitCalibration> fit_logit_calibration(std::span<const double> actual,
                                                      std::span<const double> predicted,
                                                      std::span<const double> weight = {});

}  // namespace kohort
