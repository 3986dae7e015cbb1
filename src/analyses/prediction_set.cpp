#include "analyses/prediction_set.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/error.hpp"

namespace kohort {
namespace {

Error set_defect(const std::string& what) {
  return {
      ErrorKind::Defect, "a set of predictions was put together wrongly: " + what, {}, "please report this"};
}

/// Units with a prediction and an outcome, in their order.
std::vector<std::uint32_t> observed_units(const PredictionSet& set) {
  std::vector<std::uint32_t> units;
  for (std::size_t i = 0; i < set.actual.size(); ++i)
    if (!std::isnan(set.actual[i]) && !std::isnan(set.predicted[i]))
      units.push_back(static_cast<std::uint32_t>(i));
  return units;
}

/// The observed units laid group after group; group k is units[start[k] .. start[k + 1]).
struct Layout {
  std::vector<std::uint32_t> units;
  std::vector<std::size_t> start;
};

Layout lay_by_group(std::span<const std::uint32_t> units, const GroupColumn& column) {
  Layout layout{{}, std::vector<std::size_t>(column.labels.size() + 1, 0)};
  const auto code_of = [&](std::uint32_t unit) { return column.codes[unit]; };
  for (const std::uint32_t unit : units)
    if (code_of(unit) >= 0) ++layout.start[static_cast<std::size_t>(code_of(unit)) + 1];
  for (std::size_t k = 1; k < layout.start.size(); ++k) layout.start[k] += layout.start[k - 1];
  std::vector<std::size_t> next = layout.start;
  layout.units.resize(layout.start.back());
  for (const std::uint32_t unit : units)
    if (code_of(unit) >= 0) layout.units[next[static_cast<std::size_t>(code_of(unit))]++] = unit;
  return layout;
}

std::vector<double> values_of(std::span<const double> column, std::span<const std::uint32_t> units) {
  std::vector<double> out(units.size());
  std::ranges::transform(units, out.begin(), [&](std::uint32_t unit) { return column[unit]; });
  return out;
}

Column constant_column(const char* name, const std::string& value, std::size_t rows) {
  Column column = make_column(name, ColumnType::Text);
  column.texts().assign(rows, value);
  return column;
}

Column constant_column(const char* name, int value, std::size_t rows) {
  Column column = make_column(name, ColumnType::Integer);
  column.integers().assign(rows, value);
  return column;
}

}  // namespace

void check(const PredictionSet& set, std::span<const GroupColumn> groups) {
  if (!set.actual.empty() && set.actual.size() != set.predicted.size())
    throw set_defect("predictions and outcomes differ in length");
  for (const CalibratedPrediction& c : set.calibrated)
    if (c.predicted.size() != set.predicted.size())
      throw set_defect("predictions calibrated by " + c.by + " have another length");
  for (const GroupColumn& column : groups) {
    if (column.codes.size() != set.predicted.size())
      throw set_defect("group column " + column.name + " has another length");
    for (const std::int16_t code : column.codes)
      if (code < -1 || code >= std::ssize(column.labels))
        throw set_defect("group column " + column.name + " has a code without a label");
  }
}

void for_each_group(const PredictionSet& set, std::span<const GroupColumn> groups,
                    const std::function<void(const GroupPairs&)>& f) {
  check(set, groups);
  const std::vector<std::uint32_t> observed = observed_units(set);
  if (observed.empty()) return;
  {
    const std::vector<double> actual = values_of(set.actual, observed);
    const std::vector<double> predicted = values_of(set.predicted, observed);
    f({"nation", "all", actual, predicted});
  }
  for (const GroupColumn& column : groups) {
    const Layout layout = lay_by_group(observed, column);
    const std::vector<double> actual = values_of(set.actual, layout.units);
    const std::vector<double> predicted = values_of(set.predicted, layout.units);
    for (std::size_t k = 0; k < column.labels.size(); ++k) {
      const std::size_t first = layout.start[k], units = layout.start[k + 1] - first;
      if (units == 0) continue;
      f({column.name, column.labels[k], std::span{actual}.subspan(first, units),
         std::span{predicted}.subspan(first, units)});
    }
  }
}

std::int64_t with_event(std::span<const double> actual) {
  return std::ranges::count_if(actual, [](double events) { return events > 0; });
}

Table with_identity(const PredictionSet& set, Table body) {
  const std::size_t rows = body.rows();
  Table out;
  out.columns = {constant_column("design", set.design, rows),
                 constant_column("outcome", set.outcome, rows),
                 constant_column("model", set.model, rows),
                 constant_column("horizon", set.horizon, rows),
                 constant_column("trained_on", set.trained_on, rows),
                 constant_column("predict_from", set.predict_from, rows),
                 constant_column("predict_year", set.predict_year, rows)};
  std::ranges::move(body.columns, std::back_inserter(out.columns));
  return out;
}

}  // namespace kohort
