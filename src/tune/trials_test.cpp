#include "tune/trials.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "matrix/folds.hpp"
#include "tune/search.hpp"

namespace kohort {
namespace {

/// Scores of two configurations whose paired differences have the given t statistic.
bool beaten_at(double t, std::size_t folds) {
  std::vector<double> best(folds), other(folds);
  for (std::size_t k = 0; k < folds; ++k) best[k] = (k % 2 == 0 ? 1.0 : -1.0);
  if (folds % 2 == 1) best.back() = 0;
  const double mean = mean_of(best);  // 0
  double squares = 0;
  for (const double x : best) squares += (x - mean) * (x - mean);
  const double error = std::sqrt(squares / static_cast<double>(folds - 1) / static_cast<double>(folds));
  for (double& x : best) x += t * error;
  return beaten(best, other, {});
}

/// Against the quantiles of Student's t at .95, from R's qt.
TEST(Race, DropsByTheOneSidedPairedTest) {
  for (const auto& [folds, quantile] : std::vector<std::pair<std::size_t, double>>{
           {3, 2.919986}, {4, 2.353363}, {5, 2.131847}, {10, 1.833113}}) {
    EXPECT_FALSE(beaten_at(quantile * 0.97, folds)) << folds;
    EXPECT_TRUE(beaten_at(quantile * 1.03, folds)) << folds;
    EXPECT_FALSE(beaten_at(-10, folds)) << "the other is better";
  }
  EXPECT_FALSE(beaten(std::vector{1.0, 2.0, 3.0}, std::vector{1.0, 2.0, 3.0}, {})) << "equals live on";
  EXPECT_TRUE(beaten(std::vector{1.0, 2.0, 3.0}, std::vector{0.5, 1.5, 2.5}, {}))
      << "the same step behind on all folds";
}

struct RaceOf {
  MixedProblem mixed{300};
  Problem problem = mixed.counts();
  std::vector<int> folds;
  std::vector<SettingValues> configurations;

  RaceOf() {
    const std::vector<std::uint64_t> id(mixed.rows.begin(), mixed.rows.end());
    folds = deal_folds(id, mixed.count, std::vector<double>{0, 1, 2, 4}, 6, Stream{2});
    for (const char* rate : {"0.1", "0.0001", "0.15", "1"})
      for (const char* rounds : {"5", "20"})
        configurations.push_back({{"learning_rate", rate}, {"n_estimators", rounds}, {"max_depth", "3"}});
  }
  SearchResult run(int threads, std::optional<Racing> racing, SearchJournal* journal = nullptr,
                   const std::function<void(std::size_t)>& progress = {}, std::stop_token stop = {}) {
    Workers workers{threads, stop};
    Inputs inputs;
    return search({.engine = engine("boosting"),
                   .problem = problem,
                   .folds = folds,
                   .stream = Stream{1},
                   .racing = racing},
                  inputs, configurations, workers, progress, journal);
  }
};

TEST(Race, ScoresFewerFoldsAndChoosesWhatTheWholeSearchChooses) {
  RaceOf race;
  const SearchResult whole = race.run(1, {}), raced = race.run(1, Racing{});
  EXPECT_EQ(raced.best, whole.best);
  EXPECT_EQ(raced.out_of_fold, whole.out_of_fold);
  EXPECT_EQ(raced.mean_score[raced.best], whole.mean_score[whole.best]);
  EXPECT_LT(raced.fits, whole.fits);
  EXPECT_LT(raced.scores, whole.scores);

  const Column &last = raced.table.at("split5_test_score"), &first = raced.table.at("split2_test_score"),
               &rank = raced.table.at("rank_test_score");
  std::size_t out = 0;
  std::int64_t last_of_those_left = 0;
  for (std::size_t c = 0; c < race.configurations.size(); ++c)
    if (!last.is_missing(c)) last_of_those_left = std::max(last_of_those_left, rank.integers()[c]);
  for (std::size_t c = 0; c < race.configurations.size(); ++c) {
    EXPECT_FALSE(first.is_missing(c)) << "nobody is out before three folds";
    EXPECT_EQ(first.numbers()[c], whole.table.at("split2_test_score").numbers()[c]);
    if (!last.is_missing(c)) continue;
    ++out;
    EXPECT_GT(rank.integers()[c], last_of_those_left);
  }
  EXPECT_GT(out, 0);
  EXPECT_LT(out, race.configurations.size());
}

TEST(Race, KeepsAGroupWhileOneOfItsConfigurationsIsNotBeaten) {
  RaceOf race;
  const SearchResult raced = race.run(1, Racing{});
  const Column& last = raced.table.at("split5_test_score");
  for (std::size_t c = 0; c < race.configurations.size(); c += 2)  // 5 and 20 rounds are one fit
    EXPECT_EQ(last.is_missing(c), last.is_missing(c + 1));
}

TEST(Race, IsTheSameOnAnyNumberOfThreadsAndAfterAStop) {
  RaceOf race;
  const SearchResult one = race.run(1, Racing{});
  for (const int threads : {2, 7}) {
    const SearchResult many = race.run(threads, Racing{});
    EXPECT_EQ(many.table, one.table);
    EXPECT_EQ(many.out_of_fold, one.out_of_fold);
  }
  const auto file = std::filesystem::temp_directory_path() / "kohort-race.journal";
  for (std::size_t stop_after = 1; stop_after <= one.fits; stop_after += 3) {
    std::filesystem::remove(file);
    std::stop_source stop;
    std::size_t done = 0;
    {
      SearchJournal journal{file};
      EXPECT_THROW(race.run(
                       1, Racing{}, &journal,
                       [&](std::size_t) { ++done == stop_after&& stop.request_stop(); }, stop.get_token()),
                   Error);
    }
    SearchJournal journal{file};
    const SearchResult resumed = race.run(2, Racing{}, &journal);
    EXPECT_EQ(resumed.table, one.table);
    EXPECT_EQ(resumed.out_of_fold, one.out_of_fold);
    EXPECT_GE(resumed.fits_before, 1);
    EXPECT_LE(resumed.fits_before, stop_after);  // progress is told of what was left out too
  }
}

TEST(Race, TellsProgressOfWhatItLeavesOutToo) {
  RaceOf race;
  std::size_t told = 0;
  race.run(1, Racing{}, nullptr, [&](std::size_t scores) { told += scores; });
  EXPECT_EQ(told, race.configurations.size() * 6);
}

TEST(Race, NeedsTwoFoldsForATest) {
  RaceOf race;
  EXPECT_THROW(race.run(1, Racing{1, 0.05}), Error);
}

// --- successive halving

struct HalvedSearch : RaceOf {
  SearchResult halved(int threads, SearchJournal* journal = nullptr,
                      const std::function<void(std::size_t)>& progress = {}, std::stop_token stop = {}) {
    Workers workers{threads, stop};
    Inputs inputs;
    return search({.engine = engine("boosting"),
                   .problem = problem,
                   .folds = folds,
                   .stream = Stream{1},
                   .halving = Halving{2, 50}},
                  inputs, configurations, workers, progress, journal);
  }
};

TEST(HalvedSearch, FitsFewConfigurationsOnAllRows) {
  HalvedSearch halving;
  const SearchResult result = halving.halved(1);  // four fits of two configurations: 4 on 75 rows, 2 on 150
  const std::vector<std::int64_t>& iter = result.table.at("iter").integers();
  EXPECT_EQ(iter, (std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2}));
  const std::vector<std::int64_t>& rows = result.table.at("n_resources").integers();
  EXPECT_EQ(rows, (std::vector<std::int64_t>{75, 75, 75, 75, 75, 75, 75, 75, 150, 150, 150, 150, 300, 300}));
  EXPECT_EQ(result.fits, 6 * (4 + 2 + 1));

  const SearchResult whole = halving.run(1, {});
  EXPECT_EQ(result.configurations[result.best], whole.configurations[whole.best]);
  EXPECT_EQ(result.mean_score[result.best], whole.mean_score[whole.best]);
  EXPECT_EQ(result.out_of_fold, whole.out_of_fold);
  const std::vector<std::int64_t>& rank = result.table.at("rank_test_score").integers();
  EXPECT_LE(*std::ranges::max_element(rank.begin() + 12, rank.end()), 2) << "the last rung ranks first";
  EXPECT_EQ(std::ranges::count(rank, 3), 12);
}

TEST(HalvedSearch, ScoresARungAsAFitOnItsRows) {
  HalvedSearch halving;
  const SearchResult result = halving.halved(1);
  const std::vector<std::uint32_t> order = halving_order(300, Stream{1}.child("halving"));
  RowList train, held;
  for (std::uint32_t row = 0; row < 300; ++row) {
    if (halving.folds[row] == 0)
      held.push_back(row);
    else if (order[row] < 75)
      train.push_back(row);
  }
  Workers workers{1};
  Inputs inputs;
  engine("boosting")
      .prepare(inputs, halving.mixed.matrix, halving.mixed.rows, halving.configurations[0], workers);
  Problem problem = halving.problem;
  problem.rows = train;
  const Model model =
      engine("boosting").fit(inputs, problem, halving.configurations[0], Stream{1}.child("fit"), workers);
  const std::vector<double> predicted = predict(model, halving.mixed.matrix, held, workers);
  double sum = 0;
  for (std::size_t i = 0; i < held.size(); ++i)
    sum += (predicted[i] - halving.mixed.count[held[i]]) * (predicted[i] - halving.mixed.count[held[i]]);
  EXPECT_NEAR(result.table.at("split0_test_score").numbers()[0], -sum / static_cast<double>(held.size()),
              1e-12);
}

TEST(HalvedSearch, IsTheSameOnAnyNumberOfThreadsAndAfterAStop) {
  HalvedSearch halving;
  const SearchResult one = halving.halved(1);
  for (const int threads : {2, 7}) {
    const SearchResult many = halving.halved(threads);
    EXPECT_EQ(many.table, one.table);
    EXPECT_EQ(many.out_of_fold, one.out_of_fold);
  }
  const auto file = std::filesystem::temp_directory_path() / "kohort-halving.journal";
  std::filesystem::remove(file);
  {
    SearchJournal journal{file};
    std::stop_source stop;
    EXPECT_THROW(halving.halved(
                     1, &journal, [&](std::size_t) { stop.request_stop(); }, stop.get_token()),
                 Error);
  }
  SearchJournal journal{file};
  const SearchResult resumed = halving.halved(2, &journal);
  EXPECT_EQ(resumed.table, one.table);
  EXPECT_EQ(resumed.out_of_fold, one.out_of_fold);
  EXPECT_EQ(resumed.fits_before, 6 * 4) << "the first rung";
}

TEST(HalvedSearch, TellsProgressOfWhatItLeavesBehindToo) {
  HalvedSearch halving;
  std::size_t told = 0;
  halving.halved(1, nullptr, [&](std::size_t scores) { told += scores; });
  EXPECT_EQ(told, halving.configurations.size() * 6);
}

TEST(HalvedSearch, IsNotRacedToo) {
  RaceOf race;
  Workers workers{1};
  Inputs inputs;
  EXPECT_THROW(search({.engine = engine("boosting"),
                       .problem = race.problem,
                       .folds = race.folds,
                       .racing = Racing{},
                       .halving = Halving{}},
                      inputs, race.configurations, workers),
               Error);
}

// --- further draws near the best

struct NearSearch : RaceOf {
  Draws draws{
      {{{"learning_rate", {"0.02", "0.1", "0.5"}}, {"n_estimators", {"5", "20"}}, {"max_depth", {"1", "3"}}},
       {}},
      {{"min_child_weight", "5"}},
      4,
      false,
      6};
  SearchResult found(int threads, std::optional<Racing> racing = {}) {
    Workers workers{threads};
    Inputs inputs;
    return search({.engine = engine("boosting"),
                   .problem = problem,
                   .folds = folds,
                   .stream = Stream{1},
                   .racing = racing},
                  inputs, draws, Stream{3}, workers);
  }
};

TEST(NearSearch, GoesOnNearTheBestOfTheFirstDraws) {
  NearSearch near;
  const SearchResult result = near.found(1);
  const Engine& boosting = engine("boosting");
  const std::vector<SettingValues> first = first_draws(near.draws, boosting, Stream{3});
  ASSERT_EQ(result.configurations.size(), 10);
  std::size_t best = 0;
  for (std::size_t c = 1; c < 4; ++c)
    if (result.mean_score[c] > result.mean_score[best]) best = c;
  EXPECT_EQ(std::vector(result.configurations.begin() + 4, result.configurations.end()),
            draws_near(near.draws, boosting, first[best], first, Stream{3}.child("near")));
  EXPECT_EQ(result.table.at("iter").integers(), (std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
  EXPECT_GE(result.mean_score[result.best], result.mean_score[best]);

  Workers workers{1};
  Inputs inputs;
  EXPECT_EQ(
      cross_predict({.engine = boosting, .problem = near.problem, .folds = near.folds, .stream = Stream{1}},
                    inputs, result.configurations[result.best], workers),
      result.out_of_fold);
  const SearchResult many = near.found(3);
  EXPECT_EQ(many.table, result.table);
  EXPECT_EQ(many.out_of_fold, result.out_of_fold);
}

TEST(NearSearch, RacesFurtherDrawsAgainstTheBestOfTheFirst) {
  NearSearch near;
  const SearchResult whole = near.found(1), raced = near.found(1, Racing{});
  EXPECT_EQ(raced.best, whole.best);
  EXPECT_EQ(raced.out_of_fold, whole.out_of_fold);
  EXPECT_LT(raced.fits, whole.fits);
}

TEST(Fits, RunSideBySideButForTheLastFewOfManyRows) {
  EXPECT_EQ(fits_side_by_side(100, 8, 1'000'000), 96) << "four fits left for eight threads";
  EXPECT_EQ(fits_side_by_side(103, 8, 1'000'000), 103) << "seven fits keep eight threads busy";
  EXPECT_EQ(fits_side_by_side(100, 8, 1'000), 100) << "few rows";
  EXPECT_EQ(fits_side_by_side(3, 8, 1'000'000), 0);
  EXPECT_EQ(fits_side_by_side(96, 8, 1'000'000), 96);
  EXPECT_EQ(fits_side_by_side(5, 1, 1'000'000), 5);
}

}  // namespace
}  // namespace kohort
