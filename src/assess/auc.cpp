#include "assess/auc.hpp"

#include <algorithm>
#include <cmath>

#include "assess/ranking.hpp"
#include "assess/shapes.hpp"
#include "base/stable.hpp"

namespace kohort {
namespace {

/// Units of equal prediction: how many of each kind, and how many of each kind stand above.
struct Tie {
  double events, others, events_above, others_above;
};

std::vector<Tie> ties_from_above(std::span<const double> actual, std::span<const double> predicted) {
  const std::vector<std::uint32_t> order = descending_order(predicted);
  std::vector<Tie> ties;
  double events_above = 0, others_above = 0;
  for_each_tie(order, predicted, [&](std::size_t first, std::size_t last) {
    double events = 0;
    for (std::size_t k = first; k < last; ++k) events += actual[order[k]] > 0 ? 1 : 0;
    const double others = static_cast<double>(last - first) - events;
    ties.push_back({events, others, events_above, others_above});
    events_above += events;
    others_above += others;
  });
  return ties;
}

}  // namespace

std::optional<AucInterval> auc_with_interval(std::span<const double> actual,
                                             std::span<const double> predicted, double level) {
  expect_equal_lengths(actual.size(), predicted.size());
  const std::vector<Tie> ties = ties_from_above(actual, predicted);
  if (ties.empty()) return std::nullopt;
  const double events = ties.back().events_above + ties.back().events;
  const double others = ties.back().others_above + ties.back().others;
  if (events < 2 || others < 2) return std::nullopt;

  const auto of_event = [&](const Tie& t) { return (others - t.others_above - t.others / 2) / others; };
  const auto of_other = [&](const Tie& t) { return (t.events_above + t.events / 2) / events; };
  double won = 0, event_squares = 0, other_squares = 0;
  for (const Tie& t : ties) won += t.others * (t.events_above + t.events / 2);
  const double auc = won / (events * others);
  for (const Tie& t : ties) {
    event_squares += t.events * (of_event(t) - auc) * (of_event(t) - auc);
    other_squares += t.others * (of_other(t) - auc) * (of_other(t) - auc);
  }
  const double variance = event_squares / (events - 1) / events + other_squares / (others - 1) / others;
  const double reach = stable::normal_quantile(0.5 + level / 2) * std::sqrt(variance);
  return AucInterval{auc, variance, std::max(0.0, auc - reach), std::min(1.0, auc + reach)};
}

}  // namespace kohort
