#pragma once
// The fits of a search: groups of configurations times folds, all of them or raced fold by fold.

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/engines.hpp"
#include "tune/journal.hpp"
#include "tune/score.hpp"

namespace kohort {

/// Drops configurations while a search goes on: folds come one after the other, and from `min_folds` on a
/// configuration is out when the best so far beats it by a one-sided paired t-test over the folds at level
/// `alpha`. Maron and Moore (1994), Hoeffding races; Birattari et al. (2002), with the t-test.
struct Racing {
  int min_folds = 3;
  double alpha = 0.05;
};

/// Whether the second of two configurations is beaten: paired scores of the same folds, larger is better.
bool beaten(std::span<const double> best, std::span<const double> other, const Racing& racing);

/// What a search fits and scores.
struct TrialSettings {
  const Engine& engine;
  const Problem& problem;
  std::span<const int> folds;  // of each of problem.rows
  Score score = Score::NegMeanSquaredError;
  Stream stream{0};
  std::optional<Racing> racing{};
};

/// Configurations that one fit answers for: equal but for the engine's path settings.
struct ConfigurationGroup {
  SettingValues settings;             // without the path settings
  std::vector<std::size_t> places;    // among the configurations
  std::vector<SettingValues> points;  // on the path, one for each place
};

/// "max_depth=3, subsample=0.7"
std::string params_text(const SettingValues& values);

double mean_of(std::span<const double> x);

/// One search's fits. Holds out-of-fold predictions of the best configuration so far and of those under way.
class Trials {
 public:
  /// Prepares what the engine needs; bad settings throw here. `journal` may be null.
  Trials(const TrialSettings& settings, Inputs& inputs, const std::vector<SettingValues>& configurations,
         Workers& workers, SearchJournal* journal);

  /// progress: called after each fit with the number of scores it gave or left out; from any thread.
  void run(const std::function<void(std::size_t)>& progress);

  std::size_t folds() const { return split_.size(); }
  std::size_t fits() const { return fits_; }
  std::size_t fits_before() const { return fits_before_; }  // known from the journal

  std::vector<std::vector<double>> scores;  // shape (configurations, folds scored: all, or until it was out)
  std::vector<double> out_of_fold;          // of the best configuration, shape (problem.rows)

 private:
  /// The rows of each fold and the rest, as rows of the matrix.
  struct FoldRows {
    RowList train, held;
    std::vector<std::size_t> held_places;  // among problem.rows
  };
  /// Out-of-fold predictions of one group, shape (points, problem.rows), and the folds that are in them.
  struct UnderWay {
    std::vector<std::vector<double>> predictions;
    std::vector<bool> held;
    std::size_t done = 0;  // folds
  };

  void split_rows();
  std::string key_of(std::size_t g, std::size_t k) const;
  double score_of_fold(std::size_t k, std::span<const double> predicted) const;
  std::vector<std::vector<double>> predict_fold(std::size_t g, std::size_t k);
  void run_all(const std::function<void(std::size_t)>& progress);
  void race(const std::function<void(std::size_t)>& progress);
  void drop_beaten(std::vector<std::size_t>& alive) const;
  void run_one(std::size_t g, std::size_t k);
  void keep(std::size_t g, std::size_t k, const std::vector<std::vector<double>>& predictions);
  void settle(std::size_t g);
  void fill_gaps();

  TrialSettings settings_;
  Inputs& inputs_;
  Workers& workers_;
  SearchJournal* journal_;
  std::vector<ConfigurationGroup> groups_;
  std::vector<FoldRows> split_;
  std::string fingerprint_;
  std::atomic<std::size_t> fits_ = 0, fits_before_ = 0;

  std::mutex mutex_;
  std::vector<UnderWay> under_way_;  // by group
  std::optional<std::size_t> best_group_;
  std::size_t best_place_ = 0, best_point_ = 0;
  double best_mean_ = 0;
  std::vector<bool> held_;  // folds that out_of_fold has
};

}  // namespace kohort
