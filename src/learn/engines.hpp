#pragma once
// The kinds of model: one plain array. To add one: write it, add a line, run the conformance tests.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "learn/tree/tree_bins.hpp"
#include "learn/tree/tree_data.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {

/// What all fits on one matrix share, whatever their rows, outcome or settings: the logarithms of the linear
/// kinds, the binned features of the tree kinds. Made once by `prepare`, then only read, from any thread.
struct Inputs {
  std::shared_ptr<const LinearCells> linear;
  std::vector<std::shared_ptr<const TreeBins>> bins;   // one per category rule and number of bins
  std::vector<std::shared_ptr<const TreeData>> trees;  // the same for libxgboost
};

/// One kind of model.
struct Engine {
  const char* name;
  const char* description;
  std::span<const Objective> objectives;  // those it fits
  const char*
      path_setting;  // one fit answers for all its values (lasso: alpha, boosting: n_estimators), or null

  /// Throws Error (study) on an unknown setting (with the nearest known name) or a value out of range;
  /// returns every setting with its default filled in.
  SettingValues (*complete)(const SettingValues& settings);
  std::vector<SettingLine> (*manual)();
  /// The report's space for this kind (SPEC T-1).
  SearchSpace (*space)();

  /// Adds to `inputs` what fits with these settings need, unless it is there.
  ///   rows  the rows any of the fits may train or be scored on; bin edges come from them (no outcome is
  ///   used)
  void (*prepare)(Inputs& inputs, const Matrix& matrix, std::span<const std::uint32_t> rows,
                  const SettingValues& settings, Workers& workers);
  /// Fits on problem.rows, which are among the rows prepared; the same bits for any number of threads. Throws
  /// Error (study) on bad settings, Error (fit) when the numbers allow no fit.
  Model (*fit)(const Inputs& inputs, const Problem& problem, const SettingValues& settings, Stream stream,
               Workers& workers);
  /// Predictions of rows held out, shape (values, held), for each value of the path setting, all other
  /// settings equal. `held` rows are among those prepared. With path_setting null: `values` is empty, one
  /// prediction.
  std::vector<std::vector<double>> (*predict_held)(const Inputs& inputs, const Problem& problem,
                                                   const SettingValues& settings,
                                                   std::span<const std::string> values,
                                                   std::span<const std::uint32_t> held, Stream stream,
                                                   Workers& workers);
};

/// In the order of the manual: linear, lasso, random_forest, boosting.
std::span<const Engine> engines();
/// Throws Error (study) with the nearest known kind.
const Engine& engine(std::string_view kind);

/// prepare + fit in one call, for a single model.
Model fit_model(const Engine& engine, const Problem& problem, const SettingValues& settings, Stream stream,
                Workers& workers);

}  // namespace kohort
