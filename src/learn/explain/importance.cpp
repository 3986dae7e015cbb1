#include "learn/explain/importance.hpp"

#include <numeric>

namespace kohort {

std::vector<std::string> explained_names(const TreeModel& model, Detail detail) {
  if (detail == Detail::Features) return model.encoding.feature_names();
  std::vector<std::string> names;
  for (const EncodedColumn& column : model.encoding.columns) names.push_back(column.info.name);
  return names;
}

std::vector<std::uint32_t> explained_places(const TreeModel& model, Detail detail) {
  std::vector<std::uint32_t> places;
  for (std::uint32_t predictor = 0; const EncodedColumn& column : model.encoding.columns)
    places.insert(places.end(), column.features(), predictor++);
  if (detail == Detail::Features) std::iota(places.begin(), places.end(), 0U);
  return places;
}

std::vector<SplitImportance> split_importances(const TreeModel& model, Detail detail) {
  const std::vector<std::uint32_t> place = explained_places(model, detail);
  std::vector<SplitImportance> out(explained_names(model, detail).size());
  for (const TreeNode& node : model.trees.nodes) {
    if (node.left < 0) continue;
    SplitImportance& of = out[place[node.feature]];
    ++of.weight;
    of.total_gain += static_cast<double>(node.gain);
    of.total_cover += static_cast<double>(node.cover);
  }
  return out;
}

}  // namespace kohort
