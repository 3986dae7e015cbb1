#pragma once
// The order in which a search fits: every configuration on every fold, raced fold by fold, or halved rung by
// rung.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "tune/cv_results.hpp"
#include "tune/fold_scores.hpp"

namespace kohort {

/// How many of so many fits run side by side, one thread each; the rest follow one after the other on all
/// threads. A fit of many rows gains from several threads, and too few fits would leave most of them idle.
std::size_t fits_side_by_side(std::size_t fits, std::size_t threads, std::size_t rows);

/// One search's fits. Holds out-of-fold predictions of the best configuration so far and of those under way.
class Trials {
 public:
  using ProgressOf = std::function<void(std::size_t)>;

  /// `journal` may be null.
  Trials(const TrialSettings& settings, Inputs& inputs, Workers& workers, SearchJournal* journal);

  /// Adds configurations and scores them; bad settings throw before anything is fitted. Those added later are
  /// raced against the best so far, and not halved.
  ///   progress  called after each fit with the number of scores it gave or left out; from any thread
  void run(const std::vector<SettingValues>& added, const ProgressOf& progress);
  /// Completes the out-of-fold predictions of the best configuration.
  void finish();

  /// The best mean score on all folds and rows so far; ties to the first.
  const SettingValues& best() const { return configurations[best_place_]; }
  std::size_t folds() const { return fits_.folds(); }
  std::size_t fits() const { return fits_.fits(); }
  std::size_t fits_before() const { return fits_.fits_before(); }

  std::vector<SettingValues> configurations;
  std::vector<std::vector<double>> scores;  // shape (configurations, folds scored on all rows: all, or until
                                            // it was out)
  std::vector<CvRow> rungs;                 // of halving: the scores on fewer rows
  std::vector<double> out_of_fold;          // of the best configuration, shape (problem.rows)

 private:
  /// Out-of-fold predictions of one group, shape (points, problem.rows), and the folds that are in them.
  struct UnderWay {
    std::vector<std::vector<double>> predictions;
    std::vector<bool> held;
    std::size_t done = 0;  // folds
  };
  using Groups = std::vector<std::size_t>;

  Groups add(const std::vector<SettingValues>& added);
  void for_each_fit(std::size_t fits, std::size_t rows, const std::function<void(std::size_t)>& fit);
  void run_all(const Groups& groups, const ProgressOf& progress);
  Groups run_together(const Groups& groups, const ProgressOf& progress);
  void run_one(std::size_t g, std::size_t k);
  void take(std::size_t g, std::size_t k, const FoldScores::Scored& scored, bool hold);
  void race(Groups alive, const ProgressOf& progress);
  void drop_beaten(Groups& alive) const;
  Groups halve(Groups alive, const ProgressOf& progress);
  void keep(std::size_t g, std::size_t k, const std::vector<std::vector<double>>& predictions);
  void settle(std::size_t g);

  TrialSettings settings_;
  Inputs& inputs_;
  Workers& workers_;
  FoldScores fits_;
  std::vector<ConfigurationGroup> groups_;

  std::mutex mutex_;
  std::vector<UnderWay> under_way_;  // by group
  std::optional<std::size_t> best_group_;
  std::size_t best_place_ = 0, best_point_ = 0;
  double best_mean_ = 0;
  std::vector<bool> held_;                       // folds that out_of_fold has
  std::unique_ptr<const FoldPaths> best_paths_;  // of the best group, where its folds were fitted together
};

}  // namespace kohort
