#include "analyses/calibration/calibration.hpp"

#include <algorithm>
#include <cmath>

#include "assess/isotonic.hpp"
#include "base/error.hpp"

namespace kohort {
namespace {

/// The sample as a set, so that it is walked group by group like any other.
PredictionSet as_set(const CalibrationSample& sample) {
  PredictionSet set;
  set.predicted = sample.predicted;
  set.actual = sample.actual;
  return set;
}

const GroupColumn& column_called(std::span<const GroupColumn> groups, const std::string& name,
                                 ErrorKind kind) {
  const auto found = std::ranges::find(groups, name, &GroupColumn::name);
  if (found != groups.end()) return *found;
  std::vector<std::string> known{"nation"};
  for (const GroupColumn& column : groups) known.push_back(column.name);
  throw Error{kind, "calibration by '" + name + "': there is no such group column", {}, suggest(name, known)};
}

Error in_sample_refused() {
  return {ErrorKind::Study,
          "calibration would be fitted on predictions of the model's own training outcomes",
          {},
          "fit it on out-of-fold or earlier-year predictions, or mark the analysis as_reported"};
}

Calibration::Group fit_group(const GroupPairs& g, const CalibrationSettings& settings) {
  Calibration::Group group{std::string{g.group}, std::ssize(g.actual), std::nullopt};
  if (group.units >= settings.min_group && with_event(g.actual) > 0)
    group.curve = fit_isotonic(g.predicted, g.actual);
  return group;
}

}  // namespace

const Curve& Calibration::curve_of(std::string_view label) const {
  const auto found = std::ranges::find(groups, label, &Group::label);
  return found != groups.end() && found->curve ? *found->curve : national;
}

std::vector<Calibration> fit_calibrations(const CalibrationSample& sample, std::span<const std::string> by,
                                          const CalibrationSettings& settings) {
  if (sample.in_sample && !settings.as_reported) throw in_sample_refused();
  const PredictionSet set = as_set(sample);
  Calibration base{.by = "nation",
                   .fitted_on = sample.outcome_year,
                   .in_sample = sample.in_sample,
                   .national = {},
                   .groups = {}};
  for_each_group(set, {}, [&](const GroupPairs& g) {
    base.units = std::ssize(g.actual);
    base.national = fit_isotonic(g.predicted, g.actual);
  });
  if (base.units == 0) fit_isotonic({}, {});  // says what is wrong
  std::vector<Calibration> out;
  for (const std::string& name : by) {
    out.push_back(base);
    if (name == "nation") continue;
    out.back().by = name;
    const GroupColumn& column = column_called(sample.groups, name, ErrorKind::Study);
    for_each_group(set, std::span{&column, 1}, [&](const GroupPairs& g) {
      if (g.group_by != "nation") out.back().groups.push_back(fit_group(g, settings));
    });
  }
  return out;
}

std::vector<double> calibrate(const Calibration& calibration, std::span<const double> predicted,
                              std::span<const GroupColumn> groups) {
  if (calibration.by == "nation") return calibration.national.at(predicted);
  const GroupColumn& column = column_called(groups, calibration.by, ErrorKind::Defect);
  std::vector<const Curve*> curves;
  for (const std::string& label : column.labels) curves.push_back(&calibration.curve_of(label));
  std::vector<double> out(predicted.size());
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const std::int16_t code = column.codes.at(i);
    out[i] = (code < 0 ? calibration.national : *curves.at(static_cast<std::size_t>(code))).at(predicted[i]);
  }
  return out;
}

void add_calibrated(PredictionSet& set, std::span<const Calibration> calibrations,
                    std::span<const GroupColumn> groups) {
  for (const Calibration& c : calibrations)
    set.calibrated.push_back({c.by, calibrate(c, set.predicted, groups)});
}

}  // namespace kohort
