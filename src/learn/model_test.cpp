#include "learn/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

Model fitted(const char* kind, const MixedProblem& p) {
  Workers workers{1};
  const std::string name = kind;
  SettingValues settings;  // that keep a test short
  if (name == "lasso") settings = {{"alpha", "0.01"}};
  if (name == "random_forest" || name == "boosting") settings = {{"n_estimators", "20"}, {"max_depth", "4"}};
  return fit_model(engine(kind), p.counts(), settings, Stream{1}, workers);
}

/// The same units with the columns in another order and the levels coded otherwise.
Matrix shuffled(const Matrix& from) {
  MatrixBuilder builder{from.rows()};
  for (std::size_t j = from.columns(); j-- > 0;) {
    ColumnInfo info = from.column(j).info;
    std::vector<float> cells;
    for (std::uint32_t i = 0; i < from.rows(); ++i) cells.push_back(from.column(j).at(i));
    if (info.kind == ColumnKind::Category) {
      info.levels = {"W", "unheard of", "N", "S"};
      for (float& x : cells) x = x == 0 ? 2.0F : x == 1 ? 3.0F : 0.0F;
    }
    builder.add(info, cells);
  }
  builder.add({.name = "of no use"}, std::vector<float>(from.rows()));
  return builder.finish();
}

TEST(Model, FindsColumnsByNameAndLevelsByText) {
  const MixedProblem p{300};
  Workers workers{2};
  for (const Engine& e : engines()) {
    const Model model = fitted(e.name, p);
    const std::vector<double> a = predict(model, p.matrix, p.rows, workers);
    const std::vector<double> b = predict(model, shuffled(p.matrix), p.rows, workers);
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-12) << e.name;
  }
}

TEST(Model, CountsLevelsItDoesNotKnowAndLeavesThemOut) {
  const MixedProblem p{300};
  Workers workers{1};
  MatrixBuilder builder{2};
  for (std::size_t j = 0; j + 1 < p.matrix.columns(); ++j)
    builder.add(p.matrix.column(j).info, std::vector<float>{1, 1});
  builder.add({"area", ColumnKind::Category, {"N", "new"}}, std::vector<float>{0, 1});
  const Matrix other = builder.finish();
  for (const Engine& e : engines()) {
    PredictionNotes notes;
    predict(fitted(e.name, p), other, RowList{0, 1}, workers, &notes);
    EXPECT_EQ(notes.unknown_levels, 1) << e.name;
  }
}

TEST(Model, NamesThePredictorThatATableLacks) {
  const MixedProblem p{300};
  MatrixBuilder builder{1};
  builder.add({.name = "age"}, std::vector<float>{1});
  const Matrix poor = builder.finish();
  Workers workers{1};
  for (const Engine& e : engines()) {
    try {
      predict(fitted(e.name, p), poor, RowList{0}, workers);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Data);
      EXPECT_EQ(error.where(), "column 'charges_0'");
    }
  }
}

TEST(Model, PredictsTheSameBitsOnAnyNumberOfThreadsAndAnySubset) {
  const MixedProblem p{3000};
  RowList some;
  for (std::uint32_t i = 5; i < 3000; i += 7) some.push_back(i);
  Workers one{1}, seven{7};
  for (const Engine& e : engines()) {
    const Model model = fitted(e.name, p);
    const std::vector<double> a = predict(model, p.matrix, p.rows, one);
    EXPECT_EQ(a, predict(model, p.matrix, p.rows, seven));
    const std::vector<double> b = predict(model, p.matrix, some, seven);
    for (std::size_t k = 0; k < some.size(); ++k) ASSERT_EQ(b[k], a[some[k]]);
  }
}

TEST(ModelBytes, ComeBackEqual) {
  const MixedProblem p{200};
  for (const Engine& e : engines()) {
    const Model model = fitted(e.name, p);
    EXPECT_EQ(from_bytes(to_bytes(model)), model) << e.name;
  }
}

TEST(ModelBytes, OfForeignKindAreRefused) {
  const MixedProblem p{200};
  EXPECT_THROW(from_bytes(""), Error);
  EXPECT_THROW(from_bytes("{}"), Error);
  EXPECT_THROW(from_bytes("[1,2"), Error);
  EXPECT_THROW(from_bytes(std::string(100'000, '[')), Error);
  try {
    from_bytes(R"({"format":"kohort-model","version":99})");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "this is no model of kohort: written by another version\n"
                 "   mend: give a model file that kohort has written");
    EXPECT_EQ(e.kind(), ErrorKind::Data);
  }
}

/// What is said of a model's bytes after one text in them was replaced.
std::string refusal(std::string bytes, std::string_view text, std::string_view by) {
  const std::size_t at = bytes.find(text);
  EXPECT_NE(at, bytes.npos) << text;
  bytes.replace(at, text.size(), by);
  try {
    from_bytes(bytes);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    return e.problem();
  }
  return "read";
}

TEST(ModelBytes, AreRefusedForWhatIsWrongWithThem) {
  const MixedProblem p{60};
  const std::string linear = to_bytes(fitted("lasso", p)), trees = to_bytes(fitted("boosting", p));
  const auto expect = [](const std::string& bytes, std::string_view text, std::string_view by,
                         const std::string& why) {
    EXPECT_EQ(refusal(bytes, text, by), "this is no model of kohort: " + why) << text << " by " << by;
  };
  const std::string wrong = "a part is missing or of the wrong type";
  for (const std::string& bytes : {linear, trees}) {
    expect(bytes, "kohort-model", "R", "another format");
    expect(bytes, "\"version\": 1", "\"version\": 2", "written by another version");
    expect(bytes, "\"squared_error\"", "\"rank\"", "unknown objective");
    expect(bytes, "\"count\"", "\"date\"", "unknown kind of column");
    expect(bytes, "\"type\"", "\"sort\"", wrong);
    expect(bytes, "\"objective\": \"squared_error\"", "\"objective\": 3", wrong);
    expect(bytes, "\"levels\": []", "\"levels\": 3", wrong);
  }
  expect(linear, "\"type\": \"linear\"", "\"type\": \"tables\"", "unknown type");
  expect(linear, "\"kind\": \"lasso\"", "\"kind\": \"boosting\"", "unknown kind of model");
  expect(trees, "\"kind\": \"boosting\"", "\"kind\": \"lasso\"", "unknown kind of model");
  for (const char* count : {"1e300", "-1", "0.5", "3000000000", "true", "null"})
    expect(linear, "\"iterations\": ", "\"iterations\": " + std::string{count} + ", \"before\": ",
           "a count is no whole number");
  expect(linear, "\"coefficients\": [", "\"coefficients\": [1, ", "coefficients do not fit the levels");
  expect(linear, "\"intercept\"", "\"start\"", wrong);
  expect(trees, "\"encoding\": \"sets\"", "\"encoding\": \"hash\"", "unknown encoding");
  expect(trees, "\"objective\": \"squared_error\"", "\"objective\": \"poisson\"",
         "its trees have another objective");
  EXPECT_EQ(refusal(trees, "reg:squarederror", "reg:gamma"),
            "this is no tree model that kohort can read: unknown objective");
}

TEST(ModelBytes, AreWhatFuzzingStartsFrom) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{KOHORT_REFERENCE "/../fuzz/seeds/model"}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(to_bytes(from_bytes(bytes)), bytes) << entry.path().filename();
    EXPECT_LT(bytes.size(), 4096) << "the most that fuzzing looks at";
    ++count;
  }
  EXPECT_GE(count, 6);
}

/// Changed bytes either fail with an Error or give a model that predicts without harm.
TEST(ModelBytes, ChangedAnywhereNeverCrash) {
  const MixedProblem p{60};
  Workers workers{1};
  for (const char* kind : {"lasso", "boosting"}) {
    const SettingValues small =
        std::string{kind} == "lasso" ? SettingValues{} : SettingValues{{"n_estimators", "2"}};
    const std::string bytes = to_bytes(fit_model(engine(kind), p.counts(), small, Stream{1}, workers));
    const Stream chance{77};
    for (std::uint64_t trial = 0; trial < 1500; ++trial) {
      std::string changed = bytes;
      const auto at = chance.below(2 * trial, changed.size());
      if (trial % 3 == 0)
        changed.erase(at, 1);
      else
        changed[at] = "0123456789-{}[],\"eE"[chance.below(2 * trial + 1, 19)];
      try {
        predict(from_bytes(changed), p.matrix, p.rows, workers);
      } catch (const Error&) {
      }
    }
  }
}

}  // namespace
}  // namespace kohort
