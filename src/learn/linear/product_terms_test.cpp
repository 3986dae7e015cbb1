#include "learn/linear/product_terms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "learn/engines.hpp"
#include "learn/explain/coefficients.hpp"
#include "learn/explain/contributions.hpp"
#include "learn/model_features.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

/// Powers, cuts asked for and at quantiles, products of two and three predictors, of levels, of gaps.
const SettingValues kTerms{
    {"degree", "3"},
    {"thresholds", "age > 30, income > 250.5, charges_0 > 0"},
    {"interactions", "age:area, income:charges_1, charges_0:charges_2, age:income:area"}};

SettingValues with(SettingValues settings) {
  settings.insert(kTerms.begin(), kTerms.end());
  return settings;
}

Model fitted(const char* kind, const Problem& problem, const SettingValues& settings, int threads = 1) {
  Workers workers{threads};
  return fit_model(engine(kind), problem, settings, Stream{1}, workers);
}

std::vector<double> coefficients_of(const LinearModel& model) {
  std::vector<double> out;
  for (const LinearTerm& term : model.terms)
    out.insert(out.end(), term.coefficients.begin(), term.coefficients.end());
  for (const ProductTerm& product : model.products) out.push_back(product.coefficient);
  return out;
}

TEST(ProductTerms, HaveReadableNames) {
  const MixedProblem p{300};
  const Model model = fitted("lasso", p.counts(), with({{"alpha", "0.01"}}));
  const std::vector<std::string> names = feature_names(model);
  for (const char* name : {"age^2", "age^3", "age > 30", "income > 250.5", "charges_0 > 0", "age:area=N",
                           "charges_1:income", "charges_0:charges_2", "age:income:area=W"})
    EXPECT_EQ(std::ranges::count(names, name), 1) << name;
  EXPECT_EQ(predictors_of(model).size(), p.matrix.columns());
}

/// What the coefficients multiply comes from the model alone here, so model and design must agree.
TEST(ProductTerms, OfALassoMeetTheirOptimalityConditionsReadOffTheModel) {
  const MixedProblem p{800};
  const double alpha = 0.02;
  const Model model =
      fitted("lasso", p.counts(), with({{"alpha", "0.02"}, {"tol", "1e-14"}, {"max_iter", "100000"}}));
  Workers workers{1};
  const std::vector<double> predicted = predict(model, p.matrix, p.rows, workers),
                            x = model_features(model, p.matrix, p.rows),
                            beta = coefficients_of(std::get<LinearModel>(model));
  const std::vector<std::string> names = feature_names(model);
  const std::size_t n = p.rows.size();
  ASSERT_EQ(x.size(), n * beta.size());
  std::size_t active = 0;
  for (std::size_t j = 0; j < beta.size(); ++j) {
    SCOPED_TRACE(names[j]);
    double mean = 0, squares = 0, slope = 0, residuals = 0;
    for (std::size_t i = 0; i < n; ++i) mean += x[i * beta.size() + j] / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double deviation = x[i * beta.size() + j] - mean, residual = p.count[i] - predicted[i];
      squares += deviation * deviation / static_cast<double>(n);
      slope += deviation * residual / static_cast<double>(n);
      residuals += residual / static_cast<double>(n);
    }
    EXPECT_NEAR(residuals, 0, 1e-10);
    if (names[j].find_first_of("^>:") != std::string::npos) EXPECT_NEAR(squares, 1, 1e-10);
    // cells of the design are 32 bits as those of the model are; the gap at the end bounds the slopes
    if (beta[j] == 0)
      EXPECT_LE(std::abs(slope), alpha + 1e-6);
    else
      EXPECT_NEAR(slope, std::copysign(alpha, beta[j]), 1e-6);
    active += beta[j] != 0;
  }
  EXPECT_GT(active, 5);
  EXPECT_LT(active, beta.size());
}

TEST(ProductTerms, ServeEveryObjectiveOfBothKinds) {
  const MixedProblem p{600};
  Workers workers{1};
  for (const Objective objective :
       {Objective::SquaredError, Objective::Logistic, Objective::Poisson, Objective::Tweedie}) {
    Problem problem = objective == Objective::Logistic ? p.events() : p.counts();
    problem.objective = objective;
    for (const auto& [kind, settings] : std::vector<std::pair<const char*, SettingValues>>{
             {"linear", {}},
             {"lasso", {{"alpha", "0.005"}}},
             {"lasso", {{"alpha", "0.005"}, {"l1_ratio", "0"}}}}) {
      const Model plain = fitted(kind, problem, settings), model = fitted(kind, problem, with(settings));
      const auto loss = [&](const Model& of) {  // squared, which every objective lowers here
        const std::vector<double> predicted = predict(of, p.matrix, p.rows, workers);
        double sum = 0;
        for (std::size_t i = 0; i < predicted.size(); ++i)
          sum += (predicted[i] - problem.outcome[i]) * (predicted[i] - problem.outcome[i]);
        return sum;
      };
      EXPECT_LT(loss(model), loss(plain)) << kind << " " << to_text(objective);
    }
  }
}

/// A regression with products is the regression on columns that hold them.
TEST(ProductTerms, HaveTheStandardErrorsOfColumnsThatHoldThem) {
  constexpr std::size_t kRows = 300;
  const Stream stream{4};
  std::vector<float> x(kRows), square(kRows), high(kRows), area(kRows), in_s(kRows), in_w(kRows);
  std::vector<double> y(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    x[i] = static_cast<float>(static_cast<int>(100 * stream.child("x").normal(i))) / 64;  // squares are exact
    area[i] = static_cast<float>(stream.child("area").below(i, 3));
    square[i] = x[i] * x[i];
    high[i] = x[i] > 0.5F ? 1 : 0;
    in_s[i] = area[i] == 1 ? x[i] : 0;
    in_w[i] = area[i] == 2 ? x[i] : 0;
    y[i] = x[i] + 0.3 * square[i] - in_s[i] + high[i] + stream.child("noise").normal(i);
  }
  const std::vector<std::string> levels{"N", "S", "W"};
  MatrixBuilder short_builder{kRows}, long_builder{kRows};
  for (MatrixBuilder* builder : {&short_builder, &long_builder}) {
    builder->add({.name = "x"}, x);
    builder->add({"area", ColumnKind::Category, levels}, area);
  }
  long_builder.add({.name = "x^2"}, square);
  long_builder.add({.name = "x > 0.5"}, high);
  long_builder.add({.name = "x:area=S"}, in_s);
  long_builder.add({.name = "x:area=W"}, in_w);
  const Matrix with_terms = short_builder.finish(), with_columns = long_builder.finish();
  const RowList rows = all_rows(kRows);
  for (const char* errors : {"model", "robust"}) {
    const SettingValues settings{{"transform", "none"}, {"standard_errors", errors}};
    SettingValues terms = settings;
    terms.insert({{"degree", "2"}, {"thresholds", "x > 0.5"}, {"interactions", "area:x"}});
    const auto a =
        inferred_coefficients(std::get<LinearModel>(fitted("linear", {with_terms, y, rows}, terms)));
    const auto b =
        inferred_coefficients(std::get<LinearModel>(fitted("linear", {with_columns, y, rows}, settings)));
    std::size_t tested = 0;
    for (const InferredCoefficient& want : b) {
      const std::string name = want.predictor;
      SCOPED_TRACE(name);
      const auto have = std::ranges::find_if(
          a, [&](const InferredCoefficient& c) { return c.predictor == name && c.level == want.level; });
      ASSERT_NE(have, a.end());
      EXPECT_NEAR(have->value, want.value, 1e-9);
      ASSERT_EQ(have->test.has_value(), want.test.has_value());
      if (want.test) EXPECT_NEAR(have->test->error, want.test->error, 1e-9);
      tested += want.test.has_value();
    }
    EXPECT_EQ(tested, 8);               // all but the reference
    EXPECT_EQ(a.size(), b.size() + 1);  // and its product, which has none
  }
}

TEST(ProductTerms, FindAPlantedInteraction) {
  constexpr std::size_t kRows = 4000;
  const Stream stream{11};
  std::vector<std::vector<float>> flags(8, std::vector<float>(kRows));
  std::vector<double> y(kRows);
  MatrixBuilder builder{kRows};
  for (std::size_t j = 0; j < flags.size(); ++j)
    for (std::size_t i = 0; i < kRows; ++i) flags[j][i] = stream.child(j).uniform(i) < 0.3 ? 1.0F : 0.0F;
  for (std::size_t i = 0; i < kRows; ++i)
    y[i] = 0.3 * flags[0][i] + 2 * flags[2][i] * flags[5][i] + stream.child("noise").normal(i);
  for (std::size_t j = 0; j < flags.size(); ++j)
    builder.add({"f" + std::to_string(j), ColumnKind::Flag}, flags[j]);
  const Matrix matrix = builder.finish();
  RowList train, held;
  for (std::uint32_t i = 0; i < kRows; ++i) (i % 2 == 0 ? train : held).push_back(i);
  const Problem problem{matrix, y, train};
  Workers workers{1};
  const auto error = [&](const Model& model) {
    const std::vector<double> predicted = predict(model, matrix, held, workers);
    double sum = 0;
    for (std::size_t k = 0; k < held.size(); ++k)
      sum += (predicted[k] - y[held[k]]) * (predicted[k] - y[held[k]]);
    return sum / static_cast<double>(held.size());
  };
  const Model plain = fitted("lasso", problem, {{"alpha", "0.01"}}),
              all = fitted("lasso", problem, {{"alpha", "0.01"}, {"interactions", "all"}});
  const auto& products = std::get<LinearModel>(all).products;
  ASSERT_EQ(products.size(), 28);
  const auto strongest =
      std::ranges::max_element(products, {}, [](const ProductTerm& p) { return p.coefficient; });
  EXPECT_EQ(name_of(std::get<LinearModel>(all), *strongest), "f2:f5");
  // The noise has variance 1; additive effects leave 4 (p (1 - p))^2 = 0.18 of the product unexplained.
  EXPECT_LT(error(all), 1.1);
  EXPECT_GT(error(plain), error(all) + 0.1);
}

/// The same units with columns in another order and levels coded otherwise.
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
  return builder.finish();
}

/// A category of 25 levels under `encoding: report` is a number that holds the places of its levels; one of 3
/// stays as it is.
TEST(LinearEncoding, ReportFitsCodesAboveTwentyLevels) {
  constexpr std::size_t kRows = 400;
  const Stream stream{8};
  std::vector<std::string> levels;
  for (int k = 0; k < 25; ++k) levels.push_back("m" + std::to_string(k));
  std::vector<float> place(kRows), area(kRows), recoded(kRows);
  std::vector<double> y(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    place[i] = i % 9 == 0 ? std::nanf("") : static_cast<float>(stream.child("m").below(i, 25));
    recoded[i] = 24 - place[i];
    area[i] = static_cast<float>(stream.child("a").below(i, 3));
    y[i] = stream.child("y").normal(i) + (i % 9 == 0 ? 0 : 0.2 * place[i]);
  }
  const auto matrix_of = [&](ColumnInfo info, const std::vector<float>& cells) {
    MatrixBuilder builder{kRows};
    builder.add(std::move(info), cells);
    builder.add({"area", ColumnKind::Category, {"N", "S", "W"}}, area);
    return builder.finish();
  };
  const Matrix categories = matrix_of({"m", ColumnKind::Category, levels}, place),
               numbers = matrix_of({.name = "m"}, place);
  std::vector<std::string> backwards{levels.rbegin(), levels.rend()};
  backwards[0] = "unheard of";  // who was in m24 is now at a level the model does not know
  const Matrix other = matrix_of({"m", ColumnKind::Category, backwards}, recoded);
  const RowList rows = all_rows(kRows);
  Workers workers{1};
  for (const char* kind : {"linear", "lasso"}) {
    SettingValues settings{{"encoding", "report"}, {"interactions", "m:area"}};
    if (std::string_view{kind} == "lasso") settings["alpha"] = "0.01";
    const Model codes = fitted(kind, {categories, y, rows}, settings),
                plain = fitted(kind, {numbers, y, rows}, settings);
    EXPECT_EQ(feature_names(codes), feature_names(plain));
    EXPECT_EQ(predict(codes, categories, rows, workers), predict(plain, numbers, rows, workers));
    EXPECT_EQ(model_features(codes, categories, rows), model_features(plain, numbers, rows));
    EXPECT_EQ(from_bytes(to_bytes(codes)), codes);
    PredictionNotes notes;
    const auto again = predict(codes, other, rows, workers, &notes), gone = [&] {
      std::vector<float> cells = place;
      for (float& x : cells) x = x == 24 ? std::nanf("") : x;
      return predict(plain, matrix_of({.name = "m"}, cells), rows, workers);
    }();
    EXPECT_EQ(notes.unknown_levels, std::ranges::count(place, 24.0F));
    for (std::size_t i = 0; i < kRows; ++i) ASSERT_NEAR(again[i], gone[i], 1e-12);  // other modes, other sums
    settings["encoding"] = "one_hot";
    EXPECT_GT(feature_names(fitted(kind, {categories, y, rows}, settings)).size(), 26 + 3);
  }
}

TEST(ProductTerms, FindTheirColumnsByName) {
  const MixedProblem p{300};
  Workers workers{2};
  const Model model = fitted("linear", p.counts(), kTerms);
  const std::vector<double> a = predict(model, p.matrix, p.rows, workers),
                            b = predict(model, shuffled(p.matrix), p.rows, workers);
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-9 * (1 + std::abs(a[i])));
}

TEST(ProductTerms, GiveTheSameBitsOnAnyNumberOfThreadsAndAnySubset) {
  const MixedProblem p{2500};
  Workers one{1}, seven{7};
  RowList some;
  for (std::uint32_t i = 5; i < 2500; i += 7) some.push_back(i);
  for (const char* kind : {"linear", "lasso"}) {
    const SettingValues settings = with({{"thresholds", "5"}});
    const Model model = fitted(kind, p.counts(), settings);
    EXPECT_EQ(model, fitted(kind, p.counts(), settings, 2));
    EXPECT_EQ(model, fitted(kind, p.counts(), settings, 7));
    const std::vector<double> a = predict(model, p.matrix, p.rows, one);
    EXPECT_EQ(a, predict(model, p.matrix, p.rows, seven));
    const std::vector<double> b = predict(model, p.matrix, some, seven);
    for (std::size_t k = 0; k < some.size(); ++k) ASSERT_EQ(b[k], a[some[k]]);
  }
}

TEST(ProductTerms, OnHeldRowsAreThoseOfSeparateFits) {
  const MixedProblem p{400};
  RowList train, held;
  for (std::uint32_t i = 0; i < 400; ++i) (i % 4 != 0 ? train : held).push_back(i);
  Problem problem = p.counts();
  problem.rows = train;
  Workers workers{1};
  const Engine& lasso = engine("lasso");
  const SettingValues settings = with({{"tol", "1e-12"}, {"max_iter", "50000"}});
  Inputs inputs;
  lasso.prepare(inputs, p.matrix, p.rows, settings, workers);
  const std::vector<SettingValues> points{{{"alpha", "0.01"}}, {{"alpha", "0.1"}}};
  const auto path = lasso.predict_held(inputs, problem, settings, points, held, Stream{1}, workers);
  for (std::size_t k = 0; k < points.size(); ++k) {
    SettingValues at = settings;
    at["alpha"] = points[k].at("alpha");
    const auto alone = predict(fit_model(lasso, problem, at, Stream{1}, workers), p.matrix, held, workers);
    for (std::size_t i = 0; i < held.size(); ++i)
      ASSERT_NEAR(path[k][i], alone[i], 1e-4);  // both stop at tol
  }
}

TEST(ProductTerms, DealTheirContributionsToTheirPredictors) {
  const MixedProblem p{500};
  Workers workers{1};
  const Model model = fitted("lasso", p.counts(), with({{"alpha", "0.01"}}));
  const auto predicted = predict(model, p.matrix, p.rows, workers);
  const Explainer whole{model, p.matrix, Detail::Predictors}, parts{model, p.matrix, Detail::Features};
  EXPECT_EQ(whole.names(), predictors_of(model));
  EXPECT_EQ(parts.names(), feature_names(model));
  const auto by_predictor = whole.explain(p.rows, workers), by_feature = parts.explain(p.rows, workers);
  const auto place = [](const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  };
  double largest = 0;
  for (std::size_t i = 0; i < p.rows.size(); ++i) {
    const auto row = [&](const std::vector<double>& of, std::size_t width) {
      return std::span{of}.subspan(i * width, width);
    };
    const auto w = row(by_predictor, whole.columns()), f = row(by_feature, parts.columns());
    ASSERT_NEAR(std::accumulate(w.begin(), w.end(), 0.0), predicted[i], 1e-11);
    ASSERT_NEAR(std::accumulate(f.begin(), f.end(), 0.0), predicted[i], 1e-11);
    const auto of = [&](const char* name) { return f[place(parts.names(), name)]; };
    ASSERT_NEAR(w[place(whole.names(), "charges_2")],
                of("charges_2") + of("charges_2^2") + of("charges_2^3") + of("charges_0:charges_2") / 2,
                1e-12);
    largest = std::max(largest, std::abs(of("charges_0:charges_2")));
  }
  EXPECT_GT(largest, 0.01);
}

TEST(ProductTerms, AreRefusedAsTextBeforeAnyFit) {
  for (const char* kind : {"linear", "lasso"}) {
    EXPECT_THROW(engine(kind).complete({{"degree", "0"}}), Error);
    EXPECT_THROW(engine(kind).complete({{"thresholds", "age"}}), Error);
    EXPECT_THROW(engine(kind).complete({{"interactions", "age"}}), Error);
    const MixedProblem p{50};
    Inputs inputs;
    Workers workers{1};
    EXPECT_THROW(engine(kind).prepare(inputs, p.matrix, p.rows, {{"interactions", "age:nothing"}}, workers),
                 Error);
  }
}

}  // namespace
}  // namespace kohort
