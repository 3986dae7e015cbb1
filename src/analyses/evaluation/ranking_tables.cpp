// The tables of the population ranked by its predictions: concentration curves and deciles.

#include <algorithm>
#include <array>
#include <iterator>

#include "analyses/disclosure.hpp"
#include "analyses/evaluation/evaluation.hpp"
#include "assess/concentration.hpp"
#include "assess/deciles.hpp"

namespace kohort {
namespace {

constexpr auto kText = ColumnType::Text;
constexpr auto kInteger = ColumnType::Integer;
constexpr auto kNumber = ColumnType::Number;

/// Whether a point of the curve would tell about a few persons at the top or at the bottom.
bool is_small_point(double fraction, std::size_t units, std::int64_t minimum) {
  const double above = fraction * static_cast<double>(units);
  const double below = static_cast<double>(units) - above;
  const auto least = static_cast<double>(minimum);
  return (above > 0 && above < least) || (below > 0 && below < least);
}

/// The curves of a set; none when nobody is observed.
struct Ranked {
  Concentration curves;
  std::size_t units = 0;
  bool few_events = false;
};

Table curve_table(const Ranked& r, std::int64_t minimum) {
  Rows rows{{"fraction", kNumber},
            {"share_actual", kNumber},
            {"share_predicted", kNumber},
            {"share_perfect", kNumber}};
  std::vector<char> hidden;
  for (const double fraction : drawing_fractions(r.units > 0 ? 200 : 0)) {
    rows.add(fraction, r.curves.actual.at(fraction), r.curves.predicted.at(fraction),
             r.curves.perfect.at(fraction));
    hidden.push_back(r.few_events || is_small_point(fraction, r.units, minimum) ? 1 : 0);
  }
  return suppress_rows(rows.take(), hidden, {"share_actual", "share_predicted", "share_perfect"});
}

Table top_share_table(const Ranked& r, std::int64_t minimum) {
  Rows rows{{"fraction", kNumber}, {"n", kInteger}, {"share_actual", kNumber}};
  std::vector<char> hidden;
  for (const double fraction : {0.01, 0.05, 0.1, 0.125, 0.25, 0.5}) {
    if (r.units == 0) break;
    rows.add(fraction, r.units, r.curves.actual.at(fraction));
    hidden.push_back(r.few_events || is_small_point(fraction, r.units, minimum) ? 1 : 0);
  }
  return suppress_rows(rows.take(), hidden, {"share_actual"});
}

/// The name under which a label of the splitting column is published.
std::string population_name(const GroupPairs& g) {
  if (g.group_by == "nation") return "all";
  if (g.group == "yes") return std::string{g.group_by};
  if (g.group == "no") return "not_" + std::string{g.group_by};
  return std::string{g.group_by} + ": " + std::string{g.group};
}

std::vector<char> hidden_cells(const DecileSummary& d, std::int64_t minimum) {
  std::vector<std::int64_t> persons(d.with_events.begin(), d.with_events.end());
  std::vector<char> hidden;
  for (const std::int64_t count : persons) hidden.push_back(is_small(count, minimum) ? 1 : 0);
  hide_a_second(persons, hidden);
  return hidden;
}

}  // namespace

ConcentrationTables concentration_tables(const PredictionSet& set, std::int64_t minimum) {
  Ranked ranked;
  for_each_group(set, {}, [&](const GroupPairs& g) {
    ranked = {concentration(g.actual, g.predicted), g.actual.size(), is_small(with_event(g.actual), minimum)};
  });
  return {with_identity(set, curve_table(ranked, minimum)),
          with_identity(set, top_share_table(ranked, minimum))};
}

Table decile_table(const PredictionSet& set, const GroupColumn* split, Stream ties, std::int64_t minimum) {
  constexpr std::array kEvents{"0", "1", "2", "3", "4", "5+"};
  Rows rows{{"population", kText}, {"decile", kInteger}, {"events", kText},
            {"n", kInteger},       {"count", kInteger},  {"share", kNumber}};
  std::vector<char> hidden;
  const std::span<const GroupColumn> columns = split ? std::span{split, 1} : std::span<const GroupColumn>{};
  for_each_group(set, columns, [&](const GroupPairs& g) {
    if (std::ssize(g.actual) < kDeciles * minimum) return;
    const std::string population = population_name(g);
    const auto decile = deciles(g.predicted, ties.child(population));
    const auto summary = summarise_deciles(decile, g.actual, g.predicted);
    for (int d = 0; d < kDeciles; ++d) {
      const DecileSummary& tenth = summary[d];
      for (int e = 0; e < kEventClasses; ++e)
        rows.add(population, d + 1, kEvents[e], tenth.units, tenth.with_events[e],
                 static_cast<double>(tenth.with_events[e]) / static_cast<double>(tenth.units));
      std::ranges::copy(hidden_cells(tenth, minimum), std::back_inserter(hidden));
    }
  });
  return suppress_rows(with_identity(set, rows.take()), hidden, {"count", "share"});
}

}  // namespace kohort
