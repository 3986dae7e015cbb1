#pragma once
// Forecasts of groups: mean predicted against mean actual, year by year (SPEC F-2, F-3).

#include <span>

#include "analyses/prediction_set.hpp"
#include "assess/disclosure.hpp"

namespace kohort {

/// The levels of one set: the seven fields of the set, calibration, group_by, group, year, n, mean_predicted,
/// mean_actual, suppressed. One row for the nation and each group with units, for the raw predictions
/// (calibration "none") and each calibrated version of the set.
///   n  units behind both means: those predicted and observed, so that both means are about the same persons;
///      all predicted units, and no mean_actual, where the outcome year lies ahead
/// Rows about fewer than `minimum` persons, or in which so few had an event, are blank. O(units) per group
/// column and calibration.
Table forecast_levels(const PredictionSet& set, std::span<const GroupColumn> groups,
                      std::int64_t minimum = kMinimumCell);

/// `forecast`: the stacked levels of any number of sets with four columns more, before `suppressed`:
///   index_predicted, index_actual  100 at the first horizon of the same path and group; a path has one
///                                  design, outcome, model, trained_on, predict_from and calibration
///   level_error   percent by which mean_predicted exceeds mean_actual
///   change_error  percent by which index_predicted exceeds index_actual: the error of the change alone
/// Missing where a level is, or where a divisor is zero. Rows keep their order. Indices are made from
/// published levels only, so they give no blank cell away.
Table forecast_table(const Table& levels);

}  // namespace kohort
