#pragma once
// K-fold search over configurations: folds x configurations side by side, one thread each.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/engines.hpp"
#include "store/table.hpp"
#include "tune/journal.hpp"

namespace kohort {

/// Larger is better for each, as in scikit-learn.
enum class Score {
  NegMeanSquaredError,
  NegMeanPoissonDeviance,
  RocAuc,
  AveragePrecision,
  NegBrierScore,
  NegLogLoss
};

std::string_view to_text(Score score);     // "neg_mean_squared_error", …
Score parse_score(std::string_view name);  // throws Error (study) with the nearest known name
/// With the definitions of assess/metrics.hpp; NaN where a score is not defined (AUC of one class).
double score_of(Score score, std::span<const double> outcome, std::span<const double> prediction,
                std::span<const double> weights = {});

struct SearchResult {
  std::size_t best = 0;                       // place in `configurations`: best mean score, ties to the first
  std::vector<SettingValues> configurations;  // as searched, without defaults
  std::vector<double> mean_score;             // shape (configurations)
  std::vector<double> out_of_fold;            // of the best configuration, shape (problem.rows)
  std::size_t fits = 0, fits_before = 0;      // that gave all scores; of them, known from the journal
  /// params, param_<name>, split<k>_test_score, mean_test_score, std_test_score, rank_test_score: the columns
  /// of scikit-learn's cv_results_ without the times, so that two runs give the same bytes.
  Table table;
};

/// Searches by K-fold cross-validation.
///   inputs    shared with other searches on this matrix; what is lacking is added
///   folds     the fold of each of problem.rows (matrix/folds.hpp), shape (problem.rows), 0 .. K-1
///   progress  called after each fold x group of configurations with the number of fits it answered for; may
///             come from any thread
///   journal   scores found there are not computed again, and new ones are added; keyed by all that a score
///             depends on, so that another table, outcome or seed finds nothing there
///   throws    Error (study) on a bad setting, before anything is fitted; Error (interrupted) after a stop
/// Holds out-of-fold predictions of the best configuration so far and of those under way: 8 bytes per row and
/// configuration.
/// Statistics are taken anew from each fold's training rows. The same bits for any number of threads.
SearchResult search(const Engine& engine, Inputs& inputs, const Problem& problem, std::span<const int> folds,
                    const std::vector<SettingValues>& configurations, Score score, Stream stream,
                    Workers& workers, const std::function<void(std::size_t)>& progress = {},
                    SearchJournal* journal = nullptr);

/// Out-of-fold predictions of one configuration, shape (problem.rows): for calibration where a configuration
/// is reused (SPEC T-6). Equal to search(...).out_of_fold with that configuration alone.
std::vector<double> cross_predict(const Engine& engine, Inputs& inputs, const Problem& problem,
                                  std::span<const int> folds, const SettingValues& configuration,
                                  Stream stream, Workers& workers);

}  // namespace kohort
