#include "learn/xgboost_model.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

using nlohmann::json;

TreeModel fitted(const char* kind, const SettingValues& settings, const Problem& problem) {
  Workers workers{1};
  return std::get<TreeModel>(fit_model(engine(kind), problem, settings, Stream{1}, workers));
}

std::vector<TreeModel> models_of_every_kind(const MixedProblem& p) {
  std::vector<TreeModel> all;
  for (const char* encoding : {"sets", "report", "ordinal"})
    all.push_back(fitted("boosting", {{"n_estimators", "5"}, {"encoding", encoding}}, p.events()));
  for (const Problem& problem : {p.counts(), p.events()})
    all.push_back(fitted("random_forest", {{"n_estimators", "5"}}, problem));
  return all;
}

TEST(XgboostModel, ComesBackWholeAndIsToldFromOurOwnFormat) {
  const MixedProblem p{200};
  const ModelRecord written{{"outcome", "charges \"of\" 50 %\n"}, {"rows", "200"}};
  for (const TreeModel& model : models_of_every_kind(p)) {
    const std::string text = to_xgboost_json(model, written);
    ModelRecord record;
    EXPECT_EQ(from_bytes(text, &record), Model{model});
    EXPECT_EQ(record, written);
    EXPECT_EQ(from_bytes("\n  " + text), Model{model});
    EXPECT_EQ(to_xgboost_json(from_bytes(text, &record), record), text);
  }
}

TEST(XgboostModel, HoldsNoLinearModel) {
  try {
    to_xgboost_json(LinearModel{});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Study);
    EXPECT_EQ(e.problem(), "XGBoost's JSON holds trees, and this model is linear");
  }
}

/// A file as XGBoost 2.1 writes it: two trees on age and income, by hand after the documented schema.
json model_of_2_1() {
  return json::parse(R"({
  "learner": {
    "attributes": {"best_iteration": "1", "scikit_learn": "{\"_estimator_type\": \"classifier\"}"},
    "feature_names": ["age", "income"], "feature_types": ["int", "float"],
    "gradient_booster": {"name": "gbtree", "model": {
      "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "2"},
      "iteration_indptr": [0, 1, 2], "tree_info": [0, 0],
      "trees": [
        {"base_weights": [1E-1, -5E-1, 7.5E-1], "categories": [], "categories_nodes": [], "categories_segments": [],
         "categories_sizes": [], "default_left": [1, 0, 0], "id": 0, "left_children": [1, -1, -1],
         "loss_changes": [2.5E0, 0E0, 0E0], "parents": [2147483647, 0, 0], "right_children": [2, -1, -1],
         "split_conditions": [4E1, -5E-1, 7.5E-1], "split_indices": [0, 0, 0], "split_type": [0, 0, 0],
         "sum_hessian": [1E1, 4E0, 6E0],
         "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"}},
        {"base_weights": [0E0, 2.5E-1, -2.5E-1], "categories": [], "categories_nodes": [], "categories_segments": [],
         "categories_sizes": [], "default_left": [0, 0, 0], "id": 1, "left_children": [1, -1, -1],
         "loss_changes": [1.5E0, 0E0, 0E0], "parents": [2147483647, 0, 0], "right_children": [2, -1, -1],
         "split_conditions": [1E2, 2.5E-1, -2.5E-1], "split_indices": [1, 0, 0], "split_type": [0, 0, 0],
         "sum_hessian": [1E1, 5E0, 5E0],
         "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"}}]}},
    "learner_model_param": {"base_score": "5E-1", "boost_from_average": "1", "num_class": "0", "num_feature": "2",
      "num_target": "1"},
    "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}}},
  "version": [2, 1, 3]})");
}

/// The same as 3.1 and later write it.
json model_of_3_1() {
  json model = model_of_2_1();
  model["learner"]["learner_model_param"]["base_score"] = "[5E-1]";
  model["learner"]["gradient_booster"]["model"]["cats"] = {
      {"enc", json::array()}, {"feature_segments", json::array()}, {"sorted_idx", json::array()}};
  model["version"] = {3, 1, 0};
  return model;
}

/// The levels of three features: area S, N, W; income a number; code 30, 7.
json cats_of_3_1() {
  return json::parse(R"({"enc": [{"offsets": [0, 1, 2, 3], "values": [83, 78, 87]},
                                 {"offsets": [], "values": []}, {"type": 15, "values": [30, 7]}],
                         "feature_segments": [0, 3, 3, 5], "sorted_idx": [1, 0, 2, 1, 0]})");
}

/// As 3.1 saves a model trained on a data frame with categories: area N or W, and code 7, go right.
json model_with_categories() {
  json model = model_of_3_1();
  json& learner = model["learner"];
  learner["feature_names"] = {"area", "income", "code"};
  learner["feature_types"] = {"c", "float", "c"};
  learner["learner_model_param"]["num_feature"] = "3";
  json& forest = learner["gradient_booster"]["model"];
  forest["cats"] = cats_of_3_1();
  const auto split_by = [&](std::size_t tree, int feature, const std::vector<int>& right) {
    json& of = forest["trees"][tree];
    of["split_indices"][0] = feature;
    of["split_type"][0] = 1;
    of["categories"] = right;
    of["categories_nodes"] = {0};
    of["categories_segments"] = {0};
    of["categories_sizes"] = {right.size()};
  };
  split_by(0, 0, {1, 2});
  split_by(1, 2, {1});
  return model;
}

/// Levels are found by their text, in whatever order the table has them.
TEST(XgboostModel, Of3_1MeetsTheLevelsOfATableByTheirText) {
  const float gone = std::nanf("");
  MatrixBuilder builder{5};
  builder.add({"area", ColumnKind::Category, {"E", "N", "S", "W"}}, std::vector<float>{1, 2, 3, gone, 0});
  builder.add({"code", ColumnKind::Category, {"30", "7"}}, std::vector<float>{0, 1, 1, gone, 0});
  builder.add({"income"}, std::vector<float>(5));
  const Matrix table = builder.finish();
  const Model model = from_bytes(model_with_categories().dump());
  Workers workers{1};
  PredictionNotes notes;
  const std::vector<double> predicted = predict(model, table, all_rows(5), workers, &notes);
  // N, S, W, missing (left, right) and a level not seen, which is missing; code 30, 7, 7, missing, 30
  const double margins[] = {0.75 + 0.25, -0.5 - 0.25, 0.75 - 0.25, -0.5 - 0.25, -0.5 + 0.25};
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(predicted[i], 1 / (1 + std::exp(-margins[i])), 1e-7) << i;  // one rounding to 32 bits
  EXPECT_EQ(notes.unknown_levels, 1);
  EXPECT_EQ(from_bytes(to_bytes(model)), model);
  EXPECT_EQ(from_bytes(to_xgboost_json(model)), model);
}

TEST(XgboostModel, OfOtherVersionsIsReadByItsNames) {
  MatrixBuilder builder{4};
  builder.add({"income"}, std::vector<float>{50, 100, 150, std::nanf("")});
  builder.add({"unused"}, std::vector<float>(4));
  builder.add({"age", ColumnKind::Count}, std::vector<float>{39, 40, std::nanf(""), 10});
  const Matrix table = builder.finish();
  Workers workers{1};
  for (const json& file : {model_of_2_1(), model_of_3_1()}) {
    const Model model = from_bytes(file.dump());
    EXPECT_EQ(kind_of(model), "boosting");
    EXPECT_EQ(objective_of(model), Objective::Logistic);
    EXPECT_EQ(predictors_of(model), (std::vector<std::string>{"age", "income"}));
    const std::vector<double> predicted = predict(model, table, all_rows(4), workers);
    const double margins[] = {-0.5 + 0.25, 0.75 - 0.25, -0.5 - 0.25, -0.5 - 0.25};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(predicted[i], 1 / (1 + std::exp(-margins[i])), 1e-7);
    EXPECT_EQ(from_bytes(to_bytes(model)), model);
    EXPECT_EQ(from_bytes(to_xgboost_json(model)), model);
  }
}

/// What is said of a file after `damage` to its learner.
template <class Damage>
std::string refusal(json model, Damage damage) {
  damage(model["learner"]);
  try {
    from_bytes(model.dump());
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    const std::string before = "this is no tree model that kohort can read: ";
    EXPECT_TRUE(e.problem().starts_with(before)) << e.problem();
    return e.problem().substr(before.size()) + "; " + e.mend();
  }
  return "read";
}

TEST(XgboostModel, ThatKohortCannotReadIsRefusedByWhatItIs) {
  const auto after = [](auto damage) { return refusal(model_of_3_1(), damage); };
  EXPECT_EQ(after([](json&) {}), "read");
  EXPECT_EQ(after([](json& l) { l["feature_types"] = json::array(); }), "read");
  EXPECT_EQ(after([](json& l) { l["feature_names"] = json::array(); }),
            "its features have no names; give the Booster feature_names, and save it again");
  EXPECT_EQ(
      after([](json& l) { l["feature_names"].push_back("third"); }),
      "its features and their names differ in number; save the model again with the version that made it");
  EXPECT_EQ(
      after([](json& l) { l["feature_types"].push_back("c"); }),
      "its features and their names differ in number; save the model again with the version that made it");
  EXPECT_EQ(after([](json& l) {
              l["gradient_booster"] = {{"name", "gblinear"}, {"model", {{"weights", {1}}}}};
            }),
            "its booster is gblinear; train it with booster=gbtree");
  EXPECT_EQ(after([](json& l) { l["learner_model_param"]["num_class"] = "3"; }),
            "it has more than one output; train one model per outcome");
  EXPECT_EQ(
      after([](json& l) { l["objective"]["name"] = "survival:cox"; }),
      "its objective is survival:cox; kohort reads reg:squarederror, binary:logistic, count:poisson and "
      "reg:tweedie");
  EXPECT_EQ(after([](json& l) {
              l["feature_types"][0] = "c";
              json& tree = l["gradient_booster"]["model"]["trees"][0];
              tree["split_type"][0] = 1;
              for (const char* list : {"categories", "categories_nodes", "categories_segments"})
                tree[list] = {0};
              tree["categories_sizes"] = {1};
            }),
            "it splits categories by their codes, and says nowhere which levels those are; train it with "
            "XGBoost 3.1 or later on a data frame, whose levels it keeps, or on indicators");
  EXPECT_EQ(
      after([](json& l) { l["gradient_booster"]["model"]["cats"] = cats_of_3_1(); }),
      "its features and their names differ in number; save the model again with the version that made it");
  EXPECT_EQ(refusal(model_with_categories(), [](json& l) { l["feature_types"][0] = "float"; }),
            "a feature has levels and is no category; save the model again with the version that made it");
}

TEST(XgboostModel, WithADamagedAttributeIsRefused) {
  const MixedProblem p{100};
  const json model =
      json::parse(to_xgboost_json(fitted("random_forest", {{"n_estimators", "2"}}, p.events())));
  const auto after = [&](auto damage) {
    const std::string said = refusal(model, [&](json& learner) {
      json attribute = json::parse(learner["attributes"]["kohort"].get<std::string>());
      damage(attribute);
      learner["attributes"]["kohort"] = attribute.dump();
    });
    const std::string before = "its attribute 'kohort': ";
    if (said == "read") return said;
    EXPECT_TRUE(said.starts_with(before)) << said;
    return said.substr(before.size(), said.find(';') - before.size());
  };
  EXPECT_EQ(after([](json&) {}), "read");
  EXPECT_EQ(after([](json& a) { a["version"] = 2; }), "written by another version");
  EXPECT_EQ(after([](json& a) { a["kind"] = "lasso"; }), "unknown kind of model");
  EXPECT_EQ(after([](json& a) { a["objective"] = "rank"; }), "unknown objective or encoding");
  EXPECT_EQ(after([](json& a) { a["encoding"] = "hash"; }), "unknown objective or encoding");
  EXPECT_EQ(after([](json& a) { a["average"] = false; }), "its trees have another objective");
  EXPECT_EQ(after([](json& a) { a["columns"][0]["kind"] = "date"; }), "unknown kind of column");
  EXPECT_EQ(after([](json& a) { a["columns"][0]["levels"] = {"N"}; }),
            "levels of a column that is no category");
  EXPECT_EQ(after([](json& a) { a["columns"][0]["name"] = "other"; }),
            "its predictors are not the features of the file");
  EXPECT_EQ(after([](json& a) { a["columns"].push_back(a["columns"][0]); }),
            "its predictors are not the features of the file");
  for (const char* text : {"%", "%4", "%41", "%0a", "%ZZ"})
    EXPECT_EQ(after([&](json& a) { a["record"]["x"] = text; }), "a text is damaged") << text;
  for (const char* key : {"version", "kind", "objective", "average", "encoding", "columns", "record"})
    EXPECT_EQ(after([&](json& a) { a.erase(key); }), "a part is missing or of the wrong type") << key;
  EXPECT_EQ(
      refusal(model, [](json& l) { l["attributes"]["kohort"] = "{"; }),
      "its attribute 'kohort': a part is missing or of the wrong type; write the file again: kohort convert");
}

TEST(XgboostModel, IsWhatFuzzingStartsFrom) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{KOHORT_REFERENCE "/../fuzz/seeds/xgboost"}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    ModelRecord record;
    const Model model = from_bytes(text, &record);
    if (!entry.path().filename().string().starts_with("foreign"))
      EXPECT_EQ(to_xgboost_json(model, record), text) << entry.path().filename();
    EXPECT_LT(text.size(), 4096) << "the most that fuzzing looks at";
    ++count;
  }
  EXPECT_GE(count, 5);
}

TEST(XgboostModel, OtherTextIsNone) {
  for (const char* text : {"{}", "{\"learner\":{}}", "{\"kind\": \"boosting\"}", "{", "{L"})
    EXPECT_THROW(from_bytes(text), Error) << text;
}

}  // namespace
}  // namespace kohort
