#include "learn/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
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

Model with_products(const MixedProblem& p) {
  Workers workers{1};
  const SettingValues settings{{"alpha", "0.01"},
                               {"degree", "2"},
                               {"thresholds", "age > 30, charges_0 > 0"},
                               {"interactions", "age:area, charges_1:income"}};
  return fit_model(engine("lasso"), p.counts(), settings, Stream{1}, workers);
}

/// Files without products are what they were before there were any.
TEST(ModelBytes, OfProductsComeBackInAVersionOfTheirOwn) {
  const MixedProblem p{200};
  const Model model = with_products(p);
  ASSERT_GE(std::get<LinearModel>(model).products.size(),
            13);  // 8 squares, 2 cuts, 3 + 1 products, less what never varies
  const std::string bytes = to_bytes(model);
  EXPECT_EQ(bytes[8], 4);
  EXPECT_EQ(to_bytes(fitted("lasso", p))[8], 2);
  EXPECT_EQ(from_bytes(bytes), model);
}

TEST(ModelBytes, ComeBackEqualWithTheirRecord) {
  const MixedProblem p{200};
  const ModelRecord written{{"outcome", "violence"}, {"software", "kohort"}, {"empty", ""}, {"år", "ål"}};
  for (const Engine& e : engines()) {
    const Model model = fitted(e.name, p);
    ModelRecord record{{"from", "before"}};
    EXPECT_EQ(from_bytes(to_bytes(model, written), &record), model) << e.name;
    EXPECT_EQ(record, written);
    EXPECT_EQ(from_bytes(to_bytes(model), &record), model);
    EXPECT_TRUE(record.empty());
  }
}

/// Coefficients with standard errors, of columns without logarithms.
Model regression(const MixedProblem& p) {
  Workers workers{1};
  return fit_model(engine("linear"), p.counts(), {{"standard_errors", "robust"}, {"transform", "none"}},
                   Stream{1}, workers);
}

TEST(ModelBytes, OfARegressionComeBackEqualAndOnlyTheyAreOfVersionThree) {
  const MixedProblem p{200};
  const Model model = regression(p);
  const auto& linear = std::get<LinearModel>(model);
  ASSERT_TRUE(linear.inference);
  EXPECT_TRUE(
      std::ranges::any_of(linear.inference->errors, [](const auto& e) { return !e; }));  // a reference
  const std::string bytes = to_bytes(model);
  EXPECT_EQ(from_bytes(bytes), model);
  EXPECT_EQ(bytes[8], 3);
  EXPECT_EQ(to_bytes(fitted("linear", p))[8], 2);
  EXPECT_EQ(to_bytes(fitted("boosting", p))[8], 2);
  LinearModel either = linear;
  either.inference.reset();
  EXPECT_EQ(from_bytes(to_bytes(either)), Model{either});
  either.inference = linear.inference;
  for (LinearTerm& term : either.terms) term.transform = Transform::Log1p;
  EXPECT_EQ(from_bytes(to_bytes(either)), Model{either});
}

TEST(ModelBytes, KeepEveryDoubleToTheBit) {
  const double odd[] = {1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, std::nan(""), INFINITY, 0.1};
  LinearModel model;
  for (const double x : odd) {
    model.intercept = model.gap = x;
    model.terms = {{.info = {"age"},
                    .median = x,
                    .missing = x,
                    .negative = x,
                    .scale = x,
                    .coefficients = {x},
                    .means = {x}}};
    const auto again = std::get<LinearModel>(from_bytes(to_bytes(model)));
    const LinearTerm& term = again.terms[0];
    for (const double y : {again.intercept, again.gap, term.median, term.missing, term.negative, term.scale,
                           term.coefficients[0]})
      EXPECT_EQ(std::bit_cast<std::uint64_t>(y), std::bit_cast<std::uint64_t>(x));
  }
}

/// What is said of bytes; "read" when they are a model.
std::string refusal(std::string_view bytes) {
  try {
    from_bytes(bytes);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    EXPECT_EQ(e.mend(), "give a model of kohort, or of XGBoost saved as JSON");
    const std::string before = "this is no model of kohort: ";
    EXPECT_TRUE(e.problem().starts_with(before)) << e.problem();
    return e.problem().substr(before.size());
  }
  return "read";
}

/// A model's bytes with some of them changed and the checksum made anew.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 32);
  return bytes + hash_text(bytes);
}

TEST(ModelBytes, SayWhatIsWrongWithThem) {
  const MixedProblem p{60};
  const std::string linear = to_bytes(fitted("lasso", p)), trees = to_bytes(fitted("boosting", p));
  EXPECT_EQ(refusal(""), "another format");
  EXPECT_EQ(refusal("[1,2"), "another format");
  EXPECT_EQ(refusal("kohmodel"), "it ends too early");
  for (std::string bytes : {linear, trees}) {
    const auto with = [&](std::size_t at, char value) {
      std::string changed = bytes;
      changed[at] = value;
      return refusal(sealed(changed));
    };
    EXPECT_EQ(with(0, 'R'), "another format");
    EXPECT_EQ(with(8, 1), "written by another version");
    EXPECT_EQ(with(8, 5), "written by another version");
    EXPECT_EQ(with(12, 4), "unknown kind of model");
    EXPECT_EQ(with(13, 4), "unknown objective");
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    EXPECT_EQ(refusal(bytes), "its checksum is another, so it is damaged");
  }
  EXPECT_EQ(refusal(sealed(trees + "?")), "something follows its end");
  std::string other_rule = trees;
  other_rule[18] = 3;
  EXPECT_EQ(refusal(sealed(other_rule)), "unknown encoding");
}

/// Padding that is not zero, or a whole number wider than it must be, is not what to_bytes writes.
TEST(ModelBytes, OfAnotherFormForTheSameModelAreRefused) {
  LinearModel model;
  ByteWriter out;
  out.bytes = to_bytes(model, {{"a", "1"}, {"b", "2"}});
  const std::size_t a = out.bytes.find('a'), b = out.bytes.find('b');
  std::swap(out.bytes[a], out.bytes[b]);
  EXPECT_EQ(refusal(sealed(out.bytes)), "kohort writes the same model otherwise") << "a record out of order";
}

TEST(ModelBytes, OfANumberWithLevelsAreRefused) {
  LinearModel model;
  model.terms = {{.info = {"age", ColumnKind::Count, {"N"}}, .coefficients = {1}, .means = {0}}};
  EXPECT_EQ(refusal(to_bytes(model)), "levels of a column that is no category");
}

TEST(ModelBytes, OfProductsThatNoPredictorMakesAreRefused) {
  LinearModel model;
  model.terms = {{.info = {"age", ColumnKind::Count}, .coefficients = {1}, .means = {0}},
                 {.info = {"area", ColumnKind::Category, {"N"}}, .coefficients = {1}, .means = {0}}};
  const auto of = [&](std::vector<TermFactor> factors) {
    model.products = {{std::move(factors)}};
    return refusal(to_bytes(model));
  };
  EXPECT_EQ(of({{.term = 0}, {.term = 1, .level = 0}}), "read");
  EXPECT_EQ(of({{.term = 0, .above = 17.5F}}), "read");
  EXPECT_EQ(of({}), "a product of nothing");
  EXPECT_EQ(of({{.term = 1, .level = 1}}), "a product of a level that is none");
  EXPECT_EQ(of({{.term = 0, .above = std::nanf("")}}), "a threshold that is no number");
  const std::string good = [&] {
    model.products = {{{{.term = 1, .level = 0}}}};
    return to_bytes(model);
  }();
  std::string other = good;
  other[good.size() - 32 - 11] = 2;  // the last factor's predictor
  EXPECT_EQ(refusal(sealed(other)), "a product of a predictor that is none");
  other[good.size() - 32 - 11] = 0;
  EXPECT_EQ(refusal(sealed(other)), "a product of what the predictor is not");
}

TEST(ModelBytes, AreWhatFuzzingStartsFrom) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{KOHORT_REFERENCE "/../fuzz/seeds/model"}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    ModelRecord record;
    const Model model = from_bytes(bytes, &record);
    EXPECT_EQ(to_bytes(model, record), bytes) << entry.path().filename();
    EXPECT_LT(bytes.size(), 4096) << "the most that fuzzing looks at";
    ++count;
  }
  EXPECT_GE(count, 6);
}

/// A small model of every kind.
std::vector<std::string> small_models(const MixedProblem& p) {
  Workers workers{1};
  std::vector<std::string> all;
  for (const Engine& e : engines()) {
    const bool trees = std::string_view{e.name} == "boosting" || std::string_view{e.name} == "random_forest";
    const SettingValues settings =
        trees ? SettingValues{{"n_estimators", "2"}, {"max_depth", "3"}} : SettingValues{};
    all.push_back(to_bytes(fit_model(e, p.counts(), settings, Stream{1}, workers), {{"rows", "60"}}));
  }
  all.push_back(to_bytes(regression(p)));
  all.push_back(to_bytes(with_products(p)));
  return all;
}

TEST(ModelBytes, CutShortOrWithOneByteChangedAreRefused) {
  for (const std::string& bytes : small_models(MixedProblem{60})) {
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_NE(refusal(std::string_view{bytes}.substr(0, size)), "read") << size;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int change : {1, 0x80, 0xff}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ change);
        ASSERT_NE(refusal(changed), "read") << at;
      }
    }
  }
}

/// With the checksum made anew, a change at any place is an Error or another model that writes these bytes
/// and predicts without harm.
TEST(ModelBytes, ChangedAnywhereAndSealedNeverCrash) {
  const MixedProblem p{60};
  Workers workers{1};
  int models = 0;
  for (const std::string& bytes : small_models(p)) {
    for (std::size_t at = 8; at + 32 < bytes.size(); ++at) {
      for (const int value : {0, 1, 0x7f, 0xff}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(value);
        changed = sealed(changed);
        try {
          ModelRecord record;
          const Model model = from_bytes(changed, &record);
          ASSERT_EQ(to_bytes(model, record), changed);
          ++models;
          predict(model, p.matrix, p.rows, workers);
        } catch (const Error&) {
        }
      }
    }
  }
  EXPECT_GT(models, 1000) << "numbers may be any";
}

/// A size of four bytes of ones anywhere asks for no memory that the bytes do not hold.
TEST(ModelBytes, WithHugeSizesAreRefused) {
  for (const std::string& bytes : small_models(MixedProblem{60})) {
    for (std::size_t at = 14; at + 36 < bytes.size(); ++at) {
      std::string changed = bytes;
      changed.replace(at, 4, 4, '\xff');
      refusal(sealed(changed));
    }
  }
}

}  // namespace
}  // namespace kohort
