#include "learn/tree/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kohort {
namespace {

constexpr double kChancePerLevel = 0.6366197723675814;  // 2 / pi: squared mean of |z|, z standard normal
constexpr double kNone = -std::numeric_limits<double>::infinity();

double soft(double gradient, double alpha) {
  return std::copysign(std::max(std::abs(gradient) - alpha, 0.0), gradient);
}

/// A side without any second derivative is no side.
double least_hessian(const SplitRules& rules) { return std::max(rules.min_child_weight, 1.0); }

/// Gains of parting a total at each of n candidates, given what lies on one side. kNone where a side is too
/// light. Plain loops over plain arrays: the compiler turns them into vector code.
void gains(const double* gradient, const double* hessian, std::size_t n, const GradientPair& total,
           const SplitRules& rules, double* gain) {
  const double lambda = rules.reg_lambda, alpha = rules.reg_alpha, least = least_hessian(rules);
  const double g = total.gradient, h = total.hessian;
  if (alpha == 0) {
    for (std::size_t i = 0; i < n; ++i) {
      const double a = gradient[i], b = hessian[i], c = g - a, d = h - b;
      const double x = b + lambda, y = d + lambda;
      const double saved = (a * a * y + c * c * x) / (x * y);
      gain[i] = ((b >= least) & (d >= least)) ? saved : kNone;
    }
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double b = hessian[i], d = h - b, x = b + lambda, y = d + lambda;
    const double a = std::max(std::abs(gradient[i]) - alpha, 0.0);
    const double c = std::max(std::abs(g - gradient[i]) - alpha, 0.0);
    const double saved = (a * a * y + c * c * x) / (x * y);
    gain[i] = ((b >= least) & (d >= least)) ? saved : kNone;
  }
}

/// What a candidate's sides save when leaf values are limited: by max_delta_step, or by monotone bounds with
/// `direction` -1 or 1 (values must fall or rise from left to right).
double limited_gain(const GradientPair& left, const GradientPair& right, int direction,
                    const SplitRules& rules, const Bounds& bounds) {
  const double least = least_hessian(rules);
  if (left.hessian < least || right.hessian < least) return kNone;
  if (direction != 0) {
    const double rise = leaf_value(right, rules, bounds) - leaf_value(left, rules, bounds);
    if (rise * direction < 0) return kNone;
  }
  return leaf_gain(left, rules, bounds) + leaf_gain(right, rules, bounds);
}

/// One search: what all columns of it share.
struct Search {
  const NodeSums& node;
  const SplitRules& rules;
  const Bounds& bounds;
  int direction;
  SplitScratch& scratch;
  double charge = 0;  // what a split must gain before it counts

  /// Fills scratch.gain for candidates first .. last-1, whose left sides are the prefix sums plus `add`.
  void fill_gains(std::size_t first, std::size_t last, const GradientPair& add) const {
    if (add != GradientPair{}) {
      for (std::size_t i = first; i < last; ++i) scratch.gradient[i] += add.gradient;
      for (std::size_t i = first; i < last; ++i) scratch.hessian[i] += add.hessian;
    }
    if (!rules.limited()) {
      gains(&scratch.gradient[first], &scratch.hessian[first], last - first, node.total, rules,
            &scratch.gain[first]);
      return;
    }
    for (std::size_t i = first; i < last; ++i) {
      const GradientPair left{scratch.gradient[i], scratch.hessian[i]};
      scratch.gain[i] = limited_gain(left, node.total - left, direction, rules, bounds);
    }
  }
  bool better(double gain, const Split& best) const { return gain - node.gain - charge > best.gain; }
  GradientPair left_of(std::size_t i) const { return {scratch.gradient[i], scratch.hessian[i]}; }
};

void make_room(SplitScratch& scratch, std::size_t bins) {
  if (scratch.code.size() >= bins) return;
  scratch.gradient.resize(bins);
  scratch.hessian.resize(bins);
  scratch.gain.resize(bins);
  scratch.code.resize(bins);
}

/// Prefix sums over the bins of values that hold rows; returns their number.
template <class Cell>
std::size_t prefix_sums(std::span<const Cell> cells, const CellCode<Cell>& cell_code, SplitScratch& scratch) {
  auto& sums = std::get<std::vector<Cell>>(scratch.cells);
  if (sums.size() < cells.size()) sums.resize(cells.size());
  Cell sum{};
  std::size_t n = 0;
  for (std::uint32_t code = 1; code < cells.size(); ++code) {
    sum += cells[code];
    sums[n] = sum;
    scratch.code[n] = code;
    n += cells[code] != Cell{} ? 1 : 0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const GradientPair read = cell_code.sum(sums[i]);
    scratch.gradient[i] = read.gradient;
    scratch.hessian[i] = read.hessian;
  }
  return n;
}

void keep(Split& best, const Search& search, std::size_t i, std::uint32_t place, std::uint32_t last_left,
          bool missing_left) {
  best.gain = search.scratch.gain[i] - search.node.gain - search.charge;
  best.column = place;
  best.last_left = last_left;
  best.left_levels.clear();
  best.missing_left = missing_left;
  best.left = search.left_of(i);
  best.right = search.node.total - best.left;
}

/// In four lanes, which the compiler turns into vector code. kNone of nothing.
double largest(std::span<const double> gain) {
  double most[4] = {kNone, kNone, kNone, kNone};
  std::size_t i = 0;
  for (; i + 4 <= gain.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k) most[k] = gain[i + k] > most[k] ? gain[i + k] : most[k];
  for (; i < gain.size(); ++i) most[0] = std::max(most[0], gain[i]);
  return std::max(std::max(most[0], most[1]), std::max(most[2], most[3]));
}

template <class Cell>
void search_numeric(const Search& search, std::uint32_t place, std::span<const Cell> cells,
                    const CellCode<Cell>& cell_code, Split& best) {
  const std::size_t n = prefix_sums(cells, cell_code, search.scratch);
  const GradientPair missing = cell_code.sum(cells[0]);
  const bool any_missing = missing != GradientPair{};
  const std::size_t ends = any_missing ? n : (n == 0 ? 0 : n - 1);  // the last candidate: all values left
  search.fill_gains(0, ends, {});
  const std::span<const double> gain = search.scratch.gain;
  if (const double most = largest(gain.first(ends)); search.better(most, best)) {
    std::size_t at = 0;  // the first of equals
    while (gain[at] != most) ++at;
    keep(best, search, at, place, search.scratch.code[at], false);
  }
  if (!any_missing || n == 0) return;
  search.fill_gains(0, n - 1, missing);
  if (const double most = largest(gain.first(n - 1)); search.better(most, best)) {
    std::size_t at = n - 2;  // the last of equals
    while (gain[at] != most) --at;
    keep(best, search, at, place, search.scratch.code[at + 1] - 1, true);
  }
  if (search.direction == 0) return;  // missing against all values: the same whichever is left
  search.scratch.gradient[0] = search.scratch.hessian[0] = 0;
  search.fill_gains(0, 1, missing);
  if (search.better(gain[0], best)) keep(best, search, 0, place, 0, true);
}

/// A category: one level against the rest while there are few, else sets out of the order of the levels' own
/// leaf values, which without reg_lambda holds the best of all sets (Fisher 1958) and with it almost; at most
/// max_cat_threshold levels on the smaller side. Levels without rows here go where missing goes.
///
/// Levels that mean nothing would be sorted by chance and gain by it: with K of them, gradients of variance
/// s2 per unit of hessian, parting the positive sums from the negative gains K E|z|^2 s2 = (2 / pi) K s2 on
/// average. A set must gain that much before it counts, so that a category of 356 levels and a number compete
/// fairly.
template <class Cell>
void search_category(const Search& search, std::uint32_t place, std::span<const Cell> cells,
                     const CellCode<Cell>& cell_code, Split& best) {
  const SplitRules& rules = search.rules;
  std::vector<std::uint32_t> levels;
  for (std::uint32_t code = 1; code < cells.size(); ++code)
    if (cells[code] != Cell{}) levels.push_back(code);
  if (levels.empty()) return;
  const bool any_missing = cells[0] != Cell{};
  const bool one_each = std::ssize(levels) <= rules.max_cat_to_onehot;
  const auto value = [&](std::uint32_t code) {
    const GradientPair sum = cell_code.sum(cells[code]);
    return sum.gradient / (sum.hessian + rules.reg_lambda);
  };
  const Search guarded{
      search.node,    search.rules,
      search.bounds,  search.direction,
      search.scratch, kChancePerLevel * static_cast<double>(levels.size() - 1) * search.node.noise};
  std::ranges::stable_sort(levels, std::greater{}, value);  // lowest leaf value first

  const std::size_t n = levels.size(), most = static_cast<std::size_t>(rules.max_cat_threshold);
  const auto try_set = [&](std::size_t begin, std::size_t end, const GradientPair& inside,
                           bool missing_left) {
    SplitScratch& scratch = search.scratch;
    scratch.gradient[0] = inside.gradient;
    scratch.hessian[0] = inside.hessian;
    guarded.fill_gains(0, 1, missing_left ? cell_code.sum(cells[0]) : GradientPair{});
    if (!guarded.better(scratch.gain[0], best)) return;
    keep(best, guarded, 0, place, 0, missing_left);
    best.left_levels.assign(cells.size(), missing_left);
    for (std::size_t k = 0; k < n; ++k) best.left_levels[levels[k]] = k >= begin && k < end;
  };
  for (const bool missing_left : {false, true}) {
    if (missing_left && !any_missing) break;
    if (one_each) {
      for (std::size_t k = 0; k < n; ++k)
        if (n > 1 || any_missing) try_set(k, k + 1, cell_code.sum(cells[levels[k]]), missing_left);
      continue;
    }
    GradientPair inside{};
    for (std::size_t k = 0; k < n; ++k) {
      inside += cell_code.sum(cells[levels[k]]);
      if (k + 1 <= most || n - k - 1 <= most)
        if (k + 1 < n || (any_missing && !missing_left)) try_set(0, k + 1, inside, missing_left);
    }
  }
}

}  // namespace

SplitRules SplitRules::in(const GradientUnits& units) const {
  SplitRules scaled = *this;
  scaled.reg_lambda /= units.hessian;
  scaled.min_child_weight /= units.hessian;
  scaled.reg_alpha /= units.gradient;
  scaled.max_delta_step *= units.hessian / units.gradient;
  return scaled;
}

double leaf_value(const GradientPair& sum, const SplitRules& rules, const Bounds& bounds) {
  if (sum.hessian <= 0) return 0;
  double value = -soft(sum.gradient, rules.reg_alpha) / (sum.hessian + rules.reg_lambda);
  if (rules.max_delta_step > 0) value = std::clamp(value, -rules.max_delta_step, rules.max_delta_step);
  return std::clamp(value, bounds.lower, bounds.upper);
}

double leaf_gain(const GradientPair& sum, const SplitRules& rules, const Bounds& bounds) {
  if (sum.hessian <= 0) return 0;
  if (!rules.limited()) {
    const double gradient = soft(sum.gradient, rules.reg_alpha);
    return gradient * gradient / (sum.hessian + rules.reg_lambda);
  }
  const double w = leaf_value(sum, rules, bounds);
  return -(2 * sum.gradient * w + (sum.hessian + rules.reg_lambda) * w * w);
}

template <class Cell>
void best_split_of_column(const BinnedColumn& column, std::uint32_t place, std::span<const Cell> cells,
                          const CellCode<Cell>& cell_code, const NodeSums& node, const SplitRules& rules,
                          const Bounds& bounds, SplitScratch& scratch, Split& best) {
  const int direction = rules.monotone.empty() ? 0 : rules.monotone[place];
  make_room(scratch, cells.size());
  const Search search{node, rules, bounds, direction, scratch};
  if (column.category)
    search_category(search, place, cells, cell_code, best);
  else
    search_numeric(search, place, cells, cell_code, best);
}

template void best_split_of_column(const BinnedColumn&, std::uint32_t, std::span<const GradientPair>,
                                   const CellCode<GradientPair>&, const NodeSums&, const SplitRules&,
                                   const Bounds&, SplitScratch&, Split&);
template void best_split_of_column(const BinnedColumn&, std::uint32_t, std::span<const PackedCell>,
                                   const CellCode<PackedCell>&, const NodeSums&, const SplitRules&,
                                   const Bounds&, SplitScratch&, Split&);

}  // namespace kohort
