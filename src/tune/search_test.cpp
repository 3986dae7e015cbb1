#include "tune/search.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "matrix/binned_bytes.hpp"
#include "matrix/folds.hpp"
#include "store/mapped_file.hpp"
#include "tune/space.hpp"

namespace kohort {
namespace {

std::vector<int> folds_of(const MixedProblem& p, int folds) {
  const std::vector<std::uint64_t> id(p.rows.begin(), p.rows.end());
  const std::vector<double> edges{0, 1, 2, 4};
  return deal_folds(id, p.count, edges, folds, Stream{2});
}

const std::vector<SettingValues> kBoosting{{{"n_estimators", "5"}, {"max_depth", "2"}},
                                           {{"n_estimators", "15"}, {"max_depth", "2"}},
                                           {{"n_estimators", "5"}, {"max_depth", "3"}, {"subsample", "0.7"}}};

SearchResult searched(const Engine& engine, Inputs& inputs, const Problem& problem,
                      std::span<const int> folds, const std::vector<SettingValues>& configurations,
                      Score score, Stream stream, Workers& workers,
                      const std::function<void(std::size_t)>& progress = {},
                      SearchJournal* journal = nullptr) {
  return search({engine, problem, folds, score, stream}, inputs, configurations, workers, progress, journal);
}

std::vector<double> cross_predicted(const Engine& engine, Inputs& inputs, const Problem& problem,
                                    std::span<const int> folds, const SettingValues& settings, Stream stream,
                                    Workers& workers) {
  return cross_predict({.engine = engine, .problem = problem, .folds = folds, .stream = stream}, inputs,
                       settings, workers);
}

SearchResult run(const char* kind, const MixedProblem& p, const std::vector<SettingValues>& configurations,
                 int threads, Score score = Score::NegMeanSquaredError) {
  Workers workers{threads};
  Inputs inputs;
  return searched(engine(kind), inputs, p.counts(), folds_of(p, 3), configurations, score, Stream{1},
                  workers);
}

TEST(Search, TableHasTheColumnsOfCvResults) {
  const MixedProblem p{300};
  const SearchResult result = run("boosting", p, kBoosting, 1);
  std::vector<std::string> names;
  for (const Column& column : result.table.columns) names.push_back(column.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"param_max_depth", "param_n_estimators", "param_subsample", "params",
                                      "split0_test_score", "split1_test_score", "split2_test_score",
                                      "mean_test_score", "std_test_score", "rank_test_score"}));
  EXPECT_EQ(result.table.at("params").texts()[2], "max_depth=3, n_estimators=5, subsample=0.7");
  EXPECT_TRUE(result.table.at("param_subsample").is_missing(0));
  EXPECT_EQ(result.table.at("rank_test_score").integers()[result.best], 1);
}

TEST(Search, ScoresWhatSeparateFitsWouldScore) {
  const MixedProblem p{300};
  const std::vector<int> folds = folds_of(p, 3);
  Workers workers{1};
  for (const auto& [kind, configurations] : std::map<std::string, std::vector<SettingValues>>{
           {"boosting", kBoosting}, {"random_forest", {{{"n_estimators", "10"}}}}, {"linear", {{}}}}) {
    const SearchResult result = run(kind.c_str(), p, configurations, 1);
    for (std::size_t c = 0; c < configurations.size(); ++c) {
      Inputs inputs;
      engine(kind).prepare(inputs, p.matrix, p.rows, configurations[c], workers);
      for (int k = 0; k < 3; ++k) {
        RowList train, held;
        for (const std::uint32_t row : p.rows) (folds[row] == k ? held : train).push_back(row);
        const Model model = engine(kind).fit(inputs, {p.matrix, p.count, train}, configurations[c],
                                             Stream{1}.child("fit"), workers);
        const std::vector<double> predicted = predict(model, p.matrix, held, workers);
        double sum = 0;
        for (std::size_t i = 0; i < held.size(); ++i)
          sum += (predicted[i] - p.count[held[i]]) * (predicted[i] - p.count[held[i]]);
        const Column& scores = result.table.at("split" + std::to_string(k) + "_test_score");
        EXPECT_NEAR(scores.numbers()[c], -sum / static_cast<double>(held.size()), 1e-12) << kind;
      }
    }
  }
}

TEST(Search, LassoPathScoresAsSeparateTightFits) {
  const MixedProblem p{400};
  const SearchResult path =
      run("lasso", p, {{{"alpha", "0.01"}, {"tol", "1e-12"}}, {{"alpha", "0.1"}, {"tol", "1e-12"}}}, 1);
  const SearchResult one = run("lasso", p, {{{"alpha", "0.01"}, {"tol", "1e-12"}}}, 1);
  EXPECT_NEAR(path.mean_score[0], one.mean_score[0], 1e-8);
  EXPECT_NE(path.mean_score[0], path.mean_score[1]);
}

TEST(Search, GivesTheSameBitsOnAnyNumberOfThreads) {
  const MixedProblem p{300};
  for (const auto& [kind, configurations] : std::map<std::string, std::vector<SettingValues>>{
           {"boosting", kBoosting},
           {"random_forest", {{{"n_estimators", "7"}}, {{"max_depth", "3"}}}},
           {"lasso", grid(engine("lasso").space(Objective::SquaredError))}}) {
    const SearchResult one = run(kind.c_str(), p, configurations, 1);
    for (const int threads : {2, 7}) {
      const SearchResult many = run(kind.c_str(), p, configurations, threads);
      EXPECT_EQ(many.table, one.table) << kind;
      EXPECT_EQ(many.out_of_fold, one.out_of_fold);
      EXPECT_EQ(many.best, one.best);
    }
  }
}

TEST(Search, OutOfFoldPredictionsAreThoseOfCrossPredict) {
  const MixedProblem p{300};
  const SearchResult result = run("boosting", p, kBoosting, 2);
  Workers workers{2};
  Inputs inputs;
  EXPECT_EQ(cross_predicted(engine("boosting"), inputs, p.counts(), folds_of(p, 3),
                            result.configurations[result.best], Stream{1}, workers),
            result.out_of_fold);
}

int fits_made = 0;

/// The kind, counting its fits.
Engine counting(const char* kind) {
  static const Engine* whole = nullptr;
  whole = &engine(kind);
  Engine counted = *whole;
  counted.predict_held = [](const Inputs& inputs, const Problem& problem, const SettingValues& settings,
                            std::span<const SettingValues> points, std::span<const std::uint32_t> held,
                            Stream stream, Workers& workers) {
    ++fits_made;
    return whole->predict_held(inputs, problem, settings, points, held, stream, workers);
  };
  return counted;
}

TEST(Search, PredictsTheBestOnceMoreWhenItsPathIsTooLongToHold) {
  const MixedProblem p{300};
  const std::vector<int> folds = folds_of(p, 3);
  const Problem problem = p.counts();
  Workers workers{1};
  Inputs inputs;
  const Engine counted = counting("boosting");
  TrialSettings settings{.engine = counted, .problem = problem, .folds = folds, .stream = Stream{1}};
  fits_made = 0;
  const SearchResult held = search(settings, inputs, kBoosting, workers);
  EXPECT_EQ(fits_made, 2 * 3);
  settings.most_held = 299;
  fits_made = 0;
  const SearchResult not_held = search(settings, inputs, kBoosting, workers);
  EXPECT_EQ(fits_made, 3 * 3);
  EXPECT_EQ(not_held.out_of_fold, held.out_of_fold);
  EXPECT_EQ(not_held.table, held.table);
}

// --- going on after a stop

std::filesystem::path fresh_journal(const std::string& name) {
  const auto file = std::filesystem::temp_directory_path() / ("kohort-search-" + name + ".journal");
  std::filesystem::remove(file);
  return file;
}

TEST(Search, StoppedAnywhereGoesOnToTheSameBits) {
  const MixedProblem p{200};
  for (const auto& [kind, configurations] : std::map<std::string, std::vector<SettingValues>>{
           {"boosting", kBoosting},
           {"random_forest", {{{"n_estimators", "7"}}, {{"max_depth", "3"}}, {{"min_samples_leaf", "9"}}}},
           {"lasso", grid(engine("lasso").space(Objective::SquaredError))}}) {
    const SearchResult whole = run(kind.c_str(), p, configurations, 1);
    const Engine counted = counting(kind.c_str());
    for (std::size_t stop_after = 1; stop_after <= whole.fits; ++stop_after) {
      const auto file = fresh_journal(kind);
      std::stop_source stop;
      Workers stopped{1, stop.get_token()}, workers{1};
      std::size_t done = 0;
      const auto search_with = [&](Workers& with, SearchJournal& journal) {
        Inputs inputs;
        return searched(
            counted, inputs, p.counts(), folds_of(p, 3), configurations, Score::NegMeanSquaredError,
            Stream{1}, with, [&](std::size_t) { done += 1, done == stop_after && stop.request_stop(); },
            &journal);
      };
      SearchJournal first{file};
      EXPECT_THROW(search_with(stopped, first), Error);
      SearchJournal second{file};
      fits_made = 0;
      const SearchResult resumed = search_with(workers, second);
      EXPECT_EQ(resumed.table, whole.table) << kind << stop_after;
      EXPECT_EQ(resumed.out_of_fold, whole.out_of_fold) << kind << stop_after;
      const bool together = counted.shares_folds != nullptr;  // then all of them are known after a stop
      EXPECT_EQ(resumed.fits_before, together ? whole.fits : stop_after);
      EXPECT_LE(static_cast<std::size_t>(fits_made), whole.fits - stop_after + 3)
          << "the best configuration's folds may be predicted once more";
    }
  }
}

TEST(Search, FindsNothingInTheJournalOfAnotherSearch) {
  const MixedProblem p{200}, other{200, Stream{7}};
  Workers workers{1};
  SearchJournal journal{fresh_journal("other")};
  const auto found = [&](const Problem& problem, Score score, Stream stream, const SettingValues& settings) {
    Inputs inputs;
    return searched(engine("boosting"), inputs, problem, folds_of(p, 3), {settings}, score, stream, workers,
                    {}, &journal)
        .fits_before;
  };
  const SettingValues settings{{"n_estimators", "5"}}, deeper{{"n_estimators", "5"}, {"max_depth", "2"}};
  const Score mse = Score::NegMeanSquaredError;
  EXPECT_EQ(found(p.counts(), mse, Stream{1}, settings), 0);
  EXPECT_EQ(found(p.counts(), mse, Stream{1}, settings), 3);
  EXPECT_EQ(found(p.counts(), mse, Stream{2}, settings), 0);
  EXPECT_EQ(found(p.counts(), Score::NegMeanPoissonDeviance, Stream{1}, settings), 0);
  EXPECT_EQ(found(p.counts(), mse, Stream{1}, deeper), 0);
  EXPECT_EQ(found({p.matrix, p.event, p.rows}, mse, Stream{1}, settings), 0);
  EXPECT_EQ(found({other.matrix, p.count, p.rows}, mse, Stream{1}, settings), 0);
  EXPECT_EQ(found({p.matrix, p.count, p.rows, Objective::Poisson}, mse, Stream{1}, settings), 0);
}

TEST(Search, NeverTrainsOnTheFoldItScores) {
  const MixedProblem p{300};
  const std::vector<int> folds = folds_of(p, 3);
  MixedProblem spoilt{300};
  for (std::size_t i = 0; i < 300; ++i)
    if (folds[i] == 1) spoilt.count[i] += 1000;
  Workers workers{1};
  for (const Engine& e : engines()) {
    Inputs a, b;
    const auto before = cross_predicted(e, a, p.counts(), folds, {}, Stream{1}, workers);
    const auto after = cross_predicted(e, b, spoilt.counts(), folds, {}, Stream{1}, workers);
    for (std::size_t i = 0; i < 300; ++i)
      if (folds[i] == 1) ASSERT_EQ(before[i], after[i]) << e.name;
  }
}

TEST(Search, ScoresTheRowsOfTheProblemOnly) {
  const MixedProblem p{300};
  RowList some;
  for (std::uint32_t i = 0; i < 300; i += 2) some.push_back(i);
  std::vector<int> folds;
  for (std::size_t i = 0; i < some.size(); ++i) folds.push_back(static_cast<int>(i % 4));
  Workers workers{1};
  for (const Engine& e : engines()) {
    Inputs inputs;
    const SearchResult result = searched(e, inputs, {p.matrix, p.count, some}, folds, {{}},
                                         Score::NegMeanSquaredError, Stream{1}, workers);
    EXPECT_EQ(result.out_of_fold.size(), some.size());
  }
}

TEST(Search, RefusesABadSettingBeforeAnyFit) {
  const MixedProblem p{100};
  Workers workers{1};
  Inputs inputs;
  std::atomic<int> fits{0};
  try {
    searched(engine("boosting"), inputs, p.counts(), folds_of(p, 3), {{}, {{"max_dept", "3"}}},
             Score::NegMeanSquaredError, Stream{1}, workers, [&](std::size_t) { ++fits; });
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Study);
    EXPECT_EQ(e.problem(), "there is no setting 'max_dept'");
  }
  EXPECT_EQ(fits, 0);
}

TEST(Search, TellsProgressForEveryFitItAnswersFor) {
  const MixedProblem p{100};
  Workers workers{2};
  Inputs inputs;
  std::atomic<std::size_t> fits{0};
  searched(engine("boosting"), inputs, p.counts(), folds_of(p, 3), kBoosting, Score::NegMeanSquaredError,
           Stream{1}, workers, [&](std::size_t n) { fits += n; });
  EXPECT_EQ(fits, 9);
}

TEST(Search, StopsWhenAsked) {
  const MixedProblem p{200};
  std::stop_source stop;
  Workers workers{2, stop.get_token()};
  Inputs inputs;
  try {
    searched(engine("boosting"), inputs, p.counts(), folds_of(p, 3), kBoosting, Score::NegMeanSquaredError,
             Stream{1}, workers, [&](std::size_t) { stop.request_stop(); });
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Interrupted);
  }
}

TEST(Search, SaysWhenAScoreIsNotDefined) {
  const MixedProblem p{60};
  const std::vector<double> nothing(60, 0.0);
  Workers workers{1};
  Inputs inputs;
  try {
    searched(engine("linear"), inputs, {p.matrix, nothing, p.rows}, folds_of(p, 3), {{}}, Score::RocAuc,
             Stream{1}, workers);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.problem(), "roc_auc is not defined in every fold");
    EXPECT_EQ(e.kind(), ErrorKind::Fit);
  }
}

TEST(Search, FindsTheSameOnBinsMappedFromAFile) {
  const MixedProblem p{600};
  Workers workers{2};
  const std::filesystem::path file = std::filesystem::path{::testing::TempDir()} / "bins_of_search_test";
  {
    const TreeBins made{p.matrix, CategoryRule::Sets, 256, workers};
    std::ofstream out{file, std::ios::binary};
    write_binned(made.binned, [&](std::span<const std::byte> piece) {
      out.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    });
  }
  const std::vector<SettingValues> configurations{{{"max_depth", "3"}}, {{"max_depth", "5"}}};
  const auto found = [&](Inputs inputs) {
    return searched(engine("boosting"), inputs, p.counts(), folds_of(p, 3), configurations,
                    Score::NegMeanSquaredError, Stream{1}, workers);
  };
  Inputs mapped;
  const MappedFile bytes = map_file(file);
  mapped.bins.push_back(
      std::make_shared<TreeBins>(p.matrix, CategoryRule::Sets, 256, read_binned(bytes.bytes, bytes.owner)));
  EXPECT_EQ(found(mapped).out_of_fold, found({}).out_of_fold);
  std::filesystem::remove(file);
}

TEST(Scores, HaveScikitLearnsNames) {
  for (const char* name : {"neg_mean_squared_error", "neg_mean_poisson_deviance", "roc_auc",
                           "average_precision", "neg_brier_score", "neg_log_loss"})
    EXPECT_EQ(to_text(parse_score(name)), name);
  EXPECT_THROW(parse_score("accuracy"), Error);
  const std::vector<double> y{0, 1, 1}, p{0.1, 0.8, 0.4};
  EXPECT_NEAR(score_of(Score::NegBrierScore, y, p), -(0.01 + 0.04 + 0.36) / 3, 1e-15);
  EXPECT_EQ(score_of(Score::RocAuc, y, p), 1);
}

}  // namespace
}  // namespace kohort
