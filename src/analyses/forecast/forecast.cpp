#include "analyses/forecast/forecast.hpp"

#include <cmath>
#include <limits>
#include <map>

#include "analyses/disclosure.hpp"

namespace kohort {
namespace {

constexpr auto kText = ColumnType::Text;
constexpr auto kInteger = ColumnType::Integer;
constexpr auto kNumber = ColumnType::Number;
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

/// Sums over one group.
struct Sums {
  std::int64_t units = 0, with_event = 0;
  double predicted = 0, actual = 0;
};

/// One version of the predictions: raw or calibrated.
struct Version {
  std::string name;
  std::span<const double> predicted;
};

std::vector<Version> versions_of(const PredictionSet& set) {
  std::vector<Version> versions{{"none", set.predicted}};
  for (const CalibratedPrediction& c : set.calibrated) versions.push_back({c.by, c.predicted});
  return versions;
}

/// The sums of each label; `codes` empty means one group of all. Units enter in their order.
std::vector<Sums> sum_by_group(const PredictionSet& set, const Version& version,
                               std::span<const std::int16_t> codes, std::size_t labels) {
  std::vector<Sums> sums(labels);
  for (std::size_t i = 0; i < version.predicted.size(); ++i) {
    const double actual = set.actual.empty() ? 0 : set.actual[i];
    if (std::isnan(version.predicted[i]) || std::isnan(actual)) continue;
    if (!codes.empty() && codes[i] < 0) continue;
    Sums& s = sums[codes.empty() ? 0 : static_cast<std::size_t>(codes[i])];
    ++s.units;
    s.with_event += actual > 0 ? 1 : 0;
    s.predicted += version.predicted[i];
    s.actual += actual;
  }
  return sums;
}

void add_row(Rows& rows, const PredictionSet& set, const std::string& calibration,
             const std::string& group_by, const std::string& group, const Sums& s) {
  const double n = static_cast<double>(s.units);
  rows.add(calibration, group_by, group, set.predict_year, s.units, s.with_event, s.predicted / n,
           set.actual.empty() ? kGap : s.actual / n);
}

/// What tells one path of forecasts from another.
std::vector<std::string> path_key(const Table& levels, std::size_t row) {
  std::vector<std::string> key;
  for (const char* name : {"design", "outcome", "model", "calibration", "group_by", "group"})
    key.push_back(levels.at(name).texts()[row]);
  for (const char* name : {"trained_on", "predict_from"})
    key.push_back(std::to_string(levels.at(name).integers()[row]));
  return key;
}

/// For each row, the row of the first horizon of its path.
std::vector<std::size_t> first_rows(const Table& levels) {
  const std::vector<std::int64_t>& horizon = levels.at("horizon").integers();
  std::map<std::vector<std::string>, std::size_t> first;
  for (std::size_t row = 0; row < levels.rows(); ++row) {
    const auto [at, fresh] = first.try_emplace(path_key(levels, row), row);
    if (!fresh && horizon[row] < horizon[at->second]) at->second = row;
  }
  std::vector<std::size_t> out;
  for (std::size_t row = 0; row < levels.rows(); ++row) out.push_back(first.at(path_key(levels, row)));
  return out;
}

/// 100 * value / base; missing when either is, or the base is zero.
double percent_of(double value, double base) { return base == 0 ? kGap : 100 * value / base; }

}  // namespace

Table forecast_levels(const PredictionSet& set, std::span<const GroupColumn> groups, std::int64_t minimum) {
  check(set, groups);
  Rows rows{{"calibration", kText},      {"group_by", kText},     {"group", kText},
            {"year", kInteger},          {"n", kInteger},         {"events", kInteger},
            {"mean_predicted", kNumber}, {"mean_actual", kNumber}};
  for (const Version& version : versions_of(set)) {
    const Sums all = sum_by_group(set, version, {}, 1).front();
    if (all.units > 0) add_row(rows, set, version.name, "nation", "all", all);
    for (const GroupColumn& column : groups) {
      const std::vector<Sums> sums = sum_by_group(set, version, column.codes, column.labels.size());
      for (std::size_t k = 0; k < sums.size(); ++k)
        if (sums[k].units > 0) add_row(rows, set, version.name, column.name, column.labels[k], sums[k]);
    }
  }
  return suppress_small_cells(
      with_identity(set, rows.take()),
      {.persons = {"n", "events"}, .blank = {"mean_predicted", "mean_actual"}, .internal = {"events"}},
      minimum);
}

Table forecast_table(const Table& levels) {
  Table out = levels;
  const Column suppressed = std::move(out.columns.back());
  out.columns.pop_back();
  const std::vector<std::size_t> first = first_rows(levels);
  const std::vector<double>& predicted = levels.at("mean_predicted").numbers();
  const std::vector<double>& actual = levels.at("mean_actual").numbers();
  std::vector<double> index_predicted, index_actual, level_error, change_error;
  for (std::size_t row = 0; row < levels.rows(); ++row) {
    index_predicted.push_back(percent_of(predicted[row], predicted[first[row]]));
    index_actual.push_back(percent_of(actual[row], actual[first[row]]));
    level_error.push_back(percent_of(predicted[row], actual[row]) - 100);
    change_error.push_back(percent_of(index_predicted.back(), index_actual.back()) - 100);
  }
  out.columns.push_back({"index_predicted", kNumber, std::move(index_predicted), {}});
  out.columns.push_back({"index_actual", kNumber, std::move(index_actual), {}});
  out.columns.push_back({"level_error", kNumber, std::move(level_error), {}});
  out.columns.push_back({"change_error", kNumber, std::move(change_error), {}});
  out.columns.push_back(suppressed);
  return out;
}

}  // namespace kohort
