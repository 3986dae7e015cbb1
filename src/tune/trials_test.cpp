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

}  // namespace
}  // namespace kohort
