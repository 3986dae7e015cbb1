#pragma once
// K-fold search over configurations: folds x configurations side by side, one thread each.

#include <cstdint>
#include <functional>
#include <vector>

#include "store/table.hpp"
#include "tune/draws.hpp"
#include "tune/fold_scores.hpp"
#include "tune/journal.hpp"

namespace kohort {

struct SearchResult {
  std::size_t best = 0;                       // place in `configurations`: best mean score, ties to the first
  std::vector<SettingValues> configurations;  // as searched, without defaults
  std::vector<double> mean_score;             // shape (configurations); NaN where halving left one behind
  std::vector<double> out_of_fold;            // of the best configuration, shape (problem.rows)
  std::size_t scores = 0;                     // of a configuration on a fold
  std::size_t fits = 0, fits_before = 0;      // that gave them; of those, known from the journal
  /// params, param_<name>, split<k>_test_score, mean_test_score, std_test_score, rank_test_score: the columns
  /// of scikit-learn's cv_results_ without the times, so that two runs give the same bytes. With halving or
  /// further draws also iter and n_resources, and a row for each rung that a configuration was fitted on.
  Table table;
};

/// Searches by K-fold cross-validation.
///   settings  what is fitted and scored (tune/fold_scores.hpp); with racing, beaten configurations are not
///             scored on all folds and never chosen; with halving, those left behind not on all rows
///   inputs    shared with other searches on this matrix; what is lacking is added
///   progress  called after each fit with the number of scores it gave; may come from any thread
///   journal   scores found there are not computed again, and new ones are added; keyed by all that a score
///             depends on, so that another table, outcome or seed finds nothing there
///   throws    Error (study) on a bad setting, before anything is fitted; Error (interrupted) after a stop
/// Holds out-of-fold predictions of the best configuration so far and of those under way: 8 bytes per row and
/// configuration.
/// Folds that lack predictions of the best at the end (raced, halved, known from the journal, or a path of
/// more than 256 MiB) are predicted once more. Statistics are taken anew from each fold's training rows. The
/// same bits for any number of threads.
SearchResult search(const TrialSettings& settings, Inputs& inputs,
                    const std::vector<SettingValues>& configurations, Workers& workers,
                    const std::function<void(std::size_t)>& progress = {}, SearchJournal* journal = nullptr);

/// The same over a space: the first draws, then those near the best of them. draws.paths with an engine that
/// has path settings fits each draw once per fold for all their values.
///   stream  of the draws; settings.stream is that of the fits
SearchResult search(const TrialSettings& settings, Inputs& inputs, const Draws& draws, Stream stream,
                    Workers& workers, const std::function<void(std::size_t)>& progress = {},
                    SearchJournal* journal = nullptr);

/// Out-of-fold predictions of one configuration, shape (problem.rows): for calibration where a configuration
/// is reused (SPEC T-6). Equal to search(...).out_of_fold with that configuration alone.
std::vector<double> cross_predict(const TrialSettings& settings, Inputs& inputs,
                                  const SettingValues& configuration, Workers& workers);

}  // namespace kohort
