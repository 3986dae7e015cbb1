#pragma once
// One configuration group on one fold: fitted on the other folds, scored on this one, once.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/engines.hpp"
#include "tune/halving.hpp"
#include "tune/journal.hpp"
#include "tune/racing.hpp"
#include "tune/score.hpp"

namespace kohort {

/// What a search fits and scores. Racing and halving do not go together.
struct TrialSettings {
  const Engine& engine;
  const Problem& problem;
  std::span<const int> folds;  // of each of problem.rows
  Score score = Score::NegMeanSquaredError;
  Stream stream{0};
  std::optional<Racing> racing{};
  std::optional<Halving> halving{};
  std::size_t most_held = std::size_t{1} << 25;  // out-of-fold predictions of one group: 256 MiB
};

/// Configurations that one fit answers for: equal but for the engine's path settings.
struct ConfigurationGroup {
  SettingValues settings;             // without the path settings
  std::vector<std::size_t> places;    // among the configurations
  std::vector<SettingValues> points;  // on the path, one for each place
};

/// Configurations `first` and later, grouped in the order of their first one.
std::vector<ConfigurationGroup> group_configurations(const Engine& engine,
                                                     const std::vector<SettingValues>& configurations,
                                                     std::size_t first = 0);

/// "max_depth=3, subsample=0.7"
std::string params_text(const SettingValues& values);

/// Fits and scores, one group and fold at a time; from any thread.
class FoldScores {
 public:
  /// `journal` may be null; `settings`' problem and folds must outlive this.
  FoldScores(const TrialSettings& settings, const Inputs& inputs, Workers& workers, SearchJournal* journal);

  struct Scored {
    std::vector<double> scores;                    // of each point
    std::vector<std::vector<double>> predictions;  // shape (points, held rows); none when the journal knew
  };
  /// Fitted on those of the first `rows` rows, in the order of halving, that are outside fold k; all rows by
  /// default.
  Scored score(const ConfigurationGroup& group, std::size_t k);
  Scored score(const ConfigurationGroup& group, std::size_t k, std::size_t rows);
  /// Whether the engine fits all folds of a group together; then these do, not from inside a task.
  bool shares_folds(const ConfigurationGroup& group) const;
  std::unique_ptr<const FoldPaths> fit_folds(const ConfigurationGroup& group);
  /// Returns the fits; none when the journal knew all scores.
  std::unique_ptr<const FoldPaths> score_folds(const ConfigurationGroup& group,
                                               const std::function<void(std::size_t, const Scored&)>& each);
  /// Predictions of fold k alone, shape (points, held rows).
  std::vector<std::vector<double>> predict(const ConfigurationGroup& group, std::size_t k);

  std::size_t folds() const { return split_.size(); }
  std::size_t rows() const { return settings_.problem.rows.size(); }
  /// The rows of fold k, as places among problem.rows.
  const std::vector<std::size_t>& held_places(std::size_t k) const { return split_[k].held_places; }
  std::size_t fits() const { return fits_; }
  std::size_t fits_before() const { return fits_before_; }  // known from the journal

 private:
  /// The rows of each fold and the rest, as rows of the matrix.
  struct FoldRows {
    RowList train, held;
    std::vector<std::size_t> held_places;
  };

  void split_rows();
  std::string key_of(const ConfigurationGroup& group, std::size_t k, std::size_t rows) const;
  double score_of_fold(std::size_t k, std::span<const double> predicted) const;
  std::vector<std::vector<double>> predict_with(const ConfigurationGroup& group, std::size_t k,
                                                std::span<const std::uint32_t> train);

  TrialSettings settings_;
  const Inputs& inputs_;
  Workers& workers_;
  SearchJournal* journal_;
  std::vector<FoldRows> split_;
  std::vector<std::uint32_t> order_;  // of halving: the place of each of problem.rows
  std::string fingerprint_;
  std::atomic<std::size_t> fits_ = 0, fits_before_ = 0;
};

}  // namespace kohort
