// Penalised linear models on real tables against scikit-learn and glmnet, which were given the same scaled
// design (tests/reference/linear_real); only where KOHORT_DATA is set.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <tuple>

#include "learn/linear/glm.hpp"
#include "learn/linear/gram_lasso.hpp"
#include "learn/tree/real_tables.hpp"
#include "matrix/reference_csv.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

RealSource of_trees(const char* outcome) {
  const auto sources = real_sources();
  return *std::ranges::find(sources, outcome, &RealSource::outcome);
}

std::string compas(const char* outcome, const char* predictors) {
  return fmt::format(
      "SELECT {} AS outcome, age, sex, race, juv_fel_count, juv_misd_count, juv_other_count, {} FROM "
      "read_csv(file('compas-scores-two-years.csv.gz'))",
      outcome, predictors);
}

/// The tables of make.py by its names.
std::map<std::string, RealSource> sources() {
  const std::string crime = "wooldridge-crime";
  return {
      {"quickstart",
       {"glmnet-quickstart",
        "y",
        "SELECT y AS outcome, * EXCLUDE (y) FROM read_csv(file('quickstart.csv'))",
        {}}},
      {"adult", of_trees("income above 50 000")},
      {"chicago", of_trees("complaints in 2012")},
      {"recidivism", {"broward-compas", "", compas("two_year_recid", "priors_count, c_charge_degree"), {}}},
      {"priors", {"broward-compas", "", compas("priors_count", "c_charge_degree"), {}}},
      {"arrests",
       {crime,
        "",
        "SELECT narr86 AS outcome, * EXCLUDE (narr86, nfarr86, nparr86) FROM read_csv(file('crime1.csv'))",
        {}}},
      {"returns",
       {crime,
        "",
        "SELECT 1 - cens AS outcome, * EXCLUDE (cens, durat, ldurat, follow) FROM "
        "read_csv(file('recid.csv'))",
        {}}},
      {"murders",
       {crime,
        "",
        "SELECT murders AS outcome, popul, density, perc1019, perc2029, percblack, percmale, rpcincmaint, "
        "rpcpersinc, rpcunemins, year, statefips::VARCHAR AS state FROM "
        "read_csv(file('countymurders.csv.gz'))",
        {}}}};
}

/// What is fitted: table, objective, alpha, l1_ratio.
using FitKey = std::tuple<std::string, std::string, double, double>;

/// What a program made of it.
struct Peer {
  std::string program;
  double value = 0;                           // of the objective
  std::vector<double> order;                  // 11 order statistics of the predictions
  std::map<std::string, double> coefficient;  // by column; those that the optimum determines
};

std::map<FitKey, std::vector<Peer>> read_peers() {
  const ReferenceCsv fits{"linear_real/fits.csv"}, coefficients{"linear_real/coefficients.csv"};
  std::map<std::string, std::map<std::string, double>> coefficient;
  for (std::size_t i = 0; i < coefficients.rows(); ++i)
    coefficient[coefficients.cells[0][i]][coefficients.cells[1][i]] =
        parse_double(coefficients.cells[2][i]).value();
  std::map<FitKey, std::vector<Peer>> peers;
  for (std::size_t i = 0; i < fits.rows(); ++i) {
    const auto number = [&](std::size_t j) { return parse_double(fits.cells[j][i]).value(); };
    Peer peer{fits.cells[5][i], number(6), {}, coefficient[fits.cells[0][i]]};
    for (std::size_t k = 0; k < 11; ++k) peer.order.push_back(number(8 + k));
    peers[{fits.cells[1][i], fits.cells[2][i], number(3), number(4)}].push_back(std::move(peer));
  }
  return peers;
}

struct RealProblem {
  RealTable table;
  LinearCells cells;
  FixedColumns columns;
  LinearDesign design;

  explicit RealProblem(const std::string& name)
      : table(read_real_table(sources().at(name), RealTexts::Categories)),
        cells(table.matrix, name == "quickstart" ? Transform::None : Transform::Log1p),
        columns(cells),
        design(make_linear_design(cells, table.rows)) {}
  const std::vector<double>& outcome(Objective objective) const {
    return objective == Objective::Logistic ? table.event : table.count;
  }
  std::string column(std::size_t j) const {
    const LinearColumn& column = cells.columns()[j];
    const ColumnInfo& info = table.matrix.column(column.source).info;
    if (column.level < 0) return info.name;
    const auto level = static_cast<std::size_t>(column.level);
    return info.name + "=" + (level < info.levels.size() ? info.levels[level] : "(missing)");
  }
};

/// A fit as the cells see it.
struct Seen {
  double value = 0, violation = 0;  // of the objective; the largest of an optimality condition
  std::vector<double> prediction;   // ascending
};

Seen look(const RealProblem& problem, Objective objective, const LassoSettings& settings,
          const LinearFit& fit) {
  const LinearDesign& design = problem.design;
  const std::vector<double>& outcome = problem.outcome(objective);
  const GlmLoss loss{objective};
  const auto n = static_cast<double>(outcome.size());
  const double l1 = settings.alpha * settings.l1_ratio, l2 = settings.alpha * (1 - settings.l1_ratio);
  std::vector<double> margin(outcome.size(), fit.intercept), pull(outcome.size());
  Seen seen;
  for (std::size_t j = 0; j < fit.beta.size(); ++j) {
    add_plain_deviations(design, j, fit.beta[j], margin);
    for (double& m : margin) m += fit.beta[j] * mode_value(design, j);
    seen.value += l1 * std::abs(fit.beta[j]) + l2 / 2 * fit.beta[j] * fit.beta[j];
  }
  double sum = 0;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    seen.prediction.push_back(loss.mean_of(margin[i]));
    seen.value += loss.at(outcome[i], margin[i]).loss / n;
    pull[i] = outcome[i] - seen.prediction[i];
    sum += pull[i];
  }
  seen.violation = std::abs(sum) / n;
  for (std::size_t j = 0; j < fit.beta.size(); ++j) {
    if (!design.numbers[j].used) continue;
    const double slope =
        (dot_deviations(design, j, pull) + mode_value(design, j) * sum) / n - l2 * fit.beta[j];
    seen.violation =
        std::max(seen.violation,
                 fit.beta[j] == 0 ? std::abs(slope) - l1 : std::abs(slope - std::copysign(l1, fit.beta[j])));
  }
  std::ranges::sort(seen.prediction);
  return seen;
}

/// Compares with one program; returns how many coefficients were compared one by one.
std::size_t compare(const RealProblem& problem, const LinearFit& fit, const Seen& seen, const Peer& peer) {
  SCOPED_TRACE(peer.program);
  EXPECT_NEAR(seen.value / peer.value, 1, 1e-9);
  for (std::size_t k = 0; k < 11; ++k) {
    const double place = std::nearbyint(static_cast<double>(k * (seen.prediction.size() - 1)) / 10);
    const double got = seen.prediction[static_cast<std::size_t>(place)];
    EXPECT_NEAR(got, peer.order[k], 1e-6 * std::max(1.0, std::abs(peer.order[k]))) << "order statistic " << k;
  }
  std::size_t compared = 0;
  for (std::size_t j = 0; j < fit.beta.size(); ++j) {
    const auto of = peer.coefficient.find(problem.column(j));
    if (of == peer.coefficient.end()) continue;
    EXPECT_NEAR(fit.beta[j] / of->second, 1, 1e-6) << of->first;
    ++compared;
  }
  EXPECT_EQ(compared, peer.coefficient.size());
  return compared;
}

using Solver = std::function<LinearFit(const RealProblem&, Objective, const LassoSettings&)>;

LinearFit by_newton(const RealProblem& problem, Objective objective, const LassoSettings& settings) {
  return fit_penalised_glm({problem.design, problem.outcome(objective), {}, {objective}}, settings,
                           Workers{1});
}

LinearFit by_residuals(const RealProblem& problem, Objective objective, const LassoSettings& settings) {
  return fit_lasso(problem.design, problem.outcome(objective), settings, {}, Workers{1});
}

LinearFit by_sums(const RealProblem& problem, Objective objective, const LassoSettings& settings) {
  Workers workers{1};
  LinearFit out;
  fit_lasso_path_by_sums(
      problem.design, problem.columns, {problem.table.matrix, problem.outcome(objective), problem.table.rows},
      std::array{settings}, workers, [&](std::size_t, const LinearFit& fit) { out = fit; });
  return out;
}

// glmnet's own numbers of its example, from 64-bit cells: 32-bit cells are 6e-8 of themselves away. It
// divides the outcome by its standard deviation first and leaves the penalty on squares at that, which makes
// it lambda (1 - alpha) / sd.
TEST(RealPenalised, QuickstartHasThePublishedCoefficients) {
  const RealProblem problem{"quickstart"};
  Session session{{.folders = {std::filesystem::path{KOHORT_DATA}}, .temp_folder = {}}};
  const Table expected = session.read(
      fmt::format("SELECT alpha::DOUBLE AS share, \"lambda\"::DOUBLE AS penalty, replace(term, 'V', 'X') AS "
                  "term, coef::DOUBLE AS coefficient FROM read_csv({})",
                  sql_text(std::string{KOHORT_DATA} + "/glmnet-quickstart/expected_coefficients.csv")));
  double sum = 0, squares = 0;
  for (const double y : problem.table.count) sum += y, squares += y * y;
  const auto n = static_cast<double>(problem.table.count.size());
  const double deviation = std::sqrt(squares / n - sum / n * sum / n);
  ASSERT_EQ(expected.rows(), 7 * 21);
  for (std::size_t row = 0; row < expected.rows(); row += 21) {
    const double share = expected.at("share").numbers()[row], lambda = expected.at("penalty").numbers()[row];
    const double l1 = lambda * share, l2 = lambda * (1 - share) / deviation;
    const LinearFit fit =
        by_sums(problem, Objective::SquaredError,
                {.alpha = l1 + l2, .l1_ratio = l1 / (l1 + l2), .max_iter = 100'000, .tol = 1e-14});
    std::map<std::string, double> coefficient{{"(Intercept)", fit.intercept}};
    for (std::size_t j = 0; j < fit.beta.size(); ++j)
      coefficient[problem.column(j)] = fit.beta[j] / problem.design.numbers[j].scale;
    for (std::size_t k = row; k < row + 21; ++k)
      EXPECT_NEAR(coefficient.at(expected.at("term").texts()[k]), expected.at("coefficient").numbers()[k],
                  1e-6)
          << "alpha " << share << ", lambda " << lambda << ", " << expected.at("term").texts()[k];
  }
}

class PeersOf : public testing::TestWithParam<std::string> {};

TEST_P(PeersOf, EveryPenalisedFit) {
  const RealProblem problem{GetParam()};
  std::size_t fits = 0, compared = 0;
  for (const auto& [key, peers] : read_peers()) {
    const auto& [table, objective_name, alpha, l1_ratio] = key;
    if (table != GetParam()) continue;
    const Objective objective = parse_objective(objective_name).value();
    const bool lasso = objective == Objective::SquaredError && l1_ratio > 0;
    std::map<std::string, Solver> solvers{{"newton", by_newton}};
    if (lasso) solvers.insert({{"residuals", by_residuals}, {"sums", by_sums}});
    for (const auto& [name, solver] : solvers) {
      SCOPED_TRACE(fmt::format("{}, alpha {}, l1_ratio {}, {}", objective_name, alpha, l1_ratio, name));
      // a gap of 1e-13 is a violation below its root; a violation is held against the steepest slope
      const LassoSettings settings{
          .alpha = alpha, .l1_ratio = l1_ratio, .max_iter = 100'000, .tol = name == "newton" ? 1e-12 : 1e-13};
      const LinearFit fit = solver(problem, objective, settings);
      const Seen seen = look(problem, objective, settings, fit);
      EXPECT_TRUE(fit.converged);
      EXPECT_LE(seen.violation, 1e-8);
      for (const Peer& peer : peers) compared += compare(problem, fit, seen, peer);
      ++fits;
    }
  }
  EXPECT_GE(fits, 9);
  EXPECT_GE(compared, 50);
}

INSTANTIATE_TEST_SUITE_P(RealData, PeersOf,
                         testing::Values("quickstart", "adult", "recidivism", "priors", "arrests", "returns",
                                         "murders", "chicago"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace kohort
