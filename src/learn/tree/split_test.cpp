#include "learn/tree/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace kohort {
namespace {

using Cells = std::vector<GradientPair>;

GradientPair sum_of(const Cells& cells) {
  return std::accumulate(cells.begin(), cells.end(), GradientPair{});
}

/// A histogram of small whole numbers: missing first; some bins are empty.
Cells random_cells(std::size_t bins, Stream stream) {
  Cells cells(bins + 1);
  for (std::size_t code = 0; code <= bins; ++code) {
    if (stream.child("empty").uniform(code) < (code == 0 ? 0.4 : 0.25)) continue;
    cells[code] = {static_cast<double>(stream.child("g").below(code, 61)) - 30,
                   static_cast<double>(stream.child("h").below(code, 7))};
  }
  return cells;
}

/// Rules of small whole numbers, without limits.
SplitRules random_rules(Stream stream) {
  SplitRules rules;
  rules.reg_lambda = static_cast<double>(stream.below(0, 4));
  rules.reg_alpha = stream.below(1, 2) == 0 ? 0 : static_cast<double>(stream.below(2, 20));
  rules.min_child_weight = static_cast<double>(stream.below(3, 8));
  return rules;
}

BinnedColumn numeric_column(std::size_t bins) {
  BinnedColumn column;
  column.bins = static_cast<std::uint32_t>(bins);
  return column;
}

BinnedColumn category_column(std::size_t levels) {
  BinnedColumn column = numeric_column(levels);
  column.category = true;
  return column;
}

// --- leaf values and gains, written out

double slow_threshold(double gradient, double alpha) {
  if (gradient > alpha) return gradient - alpha;
  return gradient < -alpha ? gradient + alpha : 0;
}

double slow_value(const GradientPair& sum, const SplitRules& rules, const Bounds& bounds) {
  if (sum.hessian <= 0) return 0;
  double value = -slow_threshold(sum.gradient, rules.reg_alpha) / (sum.hessian + rules.reg_lambda);
  const double step = rules.max_delta_step;
  if (step > 0) value = std::min(std::max(value, -step), step);
  return std::min(std::max(value, bounds.lower), bounds.upper);
}

/// What the value saves of twice the second-order loss, 2 G w + (H + lambda) w^2; without limits with the
/// part of reg_alpha, where it becomes T(G)^2 / (H + lambda).
double slow_leaf_gain(const GradientPair& sum, const SplitRules& rules, const Bounds& bounds) {
  if (sum.hessian <= 0) return 0;
  const double w = slow_value(sum, rules, bounds);
  const double saved = -(2 * sum.gradient * w + (sum.hessian + rules.reg_lambda) * w * w);
  const bool limited = rules.max_delta_step > 0 || !rules.monotone.empty();
  return limited ? saved : saved - 2 * rules.reg_alpha * std::abs(w);
}

bool heavy_enough(const GradientPair& side, const SplitRules& rules) {
  return side.hessian >= std::max(rules.min_child_weight, 1.0);
}

// --- numbers: every threshold, missing on either side

struct Candidate {
  std::uint32_t last_left;
  bool missing_left;
  GradientPair left, right;
};

/// In the documented order: missing right and the lowest threshold first, then missing left and the highest.
std::vector<Candidate> numeric_candidates(const Cells& cells) {
  const auto bins = static_cast<std::uint32_t>(cells.size() - 1);
  std::vector<Candidate> all;
  const auto add = [&](std::uint32_t last_left, bool missing_left) {
    Candidate c{last_left, missing_left, {}, {}};
    for (std::uint32_t code = 0; code <= bins; ++code)
      ((code == 0 ? missing_left : code <= last_left) ? c.left : c.right) += cells[code];
    all.push_back(c);
  };
  for (std::uint32_t last = 1; last <= bins; ++last) add(last, false);
  for (std::uint32_t last = bins + 1; last-- > 0;) add(last, true);
  return all;
}

/// A fraction of whole numbers: compared without rounding.
struct Fraction {
  std::int64_t over, under;
  bool operator>(const Fraction& other) const { return over * other.under > other.over * under; }
};

/// T(G_L)^2 / (H_L + lambda) + T(G_R)^2 / (H_R + lambda).
Fraction exact_gain(const GradientPair& left, const GradientPair& right, const SplitRules& rules) {
  const auto whole = [](double x) { return static_cast<std::int64_t>(x); };
  const std::int64_t a = whole(slow_threshold(left.gradient, rules.reg_alpha)),
                     b = whole(slow_threshold(right.gradient, rules.reg_alpha)),
                     x = whole(left.hessian + rules.reg_lambda), y = whole(right.hessian + rules.reg_lambda);
  return {a * a * y + b * b * x, x * y};
}

Fraction exact_gain(const GradientPair& node, const SplitRules& rules) {
  const auto t = static_cast<std::int64_t>(slow_threshold(node.gradient, rules.reg_alpha));
  return {t * t, static_cast<std::int64_t>(node.hessian + rules.reg_lambda)};
}

template <class Cell>
Split search_cells(const BinnedColumn& column, std::span<const Cell> cells, const CellCode<Cell>& code,
                   const NodeSums& node, const SplitRules& rules, const Bounds& bounds) {
  SplitScratch scratch;
  Split best;
  best_split_of_column(column, 0, cells, code, node, rules, bounds, scratch, best);
  return best;
}

/// Out of pairs; packed cells of the same sums must give the same.
Split search(const BinnedColumn& column, const Cells& cells, const SplitRules& rules,
             const Bounds& bounds = {}, double noise = 0) {
  const GradientPair total = sum_of(cells);
  const NodeSums node{total, leaf_gain(total, rules, bounds), noise};
  const Split best = search_cells<GradientPair>(column, cells, {}, node, rules, bounds);

  const CellCode<PackedCell> code;
  std::vector<PackedCell> packed;
  for (const GradientPair& cell : cells) packed.push_back(code.cell(cell));
  if (code.sum(code.cell(total)) == total)
    EXPECT_EQ(search_cells<PackedCell>(column, packed, code, node, rules, bounds), best);
  return best;
}

TEST(Split, IsTheFirstOfTheBestOfAllThresholdsAndMissingDirections) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const Cells cells = random_cells(1 + stream.below(0, 12), stream);
    const SplitRules rules = random_rules(stream.child("rules"));
    const GradientPair total = sum_of(cells);
    if (total.hessian < 2) continue;
    Fraction most = exact_gain(total, rules);
    const auto candidates = numeric_candidates(cells);
    const Candidate* best = nullptr;
    for (const Candidate& c : candidates) {
      if (!heavy_enough(c.left, rules) || !heavy_enough(c.right, rules)) continue;
      if (!(exact_gain(c.left, c.right, rules) > most)) continue;
      most = exact_gain(c.left, c.right, rules);
      best = &c;
    }
    const Split split = search(numeric_column(cells.size() - 1), cells, rules);
    ASSERT_EQ(split.gain > 0, best != nullptr);
    if (best == nullptr) continue;
    ++found;
    ASSERT_EQ(split.last_left, best->last_left);
    ASSERT_EQ(split.missing_left, best->missing_left);
    ASSERT_EQ(split.left, best->left);
    ASSERT_EQ(split.right, best->right);
    ASSERT_TRUE(split.left_levels.empty());
    const double gain = slow_leaf_gain(best->left, rules, {}) + slow_leaf_gain(best->right, rules, {}) -
                        slow_leaf_gain(total, rules, {});
    // a dozen roundings of numbers of this size
    ASSERT_NEAR(split.gain, gain, 1e-13 * (std::abs(gain) + slow_leaf_gain(total, rules, {})));
  }
  EXPECT_GT(found, 1000);
}

/// max_delta_step, bounds from constraints above, and a constraint on this column or on another one.
struct Limits {
  SplitRules rules;
  Bounds bounds;
  std::vector<int> monotone;

  Limits(const SplitRules& base, Stream stream) : rules(base) {
    if (stream.below(0, 2) == 0) rules.max_delta_step = 0.2 + 3 * stream.uniform(1);
    if (stream.below(2, 3) == 0) return;
    monotone = {static_cast<int>(stream.below(3, 3)) - 1, 1};
    if (stream.below(4, 2) == 0) bounds.lower = -3 * stream.uniform(5);
    if (stream.below(6, 2) == 0) bounds.upper = 3 * stream.uniform(7);
  }
  SplitRules in_force() const {
    SplitRules r = rules;
    r.monotone = monotone;
    return r;
  }
};

bool allowed(const Candidate& c, const SplitRules& rules, const Bounds& bounds) {
  if (!heavy_enough(c.left, rules) || !heavy_enough(c.right, rules)) return false;
  const int direction = rules.monotone.empty() ? 0 : rules.monotone[0];
  const double rise = slow_value(c.right, rules, bounds) - slow_value(c.left, rules, bounds);
  return direction * rise >= 0;
}

TEST(Split, GainsAsMuchAsTheBestOfAllUnderLimitsOfLeafValues) {
  int found = 0, constrained = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const Cells cells = random_cells(1 + stream.below(0, 12), stream);
    const Limits limits{random_rules(stream.child("rules")), stream.child("limits")};
    const SplitRules rules = limits.in_force();
    const GradientPair total = sum_of(cells);
    if (total.hessian < 2) continue;
    const auto gain_of = [&](const GradientPair& left, const GradientPair& right) {
      return slow_leaf_gain(left, rules, limits.bounds) + slow_leaf_gain(right, rules, limits.bounds) -
             slow_leaf_gain(total, rules, limits.bounds);
    };
    double most = 0, size = std::abs(slow_leaf_gain(total, rules, limits.bounds));
    for (const Candidate& c : numeric_candidates(cells))
      if (allowed(c, rules, limits.bounds)) most = std::max(most, gain_of(c.left, c.right));
    const Split split = search(numeric_column(cells.size() - 1), cells, rules, limits.bounds);
    size += most + 4 * std::abs(total.gradient);
    ASSERT_NEAR(split.gain, most, 1e-13 * size);  // a dozen roundings of numbers of this size
    if (split.gain <= 1e-13 * size) continue;
    ++found;
    constrained += rules.monotone.empty() || rules.monotone[0] == 0 ? 0 : 1;
    Candidate chosen{split.last_left, split.missing_left, {}, {}};
    for (std::uint32_t code = 0; code < cells.size(); ++code)
      (split.goes_left(code) ? chosen.left : chosen.right) += cells[code];
    ASSERT_EQ(split.left, chosen.left);
    ASSERT_EQ(split.right, chosen.right);
    ASSERT_TRUE(allowed(chosen, rules, limits.bounds));
    ASSERT_NEAR(gain_of(chosen.left, chosen.right), most, 1e-13 * size);
  }
  EXPECT_GT(found, 1000);
  EXPECT_GT(constrained, 300);
}

TEST(Split, OfEqualOnesIsTheLowestWithMissingRight) {
  SplitRules rules;
  const GradientPair a{8, 4}, b{-16, 2};
  const Split mirrored = search(numeric_column(3), {{}, a, b, a}, rules);  // a | b a gains as much as a b | a
  EXPECT_GT(mirrored.gain, 0);
  EXPECT_EQ(mirrored.last_left, 1);
  EXPECT_FALSE(mirrored.missing_left);
  const Split spread = search(numeric_column(6), {{}, {}, a, {}, b, {}, a}, rules);
  EXPECT_EQ(spread.last_left, 2) << "right after the bin that holds rows";
  // 1 alone is too light; 1 2 | missing gains as much as 1 missing | 2, for missing and 2 are alike
  rules.min_child_weight = 3;
  const Split alike = search(numeric_column(2), {{-9, 3}, {10, 1}, {-9, 3}}, rules);
  EXPECT_GT(alike.gain, 0);
  EXPECT_EQ(alike.last_left, 2);
  EXPECT_FALSE(alike.missing_left);
}

TEST(Split, WithMissingLeftIsTheHighestOfEqualOnes) {
  SplitRules rules;
  const GradientPair high{9, 3}, rest{-7, 3};
  // missing and 2 are low, 6 is high: missing 2 | 4 6 and missing 2 4 | 6, where 4 is empty
  const Split split = search(numeric_column(6), {rest, {}, rest, {}, {}, {}, high}, rules);
  EXPECT_TRUE(split.missing_left);
  EXPECT_EQ(split.last_left, 5) << "as far as the bins are empty";
  // missing 1 | 2 3 gains as much as missing 1 2 | 3, for missing and 1 together are as 3; other sides are
  // too light or gain less
  rules.min_child_weight = 4;
  const Split alike = search(numeric_column(3), {{-11, 3}, {20, 1}, {-20, 4}, {9, 4}}, rules);
  EXPECT_GT(alike.gain, 0);
  EXPECT_TRUE(alike.missing_left);
  EXPECT_EQ(alike.last_left, 2);
}

TEST(Split, OfLaterColumnsMustGainMore) {
  const Cells cells{{}, {5, 4}, {-5, 4}}, better{{}, {6, 4}, {-6, 4}};
  const SplitRules rules;
  SplitScratch scratch;
  Split best;
  const auto look = [&](std::uint32_t place, const Cells& histogram) {
    best_split_of_column<GradientPair>(numeric_column(2), place, histogram, {}, {{0, 8}, 0}, rules, {},
                                       scratch, best);
    return best.column;
  };
  EXPECT_EQ(look(3, cells), 3);
  EXPECT_EQ(look(4, cells), 3);
  EXPECT_EQ(look(5, better), 5);
  EXPECT_EQ(look(6, cells), 5);
}

TEST(Split, IsNoneWhereASideIsTooLightOrEmpty) {
  SplitRules rules;
  rules.min_child_weight = 5;
  EXPECT_EQ(search(numeric_column(2), {{}, {9, 4}, {-9, 40}}, rules).gain, 0);
  EXPECT_GT(search(numeric_column(2), {{}, {9, 5}, {-9, 40}}, rules).gain, 0);
  rules.min_child_weight = 0;
  EXPECT_EQ(search(numeric_column(2), {{}, {9, 0}, {-9, 40}}, rules).gain, 0) << "no second derivative";
  EXPECT_EQ(search(numeric_column(3), {{}, {}, {9, 40}, {}}, rules).gain, 0) << "one bin";
  EXPECT_EQ(search(numeric_column(3), {{9, 40}, {}, {}, {}}, rules).gain, 0) << "all missing";
  EXPECT_EQ(search(category_column(3), {{9, 40}, {}, {}, {}}, rules).gain, 0);
  EXPECT_EQ(search(category_column(3), {{}, {}, {9, 40}, {}}, rules).gain, 0);
}

TEST(Split, SetsMissingApartFromAllValues) {
  const SplitRules rules;
  const Split split = search(numeric_column(4), {{-9, 5}, {}, {9, 5}, {9, 5}, {}}, rules);
  EXPECT_EQ(split.last_left, 3);
  EXPECT_FALSE(split.missing_left);
  EXPECT_EQ(split.right, (GradientPair{-9, 5}));
}

/// Missing has no place in the order: rows without a value may be the low ones of a rising predictor.
TEST(Split, SetsMissingApartOnEitherSideOfAConstrainedColumn) {
  for (const int direction : {-1, 1}) {
    for (const double gradient : {-9.0, 9.0}) {
      SplitRules rules;
      const std::vector<int> monotone{direction};
      rules.monotone = monotone;
      const Split split = search(numeric_column(1), {{gradient, 5}, {-gradient, 5}}, rules);
      EXPECT_GT(split.gain, 0);
      const bool missing_low = gradient > 0;  // leaf values are minus the gradient
      EXPECT_EQ(split.goes_left(0), missing_low == (direction > 0));
      EXPECT_NE(split.goes_left(1), split.goes_left(0));
    }
  }
}

TEST(Split, IsTheSameInAnyUnits) {
  const GradientUnits units{0x1.0p-20, 0x1.0p-9};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const Cells cells = random_cells(8, stream);
    Limits limits{random_rules(stream.child("rules")), stream.child("limits")};
    limits.rules.min_child_weight += 1;  // no less than one whole hessian in either units
    Bounds scaled_bounds = limits.bounds;
    scaled_bounds.lower *= units.hessian / units.gradient;
    scaled_bounds.upper *= units.hessian / units.gradient;
    Cells scaled = cells;
    for (GradientPair& cell : scaled) cell = {cell.gradient / units.gradient, cell.hessian / units.hessian};
    const SplitRules rules = limits.in_force();
    const Split a = search(numeric_column(8), cells, rules, limits.bounds);
    const Split b = search(numeric_column(8), scaled, rules.in(units), scaled_bounds);
    EXPECT_EQ(a.gain, b.gain * units.gradient * units.gradient / units.hessian);
    EXPECT_EQ(a.last_left, b.last_left);
    EXPECT_EQ(a.missing_left, b.missing_left);
    const GradientPair total = sum_of(cells), in_units = sum_of(scaled);
    EXPECT_EQ(leaf_value(total, rules, limits.bounds),
              leaf_value(in_units, rules.in(units), scaled_bounds) * units.gradient / units.hessian);
  }
}

TEST(Leaf, HasTheValueAndGainOfTheirDefinitions) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const Limits limits{random_rules(stream.child("rules")), stream.child("limits")};
    const SplitRules rules = limits.in_force();
    const GradientPair sum = sum_of(random_cells(4, stream));
    // a dozen roundings of numbers below a thousand
    EXPECT_NEAR(leaf_value(sum, rules, limits.bounds), slow_value(sum, rules, limits.bounds), 1e-12);
    EXPECT_NEAR(leaf_gain(sum, rules, limits.bounds), slow_leaf_gain(sum, rules, limits.bounds), 1e-12);
  }
  EXPECT_EQ(leaf_value({5, 0}, {}, {}), 0);
  EXPECT_EQ(leaf_gain({5, 0}, {}, {}), 0);
}

// --- categories: sets of levels

/// Sums of both sides when the levels (by code) of `set` go left.
Candidate parted(const Cells& cells, const std::vector<bool>& left) {
  Candidate c{0, left[0], {}, {}};
  for (std::size_t code = 0; code < cells.size(); ++code) (left[code] ? c.left : c.right) += cells[code];
  return c;
}

/// Levels' histograms as squared error has them: hessians are rows; all levels hold some.
Cells level_cells(std::size_t levels, bool missing, Stream stream) {
  Cells cells(levels + 1);
  for (std::size_t code = missing ? 0 : 1; code <= levels; ++code)
    cells[code] = {static_cast<double>(stream.child("g").below(code, 41)) - 20,
                   1 + static_cast<double>(stream.child("h").below(code, 9))};
  return cells;
}

SplitRules set_rules(double lambda) {
  SplitRules rules;
  rules.reg_lambda = lambda;
  rules.max_cat_to_onehot = 1;
  return rules;
}

void expect_sums_of_its_sides(const Split& split, const Cells& cells) {
  ASSERT_EQ(split.left_levels.size(), cells.size());
  ASSERT_EQ(split.left_levels[0], split.missing_left);
  const Candidate sides = parted(cells, split.left_levels);
  ASSERT_EQ(split.left, sides.left);
  ASSERT_EQ(split.right, sides.right);
}

/// Fisher (1958): with squared error and no penalty, the best of all sets is the first levels in the order of
/// their means, for some number of them.
TEST(CategorySplit, IsTheBestOfAllSubsetsUnderSquaredError) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const std::size_t levels = 2 + Stream{seed}.below(0, 7);
    const Cells cells = level_cells(levels, seed % 2 == 0, Stream{seed});
    const SplitRules rules = set_rules(0);
    Fraction most = exact_gain(sum_of(cells), rules);
    for (std::uint32_t set = 0; set < 2U << levels; ++set) {
      std::vector<bool> left(cells.size());
      for (std::size_t code = 0; code <= levels; ++code) left[code] = (set >> code & 1) != 0;
      const Candidate c = parted(cells, left);
      if (c.left.hessian == 0 || c.right.hessian == 0) continue;
      if (exact_gain(c.left, c.right, rules) > most) most = exact_gain(c.left, c.right, rules);
    }
    const Split split = search(category_column(levels), cells, rules);
    if (split.gain == 0) {  // all means alike
      EXPECT_FALSE(most > exact_gain(sum_of(cells), rules));
      continue;
    }
    expect_sums_of_its_sides(split, cells);
    const Fraction gained = exact_gain(split.left, split.right, rules);
    EXPECT_FALSE(most > gained);
    EXPECT_NEAR(split.gain,
                slow_leaf_gain(split.left, rules, {}) + slow_leaf_gain(split.right, rules, {}) -
                    slow_leaf_gain(sum_of(cells), rules, {}),
                1e-11);  // rounding of numbers below 4,000
  }
}

/// Codes with rows, lowest leaf value first.
std::vector<std::uint32_t> sorted_levels(const Cells& cells, double lambda) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t code = 1; code < cells.size(); ++code)
    if (cells[code] != GradientPair{}) order.push_back(code);
  std::ranges::stable_sort(order, std::greater{}, [&](std::uint32_t code) {
    return cells[code].gradient / (cells[code].hessian + lambda);
  });
  return order;
}

/// The best gain of the first levels in their order, missing on either side, that `fits(levels left, right)`.
template <class Fits>
double best_prefix_gain(const Cells& cells, const SplitRules& rules, Fits fits) {
  const std::vector<std::uint32_t> order = sorted_levels(cells, rules.reg_lambda);
  double most = 0;
  for (std::size_t count = 1; count <= order.size(); ++count) {
    if (!fits(count, order.size() - count)) continue;
    for (const bool missing_left : {false, true}) {
      std::vector<bool> left(cells.size());
      left[0] = missing_left;
      for (std::size_t k = 0; k < count; ++k) left[order[k]] = true;
      const Candidate c = parted(cells, left);
      if (!heavy_enough(c.left, rules) || !heavy_enough(c.right, rules)) continue;
      most = std::max(most, slow_leaf_gain(c.left, rules, {}) + slow_leaf_gain(c.right, rules, {}) -
                                slow_leaf_gain(sum_of(cells), rules, {}));
    }
  }
  return most;
}

TEST(CategorySplit, HasAtMostTheThresholdOfLevelsOnTheSmallerSide) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Cells cells = random_cells(30, Stream{seed});
    SplitRules rules = random_rules(Stream{seed}.child("rules"));
    rules.max_cat_to_onehot = 1;
    rules.max_cat_threshold = static_cast<int>(1 + seed % 12);
    const auto most = static_cast<std::size_t>(rules.max_cat_threshold);
    const Split split = search(category_column(30), cells, rules);
    const double expected = best_prefix_gain(
        cells, rules, [&](std::size_t left, std::size_t right) { return std::min(left, right) <= most; });
    ASSERT_NEAR(split.gain, expected, 1e-10);  // rounding of numbers below 10,000
    if (split.gain == 0) continue;
    expect_sums_of_its_sides(split, cells);
    std::size_t left = 0, right = 0;
    for (const std::uint32_t code : sorted_levels(cells, 0)) ++(split.goes_left(code) ? left : right);
    EXPECT_LE(std::min(left, right), most);
  }
}

TEST(CategorySplit, SetsOneLevelApartWhileThereAreFew) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Cells cells = random_cells(9, Stream{seed});
    SplitRules rules = random_rules(Stream{seed}.child("rules"));
    const std::vector<std::uint32_t> levels = sorted_levels(cells, 0);
    rules.max_cat_to_onehot = static_cast<int>(std::max<std::size_t>(levels.size(), 1));
    double most = 0;
    for (const std::uint32_t code : levels) {
      for (const bool missing_left : {false, true}) {
        std::vector<bool> left(cells.size());
        left[0] = missing_left;
        left[code] = true;
        const Candidate c = parted(cells, left);
        if (!heavy_enough(c.left, rules) || !heavy_enough(c.right, rules)) continue;
        most = std::max(most, slow_leaf_gain(c.left, rules, {}) + slow_leaf_gain(c.right, rules, {}) -
                                  slow_leaf_gain(sum_of(cells), rules, {}));
      }
    }
    const Split split = search(category_column(9), cells, rules);
    ASSERT_NEAR(split.gain, most, 1e-10);  // rounding of numbers below 10,000
    if (split.gain == 0) continue;
    expect_sums_of_its_sides(split, cells);
    EXPECT_EQ(std::ranges::count_if(levels, [&](auto code) { return split.goes_left(code); }), 1);
    if (levels.size() < 4) continue;
    --rules.max_cat_to_onehot;  // one level more than that: sets
    EXPECT_NEAR(search(category_column(9), cells, rules).gain,
                best_prefix_gain(cells, rules, [](std::size_t, std::size_t) { return true; }), 1e-10);
  }
}

TEST(CategorySplit, SendsLevelsWithoutRowsWhereMissingGoes) {
  int left = 0, right = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const int onehot : {1, 30}) {
      const Cells cells = random_cells(20, Stream{seed});
      SplitRules rules = set_rules(1);
      rules.max_cat_to_onehot = onehot;
      const Split split = search(category_column(20), cells, rules);
      if (split.gain == 0) continue;
      for (std::uint32_t code = 0; code <= 20; ++code)
        if (cells[code] == GradientPair{}) ASSERT_EQ(split.goes_left(code), split.missing_left) << seed;
      ++(split.missing_left ? left : right);
    }
  }
  EXPECT_GT(left, 20);
  EXPECT_GT(right, 20);
}

TEST(CategorySplit, IsLimitedAsASplitOfNumbers) {
  const Cells cells{{}, {-30, 3}, {-1, 3}, {2, 3}, {4, 3}, {-8, 3}};
  SplitRules rules = set_rules(1);
  rules.max_delta_step = 0.5;
  const Split split = search(category_column(5), cells, rules);
  const auto gain = [&](const Split& s) {
    return slow_leaf_gain(s.left, rules, {}) + slow_leaf_gain(s.right, rules, {}) -
           slow_leaf_gain(sum_of(cells), rules, {});
  };
  EXPECT_NEAR(split.gain, gain(split), 1e-12);
  SplitRules unlimited = rules;
  unlimited.max_delta_step = 0;
  EXPECT_GT(search(category_column(5), cells, unlimited).gain, split.gain);
}

/// Levels without meaning gain (2 / pi) s2 each on average, s2 the squared gradients per hessian.
TEST(CategorySplit, IsChargedWhatLevelsWithoutMeaningWouldGain) {
  const Cells cells = level_cells(8, false, Stream{3});
  const SplitRules rules = set_rules(1);
  const Split free = search(category_column(8), cells, rules);
  const double per_noise = 2 / std::acos(-1.0) * 7, noise = free.gain / per_noise;
  const Split charged = search(category_column(8), cells, rules, {}, 0.25 * noise);
  EXPECT_NEAR(charged.gain, 0.75 * free.gain, 1e-12 * free.gain);
  EXPECT_EQ(charged.left_levels, free.left_levels);
  EXPECT_EQ(search(category_column(8), cells, rules, {}, 1.001 * noise).gain, 0);
  EXPECT_EQ(search(numeric_column(8), cells, rules, {}, noise).gain,
            search(numeric_column(8), cells, rules).gain)
      << "numbers have an order of their own";
}

}  // namespace
}  // namespace kohort
