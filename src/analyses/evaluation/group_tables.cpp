// The tables with one row per group: correlation, signal value, attrition.

#include <cmath>

#include "analyses/disclosure.hpp"
#include "analyses/evaluation/evaluation.hpp"
#include "assess/line.hpp"
#include "assess/metrics.hpp"

namespace kohort {
namespace {

constexpr auto kText = ColumnType::Text;
constexpr auto kInteger = ColumnType::Integer;
constexpr auto kNumber = ColumnType::Number;

}  // namespace

Table correlation_table(const PredictionSet& set, std::span<const GroupColumn> groups, std::int64_t minimum) {
  Rows rows{
      {"group_by", kText}, {"group", kText}, {"n", kInteger}, {"events", kInteger}, {"correlation", kNumber}};
  for_each_group(set, groups, [&](const GroupPairs& g) {
    const std::optional<double> r = pearson_correlation(g.actual, g.predicted);
    rows.add(g.group_by, g.group, g.actual.size(), with_event(g.actual), r.value_or(std::nan("")));
  });
  return suppress_small_cells(with_identity(set, rows.take()),
                              {.persons = {"n", "events"}, .blank = {"correlation"}, .internal = {"events"}},
                              minimum);
}

Table signal_table(const PredictionSet& set, const GroupColumn& groups, std::int64_t minimum) {
  Rows rows{{"group_by", kText},
            {"group", kText},
            {"slope", kNumber},
            {"standard_error", kNumber},
            {"robust_standard_error", kNumber},
            {"n", kInteger},
            {"events", kInteger}};
  for_each_group(set, std::span{&groups, 1}, [&](const GroupPairs& g) {
    if (g.group_by == "nation") return;
    const double gap = std::nan("");
    const Line line = fit_line(g.predicted, g.actual).value_or(Line{gap, gap, gap, gap, 0});
    rows.add(g.group_by, g.group, line.slope, line.standard_error, line.robust_standard_error,
             g.actual.size(), with_event(g.actual));
  });
  return suppress_small_cells(with_identity(set, rows.take()),
                              {.persons = {"n", "events"},
                               .blank = {"slope", "standard_error", "robust_standard_error"},
                               .internal = {"events"}},
                              minimum);
}

Table attrition_table(const std::string& outcome, int predict_from, int predict_year,
                      const GroupColumn& status, std::int64_t minimum) {
  std::vector<std::int64_t> persons(status.labels.size(), 0);
  std::int64_t all = 0;
  for (const std::int16_t code : status.codes) {
    if (code < 0) continue;
    ++persons.at(static_cast<std::size_t>(code));
    ++all;
  }
  std::vector<char> hidden(persons.size());
  for (std::size_t k = 0; k < persons.size(); ++k) hidden[k] = is_small(persons[k], minimum) ? 1 : 0;
  hide_a_second(persons, hidden);
  Rows rows{{"outcome", kText}, {"predict_from", kInteger}, {"predict_year", kInteger}, {"status", kText},
            {"n", kInteger},    {"share", kNumber}};
  for (std::size_t k = 0; k < persons.size(); ++k)
    rows.add(outcome, predict_from, predict_year, status.labels[k], persons[k],
             static_cast<double>(persons[k]) / static_cast<double>(all));
  return suppress_rows(rows.take(), hidden, {"n", "share"});
}

}  // namespace kohort
