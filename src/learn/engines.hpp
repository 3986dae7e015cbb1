#pragma once
// The kinds of model: one plain array. To add one: write it, add a line, run the conformance tests.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/linear/fold_paths.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "learn/tree/tree_bins.hpp"
#include "learn/tree/tree_data.hpp"
#include "matrix/row_blocks.hpp"

namespace kohort {

/// What the linear kinds share. Stays where it is.
struct LinearInputs {
  LinearInputs(const Matrix& matrix, Transform transform, LinearEncoding encoding)
      : cells(matrix, transform, encoding) {}
  LinearInputs(const LinearInputs&) = delete;
  LinearCells cells;
  FixedColumns columns{cells};
};

/// What all fits on one matrix share, whatever their rows, outcome or settings: the logarithms of the linear
/// kinds, the binned features of the tree kinds. Made once by `prepare`, then only read, from any thread.
struct Inputs {
  std::vector<std::shared_ptr<const LinearInputs>> linear;  // one per transform and encoding
  std::vector<std::shared_ptr<TreeBins>> bins;              // one per category rule and number of bins
  std::vector<std::shared_ptr<const TreeData>> trees;       // the same for libxgboost
};

/// One kind of model.
struct Engine {
  const char* name;
  const char* description;
  std::span<const Objective> objectives;  // those it fits
  /// One fit answers for all their values: lasso's alpha, boosting's n_estimators, a forest's n_estimators,
  /// max_depth and min_samples_split.
  std::span<const char* const> path_settings;

  /// Throws Error (study) on an unknown setting (with the nearest known name) or a value out of range;
  /// returns every setting with its default filled in.
  SettingValues (*complete)(const SettingValues& settings);
  /// Throws Error (study) where completed settings do not go with an objective.
  void (*check)(const SettingValues& settings, Objective objective);
  std::vector<SettingLine> (*manual)();
  /// The report's space for this kind (SPEC T-1); a path of penalties where it has none.
  SearchSpace (*space)(Objective objective);

  /// Adds to `inputs` what fits with these settings need, unless it is there.
  ///   rows  the rows any of the fits may train or be scored on; bin edges come from them (no outcome is
  ///   used)
  void (*prepare)(Inputs& inputs, const Matrix& matrix, std::span<const std::uint32_t> rows,
                  const SettingValues& settings, Workers& workers);
  /// Fits on problem.rows, which are among the rows prepared; the same bits for any number of threads. Throws
  /// Error (study) on bad settings, Error (fit) when the numbers allow no fit.
  Model (*fit)(const Inputs& inputs, const Problem& problem, const SettingValues& settings, Stream stream,
               Workers& workers);
  /// Predictions of rows held out, with their offsets, shape (points, held), at each point of the path:
  /// values of the path settings, all other settings equal. At least one point; an engine without path
  /// settings has one, which is empty. `held` rows are among those prepared.
  std::vector<std::vector<double>> (*predict_held)(const Inputs& inputs, const Problem& problem,
                                                   const SettingValues& settings,
                                                   std::span<const SettingValues> points,
                                                   std::span<const std::uint32_t> held, Stream stream,
                                                   Workers& workers);
  /// Whether all folds of a search come from one pass over the data, for less than two fits; null for a kind
  /// whose folds share no more than `inputs`.
  bool (*shares_folds)(const Inputs& inputs, const Problem& problem, const SettingValues& settings,
                       std::size_t folds) = nullptr;
  /// Where they do: the fits of every fold on the others, at each point of the path.
  ///   folds  of each of problem.rows; outlive what is returned, as inputs and problem do
  std::unique_ptr<const FoldPaths> (*fit_folds)(const Inputs& inputs, const Problem& problem,
                                                const SettingValues& settings,
                                                std::span<const SettingValues> points,
                                                std::span<const int> folds, Workers& workers) = nullptr;
};

/// In the order of the manual: linear, lasso, random_forest, boosting.
std::span<const Engine> engines();
/// Throws Error (study) with the nearest known kind.
const Engine& engine(std::string_view kind);

/// What the record of a model says of its fit: software, rows, and every setting ("settings.max_depth").
ModelRecord record_of(const Engine& engine, const Problem& problem, const SettingValues& settings);

/// prepare + fit in one call, for a single model.
Model fit_model(const Engine& engine, const Problem& problem, const SettingValues& settings, Stream stream,
                Workers& workers);

}  // namespace kohort
