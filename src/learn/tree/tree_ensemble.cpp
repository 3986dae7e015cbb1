#include "learn/tree/tree_ensemble.hpp"

#include <cmath>

#include "learn/tree/loss.hpp"

namespace kohort {

const TreeNode& TreeEnsemble::child(const TreeNode& node, std::span<const float> features) const {
  const float x = features[node.feature];
  bool goes_left = x < node.value;
  if (std::isnan(x))
    goes_left = node.missing_left;
  else if (node.first_word >= 0)
    goes_left = !goes_right(node, static_cast<std::size_t>(x));
  return nodes[static_cast<std::size_t>(goes_left ? node.left : node.right)];
}

float TreeEnsemble::leaf_value(std::uint32_t root, std::span<const float> features) const {
  const TreeNode* node = &nodes[root];
  while (node->left >= 0) node = &child(*node, features);
  return node->value;
}

float TreeEnsemble::margin(std::span<const float> features) const {
  float sum = base_margin;
  for (const std::uint32_t root : roots) sum += leaf_value(root, features);
  return sum;
}

double TreeEnsemble::predict(std::span<const float> features) const {
  if (!average) return prediction_of(margin(features), objective);
  double sum = 0;
  for (const std::uint32_t root : roots) sum += static_cast<double>(leaf_value(root, features));
  return sum / static_cast<double>(roots.size());
}

}  // namespace kohort
