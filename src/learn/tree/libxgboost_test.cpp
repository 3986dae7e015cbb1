#include "learn/tree/libxgboost.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

/// Settings the library's path takes: no sets of levels.
BoostingSettings library_settings(SettingValues values = {}) {
  values["engine"] = "libxgboost";
  values["encoding"] = "report";
  return read_settings<BoostingSettings>(values);
}

TEST(Libxgboost, EqualsThePythonPackageOfXGBoost) {
  ReferenceCsv csv{"lasso/problem.csv"};
  const std::vector<double> y = csv.numbers("y"), in = csv.numbers("train");
  csv.names.resize(csv.names.size() - 3);
  const Matrix matrix = reference_matrix(csv);
  RowList train;
  std::vector<double> event;
  for (std::uint32_t i = 0; i < y.size(); ++i) {
    event.push_back(y[i] > 0 ? 1 : 0);
    if (in[i] == 1) train.push_back(i);
  }
  const Problem counts{matrix, y, train}, events{matrix, event, train, Objective::Logistic};
  Workers workers{1};
  const ReferenceCsv reference{"boosting/predictions.csv"};
  const auto compare = [&](const char* name, const Problem& problem, const SettingValues& values) {
    SCOPED_TRACE(name);
    const TreeModel model = fit_libxgboost(problem, library_settings(values), Stream{1}, workers);
    const std::vector<double> want = reference.numbers(name);
    const std::vector<double> have = predict(model, matrix, all_rows(matrix.rows()), workers);
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(have[i], want[i], 1e-5) << i;
  };
  compare("squared", counts,
          {{"n_estimators", "50"},
           {"learning_rate", "0.1"},
           {"max_depth", "4"},
           {"min_child_weight", "3"},
           {"gamma", "1"}});
  compare("squared_default", counts, {{"n_estimators", "20"}});
  compare("logistic", events,
          {{"n_estimators", "30"}, {"learning_rate", "0.2"}, {"max_depth", "3"}, {"reg_alpha", "0.5"}});
  // the seed of Stream{1} stands in the script; subsampling draws row by row from it
  ASSERT_EQ(Stream{1}.bits(0) & 0x7fffffff, 385202878);
  compare("subsampled", counts,
          {{"n_estimators", "30"},
           {"learning_rate", "0.1"},
           {"max_depth", "5"},
           {"subsample", "0.7"},
           {"colsample_bytree", "0.6"},
           {"colsample_bynode", "0.8"}});
}

TEST(Libxgboost, AnswersForFewerRoundsFromOneRun) {
  const MixedProblem p{400};
  RowList train, held;
  for (const std::uint32_t row : p.rows) (row % 3 == 0 ? held : train).push_back(row);
  const TreeData data{p.matrix, p.rows, CategoryRule::Report, 256};
  Workers workers{1};
  for (const Objective objective : {Objective::SquaredError, Objective::Logistic}) {
    const Problem problem{p.matrix, p.event, train, objective};
    BoostingSettings settings = library_settings();
    settings.subsample = 0.7;
    settings.colsample_bytree = 0.6;
    const std::vector<int> rounds{3, 10, 25};
    const auto path = libxgboost_path(data, problem, settings, rounds, held, Stream{4}, workers);
    ASSERT_EQ(path.size(), 3);
    for (std::size_t k = 0; k < rounds.size(); ++k) {
      settings.n_estimators = rounds[k];
      const TreeModel alone = fit_libxgboost(data, problem, settings, Stream{4}, workers);
      EXPECT_EQ(path[k], predict(alone, p.matrix, held, workers)) << "same bits as the library's own sums";
    }
  }
}

TEST(Libxgboost, BinsTheSameOnAnyNumberOfThreads) {
  const MixedProblem p{9000};  // more than two blocks of rows
  Workers workers{1};
  BoostingSettings settings = library_settings();
  settings.n_estimators = 5;
  const TreeData one{p.matrix, p.rows, CategoryRule::Report, 256, 1};
  const TreeModel expected = fit_libxgboost(one, p.counts(), settings, Stream{1}, workers);
  for (const int threads : {2, 7}) {
    const TreeData many{p.matrix, p.rows, CategoryRule::Report, 256, threads};
    EXPECT_EQ(fit_libxgboost(many, p.counts(), settings, Stream{1}, workers), expected);
  }
}

TEST(Libxgboost, LeavesRowsOutsideTheProblemAlone) {
  const MixedProblem p{300};
  RowList train;
  for (const std::uint32_t row : p.rows)
    if (row % 2 == 0) train.push_back(row);
  std::vector<double> spoilt = p.count;
  for (std::size_t i = 1; i < spoilt.size(); i += 2) spoilt[i] = 1e6;
  const TreeData data{p.matrix, p.rows, CategoryRule::Report, 256};
  Workers workers{1};
  const TreeModel a =
      fit_libxgboost(data, {p.matrix, p.count, train}, library_settings(), Stream{1}, workers);
  const TreeModel b = fit_libxgboost(data, {p.matrix, spoilt, train}, library_settings(), Stream{1}, workers);
  EXPECT_EQ(a, b);
}

TEST(Libxgboost, EqualsAFitOnRowsOfItsOwnWhenTheBinsAreTheSame) {
  // every unit twice: the bins of half the rows are those of all, unless a quantile is rounded
  std::vector<std::uint32_t> twice;
  for (std::uint32_t i = 0; i < 100; ++i) twice.insert(twice.end(), 2, i);
  const MixedProblem p{200, Stream{5}, twice};
  RowList half;
  for (std::uint32_t i = 0; i < 200; i += 2) half.push_back(i);
  const TreeData shared{p.matrix, p.rows, CategoryRule::Report, 256};
  Workers workers{1};
  const Problem problem{p.matrix, p.count, half};
  const auto a = predict(fit_libxgboost(shared, problem, library_settings(), Stream{1}, workers), p.matrix,
                         half, workers);
  const auto b =
      predict(fit_libxgboost(problem, library_settings(), Stream{1}, workers), p.matrix, half, workers);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
}

TEST(Libxgboost, RefusesABaseScoreThatIsNoProbability) {
  const MixedProblem p{50};
  Workers workers{1};
  BoostingSettings settings = library_settings();
  settings.base_score = 2;
  EXPECT_NO_THROW(fit_libxgboost(p.counts(), settings, Stream{1}, workers));
  try {
    fit_libxgboost(p.events(), settings, Stream{1}, workers);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "base_score: base_score is no probability\n   mend: give a value between 0 and 1");
  }
}

}  // namespace
}  // namespace kohort
