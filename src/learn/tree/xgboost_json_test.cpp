#include "learn/tree/xgboost_json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "learn/tree/testing.hpp"

namespace kohort {
namespace {

using nlohmann::json;

constexpr Objective kObjectives[] = {Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                     Objective::Tweedie};

TEST(XgboostJson, ComesBackEqual) {
  const auto features = mixed_features();
  for (const Objective objective : kObjectives) {
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
      SCOPED_TRACE(std::string{to_text(objective)} + ", seed " + std::to_string(seed));
      const RandomTrees random{objective, features, seed, Stream{seed}};
      const std::string text = write_xgboost_json(random.trees, features);
      EXPECT_EQ(read_xgboost_json(text, features), random.trees);
      EXPECT_EQ(write_xgboost_json(read_xgboost_json(text, features), features), text);
    }
  }
}

TEST(XgboostJson, KeepsEveryFloatOfItsKind) {
  const auto features = mixed_features();
  RandomTrees random{Objective::SquaredError, features, 1, Stream{3}};
  using Limits = std::numeric_limits<float>;
  for (const float x : {Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(), 1.0F / 3, 0.1F,
                        -0.0F, 16777217.0F, 1e-45F, 3.4e38F, 123456.789F}) {
    for (TreeNode& node : random.trees.nodes) {
      node.value = node.cover = node.weight = x;
      if (node.left >= 0) node.gain = x;
    }
    random.trees.base_score = random.trees.base_margin = x;
    EXPECT_EQ(read_xgboost_json(write_xgboost_json(random.trees, features), features), random.trees) << x;
  }
}

TEST(XgboostJson, HasAFeaturePerIndicatorAndLevelsForSets) {
  const std::vector<ColumnInfo> columns{{"age"}, {"area", ColumnKind::Category, {"N", "S"}}};
  const auto names = [&](CategoryRule rule) {
    std::string text;
    for (const XgboostFeature& f : xgboost_features(make_tree_encoding(columns, rule)))
      text += f.name + ":" + std::to_string(f.levels) + " ";
    return text;
  };
  EXPECT_EQ(names(CategoryRule::Sets), "age:0 area:2 ");
  EXPECT_EQ(names(CategoryRule::Report), "age:0 area=N:0 area=S:0 ");
  EXPECT_EQ(names(CategoryRule::Ordinal), "age:0 area:0 ");
}

/// A small model as JSON to be damaged: one tree of five nodes, the root split by a set, its left child by a
/// number.
json small_model(Objective objective = Objective::SquaredError) {
  TreeEnsemble trees;
  trees.objective = objective;
  trees.base_score = 0.5F;
  trees.nodes.resize(5);
  trees.nodes[0] = {.left = 1, .right = 2, .feature = 1, .first_word = 0, .value = 9, .missing_left = true};
  trees.nodes[1] = {.left = 3, .right = 4, .feature = 0, .value = 0.5F};
  trees.roots = {0};
  trees.levels = {0b101};
  return json::parse(write_xgboost_json(trees, mixed_features()));
}

TEST(XgboostJson, SaysWhatOnlyTheLibraryReads) {
  const json model = small_model(), tree = model["learner"]["gradient_booster"]["model"]["trees"][0];
  EXPECT_EQ(tree["parents"], json({2147483647, 0, 0, 1, 1}));
  EXPECT_EQ(tree["split_type"], json({1, 0, 0, 0, 0}));
  EXPECT_EQ(tree["tree_param"]["num_feature"], "6");
  EXPECT_EQ(tree["tree_param"]["num_nodes"], "5");
  EXPECT_EQ(model["learner"]["learner_model_param"]["num_feature"], "6");
  EXPECT_EQ(model["version"], json({1, 7, 4}));
}

std::string refusal(const std::string& text, const std::vector<XgboostFeature>& features = mixed_features()) {
  try {
    read_xgboost_json(text, features);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    const std::string before = "this is no tree model that kohort can read: ";
    EXPECT_TRUE(e.problem().starts_with(before)) << e.problem();
    EXPECT_FALSE(e.mend().empty());
    return e.problem().substr(before.size());
  }
  return "read";
}

/// Up to 3.0 the library writes NaN, which is no JSON, as the threshold of a split by a set.
TEST(XgboostJson, TakesNoThresholdOfASetAndOfNothingElse) {
  json model = small_model();
  const TreeEnsemble trees = read_xgboost_json(model.dump(), mixed_features());
  model["learner"]["attributes"]["note"] = "NaN \"NaN\" \\";
  const std::string text = model.dump(), nine = "\"split_conditions\":[9.0,0.5,0.0",
                    list = "\"split_conditions\":[";
  const auto with = [&](const std::string& numbers) {
    std::string changed = text;
    return changed.replace(changed.find(nine), nine.size(), list + numbers);
  };
  TreeEnsemble expected = trees;
  expected.nodes[0].value = 0;
  EXPECT_EQ(read_xgboost_json(with("NaN,0.5,0.0"), mixed_features()), expected);
  EXPECT_EQ(read_xgboost_head(with("NaN,0.5,0.0")).attributes.at("note"), "NaN \"NaN\" \\");
  for (const char* numbers : {"9.0,NaN,0.0", "9.0,0.5,NaN"})
    EXPECT_EQ(refusal(with(numbers)), "a number is out of range") << numbers;
}

/// What dart multiplies trees by, where versions put it.
TEST(XgboostJson, PutsTheWeightsOfTreesIntoTheirLeaves) {
  const auto features = mixed_features();
  const RandomTrees random{Objective::Logistic, features, 3, Stream{6}};
  const float weights[] = {0.5F, 1, 0.3F};
  TreeEnsemble expected = random.trees;
  for (std::size_t t = 0; t < 3; ++t)
    for (std::size_t i = expected.roots[t]; i < (t < 2 ? expected.roots[t + 1] : expected.nodes.size());
         ++i) {
      if (expected.nodes[i].left < 0) expected.nodes[i].value *= weights[t];
      expected.nodes[i].weight *= weights[t];
    }
  const json plain = json::parse(write_xgboost_json(random.trees, features));
  json to_3_2 = plain, of_3_3 = plain, since_3_4 = plain, bad = plain;
  to_3_2["learner"]["gradient_booster"] = {{"name", "dart"},
                                           {"gbtree", plain["learner"]["gradient_booster"]}};
  for (json* holder :
       {&to_3_2["learner"]["gradient_booster"], &of_3_3["learner"]["gradient_booster"],
        &since_3_4["learner"]["gradient_booster"]["model"], &bad["learner"]["gradient_booster"]})
    (*holder)["weight_drop"] = weights;
  for (const json& file : {to_3_2, of_3_3, since_3_4})
    EXPECT_EQ(read_xgboost_json(file.dump(), features), expected) << file["learner"]["gradient_booster"];
  for (const json& weight : {json{1, 1}, json{1, 1, 1e300}}) {
    bad["learner"]["gradient_booster"]["weight_drop"] = weight;
    EXPECT_THROW(read_xgboost_json(bad.dump(), features), Error) << weight;
  }
}

TEST(XgboostJson, KeepsTheSignOfAZero) {
  const auto features = mixed_features();
  RandomTrees random{Objective::SquaredError, features, 1, Stream{6}};
  random.trees.base_score = -0.0F;
  for (TreeNode& node : random.trees.nodes) node.value = node.weight = -0.0F;
  const TreeEnsemble again = read_xgboost_json(write_xgboost_json(random.trees, features), features);
  EXPECT_TRUE(std::signbit(again.base_score));
  for (const TreeNode& node : again.nodes) EXPECT_TRUE(std::signbit(node.value) && std::signbit(node.weight));
}

/// What is said when `damage` was done to the small model's learner, its model or its tree.
template <class Damage>
std::string after(Damage damage, Objective objective = Objective::SquaredError) {
  json model = small_model(objective);
  json& learner = model["learner"];
  json& booster = learner["gradient_booster"]["model"];
  damage(learner, booster, booster["trees"][0]);
  return refusal(model.dump());
}

TEST(XgboostJsonRefusal, LeavesGoodModelsAlone) {
  for (const Objective objective : kObjectives)
    EXPECT_EQ(after([](json&, json&, json&) {}, objective), "read");
  EXPECT_EQ(after([](json&, json&, json& tree) {
              for (json& side : tree["default_left"]) side = side == 1;  // as 1.x wrote it
            }),
            "read");
  EXPECT_EQ(after([](json&, json&, json& tree) {
              tree.erase("parents");
              tree.erase("split_type");
              tree.erase("tree_param");
            }),
            "read")
      << "nothing reads them";
}

TEST(XgboostJsonRefusal, NamesTheObjectiveAndItsParameters) {
  EXPECT_EQ(after([](json& l, json&, json&) { l["objective"]["name"] = "rank:pairwise"; }),
            "its objective is rank:pairwise");
  EXPECT_EQ(after([](json& l, json&, json&) { l["objective"]["name"] = "of a person: 1931-07-23"; }),
            "unknown objective")
      << "no text that is no plain word";
  for (const char* power : {"1", "2", "0.5", "many", "", "nan", "inf"})
    EXPECT_EQ(
        after([&](json& l, json&,
                  json&) { l["objective"]["tweedie_regression_param"]["tweedie_variance_power"] = power; },
              Objective::Tweedie),
        "tweedie_variance_power does not lie between 1 and 2")
        << power;
  const auto with_base = [](const char* score, Objective objective) {
    return after([&](json& l, json&, json&) { l["learner_model_param"]["base_score"] = score; }, objective);
  };
  for (const char* score :
       {"", "much", "nan", "inf", "-inf", "1e39", "-1e300", "[]", "[5E-1", "5E-1]", "[[1]]"})
    EXPECT_EQ(with_base(score, Objective::SquaredError), "base_score is no number") << score;
  EXPECT_EQ(with_base("-7e37", Objective::SquaredError), "read");
  EXPECT_EQ(with_base("[5E-1]", Objective::Logistic), "read") << "as 3.1 writes it";
  EXPECT_EQ(with_base("[5E-1,5E-1]", Objective::Logistic), "it has more than one output");
  for (const char* score : {"0", "1", "-0.5", "1e-60"})
    EXPECT_EQ(with_base(score, Objective::Logistic), "base_score does not belong to the objective") << score;
  for (const char* score : {"0", "-1"})
    EXPECT_EQ(with_base(score, Objective::Poisson), "base_score does not belong to the objective") << score;
  EXPECT_EQ(after([](json&, json& b, json&) { b["tree_info"] = {1}; }), "it has more than one output");
}

TEST(XgboostJsonRefusal, NamesOtherBoostersAndSeveralOutputs) {
  EXPECT_EQ(after([&](json& l, json&, json&) { l["gradient_booster"]["name"] = "gblinear"; }),
            "its booster is gblinear");
  EXPECT_EQ(refusal(R"({"learner": {"gradient_booster": {"name": "gblinear", "model": {}}}})"),
            "its booster is gblinear")
      << "before its trees are missed";
  const std::string several = "it has more than one output";
  EXPECT_EQ(after([](json& l, json&, json&) { l["learner_model_param"]["num_class"] = "3"; }), several);
  EXPECT_EQ(after([](json& l, json&, json&) { l["learner_model_param"]["num_target"] = "2"; }), several);
  EXPECT_EQ(after([](json&, json&, json& t) { t["tree_param"]["size_leaf_vector"] = "2"; }), several);
  for (const char* one : {"0", "1"})
    EXPECT_EQ(after([&](json&, json&, json& t) { t["tree_param"]["size_leaf_vector"] = one; }), "read");
}

/// A forest of three trees of one leaf or a split.
TreeEnsemble small_forest() {
  TreeEnsemble trees;
  trees.average = true;
  trees.nodes.resize(5);
  trees.nodes[0].value = trees.nodes[0].weight = 3;
  trees.nodes[1] = {.left = 2, .right = 3, .value = 0.5F, .weight = 2};
  trees.nodes[2].value = trees.nodes[2].weight = -1;
  trees.nodes[3].value = trees.nodes[3].weight = 5;
  trees.nodes[4].value = trees.nodes[4].weight = 1;
  trees.roots = {0, 1, 4};
  return trees;
}

TEST(XgboostJson, GivesAForestsLeavesSharesThatAddUpToTheMean) {
  const std::vector<float> shares = leaf_shares(small_forest());
  EXPECT_NEAR(shares[0] + shares[2] + shares[4], 1, 1e-6);
  EXPECT_NEAR(shares[0] + shares[3] + shares[4], 3, 1e-6);
  EXPECT_LT(std::abs(shares[0] + shares[2]), 1.5) << "the middle, 2, comes with the last tree";
}

TEST(XgboostJson, MakesAnAverageOnlyOfAnAverage) {
  const TreeEnsemble forest = small_forest();
  const auto features = mixed_features();
  const TreeEnsemble sum = read_xgboost_json(write_xgboost_json(forest, features), features);
  TreeEnsemble again = sum;
  read_as_average(again, Objective::SquaredError);
  EXPECT_EQ(again, forest);
  const auto refused = [](TreeEnsemble trees) {
    try {
      read_as_average(trees, Objective::SquaredError);
    } catch (const Error& e) {
      return e.problem().substr(e.problem().find(": ") + 2);
    }
    return std::string{"read"};
  };
  const std::string changed = "its leaves are not those of a mean: trees were added or changed";
  TreeEnsemble more = sum;
  more.roots.push_back(5);
  more.nodes.emplace_back();
  EXPECT_EQ(refused(more), changed) << "trained on by the library";
  TreeEnsemble other = sum;
  other.nodes[3].value += 0.5F;
  EXPECT_EQ(refused(other), changed);
  other = sum;
  other.base_score = 1;
  EXPECT_EQ(refused(other), "its trees are no average");
  EXPECT_EQ(refused({}), "its trees are no average");
}

TEST(XgboostJsonRefusal, NamesListsOfDifferentLength) {
  EXPECT_EQ(after([](json&, json&, json& t) {
              for (json& list : t) list = json::array();
            }),
            "a tree's lists differ in length")
      << "no nodes";
  for (const char* list : {"left_children", "right_children", "split_indices", "split_conditions",
                           "default_left", "loss_changes", "sum_hessian", "base_weights"}) {
    EXPECT_EQ(after([&](json&, json&, json& t) { t[list].push_back(0); }), "a tree's lists differ in length");
    EXPECT_EQ(after([&](json&, json&, json& t) { t[list] = json::array(); }),
              "a tree's lists differ in length");
  }
  for (const char* list : {"categories_segments", "categories_sizes", "categories_nodes"})
    EXPECT_EQ(after([&](json&, json&, json& t) { t[list].push_back(0); }), "sets of levels differ in length");
}

TEST(XgboostJsonRefusal, NamesNodesThatPointOutsideOrBackwards) {
  for (const char* list : {"left_children", "right_children"})
    for (const std::int64_t child : {0, 5, 6, 2147483647})
      EXPECT_EQ(after([&](json&, json&, json& t) { t[list][0] = child; }), "a node points outside its tree");
  EXPECT_EQ(after([&](json&, json&, json& t) { t["right_children"][1] = -1; }),
            "a node points outside its tree");
  EXPECT_EQ(after([&](json&, json&, json& t) { t["left_children"][0] = 2; }),
            "a node's children do not lie side by side");
  EXPECT_EQ(after([&](json&, json&, json& t) {
              t["left_children"][2] = 3;
              t["right_children"][2] = 4;
            }),
            "a node has two parents");
  EXPECT_EQ(after([&](json&, json&, json& t) {
              t["left_children"][1] = 2;
              t["right_children"][1] = 3;
            }),
            "a node has two parents");
  for (const std::int64_t feature : {-1, 6, 2147483647})
    EXPECT_EQ(after([&](json&, json&, json& t) { t["split_indices"][0] = feature; }),
              "a node uses an unknown feature");
}

TEST(XgboostJsonRefusal, NamesSetsOutOfPlace) {
  const auto with = [](const char* list, std::int64_t value) {
    return after([&](json&, json&, json& t) { t[list][0] = value; });
  };
  EXPECT_EQ(with("categories_nodes", 5), "a set of levels belongs to no node");
  EXPECT_EQ(with("categories_nodes", 1),
            "it splits categories by their codes, and says nowhere which levels those are")
      << "a number's node";
  json model = small_model();
  model["learner"]["gradient_booster"]["model"]["trees"][0]["categories_nodes"][0] = 2;
  EXPECT_EQ(refusal(model.dump(), {{"area", 3}, {"place", 9}}), "a set of levels belongs to no category")
      << "a leaf";
  EXPECT_EQ(after([](json&, json&, json& t) {
              for (const char* list : {"categories_nodes", "categories_segments", "categories_sizes"})
                t[list].push_back(t[list][0]);
            }),
            "a set of levels belongs to no category")
      << "the same node twice";
  EXPECT_EQ(with("categories_segments", 3), "a set of levels lies outside the list");
  EXPECT_EQ(with("categories_segments", 1), "a set of levels lies outside the list");
  EXPECT_EQ(with("categories_sizes", 3), "a set of levels lies outside the list");
  EXPECT_EQ(with("categories_sizes", 0), "a set of levels is empty");
  EXPECT_EQ(with("categories", 3), "a set names a level its feature has not");
  for (const char* list : {"categories_nodes", "categories_segments", "categories_sizes", "categories"})
    EXPECT_EQ(with(list, -1), "a number is out of range") << list;
}

TEST(XgboostJsonRefusal, NamesSetsBeyondTwoGibibytes) {
  for (const std::size_t levels : {std::size_t{1} << 40, std::numeric_limits<std::size_t>::max()})
    EXPECT_EQ(refusal(small_model().dump(), {{"age"}, {"area", levels}}), "its sets of levels are too large");
}

TEST(XgboostJsonRefusal, NamesNumbersOutOfRange) {
  for (const char* list : {"left_children", "right_children", "split_indices", "default_left",
                           "categories_nodes", "categories_segments", "categories_sizes", "categories"}) {
    for (const json& value :
         {json(1e300), json(-1e300), json(0.5), json(4'000'000'000U),
          json(std::numeric_limits<std::uint64_t>::max()), json(std::numeric_limits<std::int64_t>::min())})
      EXPECT_EQ(after([&](json&, json&, json& t) { t[list][0] = value; }), "a number is out of range")
          << list << " " << value.dump();
  }
  for (const char* list : {"split_conditions", "loss_changes", "sum_hessian", "base_weights"})
    for (const double value : {1e39, -1e300})
      EXPECT_EQ(after([&](json&, json&, json& t) { t[list][0] = value; }), "a number is out of range")
          << list;
}

TEST(XgboostJsonRefusal, SaysWhenAPartIsMissingOrOfTheWrongType) {
  const std::string wrong = "a part is missing or of the wrong type";
  for (const char* text : {"", "{", "[]", "{}", "null", "7", "\"text\"", "{\"learner\":1}", "[1,2"})
    EXPECT_EQ(refusal(text), wrong) << text;
  EXPECT_EQ(refusal(std::string(100'000, '[')), wrong);
  for (const char* key : {"objective", "learner_model_param", "gradient_booster"}) {
    EXPECT_EQ(after([&](json& l, json&, json&) { l.erase(key); }), wrong) << key;
    EXPECT_EQ(after([&](json& l, json&, json&) { l[key] = 3; }), wrong) << key;
  }
  EXPECT_EQ(after([](json& l, json&, json&) { l["objective"]["name"] = 3; }), wrong);
  EXPECT_EQ(after([](json& l, json&, json&) { l["learner_model_param"]["base_score"] = 0.5; }), wrong);
  EXPECT_EQ(after([](json& l, json&, json&) { l["objective"].erase("tweedie_regression_param"); },
                  Objective::Tweedie),
            wrong);
  for (const char* key : {"trees", "tree_info"})
    EXPECT_EQ(after([&](json&, json& b, json&) { b.erase(key); }), wrong) << key;
  for (const char* key : {"left_children", "right_children", "split_indices", "split_conditions",
                          "default_left", "loss_changes", "sum_hessian", "base_weights", "categories",
                          "categories_segments", "categories_sizes"}) {
    EXPECT_EQ(after([&](json&, json&, json& t) { t.erase(key); }), wrong) << key;
    for (const json& value : {json("text"), json::array({1}), json::object()})
      EXPECT_EQ(after([&](json&, json&, json& t) { t[key][0] = value; }), wrong) << key << value.dump();
    const bool threshold = std::string_view{key} == "split_conditions";  // the first node has a set instead
    EXPECT_EQ(after([&](json&, json&, json& t) { t[key][0] = nullptr; }), threshold ? "read" : wrong) << key;
  }
}

}  // namespace
}  // namespace kohort
