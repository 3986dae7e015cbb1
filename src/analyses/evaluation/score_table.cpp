// One row of measures per group.

#include <algorithm>
#include <limits>

#include "analyses/disclosure.hpp"
#include "analyses/evaluation/evaluation.hpp"
#include "assess/auc.hpp"
#include "assess/logit_calibration.hpp"
#include "assess/metrics.hpp"

namespace kohort {
namespace {

constexpr auto kText = ColumnType::Text;
constexpr auto kInteger = ColumnType::Integer;
constexpr auto kNumber = ColumnType::Number;
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

/// Measures of probabilities; all missing for counts.
struct ProbabilityScores {
  double brier = kGap, log_loss = kGap, slope = kGap, intercept = kGap;
};

ProbabilityScores probability_scores(const GroupPairs& g) {
  const bool binary = std::ranges::all_of(g.actual, [](double y) { return y == 0 || y == 1; });
  const bool probable = std::ranges::all_of(g.predicted, [](double p) { return p >= 0 && p <= 1; });
  if (!binary || !probable) return {};
  ProbabilityScores out{.brier = brier_score(g.actual, g.predicted),
                        .log_loss = log_loss(g.actual, g.predicted)};
  if (const auto line = fit_logit_calibration(g.actual, g.predicted)) {
    out.slope = line->slope;
    out.intercept = line->intercept;
  }
  return out;
}

double deviance_or_gap(const GroupPairs& g) {
  const bool positive = std::ranges::all_of(g.predicted, [](double p) { return p > 0; });
  return positive ? poisson_deviance(g.actual, g.predicted) : kGap;
}

}  // namespace

Table score_table(const PredictionSet& set, std::span<const GroupColumn> groups, std::int64_t minimum) {
  Rows rows{{"group_by", kText},
            {"group", kText},
            {"n", kInteger},
            {"events", kInteger},
            {"auc", kNumber},
            {"auc_low", kNumber},
            {"auc_high", kNumber},
            {"average_precision", kNumber},
            {"mean_squared_error", kNumber},
            {"poisson_deviance", kNumber},
            {"brier_score", kNumber},
            {"log_loss", kNumber},
            {"calibration_slope", kNumber},
            {"calibration_intercept", kNumber}};
  std::vector<std::string> measures;
  for (const Column& column : rows.table().columns)
    if (column.type == kNumber) measures.push_back(column.name);
  for_each_group(set, groups, [&](const GroupPairs& g) {
    const auto auc = auc_with_interval(g.actual, g.predicted).value_or(AucInterval{kGap, kGap, kGap, kGap});
    const double precision = average_precision(g.actual, g.predicted).value_or(kGap);
    const ProbabilityScores p = probability_scores(g);
    rows.add(g.group_by, g.group, g.actual.size(), with_event(g.actual), auc.auc, auc.low, auc.high,
             precision, mean_squared_error(g.actual, g.predicted), deviance_or_gap(g), p.brier, p.log_loss,
             p.slope, p.intercept);
  });
  return suppress_small_cells(with_identity(set, rows.take()),
                              {.persons = {"n", "events"}, .blank = measures, .internal = {"events"}},
                              minimum);
}

}  // namespace kohort
