#include "learn/explain/tree_shap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr std::size_t kDeepest = 1024;

/// Four numbers in a register of the processor: written out, for compilers do not find these vectors.
using Four = double __attribute__((vector_size(32)));
constexpr std::size_t kFours = 2, kLanes = 4 * kFours;  // rows explained side by side

/// A number of each row.
struct Lanes {
  std::array<Four, kFours> part{};

  double of(std::size_t row) const { return part[row / 4][row % 4]; }
  void set(std::size_t row, double value) { part[row / 4][row % 4] = value; }
  void fill(double value) { part.fill(Four{} + value); }
};

}  // namespace

/// Copies the trees in the order they are walked.
class TreeShap::Layout {
 public:
  Layout(const TreeEnsemble& from, TreeShap& to) : from_(from), to_(to) {}

  void add_tree(std::uint32_t root) {
    tree_ = {static_cast<std::uint32_t>(to_.nodes_.size()), 0, 1};
    most_features_ = 0;
    to_.expected_ += to_.share_ * add(root, 0, 0);
    tree_.places = std::max<std::size_t>(1, (most_features_ + 1) / 2);
    to_.deepest_ = std::max(to_.deepest_, tree_.depth);
    to_.trees_.push_back(tree_);
  }

 private:
  /// A split on the way down.
  struct Above {
    std::uint32_t feature;
    double share;  // of this split and all above it on the same feature, on the side we are on
  };

  /// Adds a node and all below it; returns its expected value.
  double add(std::uint32_t source, std::size_t depth, std::size_t features) {
    const TreeNode& node = from_.nodes[source];
    const std::size_t self = to_.nodes_.size();
    to_.nodes_.emplace_back();
    if (node.left < 0) {
      tree_.depth = std::max(tree_.depth, depth);
      most_features_ = std::max(most_features_, features);
      return to_.nodes_[self].value = static_cast<double>(node.value);
    }
    if (depth == kDeepest)
      throw Error(ErrorKind::Data, fmt::format("a tree of the model is deeper than {} levels", kDeepest), {},
                  "fit the model with a smaller max_depth");
    Node out{.feature = node.feature,
             .column = to_.columns_.of_feature[node.feature],
             .first_word = node.first_word,
             .threshold = node.value,
             .missing_left = node.missing_left,
             .left_share = left_share(node)};
    for (std::size_t k = 0; k < depth; ++k)
      if (above_[k].feature == node.feature) {
        out.before = static_cast<std::int32_t>(k);
        out.before_share = above_[k].share;
      }
    if (out.before < 0) ++features;
    above_.resize(std::max(above_.size(), depth + 1));
    const auto below = [&](std::int32_t child, double share) {
      above_[depth] = {node.feature, out.before_share * share};
      return share * add(static_cast<std::uint32_t>(child), depth + 1, features);
    };
    const double left = below(node.left, out.left_share);
    out.right = static_cast<std::uint32_t>(to_.nodes_.size());
    const double right = below(node.right, 1 - out.left_share);
    to_.nodes_[self] = out;
    return left + right;
  }

  double left_share(const TreeNode& node) const {
    const auto cover = [&](std::int32_t child) {
      return std::max(0.0, static_cast<double>(from_.nodes[static_cast<std::size_t>(child)].cover));
    };
    const double left = cover(node.left), both = left + cover(node.right);
    return both > 0 ? left / both : 0.5;
  }

  const TreeEnsemble& from_;
  TreeShap& to_;
  Tree tree_;
  std::size_t most_features_ = 0;  // on one path of the tree
  std::vector<Above> above_;
};

TreeShap::TreeShap(const TreeEnsemble& trees, Columns columns)
    : levels_(trees.levels), columns_(std::move(columns)) {
  if (trees.average)
    share_ = 1 / static_cast<double>(trees.roots.size());
  else
    expected_ = static_cast<double>(trees.base_margin);
  nodes_.reserve(trees.nodes.size());
  Layout layout{trees, *this};
  for (const std::uint32_t root : trees.roots) layout.add_tree(root);
  std::size_t most = 1;
  for (const Tree& tree : trees_) most = std::max(most, tree.places);
  for (std::size_t n = 1; n <= most; ++n) quadratures_.push_back(gauss_legendre(static_cast<int>(n)));
}

/// Explains kLanes rows at a time. In the terms of docs/methods/explanation.md: `weight` is W, the product of
/// the factors above a node, at each place of the quadrature; `sum` is S, the leaves below it times the
/// factors in between.
class ShapOfRows {
 public:
  explicit ShapOfRows(const TreeShap& shap)
      : shap_(shap),
        cells_(shap.columns_.of_feature.size()),
        values_(shap.columns_.count),
        on_(shap.deepest_ + 1),
        stride_(shap.quadratures_.size()),
        weight_((shap.deepest_ + 1) * stride_),
        left_(weight_.size()),
        sum_(stride_) {}

  /// Of at most kLanes rows.
  void explain(std::span<const float> features, std::size_t rows, std::span<double> out) {
    const std::size_t width = cells_.size(), columns = values_.size();
    for (std::size_t j = 0; j < width; ++j)
      for (std::size_t l = 0; l < rows; ++l) cells_[j].set(l, static_cast<double>(features[l * width + j]));
    std::ranges::fill(values_, Lanes{});
    for (const TreeShap::Tree& tree : shap_.trees_)
      if (tree.depth > 0) add_tree(tree);
    for (std::size_t l = 0; l < rows; ++l) {
      double* row = &out[l * (columns + 1)];
      for (std::size_t c = 0; c < columns; ++c) row[c] = shap_.share_ * values_[c].of(l);
      row[columns] = shap_.expected_;
    }
  }

 private:
  using Node = TreeShap::Node;

  /// Loops over few places are faster when their number is known.
  void add_tree(const TreeShap::Tree& tree) {
    quadrature_ = &shap_.quadratures_[tree.places - 1];
    places_ = tree.places;
    for (std::size_t q = 0; q < places_; ++q) weight_[q].fill(1);
    switch (places_) {
      case 1:
        return walk<1>(tree.root, 0, sum_.data());
      case 2:
        return walk<2>(tree.root, 0, sum_.data());
      case 3:
        return walk<3>(tree.root, 0, sum_.data());
      case 4:
        return walk<4>(tree.root, 0, sum_.data());
      default:
        return walk<0>(tree.root, 0, sum_.data());
    }
  }

  /// 1 where the row goes left.
  Lanes goes_left(const Node& node) const {
    constexpr Four kZero{}, kOne = kZero + 1;
    const Lanes& x = cells_[node.feature];
    const auto threshold = static_cast<double>(node.threshold);
    Lanes left;
    if (node.first_word >= 0) {
      for (std::size_t l = 0; l < kLanes; ++l)
        left.set(l, std::isnan(x.of(l)) ? node.missing_left : !in_set(node, x.of(l)));
    } else if (node.missing_left) {
      for (std::size_t k = 0; k < kFours; ++k) left.part[k] = x.part[k] >= threshold ? kZero : kOne;
    } else {
      for (std::size_t k = 0; k < kFours; ++k) left.part[k] = x.part[k] < threshold ? kOne : kZero;
    }
    return left;
  }
  bool in_set(const Node& node, double level) const {
    const auto code = static_cast<std::size_t>(level);
    return (shap_.levels_[static_cast<std::size_t>(node.first_word) + code / 64] >> (code % 64) & 1) != 0;
  }
  bool is_leaf(std::uint32_t place) const { return shap_.nodes_[place].right == 0; }

  /// Adds the values of all splits from `place` down, which is no leaf; writes S of that node to `sum`, shape
  /// (places). Places: their number, or 0 for any.
  template <std::size_t Places>
  void walk(std::uint32_t place, std::size_t depth, Lanes* sum) {
    const std::size_t places = Places > 0 ? Places : places_;
    const Node& node = shap_.nodes_[place];
    const Lanes left = goes_left(node);
    Lanes on;  // 1 where the row took all turns above on this feature that lead here
    if (node.before < 0)
      on.fill(1);
    else
      on = on_[static_cast<std::size_t>(node.before)];
    Lanes turn;
    for (std::size_t k = 0; k < kFours; ++k) turn.part[k] = on.part[k] * (left.part[k] - node.left_share);

    const Lanes* weight = &weight_[depth * stride_];
    Lanes* below = &weight_[(depth + 1) * stride_];
    Lanes* left_sum = &left_[depth * stride_];
    const bool left_ends = is_leaf(place + 1), right_ends = is_leaf(node.right);
    if (!left_ends || !right_ends)  // the weight of the left side
      for (std::size_t q = 0; q < places; ++q) {
        const double slope = slope_at(node, q);
        for (std::size_t k = 0; k < kFours; ++k)
          below[q].part[k] = weight[q].part[k] * (node.left_share + slope * turn.part[k]);
      }
    if (left_ends) {
      for (std::size_t q = 0; q < places; ++q) left_sum[q].fill(shap_.nodes_[place + 1].value);
    } else {
      for (std::size_t k = 0; k < kFours; ++k) on_[depth].part[k] = on.part[k] * left.part[k];
      walk<Places>(place + 1, depth + 1, left_sum);
    }
    if (right_ends) {
      for (std::size_t q = 0; q < places; ++q) sum[q].fill(shap_.nodes_[node.right].value);
    } else {
      for (std::size_t k = 0; k < kFours; ++k) on_[depth].part[k] = on.part[k] * (1 - left.part[k]);
      for (std::size_t q = 0; q < places; ++q)
        for (std::size_t k = 0; k < kFours; ++k) below[q].part[k] = weight[q].part[k] - below[q].part[k];
      walk<Places>(node.right, depth + 1, sum);
    }

    Lanes value;
    for (std::size_t q = 0; q < places; ++q) {
      const double slope = slope_at(node, q), scale = scale_at(node, q);
      for (std::size_t k = 0; k < kFours; ++k) {
        const Four apart = left_sum[q].part[k] - sum[q].part[k];
        value.part[k] += scale * weight[q].part[k] * apart;
        sum[q].part[k] += (node.left_share + slope * turn.part[k]) * apart;
      }
    }
    Lanes& total = values_[node.column];
    for (std::size_t k = 0; k < kFours; ++k) total.part[k] += turn.part[k] * value.part[k];
  }

  /// The factor of the left side is left_share + slope × turn.
  double slope_at(const Node& node, std::size_t q) const {
    const double y = quadrature_->at[q];
    return node.before < 0 ? y : y / (node.before_share * (1 - y) + y);
  }
  double scale_at(const Node& node, std::size_t q) const {
    const double y = quadrature_->at[q];
    if (node.before < 0) return quadrature_->weight[q];
    const double factor = node.before_share * (1 - y) + y;
    return quadrature_->weight[q] * node.before_share / (factor * factor);
  }

  const TreeShap& shap_;
  std::vector<Lanes> cells_;          // by feature
  std::vector<Lanes> values_;         // by column
  std::vector<Lanes> on_;             // by depth: `on` of the split there, on the side walked
  std::size_t stride_;                // places of the largest tree
  std::vector<Lanes> weight_, left_;  // by depth and place
  std::vector<Lanes> sum_;            // by place
  const Quadrature* quadrature_ = nullptr;
  std::size_t places_ = 0;
};

void TreeShap::explain(std::span<const float> features, std::size_t rows, std::span<double> out) const {
  const std::size_t width = columns_.of_feature.size();
  ShapOfRows some{*this};
  for (std::size_t first = 0; first < rows; first += kLanes) {
    const std::size_t count = std::min(kLanes, rows - first);
    some.explain(features.subspan(first * width, count * width), count,
                 out.subspan(first * (columns_.count + 1), count * (columns_.count + 1)));
  }
}

}  // namespace kohort
