#pragma once
// For tests: trees of two programs on the same bins, side by side from the root, and what their splits gain
// by exact sums. Nothing here is shared with either program's own search.

#include <cstdint>
#include <span>
#include <vector>

#include "learn/tree/gradient.hpp"
#include "learn/tree/tree_ensemble.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// Codes of the bins, shape (columns)(rows); 0 is missing.
using BinCodes = std::vector<std::vector<std::uint16_t>>;

BinCodes codes_of(const BinnedMatrix& matrix);

/// A node of a tree in bins: codes 1 .. last_left of the column go left.
struct BinNode {
  int left = -1, right = -1;  // places in the tree; -1: a leaf
  std::uint32_t column = 0, last_left = 0;
  bool missing_left = false;
  float value = 0;  // of a leaf

  bool is_leaf() const { return left < 0; }
  bool goes_left(std::uint32_t code) const { return code == 0 ? missing_left : code <= last_left; }
  bool splits_as(const BinNode& other) const {
    return !is_leaf() && !other.is_leaf() && column == other.column && last_left == other.last_left &&
           missing_left == other.missing_left;
  }
};
using BinTree = std::vector<BinNode>;

/// Tree t of an ensemble grown on the matrix that was binned.
BinTree tree_on_values(const TreeEnsemble& trees, std::size_t t, const BinnedMatrix& bins);
/// Tree t of an ensemble grown on a matrix whose cells are the codes.
BinTree tree_on_codes(const TreeEnsemble& trees, std::size_t t, const BinnedMatrix& bins);
/// Adds the tree to the margin of every row.
void add_tree(const BinTree& tree, const BinCodes& codes, std::span<float> margins);

/// What a gain depends on; names of XGBoost.
struct GainRules {
  double reg_lambda = 1, reg_alpha = 0, max_delta_step = 0;
  double least_gain = 1e-6;  // below, a node stays a leaf
};

/// A node that two trees do not part in the same way, or only one of them does.
struct Parting {
  std::size_t rows = 0;
  double gain = 0, other_gain = 0;  // of either tree's split; where it has none: the least gain of a split
  double score = 0;                 // the larger gain before the node's own is taken off

  double gap() const;
  /// The difference of the gains, relative to the larger.
  double relative_gap() const;
};

/// Two fits, tree by tree.
struct SideBySide {
  const BinCodes& codes;
  GainRules rules;
  std::size_t splits = 0;         // the same in both
  std::vector<Parting> partings;  // what lies below is not compared
  std::vector<bool> parted;       // shape (rows): lay below a parting in some tree
  std::vector<double> distance;   // shape (rows): of the sums of leaf values, while not parted

  SideBySide(const BinCodes& c, const GainRules& r)
      : codes(c), rules(r), parted(c.front().size()), distance(c.front().size()) {}
  /// Compares two trees grown from the same gradients, shape (rows).
  void compare(const BinTree& tree, const BinTree& other, std::span<const GradientPair> gradients);
  /// The largest distance of rows never parted.
  double largest_distance() const;
};

}  // namespace kohort
