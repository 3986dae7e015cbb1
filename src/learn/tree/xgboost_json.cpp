#include "learn/tree/xgboost_json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::Data, "this is no tree model that kohort can read: " + why, {},
              "save the model again with the version that made it");
}

void read_objective(const json& learner, TreeEnsemble& out) {
  const std::string name = learner.at("objective").at("name");
  if (name != "reg:squarederror" && name != "binary:logistic") refuse("unknown objective");
  out.objective = name == "binary:logistic" ? Objective::Logistic : Objective::SquaredError;
  const std::string text = learner.at("learner_model_param").at("base_score");
  const std::optional<double> score = parse_double(text);
  if (!score || !std::isfinite(*score)) refuse("base_score is no number");
  if (out.objective == Objective::Logistic && !(*score > 0 && *score < 1))
    refuse("base_score is no probability");
  const auto base = static_cast<float>(*score);
  const bool logistic = out.objective == Objective::Logistic;
  out.base_margin =
      logistic ? static_cast<float>(-stable::log(1 / base - 1)) : base;  // 32 bits, as the library
}

void read_tree(const json& tree, std::size_t features, TreeEnsemble& out) {
  const json &left = tree.at("left_children"), &right = tree.at("right_children"),
             &feature = tree.at("split_indices"), &value = tree.at("split_conditions"),
             &missing_left = tree.at("default_left");
  const std::size_t n = left.size();
  if (n == 0 || right.size() != n || feature.size() != n || value.size() != n || missing_left.size() != n)
    refuse("a tree's lists differ in length");
  if (tree.contains("categories_nodes") && !tree.at("categories_nodes").empty()) refuse("category splits");

  const auto offset = static_cast<std::int32_t>(out.nodes.size());
  out.roots.push_back(static_cast<std::uint32_t>(offset));
  for (std::size_t k = 0; k < n; ++k) {
    TreeNode node;
    const auto l = left[k].get<std::int64_t>(), r = right[k].get<std::int64_t>();
    const json& side = missing_left[k];
    node.value = value[k].get<float>();
    node.missing_left = side.is_boolean() ? side.get<bool>() : side.get<int>() != 0;
    if (l >= 0) {
      const auto self = static_cast<std::int64_t>(k), size = static_cast<std::int64_t>(n);
      if (l <= self || r <= self || l >= size || r >= size) refuse("a node points outside its tree");
      const auto place = feature[k].get<std::int64_t>();
      if (place < 0 || place >= static_cast<std::int64_t>(features)) refuse("a node uses an unknown feature");
      node.left = offset + static_cast<std::int32_t>(l);
      node.right = offset + static_cast<std::int32_t>(r);
      node.feature = static_cast<std::uint32_t>(place);
    }
    out.nodes.push_back(node);
  }
}

/// Parses all but the lists that no prediction reads: most of the text.
json parse_needed(std::string_view text) {
  const auto keep = [](int, json::parse_event_t event, const json& parsed) {
    if (event != json::parse_event_t::key) return true;
    for (const char* unread : {"base_weights", "loss_changes", "sum_hessian", "parents", "split_type"})
      if (parsed == unread) return false;
    return true;
  };
  return json::parse(text, keep);
}

}  // namespace

double TreeEnsemble::predict(std::span<const float> features) const {
  float margin = base_margin;
  for (const std::uint32_t root : roots) {
    const TreeNode* node = &nodes[root];
    while (node->left >= 0) {
      const float x = features[node->feature];
      const bool go_left = std::isnan(x) ? node->missing_left : x < node->value;
      node = &nodes[static_cast<std::size_t>(go_left ? node->left : node->right)];
    }
    margin += node->value;
  }
  return objective == Objective::Logistic ? static_cast<float>(stable::sigmoid(margin)) : margin;
}

TreeEnsemble read_xgboost_json(std::string_view text, std::size_t features) {
  TreeEnsemble ensemble;
  try {
    const json model = parse_needed(text);
    const json& learner = model.at("learner");
    read_objective(learner, ensemble);
    for (const json& tree : learner.at("gradient_booster").at("model").at("trees"))
      read_tree(tree, features, ensemble);
  } catch (const json::exception&) {
    refuse("a part is missing or of the wrong type");
  }
  return ensemble;
}

}  // namespace kohort
