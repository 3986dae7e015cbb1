#pragma once
// How well predictions meet what happened: one number each, with the definitions of scikit-learn 1.2
// (sklearn.metrics). In all of them
//   actual     what happened, shape (units): counts, or 0 and 1 where the outcome is binary
//   predicted  what was predicted, shape (units)
//   weight     weight of each unit, shape (units), not negative; empty means one each
// Sums run in the order of the units, so equal input gives equal bits. Missing values (NaN) are for the
// caller to leave out, except where said. Spans of unequal length throw Error (defect).

#include <optional>
#include <span>

namespace kohort {

/// Mean of (actual - predicted)^2; NaN without units.
double mean_squared_error(std::span<const double> actual, std::span<const double> predicted,
                          std::span<const double> weight = {});

/// The same with the sign turned, so that higher is better: scikit-learn's score of that name.
double neg_mean_squared_error(std::span<const double> actual, std::span<const double> predicted,
                              std::span<const double> weight = {});

/// Mean squared error of probabilities against 0 and 1. Brier (1950).
double brier_score(std::span<const double> actual, std::span<const double> predicted,
                   std::span<const double> weight = {});

/// Mean of -(y log p + (1 - y) log(1 - p)), p kept 2^-52 away from 0 and 1.
double log_loss(std::span<const double> actual, std::span<const double> predicted,
                std::span<const double> weight = {});

/// Mean of 2 (y log(y / p) - y + p). Infinity when a prediction is negative, or zero where something happened
/// (scikit-learn refuses those), so that such a model loses any comparison.
double poisson_deviance(std::span<const double> actual, std::span<const double> predicted,
                        std::span<const double> weight = {});

/// Area under the ROC curve: the chance that a unit with an event (actual > 0) is ranked above one without,
/// equal predictions counting half. Hanley and McNeil (1982). Nothing when either kind is absent. O(n log n).
std::optional<double> roc_auc(std::span<const double> actual, std::span<const double> predicted,
                              std::span<const double> weight = {});

/// Average precision: sum over the distinct predictions, from the highest down, of precision there times the
/// rise in recall; no interpolation. An event is actual > 0. Nothing without events. O(n log n).
std::optional<double> average_precision(std::span<const double> actual, std::span<const double> predicted,
                                        std::span<const double> weight = {});

/// Pearson's correlation coefficient, in two passes. Units with a NaN on either side are left out. Nothing
/// when either side does not vary over the units left.
std::optional<double> pearson_correlation(std::span<const double> actual, std::span<const double> predicted,
                                          std::span<const double> weight = {});

}  // namespace kohort
