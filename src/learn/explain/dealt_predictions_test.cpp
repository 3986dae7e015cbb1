#include "learn/explain/dealt_predictions.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

using Deal = std::vector<std::uint32_t>;

/// The matrix with one column's cells dealt anew among some rows.
Matrix dealt(const Matrix& from, const std::string& name, const RowList& rows, const Deal& deal) {
  MatrixBuilder builder{from.rows()};
  for (std::size_t j = 0; j < from.columns(); ++j) {
    const MatrixColumn& column = from.column(j);
    std::vector<float> cells(from.rows());
    for (std::uint32_t i = 0; i < from.rows(); ++i) cells[i] = column.at(i);
    if (column.info.name == name)
      for (std::size_t k = 0; k < rows.size(); ++k) cells[rows[k]] = column.at(rows[deal[k]]);
    builder.add(column.info, cells);
  }
  return builder.finish();
}

std::vector<Deal> some_deals(std::size_t rows) {
  std::vector<Deal> deals;
  for (std::uint32_t d = 1; d <= 3; ++d) {
    Deal deal;
    for (std::uint32_t k = 0; k < rows; ++k)
      deal.push_back(static_cast<std::uint32_t>((k * 7 + d * 31) % rows));
    deals.push_back(deal);
  }
  return deals;
}

/// Missing, infinite and category cells; encodings of every kind; every objective of its kind.
TEST(DealtPredictions, AreThoseOfAMatrixWithTheColumnDealt) {
  const MixedProblem p{600};
  RowList rows;
  for (std::uint32_t i = 1; i < 600; i += 2) rows.push_back(i);
  Workers workers{2};
  const auto deals = some_deals(rows.size());
  const std::vector<std::pair<const char*, SettingValues>> kinds{
      {"linear", {}},
      {"lasso", {{"alpha", "0.01"}}},
      {"lasso",
       {{"alpha", "0.01"}, {"degree", "2"}, {"thresholds", "2"}, {"interactions", "age:area, income:age"}}},
      {"random_forest", {{"n_estimators", "12"}, {"max_features", "sqrt"}}},
      {"boosting", {{"n_estimators", "12"}}},
      {"boosting", {{"n_estimators", "12"}, {"encoding", "report"}}}};
  for (const auto& [kind, settings] : kinds) {
    for (const Problem& problem : {p.counts(), p.events()}) {
      const bool linear = settings.empty() || settings.contains("alpha");
      if (linear && problem.objective == Objective::Logistic) continue;
      const Model model = fit_model(engine(kind), problem, settings, Stream{1}, workers);
      const auto names = predictors_of(model);
      std::vector<std::uint32_t> all;
      for (std::uint32_t j = 0; j < names.size(); ++j) all.push_back(j);
      const auto ours = dealt_predictions(model, p.matrix, rows, all, deals, workers);
      ASSERT_EQ(ours.size(), names.size() * deals.size());
      for (std::size_t k = 0; k < ours.size(); ++k) {
        SCOPED_TRACE(std::string{kind} + ", " + names[k / deals.size()]);
        const Matrix other = dealt(p.matrix, names[k / deals.size()], rows, deals[k % deals.size()]);
        const auto slow = predict(model, other, rows, workers);
        if (linear)
          for (std::size_t i = 0; i < slow.size(); ++i) ASSERT_NEAR(ours[k][i], slow[i], 1e-12);
        else
          ASSERT_EQ(ours[k], slow);
      }
    }
  }
}

TEST(DealtPredictions, AreThoseOfPredictToTheBitWhereNoCellThatCountsChanges) {
  const MixedProblem p{300};
  Workers workers{1};
  std::vector<Deal> deals = some_deals(300);
  deals.push_back(all_rows(300));  // everybody keeps their own
  for (const char* kind : {"linear", "lasso", "random_forest", "boosting"}) {
    SettingValues settings;
    if (std::string{kind} == "lasso") settings = {{"alpha", "0.2"}};
    if (std::string{kind} == "boosting") settings = {{"n_estimators", "1"}, {"max_depth", "1"}};
    const Model model = fit_model(engine(kind), p.counts(), settings, Stream{1}, workers);
    std::vector<std::uint32_t> all;
    for (std::uint32_t j = 0; j < predictors_of(model).size(); ++j) all.push_back(j);
    const auto own = predict(model, p.matrix, p.rows, workers);
    const auto ours = dealt_predictions(model, p.matrix, p.rows, all, deals, workers);
    std::size_t unused = 0;
    for (const std::uint32_t j : all) {
      EXPECT_EQ(ours[4 * j + 3], own) << kind;
      if (ours[4 * j] == own) ++unused;
    }
    // One split, and a strong penalty, leave predictors unused.
    if (std::string{kind} == "boosting") EXPECT_EQ(unused, all.size() - 1);
    if (std::string{kind} == "lasso") EXPECT_GT(unused, 2);
  }
}

TEST(DealtPredictions, AreTheSameBitsOnAnyNumberOfThreads) {
  const MixedProblem p{1500};
  Workers one{1}, two{2}, seven{7};
  const auto deals = some_deals(1500);
  for (const char* kind : {"lasso", "random_forest", "boosting"}) {
    const SettingValues settings = std::string{kind} == "lasso" ? SettingValues{{"alpha", "0.01"}}
                                                                : SettingValues{{"n_estimators", "8"}};
    const Model model = fit_model(engine(kind), p.counts(), settings, Stream{1}, one);
    const std::vector<std::uint32_t> last{static_cast<std::uint32_t>(predictors_of(model).size() - 1), 0};
    const auto alone = dealt_predictions(model, p.matrix, p.rows, last, deals, one);
    EXPECT_EQ(alone, dealt_predictions(model, p.matrix, p.rows, last, deals, two));
    EXPECT_EQ(alone, dealt_predictions(model, p.matrix, p.rows, last, deals, seven));
  }
}

}  // namespace
}  // namespace kohort
