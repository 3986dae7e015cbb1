#include "learn/tree/forest_split.hpp"

#include <algorithm>

#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();

double x_log_x(double x) { return x > 0 ? x * stable::log(x) : 0; }

double entropy_score(double sum, double mass) { return x_log_x(sum) + x_log_x(mass - sum) - x_log_x(mass); }

double poisson_score(double sum, double mass) { return sum > 0 ? sum * stable::log(sum / mass) : kNone; }

/// Scores of parting the total after each of the first `ends` bins, of which `missing` joins the left side.
template <class Score>
void fill_scores(const OccupiedBins& bins, std::size_t ends, const ForestSums& missing,
                 const ForestSums& total, double least, double* out, Score score) {
  const double* sum = bins.sum.data();
  const double* mass = bins.mass.data();
  const double* rows = bins.rows.data();
  for (std::size_t i = 0; i < ends; ++i) {
    const double s = sum[i] + missing.sum, m = mass[i] + missing.mass, n = rows[i] + missing.rows;
    const bool heavy = (n >= least) & (total.rows - n >= least);
    const double both = score(s, m, total.sum - s, total.mass - m);
    out[i] = heavy ? both : kNone;
  }
}

void fill_scores(OccupiedBins& bins, std::size_t ends, const ForestSums& missing, const ForestSums& total,
                 double least, Criterion criterion) {
  const auto fill = [&](auto score) {
    fill_scores(bins, ends, missing, total, least, bins.score.data(), score);
  };
  switch (criterion) {
    case Criterion::SquaredError:
      return fill([](double s, double m, double t, double k) { return (s * s * k + t * t * m) / (m * k); });
    case Criterion::Entropy:
      return fill(
          [](double s, double m, double t, double k) { return entropy_score(s, m) + entropy_score(t, k); });
    case Criterion::Poisson:
      return fill(
          [](double s, double m, double t, double k) { return poisson_score(s, m) + poisson_score(t, k); });
  }
}

}  // namespace

void OccupiedBins::make_room(std::size_t bins) {
  if (code.size() >= bins) return;
  code.resize(bins);
  sum.resize(bins);
  mass.resize(bins);
  rows.resize(bins);
  score.resize(bins);
}

double forest_score(const ForestSums& side, Criterion criterion) {
  switch (criterion) {
    case Criterion::SquaredError:
      return side.sum * side.sum / side.mass;
    case Criterion::Entropy:
      return entropy_score(side.sum, side.mass);
    case Criterion::Poisson:
      return poisson_score(side.sum, side.mass);
  }
  return kNone;
}

void best_forest_split(OccupiedBins& bins, std::uint32_t column, std::uint32_t last, const ForestSums& total,
                       double least, Criterion criterion, ForestSplit& best) {
  for (std::size_t i = 1; i < bins.count; ++i) {
    bins.sum[i] += bins.sum[i - 1];
    bins.mass[i] += bins.mass[i - 1];
    bins.rows[i] += bins.rows[i - 1];
  }
  const bool any_missing = bins.missing.rows > 0;
  for (const bool missing_left : {false, true}) {
    if (bins.count == 0 || (missing_left && !any_missing)) return;
    // The last candidate parts missing from all values: once is enough.
    const std::size_t ends = any_missing && !missing_left ? bins.count : bins.count - 1;
    const ForestSums joins = missing_left ? bins.missing : ForestSums{};
    fill_scores(bins, ends, joins, total, least, criterion);
    const double* score = bins.score.data();
    std::size_t at = 0;
    for (std::size_t i = 1; i < ends; ++i)
      if (score[i] > score[at]) at = i;
    if (ends == 0 || !(score[at] > best.score)) continue;
    best.score = score[at];
    best.column = column;
    best.last_left = at + 1 < bins.count ? (bins.code[at] + bins.code[at + 1] - 1) / 2 : last;
    best.left = ForestSums{bins.sum[at], bins.mass[at], bins.rows[at]} + joins;
    best.missing_left = any_missing ? missing_left : 2 * best.left.mass > total.mass;
  }
}

}  // namespace kohort
