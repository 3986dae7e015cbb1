#pragma once
// What every analysis reads: the predictions of one model for one population and year, what happened after,
// and the groups of the units. Analyses turn these into tidy tables and know nothing of files.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/table.hpp"

namespace kohort {

/// A grouping of the units of one predictor year, shared by all sets of that year: age group, area,
/// previously charged.
struct GroupColumn {
  std::string name;                 // "age_group"
  std::vector<std::string> labels;  // in the order of the tables
  std::vector<std::int16_t> codes;  // place in labels, shape (units); -1: in no group
  bool operator==(const GroupColumn&) const = default;
};

/// The same predictions after calibration.
struct CalibratedPrediction {
  std::string by;                 // "nation", or the group column whose curves were used
  std::vector<double> predicted;  // shape (units)
};

/// Predictions of one outcome by one model of one horizon. Tables repeat the first seven fields on every row.
struct PredictionSet {
  std::string design;             // what it was made for: "forecast_path", "freshness", "updating"
  std::string outcome;            // "all_charges"
  std::string model;              // "lasso"
  int horizon = 0;                // years from predictors to outcome
  int trained_on = 0;             // the latest outcome year the model saw
  int predict_from = 0;           // year of the predictors
  int predict_year = 0;           // year of the outcome
  std::vector<double> predicted;  // shape (units); NaN: not predicted
  std::vector<double> actual;     // shape (units); NaN: not observed. Empty when the year lies ahead
  std::vector<CalibratedPrediction> calibrated;
};

/// The units of a group with both a prediction and an outcome, in the order of the set.
struct GroupPairs {
  std::string_view group_by, group;  // "nation" and "all" for everybody
  std::span<const double> actual, predicted;
};

/// Throws Error (defect) when a column has another length than the set or a code outside its labels.
void check(const PredictionSet& set, std::span<const GroupColumn> groups);

/// Calls f for the whole population, then for each group of each column that has units, in the order of the
/// columns and labels. The spans live during the call. O(units) per column. Checks first.
void for_each_group(const PredictionSet& set, std::span<const GroupColumn> groups,
                    const std::function<void(const GroupPairs&)>& f);

/// How many units had an event (actual > 0).
std::int64_t with_event(std::span<const double> actual);

/// `body` with the seven fields of the set as its first columns, the same on every row.
Table with_identity(const PredictionSet& set, Table body);

}  // namespace kohort
