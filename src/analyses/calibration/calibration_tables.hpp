#pragma once
// What calibration did, as tables: figure 10 of the report, and which groups had a curve of their own.

#include <span>

#include "analyses/calibration/calibration.hpp"
#include "assess/disclosure.hpp"
#include "base/random.hpp"

namespace kohort {

/// `calibration_curve`: by, group, sample, part, prediction, calibrated, observed, n; after the seven fields
/// of the set. Groups without a curve of their own have no rows.
///   sample  "fitted": the units the curve was fitted on; "held_out": those of the set, where observed
///   part    "knots": the curve, as mean prediction and mean calibrated value in up to 50 intervals of the
///           prediction, the same for both samples. Neighbours are joined until each holds `minimum`
///           persons and none or as many with an event, so that no person's prediction is shown.
///           "points": ten equal groups by prediction, mean prediction and mean observed outcome
///   ties    parts equal predictions at the borders of the ten groups
/// Rows about fewer than `minimum` persons, or with so few events, are blank.
Table calibration_curve_table(const PredictionSet& set, std::span<const GroupColumn> groups,
                              const CalibrationSample& sample, std::span<const Calibration> calibrations,
                              Stream ties, std::int64_t minimum = kMinimumCell);

/// `calibration_summary`, one row per calibration: by, fitted_on, sample ("out_of_fold" or "in_sample"),
/// groups, own_curve, national_curve (groups that fell back), n, n_national (units of the sample in such
/// groups).
Table calibration_summary(const PredictionSet& set, std::span<const Calibration> calibrations,
                          std::int64_t minimum = kMinimumCell);

}  // namespace kohort
