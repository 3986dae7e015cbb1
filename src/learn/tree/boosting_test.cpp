#include "learn/tree/boosting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "learn/tree/libxgboost.hpp"

namespace kohort {
namespace {

BoostingSettings settings_of(const SettingValues& values) { return read_settings<BoostingSettings>(values); }

/// A problem whose columns hold few distinct values, so that any library finds the same bins.
struct CoarseProblem {
  Matrix matrix;
  std::vector<double> count, event, amount, weight;
  RowList rows;

  explicit CoarseProblem(std::size_t n, Stream stream = Stream{11}) : rows(all_rows(n)) {
    MatrixBuilder builder{n};
    std::vector<double> level(n, 0.1);
    for (int k = 0; k < 8; ++k) {
      std::vector<float> cells(n);
      const Stream column = stream.child("cells").child(static_cast<std::uint64_t>(k));
      for (std::size_t i = 0; i < n; ++i) {
        const double draw = column.uniform(i);
        const double missing = k % 3 == 2 ? 0.25 : 0;
        cells[i] = draw < missing ? std::nanf("") : std::floor(40.0F * static_cast<float>(draw * draw)) - 5;
        if (draw > 0.8) level[i] += 0.2 * (k % 4);
      }
      builder.add({"x" + std::to_string(k)}, cells);
    }
    for (std::size_t i = 0; i < n; ++i) {
      count.push_back(static_cast<double>(stream.child("y").poisson(i, level[i])));
      event.push_back(count[i] > 0 ? 1 : 0);
      amount.push_back(count[i] * (1 + stream.child("size").uniform(i)));
      weight.push_back(1 + static_cast<double>(stream.child("w").below(i, 3)));
    }
    matrix = builder.finish();
  }
  Problem counts() const { return {matrix, count, rows}; }
};

std::string setting_text(const SettingValues& values) {
  std::string text;
  for (const auto& [name, value] : values) text += name + "=" + value + " ";
  return text;
}

/// Largest difference of predictions.
double distance(const Model& a, const Model& b, const Matrix& matrix) {
  Workers workers{1};
  const auto x = predict(a, matrix, all_rows(matrix.rows()), workers),
             y = predict(b, matrix, all_rows(matrix.rows()), workers);
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

TEST(Boosting, EqualsLibxgboostWithoutSampling) {
  const CoarseProblem p{1500};
  Workers workers{1};
  const auto compare = [&](const Problem& problem, SettingValues values) {
    values.try_emplace("n_estimators", "25");
    values["encoding"] = "ordinal";
    const BoostingSettings own = settings_of(values);
    values["engine"] = "libxgboost";
    const Model a = fit_boosting(problem, own, Stream{1}, workers);
    const Model b = fit_libxgboost(problem, settings_of(values), Stream{1}, workers);
    // 32-bit sums in the library, exact ones here
    EXPECT_LT(distance(a, b, p.matrix), 1e-5) << setting_text(values);
    const auto& mine = std::get<TreeModel>(a).trees.nodes;
    EXPECT_EQ(mine.size(), std::get<TreeModel>(b).trees.nodes.size());
  };
  const Problem counts = p.counts(), events{p.matrix, p.event, p.rows, Objective::Logistic};
  Problem weighted = counts, poisson = counts, tweedie{p.matrix, p.amount, p.rows, Objective::Tweedie};
  weighted.weights = p.weight;
  poisson.objective = Objective::Poisson;
  compare(counts, {});
  compare(counts, {{"gamma", "1"}, {"min_child_weight", "7"}, {"reg_lambda", "0"}});
  compare(counts, {{"reg_alpha", "2"}, {"max_depth", "3"}});
  compare(counts, {{"max_delta_step", "0.6"}});  // a tighter one makes many splits gain exactly the same
  compare(counts, {{"max_leaves", "9"}, {"max_depth", "0"}, {"grow_policy", "lossguide"}});
  compare(counts, {{"max_leaves", "9"}, {"max_depth", "5"}});
  compare(weighted, {});
  compare(events, {{"learning_rate", "0.1"}});
  compare(events, {{"scale_pos_weight", "3"}, {"max_depth", "4"}, {"base_score", "0.3"}});
  compare(poisson, {});
  compare(poisson, {{"max_delta_step", "0"}, {"learning_rate", "0.1"}});
  compare(tweedie, {{"tweedie_variance_power", "1.3"}});
}

TEST(Boosting, WeighsALeafAtItsLeastWeightAsLibxgboostDoes) {
  // From a base score of 1/2, two rows under Poisson weigh 1: exactly min_child_weight. 1/2 in 32 bits; the
  // margin's own rounding must not make it less.
  MatrixBuilder builder{12};
  std::vector<double> count(12, 0.0);
  count[10] = count[11] = 4;
  std::vector<float> cells(12);
  for (std::size_t i = 0; i < 12; ++i) cells[i] = static_cast<float>(i);
  builder.add({"x"}, cells);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(12);
  const Problem problem{matrix, count, rows, Objective::Poisson};
  Workers workers{1};
  SettingValues values{
      {"n_estimators", "1"}, {"encoding", "ordinal"}, {"base_score", "0.5"}, {"max_delta_step", "0"}};
  const auto model_of = [&](const std::string& least, bool library) {
    values["min_child_weight"] = least;
    values["engine"] = library ? "libxgboost" : "kohort";
    const BoostingSettings settings = settings_of(values);
    return library ? fit_libxgboost(problem, settings, Stream{1}, workers)
                   : fit_boosting(problem, settings, Stream{1}, workers);
  };
  EXPECT_GT(distance(model_of("1", true), model_of("1.01", true), matrix),
            0.1);                                                     // the data stand on the edge
  for (const char* least : {"1", "1.01", "3", "3.01", "6", "100"}) {  // 100: more than the root weighs
    const TreeModel own = model_of(least, false), library = model_of(least, true);
    EXPECT_EQ(own.trees.nodes.size(), library.trees.nodes.size()) << least;
    EXPECT_LT(distance(own, library, matrix), 1e-6) << least;
  }
}

/// Without weights squared errors are added up in packed cells; with weights of 1, in pairs.
TEST(Boosting, GrowsTheSameTreesFromPackedCellsAsFromPairs) {
  const MixedProblem mixed{3000};
  const CoarseProblem coarse{1500};
  Workers workers{1};
  const auto compare = [&](Problem problem, const SettingValues& values) {
    const std::vector<double> ones(problem.matrix.rows(), 1.0);
    const BoostingSettings settings = settings_of(values);
    const TreeModel packed = fit_boosting(problem, settings, Stream{1}, workers);
    problem.weights = ones;
    const TreeModel pairs = fit_boosting(problem, settings, Stream{1}, workers);
    ASSERT_EQ(packed.trees.nodes.size(), pairs.trees.nodes.size()) << setting_text(values);
    for (std::size_t n = 0; n < packed.trees.nodes.size(); ++n) {
      ASSERT_EQ(packed.trees.nodes[n].feature, pairs.trees.nodes[n].feature) << setting_text(values);
      ASSERT_EQ(packed.trees.nodes[n].cover, pairs.trees.nodes[n].cover) << setting_text(values);
    }
    const double range = *std::ranges::max_element(problem.outcome);  // counts
    EXPECT_LT(distance(packed, pairs, problem.matrix), 1e-6 * range) << setting_text(values);
  };
  for (const Problem& problem : {mixed.counts(), coarse.counts()}) {
    compare(problem, {});
    compare(problem, {{"gamma", "1"}, {"min_child_weight", "7"}, {"reg_lambda", "0"}});
    compare(problem, {{"min_child_weight", "6.5"}, {"reg_alpha", "2"}});
    compare(problem, {{"min_child_weight", "0"}, {"max_delta_step", "0.6"}, {"n_estimators", "20"}});
    compare(problem, {{"subsample", "0.7"}, {"colsample_bynode", "0.6"}, {"encoding", "ordinal"}});
    compare(problem, {{"max_leaves", "9"}, {"max_depth", "0"}, {"grow_policy", "lossguide"}});
  }
  compare(mixed.counts(), {{"monotone_constraints", "age:1 charges_0:-1"}});
  compare(mixed.counts(), {{"early_stopping_rounds", "3"}});
}

TEST(Boosting, GivesTheSameBitsOnAnyNumberOfThreads) {
  const MixedProblem p{90'000};  // of which 72,000 are drawn: more than one thread adds up alone
  BoostingSettings settings = settings_of({{"n_estimators", "6"},
                                           {"subsample", "0.8"},
                                           {"colsample_bytree", "0.8"},
                                           {"colsample_bynode", "0.7"}});
  for (const Problem& problem : {p.counts(), p.events()}) {
    Workers one{1};
    const TreeModel expected = fit_boosting(problem, settings, Stream{3}, one);
    for (const int threads : {2, 7}) {
      Workers many{threads};
      EXPECT_EQ(fit_boosting(problem, settings, Stream{3}, many), expected);
    }
  }
}

TEST(Boosting, AnswersForFewerRoundsFromOneRun) {
  const MixedProblem p{900};
  RowList train, held;
  for (const std::uint32_t row : p.rows) (row % 3 == 0 ? held : train).push_back(row);
  Workers workers{1};
  const TreeBins bins{p.matrix, CategoryRule::Sets, 256, workers};
  const std::vector<int> rounds{3, 10, 40};
  for (const bool early : {false, true}) {
    for (const Objective objective : {Objective::SquaredError, Objective::Logistic, Objective::Poisson}) {
      Problem problem{p.matrix, p.event, train, objective};
      BoostingSettings settings = settings_of({{"subsample", "0.7"}, {"colsample_bytree", "0.6"}});
      if (early) settings.early_stopping_rounds = 3;
      const auto path = boosting_path(bins, problem, settings, rounds, held, Stream{4}, workers);
      ASSERT_EQ(path.size(), 3);
      for (std::size_t k = 0; k < rounds.size(); ++k) {
        settings.n_estimators = rounds[k];
        const TreeModel alone = fit_boosting(bins, problem, settings, Stream{4}, workers);
        EXPECT_EQ(path[k], predict(alone, p.matrix, held, workers));
        if (early) EXPECT_LT(alone.trees.roots.size(), 40);
      }
    }
  }
}

TEST(Boosting, LeavesRowsOutsideTheProblemAlone) {
  const MixedProblem p{300};
  RowList train;
  for (const std::uint32_t row : p.rows)
    if (row % 2 == 0) train.push_back(row);
  std::vector<double> spoilt = p.count;
  for (std::size_t i = 1; i < spoilt.size(); i += 2) spoilt[i] = std::nan("");
  Workers workers{1};
  EXPECT_EQ(fit_boosting({p.matrix, p.count, train}, {}, Stream{1}, workers),
            fit_boosting({p.matrix, spoilt, train}, {}, Stream{1}, workers));
}

TEST(Boosting, CountsARowTwiceAsAWeightOfTwo) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < 200; ++i) order.insert(order.end(), i % 3 == 0 ? 2 : 1, i);
  const MixedProblem twice{order.size(), Stream{5}, order};
  const MixedProblem once{200};  // few enough rows for every value to have its bin
  std::vector<double> weights(200, 1.0);
  for (std::size_t i = 0; i < 200; i += 3) weights[i] = 2;
  Workers workers{1};
  for (const Objective objective : {Objective::SquaredError, Objective::Logistic, Objective::Poisson}) {
    const Problem a{twice.matrix, twice.event, twice.rows, objective},
        b{once.matrix, once.event, once.rows, objective, weights};
    const BoostingSettings settings = settings_of({{"n_estimators", "10"}});
    const TreeModel of_twice = fit_boosting(a, settings, Stream{1}, workers),
                    of_weights = fit_boosting(b, settings, Stream{1}, workers);
    EXPECT_LT(distance(of_twice, of_weights, once.matrix), 1e-6) << to_text(objective);
  }
}

TEST(Boosting, LearnsTheRateWhenExposuresDiffer) {
  const std::size_t n = 20'000;
  MatrixBuilder builder{n};
  std::vector<float> group(n);
  std::vector<double> count(n), offset(n);
  const Stream stream{9};
  double sum[2] = {0, 0}, exposed[2] = {0, 0};
  for (std::size_t i = 0; i < n; ++i) {
    group[i] = static_cast<float>(i % 2);
    const double exposure = 0.2 + stream.child("exposure").uniform(i) * (i % 2 == 0 ? 1 : 4);
    count[i] = static_cast<double>(stream.child("count").poisson(i, exposure * (i % 2 == 0 ? 0.5 : 0.1)));
    offset[i] = std::log(exposure);
    sum[i % 2] += count[i];
    exposed[i % 2] += exposure;
  }
  builder.add({"group"}, group);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(n);
  Problem problem{matrix, count, rows, Objective::Poisson, {}, offset};
  Workers workers{1};
  const auto settings = settings_of({{"n_estimators", "200"}, {"reg_lambda", "0"}, {"max_delta_step", "0"}});
  const auto rate =
      predict(fit_boosting(problem, settings, Stream{1}, workers), matrix, RowList{0, 1}, workers);
  EXPECT_NEAR(rate[0], sum[0] / exposed[0], 1e-5);  // each group's own maximum of the likelihood
  EXPECT_NEAR(rate[1], sum[1] / exposed[1], 1e-5);
}

TEST(Boosting, NeverPredictsANegativeCount) {
  const MixedProblem p{2000};
  Workers workers{1};
  for (const Objective objective : {Objective::Poisson, Objective::Tweedie}) {
    Problem problem = p.counts();
    problem.objective = objective;
    const auto mean = predict(fit_boosting(problem, {}, Stream{1}, workers), p.matrix, p.rows, workers);
    EXPECT_GT(*std::ranges::min_element(mean), 0);
  }
}

TEST(Boosting, RisesWhereItMay) {
  const MixedProblem p{1500};
  Workers workers{1};
  const auto count_falls = [&](const BoostingSettings& settings) {
    const TreeModel model = fit_boosting(p.counts(), settings, Stream{1}, workers);
    std::vector<float> features(p.matrix.columns(), 1);
    int falls = 0;
    for (int other = 0; other < 20; ++other) {
      features[0] = static_cast<float>(other % 4);
      features[7] = static_cast<float>(50 * other - 300);
      double last = -1e9;
      for (int age = 15; age < 85; ++age) {  // column 6
        features[6] = static_cast<float>(age);
        const double now = model.trees.predict(features);
        falls += now < last ? 1 : 0;
        last = now;
      }
    }
    return falls;
  };
  EXPECT_GT(count_falls(settings_of({})), 0);
  EXPECT_EQ(count_falls(settings_of({{"monotone_constraints", "age:1"}})), 0);
}

TEST(Boosting, SetsMissingApartOnEitherSideOfAConstrainedColumn) {
  const float missing = std::nanf("");
  MatrixBuilder builder{6};
  builder.add({"x"}, std::vector<float>{missing, missing, 1, 1, 2, 2});
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(6);
  Workers workers{1};
  for (const char* constraint : {"x:1", "x:-1"}) {
    for (const double y : {-3.0, 3.0}) {
      const std::vector<double> outcome{y, y, 0, 0, 0, 0};
      const auto settings = settings_of({{"n_estimators", "1"},
                                         {"learning_rate", "1"},
                                         {"reg_lambda", "0"},
                                         {"monotone_constraints", constraint}});
      const Model model = fit_boosting({matrix, outcome, rows}, settings, Stream{1}, workers);
      EXPECT_EQ(predict(model, matrix, rows, workers), outcome) << constraint;
      EXPECT_EQ(predict(from_bytes(to_bytes(model)), matrix, rows, workers), outcome);
    }
  }
}

TEST(Boosting, SplitsACategoryBySetsOfLevels) {
  // forty levels, the odd ones high: one set finds them, no order of codes does
  const std::size_t n = 4000;
  std::vector<float> cells(n);
  std::vector<double> y(n);
  ColumnInfo info{"place", ColumnKind::Category, {}};
  for (int k = 0; k < 40; ++k) info.levels.push_back("p" + std::to_string(k));
  for (std::size_t i = 0; i < n; ++i) {
    cells[i] = i % 50 == 0 ? std::nanf("") : static_cast<float>(i % 40);
    y[i] = std::isnan(cells[i]) ? 5 : (i % 40) % 2 == 1 ? 1 : 0;
  }
  MatrixBuilder builder{n};
  builder.add(info, cells);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(n);
  Workers workers{1};
  const auto settings =
      settings_of({{"n_estimators", "1"}, {"max_depth", "2"}, {"learning_rate", "1"}, {"reg_lambda", "0"}});
  const TreeModel model = fit_boosting({matrix, y, rows}, settings, Stream{1}, workers);
  const auto fitted = predict(model, matrix, rows, workers);
  for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(fitted[i], y[i], 1e-5) << i;
  EXPECT_LE(model.trees.nodes.size(), 7);
}

TEST(Boosting, EndsWhenThereAreNoEventsAtAll) {
  const MixedProblem p{40};
  const std::vector<double> none(40);
  Workers workers{1};
  const auto settings =
      settings_of({{"n_estimators", "6000"}, {"reg_lambda", "0"}, {"min_child_weight", "0"}});  // to e^-900
  const TreeModel model =
      fit_boosting({p.matrix, none, p.rows, Objective::Poisson}, settings, Stream{1}, workers);
  for (const double mean : predict(model, p.matrix, p.rows, workers)) EXPECT_EQ(mean, 0);
}

TEST(Boosting, RefusesOutcomesBeyondWhatFloatsHold) {
  const MixedProblem p{40};
  Workers workers{1};
  for (const double y : {1e39, 1e300}) {
    const std::vector<double> large(40, y);
    EXPECT_THROW(fit_boosting({p.matrix, large, p.rows}, {}, Stream{1}, workers), Error);
  }
}

TEST(Boosting, OfHugeOutcomesComesBackFromItsBytes) {
  const MixedProblem p{200};
  std::vector<double> huge = p.count;
  for (double& y : huge) y *= 1e30;  // gains are beyond what floats hold
  Workers workers{1};
  const TreeModel model = fit_boosting({p.matrix, huge, p.rows}, {}, Stream{1}, workers);
  EXPECT_GT(model.trees.nodes.size(), model.trees.roots.size());
  EXPECT_EQ(from_bytes(to_bytes(model)), Model{model});
}

/// Fits and predicts the same rows.
std::vector<double> fitted(const Problem& problem, const SettingValues& values = {}) {
  Workers workers{1};
  return predict(fit_boosting(problem, settings_of(values), Stream{1}, workers), problem.matrix, problem.rows,
                 workers);
}

TEST(Boosting, PredictsTheMeanWhereNothingDiffers) {
  MatrixBuilder builder{6};
  builder.add({"missing"}, std::vector<float>(6, std::nanf("")));
  builder.add({"constant"}, std::vector<float>(6, 3));
  builder.add({"infinite"}, std::vector<float>(6, INFINITY));
  builder.add({"level", ColumnKind::Category, {"a", "b"}}, std::vector<float>(6, 1));
  builder.add({"no level", ColumnKind::Category, {"a", "b"}}, std::vector<float>(6, std::nanf("")));
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(6);
  const std::vector<double> y{0, 1, 0, 0, 2, 3};
  for (const double x : fitted({matrix, y, rows})) EXPECT_NEAR(x, 1, 1e-6);
}

TEST(Boosting, LearnsFromOneRowAndFromOneWeight) {
  const MixedProblem p{40};
  const std::vector<double> only = fitted({p.matrix, p.count, RowList{7}});
  ASSERT_EQ(only.size(), 1);
  EXPECT_NEAR(only[0], p.count[7], 1e-6);
  std::vector<double> weights(40);
  weights[7] = 0.5;
  for (const double x : fitted({p.matrix, p.count, p.rows, Objective::SquaredError, weights}))
    EXPECT_NEAR(x, p.count[7], 1e-6);
}

TEST(Boosting, SeesInfiniteNumbersAsMissing) {
  const std::size_t n = 200;
  std::vector<double> y(n);
  std::vector<float> infinite(n), missing(n);
  for (std::size_t i = 0; i < n; ++i) {
    infinite[i] = missing[i] = static_cast<float>(i % 7);
    if (i % 4 == 0) infinite[i] = i % 8 == 0 ? INFINITY : -INFINITY, missing[i] = std::nanf("");
    y[i] = static_cast<double>(i % 4 == 0) + static_cast<double>(i % 7);
  }
  MatrixBuilder a{n}, b{n};
  a.add({"x"}, infinite);
  b.add({"x"}, missing);
  const Matrix with_infinite = a.finish(), with_missing = b.finish();
  const RowList rows = all_rows(n);
  EXPECT_EQ(fitted({with_infinite, y, rows}), fitted({with_missing, y, rows}));
}

TEST(Boosting, TakesMoreLevelsThanItHasCodes) {
  const std::size_t n = 140'000, levels = 70'000;
  ColumnInfo info{"place", ColumnKind::Category, {}};
  for (std::size_t k = 0; k < levels; ++k) info.levels.push_back(std::to_string(k));
  std::vector<float> codes(n);
  std::vector<double> y(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t level = i < levels ? i : i % 10;  // ten levels of many rows, the rest of one
    codes[i] = static_cast<float>(level);
    y[i] = level < 5 && i >= levels ? 10 : 0;
  }
  MatrixBuilder builder{n};
  builder.add(info, codes);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(n);
  const std::vector<double> found =
      fitted({matrix, y, rows}, {{"n_estimators", "3"}, {"max_depth", "2"}, {"learning_rate", "1"}});
  EXPECT_NEAR(found[n - 10], 10, 0.5);     // level 0
  EXPECT_NEAR(found[n - 1], 0, 0.5);       // level 9
  EXPECT_NEAR(found[levels - 1], 0, 0.5);  // one of the rarest, which share a code
}

TEST(Boosting, RefusesWhatMakesNoSense) {
  const MixedProblem p{50};
  Workers workers{1};
  const auto message = [&](const Problem& problem, const SettingValues& values) -> std::string {
    try {
      fit_boosting(problem, settings_of(values), Stream{1}, workers);
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_EQ(message(p.counts(), {{"base_score", "2"}}), "no error");
  EXPECT_EQ(message(p.events(), {{"base_score", "2"}}),
            "base_score: base_score is no probability\n   mend: give a value between 0 and 1");
  EXPECT_EQ(
      message(p.counts(), {{"monotone_constraints", "agee:1"}}),
      "monotone_constraints: there is no predictor 'agee'\n   mend: did you mean 'age'? Known: charges_0, "
      "charges_1, charges_2, charges_3, charges_4, charges_5, age, income, area.");
  EXPECT_EQ(
      message(p.counts(), {{"monotone_constraints", "area:1"}}),
      "monotone_constraints: 'area' is a category\n   mend: constrain numbers only: levels have no order");
  Problem poisson = p.counts();
  poisson.objective = Objective::Poisson;
  std::vector<double> negative = p.count;
  negative[3] = -1;
  poisson.outcome = negative;
  EXPECT_EQ(message(poisson, {}),
            "the outcome is negative in 1 training rows\n   mend: use squared error for outcomes below zero");
  EXPECT_THROW(check_settings(settings_of({{"engine", "libxgboost"}})), Error);
}

}  // namespace
}  // namespace kohort
