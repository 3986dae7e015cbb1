#include "tune/permutation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

#include "learn/engines.hpp"
#include "learn/testing.hpp"
#include "learn/tree/xgboost_json.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

using Deals = std::vector<std::vector<std::uint32_t>>;

Model quick(const Problem& problem) {
  Workers workers{1};
  return fit_model(engine("boosting"), problem, {{"n_estimators", "12"}}, Stream{1}, workers);
}

/// tests/reference/permutation: models of XGBoost, and what scikit-learn found for them.
struct Reference {
  ReferenceCsv problem{"permutation/problem.csv"}, importances{"permutation/importances.csv"},
      deals_csv{"permutation/deals.csv"};
  Matrix matrix;
  Deals deals;

  Reference() {
    MatrixBuilder builder{problem.rows()};
    for (const std::string& name : importances.cells[0]) {
      const std::vector<double> cells = problem.numbers(name);
      builder.add({.name = name}, std::vector<float>(cells.begin(), cells.end()));
    }
    matrix = builder.finish();
    for (std::size_t repeat = 0; repeat < deals_csv.names.size(); ++repeat) {
      const std::vector<double> places = deals_csv.numbers(repeat);
      deals.emplace_back(places.begin(), places.end());
    }
  }
  Model model(const std::string& name) const {
    TreeModel model{
        .kind = "boosting", .encoding = make_tree_encoding(matrix, CategoryRule::Ordinal), .trees = {}};
    std::ifstream file{std::string{KOHORT_REFERENCE} + "/permutation/" + name + ".json"};
    const std::string json{std::istreambuf_iterator<char>{file}, {}};
    model.trees = read_xgboost_json(json, xgboost_features(model.encoding));
    return model;
  }
};

/// Within 1e-6: the programs' predictions are floats.
TEST(PermutationImportance, IsScikitLearnsOnTheSameDeals) {
  const Reference reference;
  const RowList rows = all_rows(reference.matrix.rows());
  Workers workers{1};
  for (const std::string name : {"count", "event"}) {
    const std::vector<double> outcome = reference.problem.numbers(name),
                              weights = reference.problem.numbers("w");
    ScoredRows scored{.matrix = reference.matrix, .rows = rows, .outcome = outcome};
    if (name == "event") {
      scored.score = Score::NegBrierScore;
      scored.weights = weights;
    }
    const auto ours = permutation_importance(reference.model(name), scored, reference.deals, workers);
    const auto mean = reference.importances.numbers(name + "_mean"),
               sd = reference.importances.numbers(name + "_std");
    ASSERT_EQ(ours.size(), mean.size());
    for (std::size_t j = 0; j < ours.size(); ++j) {
      EXPECT_NEAR(ours[j].mean, mean[j], 1e-6) << name << " " << j;
      EXPECT_NEAR(ours[j].sd, sd[j], 1e-6) << name << " " << j;
    }
    EXPECT_EQ(ours.back().mean, 0);  // a constant, which no tree splits on
    EXPECT_EQ(ours.back().sd, 0);
    EXPECT_GT(ours[4].mean, 0.01) << "age";
  }
}

TEST(PermutationImportance, DealsRowsInEveryOrderAlike) {
  std::vector<int> times(6);
  const std::vector<std::vector<std::uint32_t>> orders{{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  constexpr int kDraws = 6000;
  for (const auto& deal : deal_rows(3, kDraws, Stream{4}))
    ++times[static_cast<std::size_t>(std::ranges::find(orders, deal) - orders.begin())];
  for (const int count : times)  // 4 standard errors of a share of 1/6
    EXPECT_NEAR(count, kDraws / 6.0, 4 * std::sqrt(kDraws * 5.0 / 36));
  EXPECT_EQ(deal_rows(50, 2, Stream{1}), deal_rows(50, 2, Stream{1}));
  EXPECT_NE(deal_rows(50, 2, Stream{1})[0], deal_rows(50, 2, Stream{2})[0]);
  EXPECT_EQ(deal_rows(50, 2, Stream{1})[1], deal_rows(50, 3, Stream{1})[1]);
  const auto deal = deal_rows(50, 1, Stream{1})[0];
  EXPECT_EQ(std::set(deal.begin(), deal.end()).size(), 50);
}

TEST(PermutationImportance, IsTheSameBitsOnAnyNumberOfThreads) {
  const MixedProblem p{1300};
  const Model model = quick(p.counts());
  const ScoredRows scored{.matrix = p.matrix, .rows = p.rows, .outcome = p.count};
  const Deals deals = deal_rows(p.rows.size(), 3, Stream{1});
  Workers one{1}, two{2}, seven{7};
  const auto values = [&](Workers& workers, std::size_t held = 1 << 20) {
    std::vector<double> out;
    for (const auto& importance : permutation_importance(model, scored, deals, workers, held)) {
      out.push_back(importance.mean);
      out.push_back(importance.sd);
    }
    return out;
  };
  const auto alone = values(one);
  EXPECT_EQ(alone, values(two));
  EXPECT_EQ(alone, values(seven));
  EXPECT_EQ(alone, values(two, 1));         // one predictor at a time
  EXPECT_EQ(alone, values(two, 4 * 3900));  // four
  EXPECT_GT(*std::ranges::max_element(alone), 0.1);
}

/// Only the rows given count, each with its own exposure.
TEST(PermutationImportance, ScoresRowsWithTheirExposures) {
  const MixedProblem p{400};
  const Model model = quick(p.counts());
  RowList rows;
  std::vector<double> exposure, outcome = p.count;
  for (std::uint32_t i = 0; i < 400; ++i) {
    exposure.push_back(1 + i % 3);
    if (i % 2 == 0)
      rows.push_back(i);
    else
      outcome[i] = std::nan("");
  }
  Workers workers{1};
  const Deals deals = deal_rows(rows.size(), 1, Stream{1});
  const auto ours = permutation_importance(
      model, {.matrix = p.matrix, .rows = rows, .outcome = outcome, .exposure = exposure}, deals, workers);
  const auto score = [&](const std::vector<double>& predictions) {
    double sum = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const double apart = outcome[rows[k]] - predictions[k] * exposure[rows[k]];
      sum -= apart * apart / static_cast<double>(rows.size());
    }
    return sum;
  };
  const MatrixColumn& age = p.matrix.column(p.matrix.find("age"));
  MatrixBuilder builder{400};
  for (std::size_t j = 0; j < p.matrix.columns(); ++j) {
    std::vector<float> cells(400);
    for (std::uint32_t i = 0; i < 400; ++i) cells[i] = p.matrix.column(j).at(i);
    if (&p.matrix.column(j) == &age)
      for (std::size_t k = 0; k < rows.size(); ++k) cells[rows[k]] = age.at(rows[deals[0][k]]);
    builder.add(p.matrix.column(j).info, cells);
  }
  const Matrix dealt = builder.finish();
  const double wanted =
      score(predict(model, p.matrix, rows, workers)) - score(predict(model, dealt, rows, workers));
  EXPECT_NEAR(ours[p.matrix.find("age")].mean, wanted, 1e-12);
  EXPECT_EQ(ours[p.matrix.find("age")].sd, 0);  // of one repeat
}

}  // namespace
}  // namespace kohort
