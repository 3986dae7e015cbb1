#include "learn/release.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/error.hpp"
#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

/// Rows 0 .. n-1 of columns given as cells.
Matrix matrix_of(std::vector<std::pair<ColumnInfo, std::vector<float>>> columns) {
  MatrixBuilder builder{columns.front().second.size()};
  for (auto& [info, cells] : columns) builder.add(info, cells);
  return builder.finish();
}

const ModelParts& find(const std::vector<ModelParts>& parts, const std::string& what) {
  const auto found = std::ranges::find(parts, what, &ModelParts::what);
  if (found == parts.end()) throw std::runtime_error("no part is called " + what);
  return *found;
}

/// One tree: x below 2, else below 5; area's second level apart from the others where x is below 2.
TreeModel small_tree() {
  const std::vector<ColumnInfo> columns{{"x"}, {"area", ColumnKind::Category, {"N", "S", "W"}}};
  TreeModel model{"boosting", make_tree_encoding(columns, CategoryRule::Sets), {}};
  model.trees.roots = {0};
  model.trees.levels = {0b010};
  model.trees.nodes.resize(7);
  model.trees.nodes[0] = {.left = 1, .right = 2, .feature = 0, .value = 2, .missing_left = true};
  model.trees.nodes[1] = {.left = 3, .right = 4, .feature = 1, .first_word = 0};
  model.trees.nodes[2] = {.left = 5, .right = 6, .feature = 0, .value = 5};
  return model;
}

TEST(Release, CountsTheRowsOfLeavesStepsAndLevels) {
  const float gone = std::nanf("");
  const Matrix table =
      matrix_of({{{"x"}, {0, 1, 1, 2, 4, 5, gone, 1}},
                 {{"area", ColumnKind::Category, {"N", "S", "W"}}, {0, 0, 1, 0, 0, gone, 0, 1}}});
  Workers workers{2};
  const auto parts = count_parts(small_tree(), table, all_rows(8), {}, 3, workers);
  ASSERT_EQ(parts.size(), 3);
  // leaves: below 2 or missing and not S: rows 0, 1, 6; S: 2, 7; below 5: 3, 4; above: 5
  EXPECT_EQ(parts[0], (ModelParts{"leaves", 4, 1, 3}));
  // steps: below 2: 0, 1, 2, 7; below 5: 3, 4; above: 5; missing: 6
  EXPECT_EQ(parts[1], (ModelParts{"steps of column 'x'", 4, 1, 3}));
  // N: 0, 1, 3, 4, 6; S: 2, 7; W nobody; missing: 5
  EXPECT_EQ(parts[2], (ModelParts{"levels of column 'area'", 3, 1, 2}));
  const auto some = count_parts(small_tree(), table, RowList{0, 1, 6}, {}, 3, workers);
  EXPECT_EQ(some[0], (ModelParts{"leaves", 1, 3, 0})) << "training rows only";
}

TEST(Release, CountsTheRowsOfLevelsAndOfCellsOffTheMode) {
  const float gone = std::nanf("");
  const Matrix table =
      matrix_of({{{"charges", ColumnKind::Count}, {0, 0, 0, 0, 0, 7, 0, 3}},
                 {{"area", ColumnKind::Category, {"N", "S", "W"}}, {0, 0, 0, 1, 1, 1, gone, gone}}});
  const std::vector<double> y{0, 1, 2, 3, 4, 5, 6, 7};
  const RowList rows = all_rows(8);
  Workers workers{2};
  const Model model = fit_model(engine("linear"), {table, y, rows}, {}, Stream{1}, workers);
  const auto parts = count_parts(model, table, rows, {}, 3, workers);
  EXPECT_EQ(find(parts, "cells on and off the most frequent value of column 'charges'"),
            (ModelParts{"cells on and off the most frequent value of column 'charges'", 2, 2, 1}));
  EXPECT_EQ(find(parts, "levels of column 'area'"), (ModelParts{"levels of column 'area'", 3, 2, 1}));
}

TEST(Release, CountsTheRowsOfThresholdsAndProducts) {
  const float gone = std::nanf("");
  const Matrix table = matrix_of({{{"charges", ColumnKind::Count}, {0, 0, 0, 0, 0, 7, 1, 3, gone}},
                                  {{"area", ColumnKind::Category, {"N", "S"}}, {0, 0, 0, 0, 1, 1, 1, 0, 0}}});
  const std::vector<double> y{0, 1, 2, 3, 4, 5, 6, 7, 8};
  const RowList rows = all_rows(9);
  const Problem problem{table, y, rows};
  Workers one{1}, two{2};
  const SettingValues settings{
      {"degree", "2"}, {"thresholds", "charges > 0, charges > 2"}, {"interactions", "charges:area"}};
  const Model model = fit_model(engine("linear"), problem, settings, Stream{1}, one);
  const auto parts = count_parts(model, table, rows, {}, 3, two);
  EXPECT_EQ(parts, count_parts(model, table, rows, {}, 3, one));
  ASSERT_EQ(parts.size(), 5);
  // 0: five; up to 2: one; above: two; the missing cell is in none
  const char* steps = "steps between thresholds of column 'charges'";
  EXPECT_EQ(find(parts, steps), (ModelParts{steps, 3, 1, 2}));
  // charges where the area is N: one, and the missing one takes the median, 0; where it is S: two
  const char* products = "rows on and off the most frequent value of 'charges:area'";
  EXPECT_EQ(find(parts, products), (ModelParts{products, 4, 1, 2}));
  const char* squares = "rows on and off the most frequent value of 'charges:charges'";
  EXPECT_EQ(find(parts, squares), (ModelParts{squares, 2, 3, 0}));
}

/// Leaves counted by sending each row down each tree by its prediction alone: leaf values are made unique.
TEST(Release, CountsEveryLeafOfFittedTreesTheSameOnAnyThreads) {
  const MixedProblem p{5000};
  Workers one{1}, seven{7};
  for (const char* kind : {"boosting", "random_forest"}) {
    auto model = std::get<TreeModel>(
        fit_model(engine(kind), p.counts(), {{"n_estimators", "7"}, {"max_depth", "5"}}, Stream{1}, one));
    const auto parts = count_parts(model, p.matrix, p.rows, {}, 10, one);
    EXPECT_EQ(parts, count_parts(model, p.matrix, p.rows, {}, 10, seven));
    for (std::size_t i = 0; i < model.trees.nodes.size(); ++i)
      if (model.trees.nodes[i].left < 0) model.trees.nodes[i].value = static_cast<float>(i);
    std::map<float, std::uint64_t> rows_of;
    const EncodedMatrix encoded{model.encoding, p.matrix};
    std::vector<float> cells(p.rows.size() * encoded.features());
    encoded.fill(p.rows, cells);
    for (std::size_t i = 0; i < p.rows.size(); ++i)
      for (const std::uint32_t root : model.trees.roots)
        ++rows_of[model.trees.leaf_value(
            root, std::span{cells}.subspan(i * encoded.features(), encoded.features()))];
    ModelParts expected{"leaves", rows_of.size(), 10, 0};  // counted up to the minimum
    for (const auto& [leaf, rows] : rows_of) {
      expected.least = std::min(expected.least, rows);
      expected.too_small += rows < 10 ? 1 : 0;
    }
    EXPECT_EQ(parts[0], expected);
  }
}

/// Persons of several rows each, in two orders of the rows.
std::vector<std::uint64_t> persons_of(std::size_t rows, std::uint64_t each, bool together) {
  std::vector<std::uint64_t> persons;
  const std::uint64_t all = rows / each;
  for (std::uint64_t row = 0; row < rows; ++row) persons.push_back(together ? row / each : row % all);
  return persons;
}

TEST(Release, CountsAPersonOnceInAPart) {
  const float gone = std::nanf("");
  const Matrix table =
      matrix_of({{{"x"}, {0, 1, 1, 2, 4, 5, gone, 1}},
                 {{"area", ColumnKind::Category, {"N", "S", "W"}}, {0, 0, 1, 0, 0, gone, 0, 1}}});
  const std::vector<std::uint64_t> persons{7, 7, 7, 8, 9, 9, 9, 8};
  Workers workers{2};
  const auto parts = count_parts(small_tree(), table, all_rows(8), persons, 3, workers);
  // leaves: rows 0, 1, 6 are 7, 9; rows 2, 7 are 7, 8; rows 3, 4 are 8, 9; row 5 is 9
  EXPECT_EQ(parts[0], (ModelParts{"leaves", 4, 1, 4}));
  // steps: rows 0, 1, 2, 7 are 7, 8; 3, 4 are 8, 9; 5 is 9; missing: 6 is 9
  EXPECT_EQ(parts[1], (ModelParts{"steps of column 'x'", 4, 1, 4}));
  // N: rows 0, 1, 3, 4, 6 are 7, 8, 9; S: 2, 7 are 7, 8; missing: 5 is 9
  EXPECT_EQ(parts[2], (ModelParts{"levels of column 'area'", 3, 1, 2}));
}

TEST(Release, CountsAPersonOnceInEveryPartOfARegression) {
  const Matrix table = matrix_of({{{"charges", ColumnKind::Count}, {0, 0, 0, 0, 0, 7, 1, 3}},
                                  {{"area", ColumnKind::Category, {"N", "S"}}, {0, 0, 0, 0, 1, 1, 1, 0}}});
  const std::vector<double> y{0, 1, 2, 3, 4, 5, 6, 7};
  const std::vector<std::uint64_t> persons{1, 2, 3, 1, 4, 4, 4, 5};
  const RowList rows = all_rows(8);
  Workers workers{1};
  const SettingValues settings{{"thresholds", "charges > 0, charges > 2"}, {"interactions", "charges:area"}};
  const Model model = fit_model(engine("linear"), {table, y, rows}, settings, Stream{1}, workers);
  const auto parts = count_parts(model, table, rows, persons, 3, workers);
  const auto expect = [&](const std::string& what, std::uint64_t number, std::uint64_t least,
                          std::uint64_t too_small) {
    EXPECT_EQ(find(parts, what), (ModelParts{what, number, least, too_small}));
  };
  expect("cells on and off the most frequent value of column 'charges'", 2, 2, 1);  // 1, 2, 3, 4; 4, 5
  expect("levels of column 'area'", 2, 1, 1);                                       // N: 1, 2, 3, 5; S: 4
  expect("steps between thresholds of column 'charges'", 3, 1, 2);                  // 1, 2, 3, 4; 4; 4, 5
  // where the area is N: 5, the others all; where it is S: 4, the others all
  expect("rows on and off the most frequent value of 'charges:area'", 4, 1, 2);
}

/// The slow way: a set of persons per leaf.
TEST(Release, CountsThePersonsOfEveryLeafInAnyOrderOfRows) {
  const MixedProblem p{3000};
  Workers one{1}, three{3};
  auto model =
      std::get<TreeModel>(fit_model(engine("boosting"), p.counts(), {{"n_estimators", "5"}}, Stream{1}, one));
  for (std::size_t i = 0; i < model.trees.nodes.size(); ++i)
    if (model.trees.nodes[i].left < 0) model.trees.nodes[i].value = static_cast<float>(i);
  const EncodedMatrix encoded{model.encoding, p.matrix};
  std::vector<float> cells(p.rows.size() * encoded.features());
  encoded.fill(p.rows, cells);
  for (const bool together : {true, false}) {
    for (const std::uint64_t minimum : {2, 10, 400}) {
      const auto persons = persons_of(3000, 5, together);
      std::map<float, std::set<std::uint64_t>> persons_in;
      for (std::size_t i = 0; i < p.rows.size(); ++i)
        for (const std::uint32_t root : model.trees.roots)
          persons_in[model.trees.leaf_value(
                         root, std::span{cells}.subspan(i * encoded.features(), encoded.features()))]
              .insert(persons[i]);
      ModelParts expected{"leaves", persons_in.size(), minimum, 0};
      for (const auto& [leaf, in] : persons_in) {
        expected.least = std::min<std::uint64_t>(expected.least, in.size());
        expected.too_small += in.size() < minimum ? 1 : 0;
      }
      const auto parts = count_parts(model, p.matrix, p.rows, persons, minimum, one);
      EXPECT_EQ(parts[0], expected);
      EXPECT_EQ(parts, count_parts(model, p.matrix, p.rows, persons, minimum, three));
    }
  }
}

/// Thresholds 2 and 5, and 3 in between: with two persons a step at least, 3 moves to 5.
TEST(Release, JoinsStepsOfTooFewPersonsToTheNext) {
  TreeModel model = small_tree();
  const TreeModel before = model;
  model.trees.nodes[5] = {.left = 7, .right = 8, .feature = 0, .value = 3};
  model.trees.nodes.resize(9);
  const Matrix table =
      matrix_of({{{"x"}, {0, 1, 2, 2, 4, 4, 6, 7}},
                 {{"area", ColumnKind::Category, {"N", "S", "W"}}, {0, 0, 0, 0, 0, 0, 0, 0}}});
  const std::vector<std::uint64_t> persons{1, 2, 3, 3, 4, 5, 6, 7};  // 2 to 3: one person twice
  Workers workers{2};
  EXPECT_EQ(join_steps(model, table, all_rows(8), persons, 2, workers),
            (std::vector<JoinedSteps>{{"x", 3, 1}}));
  EXPECT_EQ(model.trees.nodes[0].value, 2);
  EXPECT_EQ(model.trees.nodes[5].value, 5);
  EXPECT_EQ(
      find(count_parts(model, table, all_rows(8), persons, 2, workers), "steps of column 'x'").too_small, 0);
  TreeModel by_rows = before;
  EXPECT_EQ(join_steps(by_rows, table, all_rows(8), {}, 2, workers), std::vector<JoinedSteps>{});
  EXPECT_EQ(by_rows, before);
  TreeModel top = before;  // above 5: too few, joined to below
  EXPECT_EQ(join_steps(top, table, all_rows(7), persons, 2, workers),
            (std::vector<JoinedSteps>{{"x", 2, 1}}));
  EXPECT_EQ(top.trees.nodes[2].value, 2);
  TreeModel few = before;
  EXPECT_EQ(join_steps(few, table, all_rows(8), persons, 9, workers), std::vector<JoinedSteps>{});
  EXPECT_EQ(few, before) << "no step of nine persons can be made";
}

TEST(Release, JoinsStepsOfFittedTreesWhateverThePersons) {
  const MixedProblem p{3000};
  Workers one{1}, three{3};
  for (const bool together : {true, false}) {
    auto model = std::get<TreeModel>(
        fit_model(engine("boosting"), p.counts(), {{"n_estimators", "10"}}, Stream{1}, one));
    const auto persons = persons_of(3000, 5, together);
    const auto small_steps = [&] {
      std::uint64_t small = 0;
      for (const ModelParts& part : count_parts(model, p.matrix, p.rows, persons, 20, one))
        if (part.what.starts_with("steps")) small += part.too_small;
      return small;
    };
    EXPECT_GT(small_steps(), 0);
    TreeModel again = model;
    EXPECT_FALSE(join_steps(model, p.matrix, p.rows, persons, 20, one).empty());
    EXPECT_EQ(small_steps(), 0);
    join_steps(again, p.matrix, p.rows, persons, 20, three);
    EXPECT_EQ(again, model);
    EXPECT_TRUE(join_steps(again, p.matrix, p.rows, persons, 20, one).empty()) << "once is enough";
  }
}

TEST(Release, OfATableThatLacksAPredictorIsRefused) {
  const Matrix table = matrix_of({{{"x"}, {0, 1}}});
  Workers workers{1};
  EXPECT_THROW(count_parts(small_tree(), table, RowList{0, 1}, {}, 3, workers), Error);
}

/// Leaves and bins of 20 rows at least: nothing of the model stands on fewer.
TEST(Release, OfTreesFittedForItFindsNothingTooSmall) {
  MixedProblem p{3000};
  const std::vector<std::pair<const char*, SettingValues>> kinds{
      {"boosting", {{"n_estimators", "20"}, {"min_child_weight", "20"}, {"min_data_in_bin", "20"}}},
      {"random_forest", {{"n_estimators", "20"}, {"min_samples_leaf", "20"}, {"min_data_in_bin", "20"}}}};
  Workers workers{2};
  for (const auto& [kind, settings] : kinds) {
    const Model model = fit_model(engine(kind), p.counts(), settings, Stream{1}, workers);
    for (const ModelParts& parts : count_parts(model, p.matrix, p.rows, {}, 20, workers))
      EXPECT_EQ(parts.too_small, 0) << kind << ", " << parts.what << ": " << parts.least;
    SettingValues loose = settings;
    loose.erase("min_data_in_bin");
    std::uint64_t too_small = 0;
    for (const ModelParts& parts : count_parts(fit_model(engine(kind), p.counts(), loose, Stream{1}, workers),
                                               p.matrix, p.rows, {}, 20, workers))
      too_small += parts.too_small;
    EXPECT_GT(too_small, 0) << kind << ": without it steps are";
  }
}

}  // namespace
}  // namespace kohort
