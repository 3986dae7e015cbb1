#include "learn/linear/regression.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.hpp"
#include "base/student.hpp"
#include "learn/engines.hpp"
#include "learn/explain/coefficients.hpp"
#include "learn/testing.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

LinearModel fit(const Problem& problem, const SettingValues& settings, int threads = 1) {
  Workers workers{threads};
  return std::get<LinearModel>(fit_model(engine("linear"), problem, settings, Stream{1}, workers));
}

/// tests/reference/regression/problem.csv.
struct ReferenceProblem {
  ReferenceCsv csv{"regression/problem.csv"};
  Matrix matrix;
  RowList rows;
  std::vector<std::uint64_t> family;
  std::vector<double> offset, outcome, weight;

  ReferenceProblem() {
    const Matrix all = reference_matrix(csv);
    MatrixBuilder builder{csv.rows()};
    for (const char* name : {"age", "year", "kids", "adults", "debt", "flag", "area", "persons"}) {
      const MatrixColumn& column = all.column(all.find(name));
      std::vector<float> cells;
      for (std::uint32_t row = 0; row < csv.rows(); ++row) cells.push_back(column.at(row));
      builder.add(column.info, cells);
    }
    matrix = builder.finish();
    rows = all_rows(csv.rows());
    for (const double id : csv.numbers("family")) family.push_back(static_cast<std::uint64_t>(id));
    for (const double exposure : csv.numbers("exposure")) offset.push_back(std::log(exposure));
    weight = csv.numbers("w");
  }

  /// A fit of make.R, by its name.
  Problem problem(const std::string& name) {
    const Objective objective = parse_objective(name.substr(0, name.find("_weighted"))).value();
    const char* outcomes[] = {"number", "event", "count", "amount"};
    outcome = csv.numbers(outcomes[static_cast<int>(objective)]);
    Problem problem{matrix, outcome, rows, objective};
    if (name.ends_with("_weighted")) problem.weights = weight;
    if (objective == Objective::Poisson) problem.offset = offset;
    problem.cluster = family;
    return problem;
  }
};

/// The coefficients that R names, and those it leaves out.
std::map<std::string, InferredCoefficient> by_r_name(const LinearModel& model) {
  std::map<std::string, InferredCoefficient> out;
  for (const InferredCoefficient& c : inferred_coefficients(model)) out[c.predictor + c.level] = c;
  return out;
}

TEST(Regression, EstimatesAndStandardErrorsAreThoseOfR) {
  ReferenceProblem reference;
  const ReferenceCsv expected{"regression/coefficients.csv"};
  const auto estimate = expected.numbers("estimate");
  std::string at;
  std::map<std::string, std::map<std::string, InferredCoefficient>> fits;
  for (std::size_t k = 0; k < expected.rows(); ++k) {
    const std::string &name = expected.cells[0][k], &term = expected.cells[1][k];
    if (name != at) {
      at = name;
      for (const char* kind : {"model", "robust", "cluster"}) {
        const LinearModel model = fit(reference.problem(name), {{"transform", "none"},
                                                                {"standard_errors", kind},
                                                                {"reference", "area=South"},
                                                                {"tol", "1e-12"}});
        EXPECT_TRUE(model.converged) << name;
        fits[kind] = by_r_name(model);
      }
    }
    // another program: 1e-6 of the standard error, where R's scoring of tweedie stops at 1e-8 of it
    for (const char* kind : {"model", "robust", "cluster"}) {
      SCOPED_TRACE(fmt::format("{} {} {}", name, term, kind));
      const InferredCoefficient& have = fits.at(kind).at(term == "(Intercept)" ? "(intercept)" : term);
      EXPECT_NEAR(have.value, estimate[k], 1e-6 * expected.numbers("model")[k]);
      ASSERT_TRUE(have.test.has_value());
      EXPECT_NEAR(have.test->error / expected.numbers(kind)[k], 1, 1e-6);
    }
    const CoefficientTest& test = *fits.at("model").at(term == "(Intercept)" ? "(intercept)" : term).test;
    EXPECT_NEAR(test.statistic, expected.numbers("statistic")[k], 1e-5);
    EXPECT_NEAR(test.p / expected.numbers("p")[k], 1, 1e-5);
    EXPECT_NEAR(test.lower, expected.numbers("lower")[k], 1e-5 * (1 + std::abs(test.lower)));
    EXPECT_NEAR(test.upper, expected.numbers("upper")[k], 1e-5 * (1 + std::abs(test.upper)));
  }
}

TEST(Regression, TestsAreOfStudentsTWhereTheDispersionIsEstimated) {
  ReferenceProblem reference;
  const auto freedom = [&](const char* name, const char* kind) {
    const LinearModel model =
        fit(reference.problem(name), {{"transform", "none"}, {"standard_errors", kind}});
    return model.inference->freedom;
  };
  for (const char* name : {"squared_error", "tweedie"}) {
    EXPECT_EQ(freedom(name, "model"), 231);  // 240 rows less 9 coefficients
    EXPECT_EQ(freedom(name, "robust"), 231);
    EXPECT_EQ(freedom(name, "cluster"), 49);  // 50 families
  }
  for (const char* kind : {"model", "robust", "cluster"}) EXPECT_TRUE(std::isinf(freedom("poisson", kind)));
}

TEST(Regression, DevianceAndLikelihoodAreThoseOfR) {
  ReferenceProblem reference;
  const ReferenceCsv expected{"regression/fits.csv"};
  for (std::size_t k = 0; k < expected.rows(); ++k) {
    SCOPED_TRACE(expected.cells[0][k]);
    const LinearModel model =
        fit(reference.problem(expected.cells[0][k]), {{"transform", "none"}, {"standard_errors", "model"}});
    const Inference& have = *model.inference;
    const auto near = [&](double value, const char* name) {
      EXPECT_NEAR(value / expected.numbers(name)[k], 1, 1e-8)
          << name;  // second order in the coefficients' error
    };
    near(have.deviance, "deviance");
    near(have.null_deviance, "null_deviance");
    near(have.dispersion, "dispersion");
    EXPECT_EQ(have.df_residual, expected.numbers("df_residual")[k]);
    EXPECT_EQ(have.log_likelihood.has_value(), !expected.cells[3][k].empty());
    if (!have.log_likelihood) continue;
    near(*have.log_likelihood, "log_likelihood");
    near(*have.aic, "aic");
  }
}

TEST(Regression, WhatDependsOnColumnsBeforeItIsLeftOutAndNamed) {
  ReferenceProblem reference;
  const LinearModel model =
      fit(reference.problem("logistic"), {{"transform", "none"}, {"standard_errors", "model"}});
  ASSERT_EQ(model.notes.size(), 1);
  EXPECT_EQ(model.notes[0], "1 coefficient was left out, for columns before it determine it: persons");
  const auto terms = by_r_name(model);
  EXPECT_EQ(terms.at("persons").value, 0);
  EXPECT_FALSE(terms.at("persons").test);
  EXPECT_EQ(terms.at("areaNorth").value, 0);  // the first level
  EXPECT_FALSE(terms.at("areaNorth").test);
  EXPECT_TRUE(terms.at("areaSouth").test);
}

TEST(Regression, ConstantsAndGapsAreNamed) {
  const float gap = std::nanf("");
  MatrixBuilder builder{8};
  builder.add({"always"}, std::vector<float>(8, 5));
  builder.add({"x"}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 9});
  builder.add({"holes"}, std::vector<float>{1, gap, 0, 0, 2, 0, gap, 1});
  builder.add({"whole"}, std::vector<float>{gap, 1, 0, 1, 0, 1, 0, 1});  // its gap has no weight
  builder.add({"twice"}, std::vector<float>{2, 4, 6, 8, 10, 12, 14, 18});
  const Matrix matrix = builder.finish();
  const std::vector<double> y{3, 1, 4, 1, 5, 9, 2, 6}, weight{0, 1, 1, 1, 1, 1, 1, 1};
  const RowList rows = all_rows(8);
  const LinearModel model = fit({matrix, y, rows, Objective::SquaredError, weight},
                                {{"standard_errors", "model"}, {"transform", "none"}});
  const std::vector<std::string> want{
      "2 coefficients were left out, for columns before them determine them: always, twice",
      "missing cells take their column's median, and standard errors do not count that: holes"};
  EXPECT_EQ(model.notes, want);
  EXPECT_EQ(model.inference->df_residual, 3);
}

TEST(Regression, PredictsAsDescentDoes) {
  const MixedProblem mixed{700};
  for (const Objective objective :
       {Objective::SquaredError, Objective::Logistic, Objective::Poisson, Objective::Tweedie})
    for (const char* transform : {"log1p", "none"}) {
      SCOPED_TRACE(fmt::format("{} {}", to_text(objective), transform));
      Problem problem = mixed.counts();
      problem.objective = objective;
      if (objective == Objective::Logistic) problem.outcome = mixed.event;
      Workers workers{1};
      const Model descent = fit(problem, {{"transform", transform}, {"tol", "1e-13"}});
      const Model newton =
          fit(problem, {{"transform", transform}, {"standard_errors", "model"}, {"tol", "1e-13"}});
      const auto a = predict(descent, mixed.matrix, mixed.rows, workers);
      const auto b = predict(newton, mixed.matrix, mixed.rows, workers);
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-8);  // the solvers' tolerances
    }
}

TEST(Regression, WithoutATransformCoefficientsArePerUnit) {
  ReferenceProblem reference;
  const Problem problem = reference.problem("squared_error");
  Workers workers{1};
  const LinearModel model = fit(problem, {{"transform", "none"}});
  std::vector<double> want(problem.rows.size(), model.intercept);
  for (const LinearTerm& term : model.terms) {
    EXPECT_EQ(term.scale, 1);
    const MatrixColumn& column = reference.matrix.column(reference.matrix.find(term.info.name));
    for (std::uint32_t row = 0; row < want.size(); ++row)
      want[row] += term.info.kind == ColumnKind::Category
                       ? term.coefficients[static_cast<std::size_t>(column.at(row))]
                       : term.coefficients[0] * column.at(row);
  }
  const auto have = predict(model, reference.matrix, problem.rows, workers);
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_NEAR(have[i], want[i], 1e-9);  // sums of numbers near 100
}

TEST(Regression, ARowOfWeightZeroIsNoRow) {
  const MixedProblem mixed{300};
  std::vector<double> weight(300, 1.0);
  RowList rows;
  for (std::uint32_t i = 0; i < 300; ++i) (i % 5 == 0 ? weight[i] = 0 : (rows.push_back(i), 0.0));
  Problem weighted = mixed.counts(), fewer = mixed.counts();
  weighted.weights = weight;
  fewer.rows = rows;
  // medians and scales are of all training rows: only without missing cells and per unit is it the same model
  const auto numbers = [](const Problem& p) {
    const LinearModel model = fit(p, {{"transform", "none"}, {"standard_errors", "robust"}});
    return std::pair{model.inference->deviance, model.inference->clusters};
  };
  MatrixBuilder builder{300};
  std::vector<float> x;
  for (std::uint32_t i = 0; i < 300; ++i) x.push_back(mixed.matrix.column(mixed.matrix.find("age")).at(i));
  builder.add({"age"}, x);
  const Matrix age = builder.finish();
  const Problem a{age, weighted.outcome, weighted.rows, weighted.objective, weight};
  const Problem b{age, weighted.outcome, rows, weighted.objective};
  EXPECT_NEAR(numbers(a).first, numbers(b).first, 1e-10);  // a sum of 240 squares
  EXPECT_EQ(numbers(a).second, numbers(b).second);
  EXPECT_EQ(numbers(a).second, 240);
}

TEST(Regression, RowsAsClustersAreRobustStandardErrors) {
  const MixedProblem mixed{400};
  std::vector<std::uint64_t> own;
  for (std::uint64_t i = 0; i < 400; ++i) own.push_back(1'000'003 * i);
  Problem problem = mixed.counts();
  problem.cluster = own;
  const LinearModel clustered = fit(problem, {{"standard_errors", "cluster"}});
  const LinearModel robust = fit(problem, {{"standard_errors", "robust"}});
  for (std::size_t k = 0; k < robust.inference->errors.size(); ++k)
    if (robust.inference->errors[k])
      EXPECT_NEAR(*clustered.inference->errors[k] / *robust.inference->errors[k], 1,
                  1e-12);  // another order of sums
}

TEST(Regression, TheSameBitsOnAnyThreads) {
  const MixedProblem mixed{2500};
  std::vector<std::uint64_t> cluster;
  for (std::uint64_t i = 0; i < 2500; ++i) cluster.push_back(i / 3);
  for (const SettingValues& settings :
       {SettingValues{{"standard_errors", "cluster"}}, {{"firth", "true"}, {"standard_errors", "model"}}}) {
    Problem problem = mixed.events();
    problem.cluster = cluster;
    const LinearModel one = fit(problem, settings, 1);
    EXPECT_EQ(one, fit(problem, settings, 2));
    EXPECT_EQ(one, fit(problem, settings, 7));
  }
}

TEST(Regression, AnOutcomeWithoutSpreadOrRowsToSpareHasNoStandardErrors) {
  MatrixBuilder builder{3};
  builder.add({"x"}, std::vector<float>{1, 2, 4});
  builder.add({"z"}, std::vector<float>{0, 1, 0});
  const Matrix matrix = builder.finish();
  const std::vector<double> y{1, 5, 2};
  const RowList rows = all_rows(3);
  const LinearModel model = fit({matrix, y, rows}, {{"transform", "none"}, {"standard_errors", "model"}});
  EXPECT_EQ(model.inference->df_residual, 0);
  EXPECT_FALSE(model.inference->intercept_error);
  EXPECT_NEAR(model.inference->deviance, 0, 1e-20);
}

// --- Firth

/// Logistic on columns given cell by cell.
struct Small {
  Matrix matrix;
  std::vector<double> outcome, weight;
  RowList rows;

  Small(const std::vector<std::vector<float>>& columns, std::vector<double> y, std::vector<double> w = {})
      : outcome(std::move(y)), weight(std::move(w)), rows(all_rows(outcome.size())) {
    MatrixBuilder builder{outcome.size()};
    for (std::size_t j = 0; j < columns.size(); ++j) builder.add({fmt::format("x{}", j)}, columns[j]);
    matrix = builder.finish();
  }
  Problem problem() const { return {matrix, outcome, rows, Objective::Logistic, weight}; }
};

const SettingValues kFirth{
    {"firth", "true"}, {"standard_errors", "model"}, {"transform", "none"}, {"tol", "1e-12"}};

TEST(Firth, ASaturatedTableIsTheOneWithAHalfMoreInEachCell) {
  // cells: x = 0: 7 of 10; x = 1: none of 6, which separates
  const Small table{{{0, 0, 1, 1}}, {0, 1, 0, 1}, {3, 7, 6, 0}};
  const LinearModel model = fit(table.problem(), kFirth);
  const double at_0 = std::log(7.5 / 3.5), at_1 = std::log(0.5 / 6.5);
  EXPECT_TRUE(model.converged);
  EXPECT_NEAR(model.intercept, at_0, 1e-10);
  EXPECT_NEAR(model.terms[0].coefficients[0], at_1 - at_0, 1e-10);
  // the information at those means: 1 / (n p q) of each cell
  const double p0 = 7.5 / 11, p1 = 0.5 / 7, v0 = 1 / (10 * p0 * (1 - p0)), v1 = 1 / (6 * p1 * (1 - p1));
  EXPECT_NEAR(*model.inference->intercept_error, std::sqrt(v0), 1e-10);
  EXPECT_NEAR(*model.inference->errors[0], std::sqrt(v0 + v1), 1e-10);
  EXPECT_TRUE(model.notes.empty());
}

TEST(Firth, EndsAtARowThatHasALevelToItself) {
  // x = 1: one row, a 0. Its leverage is 1, and steps that leave leverages out would go to and fro about it
  const Small table{{{0, 0, 1}}, {0, 1, 0}, {3, 7, 1}};
  const LinearModel model = fit(table.problem(), kFirth);
  EXPECT_TRUE(model.converged);
  EXPECT_LT(model.iterations, 40);
  EXPECT_NEAR(model.terms[0].coefficients[0], std::log(0.5 / 1.5) - std::log(7.5 / 3.5), 1e-10);
}

/// log likelihood + log det(X'WX) / 2 with an intercept, straight from the definition.
double penalised_likelihood(const std::vector<std::vector<float>>& x, const std::vector<double>& y,
                            const std::vector<double>& beta) {
  const std::size_t p = beta.size();
  std::vector<std::vector<double>> m(p, std::vector<double>(p));
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::vector<double> row{1};
    for (const auto& column : x) row.push_back(column[i]);
    double margin = 0;
    for (std::size_t j = 0; j < p; ++j) margin += beta[j] * row[j];
    const double mean = 1 / (1 + std::exp(-margin));
    sum += y[i] * std::log(mean) + (1 - y[i]) * std::log(1 - mean);
    for (std::size_t a = 0; a < p; ++a)
      for (std::size_t b = 0; b < p; ++b) m[a][b] += mean * (1 - mean) * row[a] * row[b];
  }
  double determinant = 1;  // by elimination: positive definite, so without exchanges
  for (std::size_t k = 0; k < p; ++k) {
    determinant *= m[k][k];
    for (std::size_t i = k + 1; i < p; ++i)
      for (std::size_t j = p; j-- > k;) m[i][j] -= m[i][k] / m[k][k] * m[k][j];
  }
  return sum + std::log(determinant) / 2;
}

TEST(Firth, IsTheMaximumOfThePenalisedLikelihoodOnSeparatedData) {
  std::vector<std::vector<float>> x(2);
  std::vector<double> y;
  for (std::size_t i = 0; i < 40; ++i) {
    x[0].push_back(static_cast<float>(Stream{31}.normal(i)));
    x[1].push_back(i % 4 == 0 ? 1.0F : 0.0F);
    y.push_back(i % 4 == 0 || x[0].back() + Stream{32}.normal(i) > 0.5 ? 1 : 0);  // x1 = 1 always goes with 1
  }
  const Small data{x, y};
  const LinearModel unpenalised = fit(data.problem(), {{"standard_errors", "model"}});
  EXPECT_GT(std::abs(unpenalised.terms[1].coefficients[0] / unpenalised.terms[1].scale), 10);
  ASSERT_FALSE(unpenalised.notes.empty());

  const LinearModel model = fit(data.problem(), kFirth);
  const std::vector<double> beta{model.intercept, model.terms[0].coefficients[0],
                                 model.terms[1].coefficients[0]};
  EXPECT_LT(std::abs(beta[2]), 6);
  const double best = penalised_likelihood(x, y, beta);
  for (std::size_t j = 0; j < 3; ++j) {
    const auto moved = [&](double by) {
      std::vector<double> other = beta;
      other[j] += by;
      return penalised_likelihood(x, y, other);
    };
    // the slope by differences: 1e-5^2 of truncation and 1e-15 / 1e-5 of rounding times the third derivative,
    // some units
    EXPECT_NEAR((moved(1e-5) - moved(-1e-5)) / 2e-5, 0, 1e-8);
    for (const double by : {-1.0, -0.3, -0.01, 0.01, 0.3, 1.0}) EXPECT_LT(moved(by), best) << j << " " << by;
  }
}

TEST(Regression, PredictsRowsHeldOutAsItsModelDoesOnSeparatedData) {
  // x1 = 1 always goes with 1: without Firth's penalty a coefficient grows until a solver stops, and two
  // solvers stop apart
  std::vector<std::vector<float>> x(2);
  std::vector<double> y;
  for (std::size_t i = 0; i < 60; ++i) {
    x[0].push_back(static_cast<float>(Stream{31}.normal(i)));
    x[1].push_back(i % 4 == 0 ? 1.0F : 0.0F);
    y.push_back(i % 4 == 0 || x[0].back() + Stream{32}.normal(i) > 0.5 ? 1 : 0);
  }
  const Small data{x, y};
  Problem problem = data.problem();
  RowList train, held;
  for (const std::uint32_t row : data.rows) (row % 3 == 0 ? held : train).push_back(row);
  problem.rows = train;
  Workers workers{1};
  for (const char* standard_errors : {"none", "model", "robust"})
    for (const char* firth : {"false", "true"}) {
      if (firth == std::string{"true"} && standard_errors == std::string{"robust"}) continue;
      SCOPED_TRACE(fmt::format("standard errors {}, firth {}", standard_errors, firth));
      const SettingValues settings{
          {"transform", "none"}, {"standard_errors", standard_errors}, {"firth", firth}};
      Inputs inputs;
      engine("linear").prepare(inputs, data.matrix, data.rows, settings, workers);
      const auto predictions = engine("linear").predict_held(
          inputs, problem, settings, std::vector{SettingValues{}}, held, Stream{1}, workers);
      EXPECT_EQ(predictions[0], predict(fit(problem, settings), data.matrix, held, workers));  // bit by bit
    }
}

TEST(Firth, IsForLogisticAndHasModelStandardErrors) {
  const MixedProblem mixed{60};
  const auto message = [&](const Problem& problem, const SettingValues& settings) {
    try {
      fit(problem, settings);
    } catch (const Error& e) {
      return std::string{e.what()};
    }
    return std::string{};
  };
  EXPECT_EQ(message(mixed.counts(), {{"firth", "true"}}),
            "firth: Firth's penalty is for objective logistic, not squared_error\n"
            "   mend: leave it out, or use objective logistic");
  EXPECT_EQ(message(mixed.events(), {{"firth", "true"}, {"standard_errors", "robust"}}),
            "standard_errors: Firth's penalty has no standard errors of kind robust\n   mend: use model");
  EXPECT_EQ(
      message(mixed.events(), {{"standard_errors", "cluster"}}),
      "standard_errors: standard errors by cluster need clusters\n   mend: name their column with --cluster");
  EXPECT_EQ(message(mixed.events(), {{"reference", "area=Q"}}),
            "reference: no category 'area' has the level 'Q' in the training rows\n"
            "   mend: name a category among the predictors and one of its levels");
  EXPECT_EQ(message(mixed.events(), {{"reference", "area"}}),
            "reference: 'area' is no reference level\n"
            "   mend: write column=level, several with a semicolon between them");
  std::vector<std::uint64_t> one(60, 4);
  Problem together = mixed.events();
  together.cluster = one;
  EXPECT_EQ(message(together, {{"standard_errors", "cluster"}}),
            "standard_errors: all training rows are in one cluster\n   mend: standard errors need two "
            "clusters or more");
}

TEST(Regression, RefusesMoreCoefficientsThanItHasRoomFor) {
  ColumnInfo info{"place", ColumnKind::Category, {}};
  std::vector<float> cells;
  for (int k = 0; k < 3001; ++k) {
    info.levels.push_back(std::to_string(k));
    cells.push_back(static_cast<float>(k));
  }
  MatrixBuilder builder{cells.size()};
  builder.add(info, cells);
  const Matrix matrix = builder.finish();
  const std::vector<double> y(cells.begin(), cells.end());
  const RowList rows = all_rows(cells.size());
  try {
    fit({matrix, y, rows}, {{"standard_errors", "model"}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(std::string{e.what()},
              "standard_errors: standard errors and Firth's penalty need all pairs of coefficients, and "
              "there are 3001\n"
              "   mend: fit at most 3000 coefficients, or leave standard_errors, firth and reference out");
  }
}

}  // namespace
}  // namespace kohort
