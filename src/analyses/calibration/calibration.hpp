#pragma once
// Calibration: curves from predicted to what happened, for the nation and by group (SPEC C-1, C-4).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyses/prediction_set.hpp"
#include "assess/curve.hpp"

namespace kohort {

/// Predictions with known outcomes to fit curves on: out-of-fold predictions of the training year, or those
/// of an earlier year.
struct CalibrationSample {
  int outcome_year = 0;
  bool in_sample = false;         // the model that predicted has seen these very outcomes
  std::vector<double> predicted;  // shape (units); NaN: not predicted
  std::vector<double> actual;     // shape (units); NaN: not observed
  std::vector<GroupColumn> groups;
};

struct CalibrationSettings {
  std::int64_t min_group = 500;  // groups with fewer units, or without an event, take the national curve
  bool as_reported = false;      // allow in-sample curves, as the reports did; tables say so
  bool operator==(const CalibrationSettings&) const = default;
};

/// The curves of one grouping.
struct Calibration {
  struct Group {
    std::string label;
    std::int64_t units = 0;      // in the sample
    std::optional<Curve> curve;  // none: the national one serves
    bool operator==(const Group&) const = default;
  };
  std::string by;  // "nation" or a group column
  int fitted_on = 0;
  bool in_sample = false;
  std::int64_t units = 0;  // in the sample
  Curve national;
  std::vector<Group> groups;  // none for the nation
  bool operator==(const Calibration&) const = default;

  /// The curve of a group; the national one for labels without their own.
  const Curve& curve_of(std::string_view label) const;
};

/// Isotonic curves (assess/isotonic.hpp) for the nation and each grouping named.
///   by       "nation" and names of the sample's group columns; one calibration each, in this order
///   throws   Error (study) for an in-sample sample unless as_reported, or an unknown column;
///            Error (fit) when no unit is both predicted and observed
/// O(n log n) per entry of `by`.
std::vector<Calibration> fit_calibrations(const CalibrationSample& sample, std::span<const std::string> by,
                                          const CalibrationSettings& settings = {});

/// The calibrated predictions of a set, shape (units); NaN stays NaN. Groups are matched by label, so the
/// codes of the two years may differ; units without a group take the national curve.
///   throws  Error (defect) when the calibration's group column is not among `groups`
std::vector<double> calibrate(const Calibration& calibration, std::span<const double> predicted,
                              std::span<const GroupColumn> groups);

/// Adds to the set its predictions calibrated in each way.
void add_calibrated(PredictionSet& set, std::span<const Calibration> calibrations,
                    std::span<const GroupColumn> groups);

}  // namespace kohort
