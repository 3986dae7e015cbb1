#pragma once
// One tree of a forest, depth first, from histograms of the columns drawn for each node. Breiman (2001).
// Chance is keyed by the path from the root, so a tree cut at a lower depth or at larger nodes is the tree
// that those limits would have grown.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "learn/tree/forest_cell.hpp"
#include "learn/tree/forest_split.hpp"
#include "matrix/binned.hpp"
#include "matrix/row_marks.hpp"

namespace kohort {

/// Limits of a tree; counts are of distinct rows, as scikit-learn counts them.
struct ForestRules {
  Criterion criterion = Criterion::SquaredError;
  std::size_t max_features = 1;  // columns drawn for each node
  std::size_t max_depth = 0;     // 0: no limit
  std::size_t min_samples_split = 2, min_samples_leaf = 1;
};

/// The rows that a tree is grown on, ascending, each with its cell.
struct ForestRows {
  RowList row;
  std::vector<ForestCell> cell;
};

/// A node as it is met: parents first, left before right.
struct ForestNode {
  std::size_t depth = 0;
  ForestSums total;
  double gain = 0;                     // what its split adds to forest_score, in the rows' units
  const ForestSplit* split = nullptr;  // none: a leaf
  std::span<const std::uint32_t> watched;
};

/// Grows trees on one matrix, one after the other, on one thread. Keeps its room between trees.
class ForestGrower {
 public:
  static constexpr std::size_t kNearBytes = 8U << 20U;
  /// Both must outlive it.
  ///   near_bytes  rows of a matrix of more bytes than this are slow to reach: small nodes read a copy of
  ///   theirs
  ForestGrower(const BinnedMatrix& matrix, const RowMarks& marks, std::size_t near_bytes = kNearBytes);
  ~ForestGrower();
  ForestGrower(ForestGrower&&) noexcept;

  using Visit = std::function<void(const ForestNode&)>;
  /// Grows one tree and hands over every node.
  ///   rows          to grow on, used up; sums below 2^52, at least one row, all with mass
  ///   outcome       shape (rows of the matrix): a node whose outcomes are equal is a leaf
  ///   watched       rows to be sent down the tree, ascending; used up
  ///   only_watched  leave out what no watched row reaches
  /// A node's columns are drawn without replacement; columns of one value there count, but at least one other
  /// is looked at, as scikit-learn does. O(levels x rows x (listed cells drawn + words of bits)).
  void grow(ForestRows rows, RowList watched, std::span<const double> outcome, const ForestRules& rules,
            bool only_watched, Stream stream, const Visit& visit);

 private:
  struct State;
  template <class Entry>
  struct Growing;
  std::unique_ptr<State> state_;
};

}  // namespace kohort
