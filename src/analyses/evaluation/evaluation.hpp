#pragma once
// Evaluation of predictions against what happened (SPEC E-1 to E-5): one set of predictions in, one tidy
// table out. Every table begins with the seven fields of the set and ends with the flag `suppressed`; tables
// of several sets are stacked. Units without a prediction or without an outcome take no part; a set whose
// outcome year lies ahead gives tables without rows. Cells about fewer than `minimum` persons, or about a
// group in which so few had an event, are blank.

#include <span>

#include "analyses/prediction_set.hpp"
#include "assess/disclosure.hpp"
#include "base/random.hpp"

namespace kohort {

/// `correlation`: group_by, group, n, correlation. Pearson's coefficient for the nation and each group;
/// missing where nothing varies.
Table correlation_table(const PredictionSet& set, std::span<const GroupColumn> groups,
                        std::int64_t minimum = kMinimumCell);

/// `scores` (SPEC E-5): group_by, group, n, auc, auc_low, auc_high, average_precision, mean_squared_error,
/// poisson_deviance, brier_score, log_loss, calibration_slope, calibration_intercept, for the nation and each
/// group. An event is actual > 0; the interval is DeLong's, 95 %. Missing where a measure has no meaning: the
/// deviance with a prediction not above zero, the last four unless outcomes are 0 and 1 and predictions
/// inside 0 .. 1.
Table score_table(const PredictionSet& set, std::span<const GroupColumn> groups,
                  std::int64_t minimum = kMinimumCell);

/// The two tables of concentration in the whole population.
struct ConcentrationTables {
  Table curve;      // `concentration`: fraction, share_actual, share_predicted, share_perfect; 200 points
  Table top_share;  // `top_share`: fraction, n, share_actual at .01, .05, .1, .125, .25, .5
};
/// A point needs `minimum` persons on either side of it, or all or none of them.
ConcentrationTables concentration_tables(const PredictionSet& set, std::int64_t minimum = kMinimumCell);

/// `decile_counts`: population, decile, events ("0" … "4", "5+"), n, count, share. Deciles are taken within
/// each population: "all", and for each label of `split` (name it previously, yes/no) "previously" and
/// "not_previously". A small count is hidden with a companion, as the counts of a decile add up to n.
/// Populations of fewer than ten times `minimum` persons are left out.
///   split  may be null: only "all"
///   ties   parts equal predictions at the borders (assess/deciles.hpp)
Table decile_table(const PredictionSet& set, const GroupColumn* split, Stream ties,
                   std::int64_t minimum = kMinimumCell);

/// `signal_value`: group_by, group, slope, standard_error, robust_standard_error, n. By how much the mean
/// outcome rises when the prediction rises by one (assess/line.hpp), for each group of one column.
Table signal_table(const PredictionSet& set, const GroupColumn& groups, std::int64_t minimum = kMinimumCell);

/// `attrition`: outcome, predict_from, predict_year, status, n, share: what became of the population before
/// and in the outcome year.
///   status  observed, died, left, arrived … of each unit; units without a code are left out
Table attrition_table(const std::string& outcome, int predict_from, int predict_year,
                      const GroupColumn& status, std::int64_t minimum = kMinimumCell);

}  // namespace kohort
