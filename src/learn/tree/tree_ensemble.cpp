#include "learn/tree/tree_ensemble.hpp"

#include <cmath>

#include "learn/tree/loss.hpp"

namespace kohort {

float TreeEnsemble::margin(std::span<const float> features) const {
  float sum = base_margin;
  for (const std::uint32_t root : roots) {
    const TreeNode* node = &nodes[root];
    while (node->left >= 0) {
      const float x = features[node->feature];
      bool goes_left = x < node->value;
      if (std::isnan(x))
        goes_left = node->missing_left;
      else if (node->first_word >= 0)
        goes_left = !goes_right(*node, static_cast<std::size_t>(x));
      node = &nodes[static_cast<std::size_t>(goes_left ? node->left : node->right)];
    }
    sum += node->value;
  }
  return sum;
}

double TreeEnsemble::predict(std::span<const float> features) const {
  return prediction_of(margin(features), objective);
}

}  // namespace kohort
