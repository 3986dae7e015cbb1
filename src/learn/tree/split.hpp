#pragma once
// The best split of a node, out of its histogram. Chen and Guestrin (2016), XGBoost, equations (6) and (7),
// with the missing direction of Algorithm 3; max_delta_step and monotone bounds as the library of the paper.

#include <cstdint>
#include <limits>
#include <span>
#include <tuple>
#include <vector>

#include "learn/tree/cell.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// What a leaf's value and a split's gain are made of, in the units of the gradients.
struct SplitRules {
  double reg_lambda = 1, reg_alpha = 0, min_child_weight = 1;
  double max_delta_step = 0;  // 0: no limit
  int max_cat_to_onehot = 4;
  int max_cat_threshold = 64;
  std::span<const int> monotone{};  // shape (columns) of -1, 0, 1; empty: none

  /// Whether leaf values have limits of any kind.
  bool limited() const { return max_delta_step > 0 || !monotone.empty(); }
  /// The same rules for gradients counted in `units`.
  SplitRules in(const GradientUnits& units) const;
};

/// Between which values a node's leaves must lie: monotone constraints higher up the tree.
struct Bounds {
  double lower = -std::numeric_limits<double>::infinity(), upper = std::numeric_limits<double>::infinity();
  bool operator==(const Bounds&) const = default;
};

/// One way to part a node's rows.
struct Split {
  double gain = 0;  // above the node's own; 0: there is none
  std::uint32_t column = 0;
  std::uint32_t last_left = 0;    // numeric: codes 1 .. last_left go left; 0: none but missing
  std::vector<bool> left_levels;  // category: shape (bins + 1), by code; empty: numeric
  bool missing_left = false;
  GradientPair left, right;
  bool operator==(const Split&) const = default;

  /// Whether a code of the column goes left.
  bool goes_left(std::uint32_t code) const {
    if (!left_levels.empty()) return left_levels[code];
    return code == 0 ? missing_left : code <= last_left;
  }
};

/// The value -T(G) / (H + lambda) that minimises the second-order loss (eq. 5), clipped to max_delta_step and
/// the bounds; T takes reg_alpha off the absolute gradient.
double leaf_value(const GradientPair& sum, const SplitRules& rules, const Bounds& bounds);
/// The loss that value saves, times two. Under limits without the part of reg_alpha, as the library: its
/// splits are the same then too.
double leaf_gain(const GradientPair& sum, const SplitRules& rules, const Bounds& bounds);

/// What the search knows of the node.
struct NodeSums {
  GradientPair total;
  double gain = 0;  // leaf_gain of the total
  double noise =
      0;  // sum of squared gradients / sum of hessians: what one level without meaning gains (categories)
};

/// Room for the search in one column; one per thread at work.
struct SplitScratch {
  std::vector<double> gradient, hessian, gain;  // of all rows left of each candidate
  std::vector<std::uint32_t> code;
  std::tuple<std::vector<GradientPair>, std::vector<PackedCell>>
      cells;  // the same sums, as they are added up
};

/// Replaces `best` when a split of this column gains more.
///   cells  shape (bins + 1), the modal bin restored; GradientPair or PackedCell, written with `cell_code`
/// Candidates lie after bins that hold rows. Ties: the earlier column wins, then missing to the right and the
/// lowest bin, then missing to the left and the highest, as XGBoost's hist walks. O(bins).
template <class Cell>
void best_split_of_column(const BinnedColumn& column, std::uint32_t place, std::span<const Cell> cells,
                          const CellCode<Cell>& cell_code, const NodeSums& node, const SplitRules& rules,
                          const Bounds& bounds, SplitScratch& scratch, Split& best);

}  // namespace kohort
