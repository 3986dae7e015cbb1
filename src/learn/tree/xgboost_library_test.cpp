// The official library reads what we write and predicts the same numbers.

#include "learn/tree/xgboost_library.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "learn/engines.hpp"
#include "learn/settings.hpp"
#include "learn/testing.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/testing.hpp"
#include "learn/xgboost_model.hpp"

namespace kohort {
namespace {

/// Predictions of the library and ours, 1e-6 apart relative to their size: both in 32 bits, with their own
/// exponential.
void expect_same_predictions(const TreeEnsemble& trees, const std::vector<XgboostFeature>& features,
                             const std::vector<float>& rows) {
  XgboostLibrary library{write_xgboost_json(trees, features)};
  const std::vector<float> theirs = library.predict(rows, features);
  ASSERT_EQ(theirs.size() * features.size(), rows.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const double ours = trees.predict(std::span{rows}.subspan(i * features.size(), features.size()));
    ASSERT_NEAR(ours, theirs[i], 1e-6 * std::abs(theirs[i])) << "row " << i;
  }
}

std::vector<float> flat(const std::vector<std::vector<float>>& rows) {
  std::vector<float> out;
  for (const auto& row : rows) out.insert(out.end(), row.begin(), row.end());
  return out;
}

constexpr Objective kObjectives[] = {Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                     Objective::Tweedie};

TEST(XgboostLibrary, PredictsAsWeDoFromRandomTrees) {
  const auto features = mixed_features();
  for (const Objective objective : kObjectives) {
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
      SCOPED_TRACE(std::string{to_text(objective)} + ", seed " + std::to_string(seed));
      const RandomTrees random{objective, features, seed, Stream{seed}};
      const auto rows = random_rows(features, random.trees, 100, Stream{seed}.child("rows"));
      expect_same_predictions(random.trees, features, flat(rows));
    }
  }
}

/// Rows of features as our encoding gives them.
std::vector<float> encoded(const TreeEncoding& encoding, const Matrix& matrix, const RowList& rows) {
  std::vector<float> cells(rows.size() * encoding.features());
  EncodedMatrix{encoding, matrix}.fill(rows, cells);
  return cells;
}

/// A mean of trees is a sum of shares to the library, 500 of them added up in floats: within 1e-6 of the
/// range of the outcome.
TEST(XgboostLibrary, PredictsTheMeanOfAForest) {
  const MixedProblem p{400};
  Workers workers{1};
  ForestSettings settings;
  settings.max_features = "sqrt";
  settings.n_estimators = 500;
  for (const Problem& problem : {p.counts(), p.events()}) {
    const TreeModel model = fit_forest(problem, settings, Stream{1}, workers);
    XgboostLibrary library{write_xgboost_json(model.trees, xgboost_features(model.encoding))};
    const std::vector<float> theirs =
        library.predict(encoded(model.encoding, p.matrix, p.rows), xgboost_features(model.encoding));
    const std::vector<double> ours = predict(model, p.matrix, p.rows, workers);
    const double range = std::ranges::max(problem.outcome) - std::ranges::min(problem.outcome);
    for (std::size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], theirs[i], 1e-6 * range);
  }
}

/// Whatever an outcome is large by, and where all trees say the same.
TEST(XgboostLibrary, PredictsTheMeanOfLargeSmallAndConstantForests) {
  const auto features = mixed_features();
  for (const double scale : {1e-20, 1.0, 1e20, 0.0}) {
    RandomTrees random{Objective::SquaredError, features, 500, Stream{8}};
    TreeEnsemble& trees = random.trees;
    trees.average = true;
    trees.base_score = trees.base_margin = 0;
    for (TreeNode& node : trees.nodes)
      if (node.left < 0) node.value = node.weight = static_cast<float>(scale * (node.value > 0 ? 1 : 0.3));
    const auto rows = flat(random_rows(features, trees, 200, Stream{9}));
    XgboostLibrary library{write_xgboost_json(trees, features)};
    const std::vector<float> theirs = library.predict(rows, features);
    for (std::size_t i = 0; i < theirs.size(); ++i)
      ASSERT_NEAR(trees.predict(std::span{rows}.subspan(i * features.size(), features.size())), theirs[i],
                  1e-6 * scale);
  }
}

/// Numbers with missing and infinite cells, and categories of 3 and 100 levels with missing cells.
struct CategoryProblem {
  Matrix matrix;
  std::vector<double> count, event, amount;
  RowList rows;

  explicit CategoryProblem(std::size_t n, Stream stream = Stream{12}) : rows(all_rows(n)) {
    const MixedProblem mixed{n, stream};
    MatrixBuilder builder{n};
    for (std::size_t j = 0; j < mixed.matrix.columns(); ++j) {
      std::vector<float> cells(n);
      for (std::uint32_t i = 0; i < n; ++i) cells[i] = mixed.matrix.column(j).at(i);
      builder.add(mixed.matrix.column(j).info, cells);
    }
    ColumnInfo place{"place", ColumnKind::Category, {}};
    for (int k = 0; k < 100; ++k) place.levels.push_back("p" + std::to_string(k));
    std::vector<float> cells(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t level = stream.child("place").below(i, 100);
      cells[i] = stream.child("gap").uniform(i) < 0.1 ? std::nanf("") : static_cast<float>(level);
      const double extra = level % 3 == 0 ? 1.5 : 0;
      count.push_back(mixed.count[i] + static_cast<double>(stream.child("more").poisson(i, extra)));
      event.push_back(count[i] > 1 ? 1 : 0);
      amount.push_back(count[i] * (0.5 + stream.child("size").uniform(i)));
    }
    builder.add(place, cells);
    matrix = builder.finish();
  }
  Problem problem(Objective objective) const {
    const auto& outcome = objective == Objective::Logistic  ? event
                          : objective == Objective::Tweedie ? amount
                                                            : count;
    return {matrix, outcome, rows, objective};
  }
};

bool splits_by_sets(const TreeEnsemble& trees) {
  return std::ranges::any_of(trees.nodes, [](const TreeNode& node) { return node.first_word >= 0; });
}

TEST(XgboostLibrary, PredictsAsWeDoFromFittedTrees) {
  const CategoryProblem p{1500};
  Workers workers{1};
  for (const Objective objective : kObjectives) {
    for (const char* encoding : {"sets", "report", "ordinal"}) {
      SCOPED_TRACE(std::string{to_text(objective)} + ", " + encoding);
      const auto settings = read_settings<BoostingSettings>({{"n_estimators", "30"}, {"encoding", encoding}});
      const TreeModel model = fit_boosting(p.problem(objective), settings, Stream{1}, workers);
      EXPECT_EQ(splits_by_sets(model.trees), std::string{encoding} == "sets");
      const auto features = xgboost_features(model.encoding);
      std::vector<float> rows(p.rows.size() * features.size());
      EncodedMatrix{model.encoding, p.matrix}.fill(p.rows, rows);
      expect_same_predictions(model.trees, features, rows);
    }
  }
}

/// One tree that sets the missing cells of a category apart.
TreeModel missing_apart(const std::vector<float>& cells, const std::vector<std::string>& levels) {
  std::vector<double> y;
  for (const float x : cells) y.push_back(std::isnan(x) ? 5 : 1);
  MatrixBuilder builder{cells.size()};
  builder.add({"area", ColumnKind::Category, levels}, cells);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(cells.size());
  const auto settings = read_settings<BoostingSettings>(
      {{"n_estimators", "1"}, {"max_cat_to_onehot", "1"}, {"learning_rate", "1"}, {"reg_lambda", "0"}});
  Workers workers{1};
  const TreeModel model = fit_boosting({matrix, y, rows}, settings, Stream{1}, workers);
  const auto fitted = predict(model, matrix, rows, workers);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(fitted[i], y[i], 1e-6);
  return model;
}

TEST(XgboostLibrary, ReadsASplitOfMissingAgainstAllLevels) {
  const float gone = std::nanf("");
  for (const auto& [cells, levels] : std::vector<std::pair<std::vector<float>, std::vector<std::string>>>{
           {{gone, 0, 1, 2, 0}, {"N", "S", "W"}},
           {{gone, 0, 0, 2, 2}, {"N", "S", "W"}},  // nobody in the south: goes with missing
           {{0, 0, gone, 0}, {"N"}}}) {
    const TreeModel model = missing_apart(cells, levels);
    ASSERT_EQ(model.trees.nodes.size(), 3);
    const auto features = xgboost_features(model.encoding);
    expect_same_predictions(model.trees, features, cells);
    EXPECT_EQ(read_xgboost_json(write_xgboost_json(model.trees, features), features), model.trees);
  }
}

TEST(XgboostLibrary, ReadsNamesOfAnyLetters) {
  std::vector<XgboostFeature> features = mixed_features();
  features[0].name = "ålder \"år\" \\ <5>\t[x]\n";
  features[1].name = std::string{"bell\b feed\f one\x01"};
  features[2].name = "";
  const RandomTrees random{Objective::SquaredError, features, 3, Stream{4}};
  const auto rows = random_rows(features, random.trees, 20, Stream{5});
  expect_same_predictions(random.trees, features, flat(rows));
  XgboostLibrary library{write_xgboost_json(random.trees, features)};
  EXPECT_EQ(library.feature_info("feature_name"),
            (std::vector<std::string>{"ålder \"år\" \\ <5> [x] ", "bell  feed  one ", "", "municipality",
                                      "code", "charges"}));
  EXPECT_EQ(library.feature_info("feature_type"),
            (std::vector<std::string>{"float", "c", "float", "c", "c", "float"}));
}

/// What a file holds of ours the library keeps when it saves the model again.
TEST(XgboostLibrary, KeepsOurModelWhole) {
  MatrixBuilder builder{60};
  std::vector<float> number(60), code(60);
  std::vector<double> y;
  for (std::size_t i = 0; i < 60; ++i) {
    number[i] = static_cast<float>(i % 7);
    code[i] = static_cast<float>(i % 4);
    y.push_back(static_cast<double>(i % 7 * (i % 4)));
  }
  builder.add({"C:\\users \\u0041 \"quoted\" 50 % \n", ColumnKind::Count}, number);
  builder.add({"område", ColumnKind::Category, {"\\", "Øst \t", "%41", std::string{"\x01\x7f"}}}, code);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(60);
  Workers workers{1};
  const ModelRecord written{{"outcome", "\"y\""}, {"settings.\\", "\x02"}};
  for (const char* kind : {"random_forest", "boosting"}) {
    const Model model =
        fit_model(engine(kind), {matrix, y, rows}, {{"n_estimators", "5"}}, Stream{1}, workers);
    XgboostLibrary library{to_xgboost_json(model, written)};
    ModelRecord record;
    EXPECT_EQ(from_bytes(library.save(), &record), model) << kind;
    EXPECT_EQ(record, written);
  }
}

/// A model that the library has trained by itself on named numbers, saved, and read by us.
TEST(XgboostLibrary, WritesModelsThatWePredictFrom) {
  const MixedProblem p{500};
  const TreeEncoding encoding = make_tree_encoding(p.matrix, CategoryRule::Report);
  const auto features = xgboost_features(encoding);
  const std::vector<float> cells = encoded(encoding, p.matrix, p.rows);
  MatrixBuilder builder{p.rows.size()};  // of the features, as numbers
  for (std::size_t j = 0; j < features.size(); ++j) {
    std::vector<float> column;
    for (std::size_t i = 0; i < p.rows.size(); ++i) column.push_back(cells[i * features.size() + j]);
    builder.add({features[j].name}, column);
  }
  const Matrix numbers = builder.finish();
  Workers workers{1};
  for (const char* objective : {"reg:squarederror", "binary:logistic", "count:poisson", "reg:tweedie"}) {
    for (const char* trees : {"1", "20"}) {
      SCOPED_TRACE(std::string{objective} + ", trees a round: " + trees);
      const auto& outcome = std::string_view{objective} == "binary:logistic" ? p.event : p.count;
      XgboostLibrary library{cells,
                             features,
                             outcome,
                             {{"objective", objective}, {"num_parallel_tree", trees}, {"subsample", "0.6"}},
                             10};
      const Model model = from_bytes(library.save());
      const std::vector<float> theirs = library.predict(cells, features);
      const std::vector<double> ours = predict(model, numbers, p.rows, workers);
      for (std::size_t i = 0; i < ours.size(); ++i)
        ASSERT_NEAR(ours[i], theirs[i], 1e-6 * (1 + std::abs(theirs[i])));
      EXPECT_EQ(from_bytes(to_bytes(model)), model);
      EXPECT_EQ(from_bytes(to_xgboost_json(model)), model);
    }
  }
}

/// What a later version would have saved: a threshold for splits by sets, which have none, and `change`.
template <class Change>
std::string saved_later(XgboostLibrary& library, Change change) {
  std::string text = library.save();
  for (std::size_t at = 0; (at = text.find("NaN", at)) != text.npos;) text.replace(at, 3, "1E-45");
  nlohmann::json model = nlohmann::json::parse(text);
  change(model["learner"]);
  return model.dump();
}

/// `cats` as CatContainer::Save of 3.1 writes them for a data frame of these columns.
nlohmann::json cats_of(const std::vector<ColumnInfo>& columns) {
  nlohmann::json enc = nlohmann::json::array(), segments{0}, sorted = nlohmann::json::array();
  for (const ColumnInfo& column : columns) {
    std::vector<int> offsets, values, order;
    for (const std::string& level : column.levels) {
      if (offsets.empty()) offsets.push_back(0);
      for (const char byte : level) values.push_back(static_cast<signed char>(byte));
      offsets.push_back(static_cast<int>(values.size()));
      order.push_back(static_cast<int>(order.size()));
    }
    std::ranges::sort(order, {}, [&](int k) { return column.levels[static_cast<std::size_t>(k)]; });
    for (const int k : order) sorted.push_back(k);
    enc.push_back({{"offsets", offsets}, {"values", values}});
    segments.push_back(sorted.size());
  }
  return {{"enc", enc}, {"feature_segments", segments}, {"sorted_idx", sorted}};
}

/// A matrix with the levels of its categories in the opposite order.
Matrix turned(const Matrix& matrix) {
  MatrixBuilder builder{matrix.rows()};
  for (std::size_t j = 0; j < matrix.columns(); ++j) {
    const MatrixColumn& column = matrix.column(j);
    ColumnInfo info = column.info;
    std::ranges::reverse(info.levels);
    std::vector<float> cells;
    for (std::uint32_t i = 0; i < matrix.rows(); ++i) {
      const float x = column.at(i), last = static_cast<float>(info.levels.size()) - 1;
      cells.push_back(info.kind == ColumnKind::Category && !std::isnan(x) ? last - x : x);
    }
    builder.add(info, cells);
  }
  return builder.finish();
}

/// Trained by the library on codes; with the levels a data frame would have left in the file of 3.1, our
/// table may have them in another order.
TEST(XgboostLibrary, SplitsCategoriesThatWeKnowByTheirLevels) {
  const CategoryProblem p{1500};
  const TreeEncoding encoding = make_tree_encoding(p.matrix, CategoryRule::Sets);
  std::vector<ColumnInfo> columns;
  for (const EncodedColumn& column : encoding.columns) columns.push_back(column.info);
  const auto features = xgboost_features(encoding);
  const std::vector<float> cells = encoded(encoding, p.matrix, p.rows);
  Workers workers{1};
  for (const char* most_alone : {"1", "200"}) {
    XgboostLibrary library{
        cells, features, p.event, {{"objective", "binary:logistic"}, {"max_cat_to_onehot", most_alone}}, 20};
    const Model model = from_bytes(saved_later(library, [&](nlohmann::json& learner) {
      learner["gradient_booster"]["model"]["cats"] = cats_of(columns);
      auto& score = learner["learner_model_param"]["base_score"];
      score = "[" + score.get<std::string>() + "]";
    }));
    EXPECT_TRUE(splits_by_sets(std::get<TreeModel>(model).trees));
    const std::vector<float> theirs = library.predict(cells, features);
    for (const Matrix& table : {turned(p.matrix), turned(turned(p.matrix))}) {
      const std::vector<double> ours = predict(model, table, p.rows, workers);
      for (std::size_t i = 0; i < ours.size(); ++i)
        ASSERT_NEAR(ours[i], theirs[i], 1e-6);  // both in 32 bits, with their own exponential
    }
  }
}

TEST(XgboostLibrary, WeighsTreesOfDartAsWeDo) {
  const CategoryProblem p{800};
  const TreeEncoding encoding = make_tree_encoding(p.matrix, CategoryRule::Ordinal);
  const auto features = xgboost_features(encoding);
  const std::vector<float> cells = encoded(encoding, p.matrix, p.rows);
  XgboostLibrary library{cells,
                         features,
                         p.count,
                         {{"booster", "dart"}, {"objective", "count:poisson"}, {"rate_drop", "0.5"}},
                         15};
  const std::vector<float> theirs = library.predict(cells, features);
  const TreeEnsemble trees = read_xgboost_json(library.save(), features);
  for (std::size_t i = 0; i < theirs.size(); ++i)
    ASSERT_NEAR(trees.predict(std::span{cells}.subspan(i * features.size(), features.size())), theirs[i],
                1e-6 * (1 + std::abs(theirs[i])));
}

}  // namespace
}  // namespace kohort
