#pragma once
// Shapley values of a row's features under fitted trees, exact and path-dependent (Lundberg et al. 2020), in
// docs/methods/explanation.md.

#include <cstdint>
#include <span>
#include <vector>

#include "learn/explain/quadrature.hpp"
#include "learn/tree/tree_ensemble.hpp"

namespace kohort {

/// The trees of a model laid out for explanation, made once for any number of rows.
class TreeShap {
 public:
  /// The column of the result that each feature's value is added to, below `columns`: features of one
  /// predictor may share one.
  struct Columns {
    std::vector<std::uint32_t> of_feature;
    std::size_t count = 0;
  };

  /// Throws Error (data) when a tree is deeper than 1024 levels. O(nodes).
  TreeShap(const TreeEnsemble& trees, Columns columns);

  /// What the model says when nothing is known of a row: the leaves weighted by their share of the cover, on
  /// the scale of the margin; of an average, of the prediction.
  double expected() const { return expected_; }

  /// Adds nothing up over rows and knows no threads: call it for parts of the rows side by side.
  ///   features  shape (rows, features), row-major; NaN is missing, a level's code lies inside its feature's
  ///             levels
  ///   out       shape (rows, columns + 1), row-major; the last column is expected(), and a row adds up to
  ///             its margin (average: its prediction)
  /// A child that training never reached (cover 0 of both) has half of its parent's weight. The bits of a
  /// row do not depend on the others. O(rows × nodes × ⌈features on the longest path / 2⌉).
  void explain(std::span<const float> features, std::size_t rows, std::span<double> out) const;

 private:
  friend class ShapOfRows;
  /// A node; its left child is the next one.
  struct Node {
    std::uint32_t right = 0;  // place of the right child; 0: a leaf
    std::uint32_t feature = 0, column = 0;
    std::int32_t first_word = -1;  // as TreeNode's
    float threshold = 0;
    bool missing_left = false;
    std::int32_t before = -1;  // depth of the nearest split above on the same feature; -1: none
    double left_share = 0;     // of the cover of both children
    double before_share = 1;   // the shares of all splits above on the same feature, multiplied
    double value = 0;          // of a leaf
  };
  struct Tree {
    std::uint32_t root = 0;
    std::size_t depth = 0;   // splits on the longest path
    std::size_t places = 1;  // of the quadrature
  };
  class Layout;

  std::vector<Node> nodes_;
  std::vector<Tree> trees_;
  std::vector<Quadrature> quadratures_;  // by number of places, from 1
  std::vector<std::uint64_t> levels_;
  Columns columns_;
  std::size_t deepest_ = 0;
  double share_ = 1;  // of a tree in the sum
  double expected_ = 0;
};

}  // namespace kohort
