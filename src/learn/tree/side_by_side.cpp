#include "learn/tree/side_by_side.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "matrix/cuts.hpp"
#include "matrix/matrix.hpp"

namespace kohort {
namespace {

/// Long doubles: sums over all rows of a data set are exact far beyond what is compared.
struct ExactSum {
  long double gradient = 0, hessian = 0;
};

/// Twice the loss that a leaf of these rows saves. Chen and Guestrin (2016), equation (6), its value clipped.
long double saved(const ExactSum& sum, const GainRules& rules) {
  const long double lambda = rules.reg_lambda, alpha = rules.reg_alpha, most = rules.max_delta_step;
  const long double pull = std::copysign(std::max(std::abs(sum.gradient) - alpha, 0.0L), sum.gradient);
  if (most == 0) return pull * pull / (sum.hessian + lambda);
  const long double value = std::clamp(-pull / (sum.hessian + lambda), -most, most);
  return -(2 * sum.gradient * value + (sum.hessian + lambda) * value * value);
}

struct Gain {
  double gain, score;
};

Gain gain_of(const BinNode& node, std::span<const std::uint32_t> rows, const BinCodes& codes,
             std::span<const GradientPair> gradients, const GainRules& rules) {
  if (node.is_leaf()) return {rules.least_gain, 0};
  ExactSum left, right;
  for (const std::uint32_t row : rows) {
    ExactSum& side = node.goes_left(codes[node.column][row]) ? left : right;
    side.gradient += gradients[row].gradient;
    side.hessian += gradients[row].hessian;
  }
  const long double score = saved(left, rules) + saved(right, rules);
  const ExactSum all{left.gradient + right.gradient, left.hessian + right.hessian};
  return {static_cast<double>(score - saved(all, rules)), static_cast<double>(score)};
}

template <class LastLeft>
BinTree tree_in_bins(const TreeEnsemble& trees, std::size_t t, LastLeft last_left) {
  const std::size_t begin = trees.roots[t],
                    end = t + 1 < trees.roots.size() ? trees.roots[t + 1] : trees.nodes.size();
  const int shift = static_cast<int>(begin);
  BinTree out;
  for (const TreeNode& from : std::span{trees.nodes}.subspan(begin, end - begin)) {
    BinNode node;
    if (from.left < 0)
      node.value = from.value;
    else
      node = {from.left - shift, from.right - shift, from.feature, last_left(from), from.missing_left, 0};
    out.push_back(node);
  }
  return out;
}

/// The walk down both trees; rows are parted in place.
struct Walk {
  const BinTree &tree, &other;
  std::span<const GradientPair> gradients;
  SideBySide& out;

  void visit(int a, int b, std::span<std::uint32_t> rows) const {
    const BinNode &node = tree[static_cast<std::size_t>(a)], &twin = other[static_cast<std::size_t>(b)];
    if (node.is_leaf() && twin.is_leaf()) {
      for (const std::uint32_t row : rows) out.distance[row] += node.value - twin.value;
      return;
    }
    if (!node.splits_as(twin)) {
      part(node, twin, rows);
      return;
    }
    ++out.splits;
    const auto& codes = out.codes[node.column];
    const auto right =
        std::ranges::stable_partition(rows, [&](std::uint32_t row) { return node.goes_left(codes[row]); });
    const std::size_t left = rows.size() - right.size();
    visit(node.left, twin.left, rows.first(left));
    visit(node.right, twin.right, rows.subspan(left));
  }

 private:
  void part(const BinNode& node, const BinNode& twin, std::span<const std::uint32_t> rows) const {
    const Gain one = gain_of(node, rows, out.codes, gradients, out.rules),
               two = gain_of(twin, rows, out.codes, gradients, out.rules);
    out.partings.push_back({rows.size(), one.gain, two.gain, std::max(one.score, two.score)});
    for (const std::uint32_t row : rows) out.parted[row] = true;
  }
};

}  // namespace

BinCodes codes_of(const BinnedMatrix& matrix) {
  BinCodes codes(matrix.columns(), std::vector<std::uint16_t>(matrix.rows()));
  for (std::size_t j = 0; j < matrix.columns(); ++j)
    for (std::uint32_t row = 0; row < matrix.rows(); ++row)
      codes[j][row] = static_cast<std::uint16_t>(matrix.column(j).code(row));
  return codes;
}

BinTree tree_on_values(const TreeEnsemble& trees, std::size_t t, const BinnedMatrix& bins) {
  return tree_in_bins(trees, t, [&](const TreeNode& node) {
    const BinnedColumn& column = bins.column(node.feature);
    return node.value == std::numeric_limits<float>::max() ? column.bins
                                                           : bin_of(node.value, column.cuts) - 1;
  });
}

BinTree tree_on_codes(const TreeEnsemble& trees, std::size_t t, const BinnedMatrix& bins) {
  return tree_in_bins(trees, t, [&](const TreeNode& node) {
    const double most = bins.column(node.feature).bins;
    return static_cast<std::uint32_t>(std::clamp(std::ceil(static_cast<double>(node.value)) - 1, 0.0, most));
  });
}

void add_tree(const BinTree& tree, const BinCodes& codes, std::span<float> margins) {
  for (std::size_t row = 0; row < margins.size(); ++row) {
    const BinNode* node = tree.data();
    while (!node->is_leaf())
      node = &tree[static_cast<std::size_t>(node->goes_left(codes[node->column][row]) ? node->left
                                                                                      : node->right)];
    margins[row] += node->value;
  }
}

double Parting::gap() const { return std::abs(gain - other_gain); }
double Parting::relative_gap() const { return gap() / std::max(gain, other_gain); }

void SideBySide::compare(const BinTree& tree, const BinTree& other, std::span<const GradientPair> gradients) {
  RowList rows = all_rows(gradients.size());
  Walk{tree, other, gradients, *this}.visit(0, 0, rows);
}

double SideBySide::largest_distance() const {
  double most = 0;
  for (std::size_t row = 0; row < distance.size(); ++row)
    if (!parted[row]) most = std::max(most, std::abs(distance[row]));
  return most;
}

}  // namespace kohort
