#include "learn/tree/xgboost_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "learn/tree/loss.hpp"
#include "learn/tree/xgboost_categories.hpp"

namespace kohort {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& why,
                         const char* mend = "save the model again with the version that made it") {
  throw Error(ErrorKind::Data, "this is no tree model that kohort can read: " + why, {}, mend);
}

struct ObjectiveName {
  Objective objective;
  std::string_view xgboost;
};
constexpr std::array kObjectives{ObjectiveName{Objective::SquaredError, "reg:squarederror"},
                                 ObjectiveName{Objective::Logistic, "binary:logistic"},
                                 ObjectiveName{Objective::Poisson, "count:poisson"},
                                 ObjectiveName{Objective::Tweedie, "reg:tweedie"}};

constexpr std::int64_t kNoParent = 2147483647;  // XGBoost's mark of a root
constexpr std::size_t kMostNodes = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kMostWords = std::size_t{1} << 28;  // of all sets: 2 GiB

// --- writing

/// A float as JSON: the double nearest to its shortest text, so that the text is short and comes back.
/// With the sign of a zero.
std::string text_of(float x) { return x == 0 && std::signbit(x) ? "-0" : format_number(x); }
json number(float x) { return parse_double(text_of(x)).value(); }

/// An average of probabilities is a sum of numbers to the library.
json objective_to_json(const TreeEnsemble& trees) {
  const Objective objective = trees.average ? Objective::SquaredError : trees.objective;
  const auto known = std::ranges::find(kObjectives, objective, &ObjectiveName::objective);
  json out{{"name", known->xgboost}};
  if (trees.objective == Objective::Poisson)
    out["poisson_regression_param"] = {{"max_delta_step", "0.7"}};
  else if (trees.objective == Objective::Tweedie)
    out["tweedie_regression_param"] = {
        {"tweedie_variance_power", format_number(trees.tweedie_variance_power)}};
  else
    out["reg_loss_param"] = {{"scale_pos_weight", "1"}};
  return out;
}

/// Where the nodes of a tree end.
std::size_t end_of(const TreeEnsemble& trees, std::size_t tree) {
  return tree + 1 < trees.roots.size() ? trees.roots[tree + 1] : trees.nodes.size();
}

/// shares: of an average, leaf_shares.
json tree_to_json(const TreeEnsemble& trees, std::size_t id, std::span<const float> shares,
                  std::span<const XgboostFeature> features) {
  json out{{"id", id}};
  const std::size_t begin = trees.roots[id], n = end_of(trees, id) - begin;
  std::vector<std::int64_t> left(n, -1), right(n, -1), parents(n, kNoParent);
  std::vector<std::int64_t> default_left, split_type, split_indices;
  std::vector<std::int64_t> categories, nodes, segments, sizes;
  json conditions = json::array(), weights = json::array(), gains = json::array(), covers = json::array();
  for (std::size_t k = 0; k < n; ++k) {
    const TreeNode& node = trees.nodes[begin + k];
    const bool inner = node.left >= 0, set = inner && node.first_word >= 0;
    if (inner) {
      left[k] = node.left - static_cast<std::int64_t>(begin);
      right[k] = node.right - static_cast<std::int64_t>(begin);
      parents[static_cast<std::size_t>(left[k])] = parents[static_cast<std::size_t>(right[k])] =
          static_cast<std::int64_t>(k);
    }
    if (set) {
      nodes.push_back(static_cast<std::int64_t>(k));
      segments.push_back(std::ssize(categories));
      for (std::size_t level = 0; level < features[node.feature].levels; ++level)
        if (trees.goes_right(node, level)) categories.push_back(static_cast<std::int64_t>(level));
      sizes.push_back(std::ssize(categories) - segments.back());
    }
    default_left.push_back(inner && node.missing_left ? 1 : 0);
    split_type.push_back(set ? 1 : 0);
    split_indices.push_back(inner ? node.feature : 0);
    conditions.push_back(number(inner || shares.empty() ? node.value : shares[begin + k]));
    weights.push_back(number(node.weight));
    gains.push_back(number(node.gain));
    covers.push_back(number(node.cover));
  }
  out["left_children"] = left;
  out["right_children"] = right;
  out["parents"] = parents;
  out["default_left"] = default_left;
  out["split_type"] = split_type;
  out["split_indices"] = split_indices;
  out["split_conditions"] = std::move(conditions);
  out["base_weights"] = std::move(weights);
  out["loss_changes"] = std::move(gains);
  out["sum_hessian"] = std::move(covers);
  out["categories"] = categories;
  out["categories_nodes"] = nodes;
  out["categories_segments"] = segments;
  out["categories_sizes"] = sizes;
  out["tree_param"] = {{"num_deleted", "0"},
                       {"num_feature", std::to_string(features.size())},
                       {"num_nodes", std::to_string(n)},
                       {"size_leaf_vector", "0"}};
  return out;
}

// --- reading

/// A whole number of 32 bits: no place, level or length here is larger.
std::int32_t whole(const json& value) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (!value.is_number()) value.get<int>();  // of the wrong type: throws
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= kMost
                        : value.is_number_integer() && value.get<std::int64_t>() >= -kMost - 1;
  if (!fits) refuse("a number is out of range");
  return value.get<std::int32_t>();
}

float real(const json& value) {
  const auto x = static_cast<float>(value.get<double>());
  if (!std::isfinite(x)) refuse("a number is out of range");
  return x;
}

std::vector<std::size_t> places(const json& list) {
  std::vector<std::size_t> all;
  for (const json& value : list.get_ref<const json::array_t&>()) {
    const std::int32_t place = whole(value);
    if (place < 0) refuse("a number is out of range");
    all.push_back(static_cast<std::size_t>(place));
  }
  return all;
}

constexpr const char* kOneOutput = "train one model per outcome";

/// "its objective is multi:softmax", or without the name where it is no plain word.
std::string says(const char* what, const std::string& name) {
  const bool plain = name.size() <= 40 && std::ranges::all_of(name, [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == ':' || c == '_';
                     });
  return plain && !name.empty() ? fmt::format("its {} is {}", what, name) : fmt::format("unknown {}", what);
}

/// A whole number written as text; 0 when it is missing.
std::int64_t count_of(const json& params, const char* name) {
  return params.contains(name) ? parse_integer(params.at(name).get<std::string>()).value_or(0) : 0;
}

/// What the trees cannot show: another booster, several outputs.
void check_learner(const json& learner) {
  const std::string booster = learner.at("gradient_booster").at("name");
  if (booster != "gbtree" && booster != "dart")
    refuse(says("booster", booster), "train it with booster=gbtree");
  const json& params = learner.at("learner_model_param");
  if (count_of(params, "num_class") > 1 || count_of(params, "num_target") > 1)
    refuse("it has more than one output", kOneOutput);
}

/// Where the trees are: in dart, up to 3.2, one level deeper.
const json& forest_of(const json& learner) {
  const json& booster = learner.at("gradient_booster");
  return (booster.at("name") == "dart" ? booster.at("gbtree") : booster).at("model");
}

/// What dart multiplies each tree's leaves by: beside the trees' part up to 3.3, since 3.4 in it.
void weigh_trees(const json& learner, TreeEnsemble& out) {
  const json &booster = learner.at("gradient_booster"), &forest = forest_of(learner);
  const json& holder = forest.contains("weight_drop") ? forest : booster;
  if (!holder.contains("weight_drop")) return;
  const json& weights = holder.at("weight_drop");
  if (weights.empty()) return;
  if (weights.size() != out.roots.size()) refuse("its trees and their weights differ in number");
  for (std::size_t t = 0; t < out.roots.size(); ++t) {
    const float weight = real(weights[t]);
    for (std::size_t i = out.roots[t]; i < end_of(out, t); ++i) {
      TreeNode& node = out.nodes[i];
      if (node.left < 0) node.value *= weight;
      node.weight *= weight;
      if (!std::isfinite(node.value) || !std::isfinite(node.weight)) refuse("a number is out of range");
    }
  }
}

/// "5E-1", or since 3.1 "[5E-1]".
float read_base_score(std::string text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.find(',') != std::string::npos) refuse("it has more than one output", kOneOutput);
  const auto score =
      static_cast<float>(parse_double(text).value_or(std::numeric_limits<double>::quiet_NaN()));
  if (!std::isfinite(score)) refuse("base_score is no number");
  return score;
}

void read_objective(const json& learner, TreeEnsemble& out) {
  const std::string name = learner.at("objective").at("name");
  const auto known = std::ranges::find(kObjectives, name, &ObjectiveName::xgboost);
  if (known == kObjectives.end())
    refuse(says("objective", name),
           "kohort reads reg:squarederror, binary:logistic, count:poisson and reg:tweedie");
  out.objective = known->objective;
  if (out.objective == Objective::Tweedie) {
    const std::string power =
        learner.at("objective").at("tweedie_regression_param").at("tweedie_variance_power");
    out.tweedie_variance_power = parse_double(power).value_or(0);
    if (!(out.tweedie_variance_power > 1 && out.tweedie_variance_power < 2))
      refuse("tweedie_variance_power does not lie between 1 and 2");
  }
  out.base_score = read_base_score(learner.at("learner_model_param").at("base_score"));
  try {
    out.base_margin = margin_of(out.base_score, out.objective);
  } catch (const Error&) {
    refuse("base_score does not belong to the objective");
  }
}

/// Room for one more set of levels; returns its first word.
std::int32_t add_words(std::size_t levels, TreeEnsemble& out) {
  const std::size_t first = out.levels.size(), words = levels / 64 + (levels % 64 == 0 ? 0 : 1);
  if (words > kMostWords - first) refuse("its sets of levels are too large");
  out.levels.resize(first + words);
  return static_cast<std::int32_t>(first);
}

/// The set of levels that go right at each node that splits a category.
void read_sets(const json& tree, std::span<const XgboostFeature> features, std::size_t offset,
               TreeEnsemble& out) {
  if (!tree.contains("categories_nodes")) return;
  const auto nodes = places(tree.at("categories_nodes")), segments = places(tree.at("categories_segments")),
             sizes = places(tree.at("categories_sizes")), categories = places(tree.at("categories"));
  if (segments.size() != nodes.size() || sizes.size() != nodes.size())
    refuse("sets of levels differ in length");
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    if (nodes[k] >= out.nodes.size() - offset) refuse("a set of levels belongs to no node");
    TreeNode& node = out.nodes[offset + nodes[k]];
    const std::size_t levels = features[node.feature].levels;
    if (node.left < 0 || node.first_word >= 0) refuse("a set of levels belongs to no category");
    if (levels == 0)
      refuse("it splits categories by their codes, and says nowhere which levels those are",
             "train it with XGBoost 3.1 or later on a data frame, whose levels it keeps, or on indicators");
    if (segments[k] > categories.size() || sizes[k] > categories.size() - segments[k])
      refuse("a set of levels lies outside the list");
    if (sizes[k] == 0) refuse("a set of levels is empty");
    node.first_word = add_words(levels, out);
    for (std::size_t i = 0; i < sizes[k]; ++i) {
      const std::size_t level = categories[segments[k] + i];
      if (level >= levels) refuse("a set names a level its feature has not");
      out.levels[static_cast<std::size_t>(node.first_word) + level / 64] |= std::uint64_t{1} << (level % 64);
    }
  }
}

/// Nodes before `offset` belong to other trees.
void read_children(TreeNode& node, std::int64_t self, std::int64_t left, std::int64_t right,
                   std::int64_t size, std::size_t offset) {
  if (left <= self || right <= self || left >= size || right >= size)
    refuse("a node points outside its tree");
  if (right != left + 1) refuse("a node's children do not lie side by side");  // the library takes them to
  node.left = static_cast<std::int32_t>(static_cast<std::int64_t>(offset) + left);
  node.right = static_cast<std::int32_t>(static_cast<std::int64_t>(offset) + right);
}

void read_tree(const json& tree, std::span<const XgboostFeature> features, TreeEnsemble& out) {
  const json &left = tree.at("left_children"), &right = tree.at("right_children"),
             &feature = tree.at("split_indices"), &value = tree.at("split_conditions"),
             &missing_left = tree.at("default_left"), &gain = tree.at("loss_changes"),
             &cover = tree.at("sum_hessian"), &weight = tree.at("base_weights");
  const std::size_t n = left.size(), offset = out.nodes.size();
  if (tree.contains("tree_param") && count_of(tree.at("tree_param"), "size_leaf_vector") > 1)
    refuse("it has more than one output", kOneOutput);
  for (const json* list : {&right, &feature, &value, &missing_left, &gain, &cover, &weight})
    if (n == 0 || list->size() != n) refuse("a tree's lists differ in length");
  if (n > kMostNodes - offset) refuse("it has too many nodes");
  out.roots.push_back(static_cast<std::uint32_t>(offset));
  std::vector<bool> is_left(n);  // a left child, and so the next one a right child
  for (std::size_t k = 0; k < n; ++k) {
    TreeNode node;
    const std::int32_t l = whole(left[k]), r = whole(right[k]), place = whole(feature[k]);
    const bool left_if_missing =
        missing_left[k].is_boolean() ? missing_left[k].get<bool>() : whole(missing_left[k]) != 0;
    if (!value[k].is_null()) node.value = real(value[k]);
    const float gained = real(gain[k]);
    node.cover = real(cover[k]);
    node.weight = real(weight[k]);
    if (l >= 0) {
      read_children(node, static_cast<std::int64_t>(k), l, r, static_cast<std::int64_t>(n), offset);
      const auto child = static_cast<std::size_t>(l);
      if (is_left[child] || is_left[child - 1] || is_left[child + 1]) refuse("a node has two parents");
      is_left[child] = true;
      if (place < 0 || place >= std::ssize(features)) refuse("a node uses an unknown feature");
      node.gain = gained;
      node.missing_left = left_if_missing;
      node.feature = static_cast<std::uint32_t>(place);
    }
    out.nodes.push_back(node);
  }
  read_sets(tree, features, offset, out);
  for (std::size_t k = 0; k < n; ++k)  // up to 3.0 a split by a set has NaN as threshold
    if (value[k].is_null() && out.nodes[offset + k].first_word < 0) refuse("a number is out of range");
}

/// null for the library's word NaN, which is no JSON, outside of texts.
std::string with_null_for_nan(std::string_view text) {
  constexpr std::string_view kNan = "NaN";
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!quoted && text.substr(i, kNan.size()) == kNan) {
      out += "null";
      i += kNan.size() - 1;
      continue;
    }
    out += text[i];
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\' && i + 1 < text.size()) out += text[++i];
  }
  return out;
}

/// Parses all but the values of some keys.
json parse_without(std::initializer_list<const char*> keys, std::string_view text) {
  const auto keep = [&](int, json::parse_event_t event, const json& parsed) {
    return event != json::parse_event_t::key ||
           std::ranges::none_of(keys, [&](const char* key) { return parsed == key; });
  };
  if (text.find("NaN") == text.npos) return json::parse(text, keep);
  return json::parse(with_null_for_nan(text), keep);
}

}  // namespace

std::vector<XgboostFeature> xgboost_features(const TreeEncoding& encoding) {
  std::vector<XgboostFeature> features;
  for (std::string& name : encoding.feature_names()) features.push_back({std::move(name), 0});
  for (const EncodedColumn& column : encoding.columns)
    if (column.as_set) features[column.first_feature].levels = column.info.levels.size();
  return features;
}

std::string readable(std::string name) {
  std::ranges::replace_if(
      name, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  for (std::size_t at = 0; (at = name.find("\\u", at)) != name.npos; ++at) name[at] = '/';
  return name;
}

std::vector<float> leaf_shares(const TreeEnsemble& trees) {
  const auto count = static_cast<double>(trees.roots.size());
  double least = 0, most = 0;  // what the mean can be
  for (std::size_t t = 0; t < trees.roots.size(); ++t) {
    float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
    for (std::size_t i = trees.roots[t]; i < end_of(trees, t); ++i) {
      if (trees.nodes[i].left >= 0) continue;
      low = std::min(low, trees.nodes[i].value);
      high = std::max(high, trees.nodes[i].value);
    }
    least += static_cast<double>(low) / count;
    most += static_cast<double>(high) / count;
  }
  const double middle = least + (most - least) / 2, reach = (most - least) / 2 / count;
  const Stream chance = Stream{0}.child("leaf shares");
  std::vector<float> shares(trees.nodes.size());
  double moved = 0;  // by the trees so far
  for (std::size_t t = 0; t < trees.roots.size(); ++t) {
    const bool last = t + 1 == trees.roots.size();
    const double target = last ? 0 : reach * (chance.uniform(t) - 0.5), move = target - moved;
    moved = target;
    for (std::size_t i = trees.roots[t]; i < end_of(trees, t); ++i)
      shares[i] =
          to_float((static_cast<double>(trees.nodes[i].value) - middle) / count + move + (last ? middle : 0));
  }
  return shares;
}

std::string write_xgboost_json(const TreeEnsemble& trees, std::span<const XgboostFeature> features,
                               const XgboostAttributes& attributes) {
  json names = json::array(), types = json::array(), forest = json::array();
  for (const XgboostFeature& feature : features) {
    names.push_back(readable(feature.name));
    types.push_back(feature.levels > 0 ? "c" : "float");
  }
  const std::vector<float> shares = trees.average ? leaf_shares(trees) : std::vector<float>{};
  for (std::size_t t = 0; t < trees.roots.size(); ++t)
    forest.push_back(tree_to_json(trees, t, shares, features));
  const json model{
      {"gbtree_model_param",
       {{"num_parallel_tree", "1"}, {"num_trees", std::to_string(forest.size())}, {"size_leaf_vector", "0"}}},
      {"tree_info", std::vector<int>(forest.size())},
      {"trees", std::move(forest)}};
  const json learner{{"attributes", attributes},
                     {"feature_names", std::move(names)},
                     {"feature_types", std::move(types)},
                     {"gradient_booster", {{"name", "gbtree"}, {"model", model}}},
                     {"learner_model_param",
                      {{"base_score", text_of(trees.base_score)},
                       {"num_class", "0"},
                       {"num_feature", std::to_string(features.size())},
                       {"num_target", "1"}}},
                     {"objective", objective_to_json(trees)}};
  return json{{"learner", learner}, {"version", {1, 7, 4}}}.dump();
}

void read_as_average(TreeEnsemble& trees, Objective objective) {
  if (trees.base_score != 0 || trees.objective != Objective::SquaredError || trees.roots.empty())
    refuse("its trees are no average");
  std::vector<float> written;
  for (TreeNode& node : trees.nodes) {
    written.push_back(node.value);
    if (node.left < 0) node.value = node.weight;
  }
  const std::vector<float> shares = leaf_shares(trees);
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (trees.nodes[i].left < 0 && shares[i] != written[i])
      refuse("its leaves are not those of a mean: trees were added or changed");
  trees.average = true;
  trees.objective = objective;
}

TreeEnsemble read_xgboost_json(std::string_view text, std::span<const XgboostFeature> features) {
  TreeEnsemble ensemble;
  try {
    const json model = parse_without({"parents", "split_type", "cats"}, text);
    const json& learner = model.at("learner");
    check_learner(learner);
    read_objective(learner, ensemble);
    const json& forest = forest_of(learner);
    for (const json& group : forest.at("tree_info"))
      if (whole(group) != 0) refuse("it has more than one output", kOneOutput);
    for (const json& tree : forest.at("trees")) read_tree(tree, features, ensemble);
    weigh_trees(learner, ensemble);
  } catch (const json::exception&) {
    refuse("a part is missing or of the wrong type");
  }
  return ensemble;
}

XgboostHead read_xgboost_head(std::string_view text) {
  try {
    const json model = parse_without({"trees"}, text);
    const json& learner = model.at("learner");
    check_learner(learner);
    XgboostHead head;
    const auto texts = [&](const char* name) {
      return learner.contains(name) ? learner.at(name).get<std::vector<std::string>>()
                                    : std::vector<std::string>{};
    };
    head.names = texts("feature_names");
    head.types = texts("feature_types");
    const std::int64_t features = count_of(learner.at("learner_model_param"), "num_feature");
    head.features = static_cast<std::size_t>(std::max<std::int64_t>(0, features));
    if (const json& forest = forest_of(learner); forest.contains("cats"))
      head.levels = read_xgboost_categories(forest.at("cats"));
    if (learner.contains("attributes")) head.attributes = learner.at("attributes").get<XgboostAttributes>();
    return head;
  } catch (const json::exception&) {
    refuse("a part is missing or of the wrong type", "give a model of kohort, or of XGBoost saved as JSON");
  }
}

}  // namespace kohort
