#pragma once
// One tree: rows parted node by node, histograms of the smaller children only, the larger ones by
// subtraction.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/tree/cell.hpp"
#include "learn/tree/split.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// Which nodes are split, and on which columns.
struct GrowRules {
  SplitRules split;
  double gamma = 0;        // least gain of a split
  int max_depth = 6;       // 0: no limit
  int max_leaves = 0;      // 0: no limit
  bool lossguide = false;  // the node of greatest gain first; else level by level
  double colsample_bytree = 1, colsample_bylevel = 1, colsample_bynode = 1;
};

/// A node of a tree just grown. Its rows are begin .. end-1 of GrownTree::rows.
struct GrownNode {
  std::int32_t left = -1, right = -1;  // -1: a leaf; children come after their parents
  Split split;                         // of an inner node
  GradientPair sum;
  double value = 0;  // of every node, before shrinkage
  std::size_t begin = 0, end = 0;
  int depth = 0;
};

/// Nodes, the root first.
struct GrownTree {
  std::vector<GrownNode> nodes;
  RowList rows;  // those it was grown on, leaf by leaf, ascending within each
};

/// Grows trees on one matrix, one after the other. Keeps its histograms between trees. Cell is what they are
/// made of: GradientPair or PackedCell.
template <class Cell>
class TreeGrower {
 public:
  TreeGrower(const BinnedMatrix& matrix, const GrowRules& rules, Workers& workers);
  ~TreeGrower();
  TreeGrower(const TreeGrower&) = delete;
  TreeGrower& operator=(const TreeGrower&) = delete;

  /// Grows one tree.
  ///   rows       to grow on, ascending
  ///   gradients  whole numbers of their units; only those of `rows` are read
  ///   weights    shape (rows of the matrix), already in the gradients; empty: all 1
  /// Draws of columns depend on `stream`, the level and the path to a node. The same bits for any number of
  /// threads. O(levels x listed cells of the smaller children + nodes x bins).
  GrownTree grow(RowList rows, const Gradients<Cell>& gradients, std::span<const double> weights,
                 Stream stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};
extern template class TreeGrower<GradientPair>;
extern template class TreeGrower<PackedCell>;

/// Calls leaf(node, rows) for every leaf that some of `rows` reach; rows may be any of the matrix, ascending.
void route(const GrownTree& tree, const BinnedMatrix& matrix, RowList rows, Workers& workers,
           const std::function<void(const GrownNode&, std::span<const std::uint32_t>)>& leaf);

}  // namespace kohort
