#include "learn/tree/tree_bytes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "learn/tree/loss.hpp"

namespace kohort {
namespace {

using Features = std::span<const XgboostFeature>;

[[noreturn]] void refuse(const char* why) { throw Error(ErrorKind::Data, why); }

std::size_t words_of(const XgboostFeature& feature) {
  return feature.levels / 64 + (feature.levels % 64 == 0 ? 0 : 1);
}

/// Where the trees end: the next root, or the last node.
std::size_t end_of(const TreeEnsemble& trees, std::size_t tree) {
  return tree + 1 < trees.roots.size() ? trees.roots[tree + 1] : trees.nodes.size();
}

void put_sizes(ByteWriter& out, const TreeEnsemble& trees) {
  std::vector<std::uint32_t> sizes;
  for (std::size_t t = 0; t < trees.roots.size(); ++t)
    sizes.push_back(static_cast<std::uint32_t>(end_of(trees, t) - trees.roots[t] - 1));
  out.put(static_cast<std::uint32_t>(sizes.size()));
  out.put_integers(sizes);
}

/// Empty trees of the sizes written.
void take_sizes(ByteReader& from, TreeEnsemble& trees) {
  const auto count = from.take<std::uint32_t>();
  from.expect(count);  // every node takes more than a byte
  std::size_t nodes = 0;
  for (const std::uint32_t size : from.take_integers(count)) {
    trees.roots.push_back(static_cast<std::uint32_t>(nodes));
    nodes += std::size_t{size} + 1;
    from.expect(nodes);
  }
  constexpr std::size_t kMostNodes = std::numeric_limits<std::int32_t>::max();
  if (nodes > kMostNodes) refuse("it has too many nodes");
  trees.nodes.resize(nodes);
}

/// What is kept of the inner nodes alone.
struct InnerColumns {
  std::vector<std::uint32_t> distance, feature;  // to the left child, less 1
  std::vector<bool> missing_left, has_set;       // has_set: of those whose feature is a category
  std::vector<float> value, weight, gain;
};

InnerColumns inner_columns(const TreeEnsemble& trees, Features features) {
  InnerColumns columns;
  for (std::size_t i = 0; i < trees.nodes.size(); ++i) {
    const TreeNode& node = trees.nodes[i];
    if (node.left < 0) continue;
    columns.distance.push_back(static_cast<std::uint32_t>(node.left) - static_cast<std::uint32_t>(i) - 1);
    columns.feature.push_back(node.feature);
    columns.missing_left.push_back(node.missing_left);
    if (features[node.feature].levels > 0) columns.has_set.push_back(node.first_word >= 0);
    columns.value.push_back(node.value);
    columns.weight.push_back(node.weight);
    columns.gain.push_back(node.gain);
  }
  return columns;
}

/// What inner nodes have besides children: everything but sets.
void take_inner(ByteReader& from, const std::vector<TreeNode*>& inner, Features features) {
  const auto feature = from.take_integers(inner.size());
  const auto missing_left = from.take_bits(inner.size());
  const auto value = from.take_floats(inner.size()), weight = from.take_floats(inner.size()),
             gain = from.take_floats(inner.size());
  for (std::size_t k = 0; k < inner.size(); ++k) {
    if (feature[k] >= features.size()) refuse("a node uses an unknown feature");
    inner[k]->feature = feature[k];
    inner[k]->missing_left = missing_left[k];
    inner[k]->value = value[k];
    inner[k]->weight = weight[k];
    inner[k]->gain = gain[k];
  }
}

/// Every child a place in its own tree, and no place two parents.
void take_children(ByteReader& from, const std::vector<TreeNode*>& inner, TreeEnsemble& trees) {
  const auto distance = from.take_integers(inner.size());
  std::vector<bool> is_child(trees.nodes.size());
  std::size_t tree = 0;
  for (std::size_t k = 0; k < inner.size(); ++k) {
    const auto self = static_cast<std::size_t>(inner[k] - trees.nodes.data());
    while (self >= end_of(trees, tree)) ++tree;
    const std::size_t left = self + 1 + distance[k];
    if (left + 1 >= end_of(trees, tree)) refuse("a node points outside its tree");
    if (is_child[left] || is_child[left + 1]) refuse("a node has two parents");
    is_child[left] = is_child[left + 1] = true;
    inner[k]->left = static_cast<std::int32_t>(left);
    inner[k]->right = inner[k]->left + 1;
  }
}

void put_sets(ByteWriter& out, const TreeEnsemble& trees, Features features) {
  for (const TreeNode& node : trees.nodes)
    if (node.first_word >= 0)
      out.put_all(std::span<const std::uint64_t>{trees.levels}.subspan(
          static_cast<std::size_t>(node.first_word), words_of(features[node.feature])));
}

void take_sets(ByteReader& from, const std::vector<TreeNode*>& inner, TreeEnsemble& trees,
               Features features) {
  std::vector<TreeNode*> categories;
  for (TreeNode* node : inner)
    if (features[node->feature].levels > 0) categories.push_back(node);
  const auto has_set = from.take_bits(categories.size());
  for (std::size_t k = 0; k < categories.size(); ++k) {
    if (!has_set[k]) continue;
    const XgboostFeature& feature = features[categories[k]->feature];
    const auto words = from.take_all<std::uint64_t>(words_of(feature));
    if (std::ranges::all_of(words, [](std::uint64_t word) { return word == 0; }))
      refuse("a set of levels is empty");
    if (feature.levels % 64 != 0 && words.back() >> (feature.levels % 64) != 0)
      refuse("a set names a level its feature has not");
    categories[k]->first_word = static_cast<std::int32_t>(trees.levels.size());
    trees.levels.insert(trees.levels.end(), words.begin(), words.end());
  }
}

/// The prediction before the first tree; an average has none.
void take_start(ByteReader& from, TreeEnsemble& trees) {
  trees.average = from.take_flag();
  if (!trees.average) trees.base_score = from.take<float>();
  if (!trees.average && trees.objective == Objective::Tweedie) {
    trees.tweedie_variance_power = from.take<double>();
    if (!(trees.tweedie_variance_power > 1 && trees.tweedie_variance_power < 2))
      refuse("tweedie_variance_power does not lie between 1 and 2");
  }
  if (!std::isfinite(trees.base_score)) refuse("base_score is no number");
  try {
    if (!trees.average) trees.base_margin = margin_of(trees.base_score, trees.objective);
  } catch (const Error&) {
    refuse("base_score does not belong to the objective");
  }
}

}  // namespace

void put_trees(ByteWriter& out, const TreeEnsemble& trees, Features features) {
  out.put(static_cast<std::uint8_t>(trees.average));
  if (!trees.average) out.put(trees.base_score);
  if (!trees.average && trees.objective == Objective::Tweedie) out.put(trees.tweedie_variance_power);
  put_sizes(out, trees);
  std::vector<bool> is_inner;
  std::vector<float> leaf_value, leaf_weight, cover;
  for (const TreeNode& node : trees.nodes) {
    is_inner.push_back(node.left >= 0);
    cover.push_back(node.cover);
    if (node.left >= 0) continue;
    leaf_value.push_back(node.value);
    leaf_weight.push_back(node.weight);
  }
  const InnerColumns inner = inner_columns(trees, features);
  out.put_bits(is_inner);
  out.put_floats(cover);
  out.put_floats(leaf_value);
  const bool same = std::ranges::equal(leaf_weight, leaf_value, {}, std::bit_cast<std::uint32_t, float>,
                                       std::bit_cast<std::uint32_t, float>);
  out.put(static_cast<std::uint8_t>(same));
  if (!same) out.put_floats(leaf_weight);
  out.put_integers(inner.distance);
  out.put_integers(inner.feature);
  out.put_bits(inner.missing_left);
  out.put_floats(inner.value);
  out.put_floats(inner.weight);
  out.put_floats(inner.gain);
  out.put_bits(inner.has_set);
  put_sets(out, trees, features);
}

TreeEnsemble take_trees(ByteReader& from, Objective objective, Features features) {
  TreeEnsemble trees;
  trees.objective = objective;
  take_start(from, trees);
  take_sizes(from, trees);
  if (trees.average && trees.roots.empty()) refuse("it is the mean of no trees");
  const auto is_inner = from.take_bits(trees.nodes.size());
  const auto cover = from.take_floats(trees.nodes.size());
  std::vector<TreeNode*> inner, leaves;
  for (std::size_t i = 0; i < trees.nodes.size(); ++i) {
    trees.nodes[i].cover = cover[i];
    (is_inner[i] ? inner : leaves).push_back(&trees.nodes[i]);
  }
  const auto leaf_value = from.take_floats(leaves.size());
  const auto leaf_weight = from.take_flag() ? leaf_value : from.take_floats(leaves.size());
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    leaves[k]->value = leaf_value[k];
    leaves[k]->weight = leaf_weight[k];
  }
  take_children(from, inner, trees);
  take_inner(from, inner, features);
  take_sets(from, inner, trees, features);
  for (const TreeNode& node : trees.nodes)
    if (!std::isfinite(node.value) || !std::isfinite(node.cover) || !std::isfinite(node.weight) ||
        !std::isfinite(node.gain))
      refuse("a number is not finite");
  return trees;
}

}  // namespace kohort
