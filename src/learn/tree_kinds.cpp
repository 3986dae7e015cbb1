// Kinds random_forest and boosting: bins shared by fits, one fit for a whole path.

#include <algorithm>

#include "base/error.hpp"
#include "learn/kind_settings.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/libxgboost.hpp"

namespace kohort {
namespace {

bool fits(const TreeData& data, const Matrix& matrix, CategoryRule rule, int max_bin) {
  return &data.matrix() == &matrix && data.encoding().rule == rule && data.max_bin() == max_bin;
}

template <class Settings>
void prepare_library(Inputs& inputs, const Matrix& matrix, Rows rows, const Settings& settings,
                     Workers& workers) {
  const CategoryRule rule = parse_category_rule(settings.encoding).value();
  const bool there = std::ranges::any_of(inputs.trees, [&](const auto& data) {
    return fits(*data, matrix, rule, settings.max_bin) && std::ranges::includes(data->rows(), rows);
  });
  workers.check();
  if (!there)
    inputs.trees.push_back(
        std::make_shared<TreeData>(matrix, rows, rule, settings.max_bin, workers.threads()));
}

/// The library's bins prepared for these settings that hold all of the rows: the first, so that a fit does
/// not depend on what else was prepared later.
template <class Settings>
const TreeData& library_bins(const Inputs& inputs, const Problem& problem, Rows held,
                             const Settings& settings) {
  const CategoryRule rule = parse_category_rule(settings.encoding).value();
  for (const auto& data : inputs.trees)
    if (fits(*data, problem.matrix, rule, settings.max_bin) &&
        std::ranges::includes(data->rows(), problem.rows) && std::ranges::includes(data->rows(), held))
      return *data;
  throw Error(ErrorKind::Defect, "the bins were not prepared for this matrix and these rows");
}

template <class Settings>
TreeBins* find_bins(const Inputs& inputs, const Matrix& matrix, const Settings& settings) {
  const CategoryRule rule = parse_category_rule(settings.encoding).value();
  for (const auto& bins : inputs.bins)
    if (bins->matrix == &matrix && bins->encoding.rule == rule && bins->max_bin == settings.max_bin &&
        bins->min_data_in_bin == settings.min_data_in_bin)
      return bins.get();
  return nullptr;
}

template <class Settings>
const TreeBins& own_bins(const Inputs& inputs, const Problem& problem, const Settings& settings) {
  const TreeBins* bins = find_bins(inputs, problem.matrix, settings);
  if (bins == nullptr) throw Error(ErrorKind::Defect, "the bins were not prepared for this matrix");
  return *bins;
}

template <class Settings>
TreeBins& prepare_bins(Inputs& inputs, const Matrix& matrix, const Settings& settings, Workers& workers) {
  if (TreeBins* there = find_bins(inputs, matrix, settings)) return *there;
  workers.check();
  inputs.bins.push_back(std::make_shared<TreeBins>(matrix, parse_category_rule(settings.encoding).value(),
                                                   settings.max_bin, workers, settings.min_data_in_bin));
  return *inputs.bins.back();
}

void prepare_boosting(Inputs& inputs, const Matrix& matrix, Rows rows, const SettingValues& values,
                      Workers& workers) {
  const auto settings = read_checked<BoostingSettings>(values);
  if (settings.engine == "libxgboost")
    prepare_library(inputs, matrix, rows, settings, workers);
  else
    prepare_bins(inputs, matrix, settings, workers);
}

Model fit_boosting_kind(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                        Stream stream, Workers& workers) {
  const auto settings = read_checked<BoostingSettings>(values);
  check_problem(problem);
  if (settings.engine == "libxgboost")
    return fit_libxgboost(library_bins(inputs, problem, {}, settings), problem, settings, stream, workers);
  return fit_boosting(own_bins(inputs, problem, settings), problem, settings, stream, workers);
}

/// One run answers for every number of rounds.
Predictions boosting_held(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                          Points points, Rows held, Stream stream, Workers& workers) {
  std::vector<int> wanted;
  BoostingSettings settings;
  for (const SettingValues& point : points) {
    settings = read_at<BoostingSettings>(values, point);
    wanted.push_back(settings.n_estimators);
  }
  std::vector<int> ascending = wanted;
  std::ranges::sort(ascending);
  ascending.erase(std::unique(ascending.begin(), ascending.end()), ascending.end());
  check_problem(problem);
  const Predictions path = settings.engine == "libxgboost"
                               ? libxgboost_path(library_bins(inputs, problem, held, settings), problem,
                                                 settings, ascending, held, stream, workers)
                               : boosting_path(own_bins(inputs, problem, settings), problem, settings,
                                               ascending, held, stream, workers);
  Predictions out;
  for (const int round : wanted)
    out.push_back(path[static_cast<std::size_t>(std::ranges::find(ascending, round) - ascending.begin())]);
  return out;
}

void prepare_forest(Inputs& inputs, const Matrix& matrix, Rows, const SettingValues& values,
                    Workers& workers) {
  prepare_bins(inputs, matrix, read_checked<ForestSettings>(values), workers).mark(workers);
}

Model fit_forest_kind(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                      Stream stream, Workers& workers) {
  const auto settings = read_checked<ForestSettings>(values);
  return fit_forest(own_bins(inputs, problem, settings), problem, settings, stream, workers);
}

/// One forest answers for every number of trees, depth and least node to split.
Predictions forest_held(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                        Points points, Rows held, Stream stream, Workers& workers) {
  std::vector<ForestCut> cuts;
  ForestSettings settings;
  for (const SettingValues& point : points) {
    settings = read_at<ForestSettings>(values, point);
    cuts.push_back({settings.n_estimators, settings.max_depth, settings.min_samples_split});
  }
  return forest_cuts(own_bins(inputs, problem, settings), problem, settings, cuts, held, stream, workers);
}

void check_forest_objective(const SettingValues& values, Objective objective) {
  check_criterion(read_checked<ForestSettings>(values), objective);
}

SearchSpace forest_space(Objective) {
  return {{{"n_estimators", {"200", "300", "400", "500"}},
           {"max_depth", {"10", "15", "20", "none"}},
           {"min_samples_split", {"2", "5", "10"}},
           {"min_samples_leaf", {"1", "5", "10"}},
           {"max_features", {"sqrt", "log2"}}},
          {}};
}

SearchSpace boosting_space(Objective) {
  return {{{"n_estimators", {"400", "600", "800", "1000"}},
           {"learning_rate", {"0.01", "0.05", "0.1"}},
           {"max_depth", {"4", "5", "6"}},
           {"subsample", {"0.6", "0.7", "0.8"}},
           {"min_child_weight", {"1", "3", "5", "10"}},
           {"colsample_bytree", {"0.6", "0.8", "1"}},
           {"gamma", {"0", "1", "5"}}},
          {}};
}

constexpr std::array kForestObjectives{Objective::SquaredError, Objective::Logistic};
constexpr std::array kRounds{"n_estimators"};
constexpr std::array kForestPath{"n_estimators", "max_depth", "min_samples_split"};

}  // namespace

Engine forest_engine() {
  return {"random_forest",
          "the mean of trees grown on draws of rows and predictors",
          kForestObjectives,
          kForestPath,
          complete<ForestSettings>,
          check_forest_objective,
          setting_lines<ForestSettings>,
          forest_space,
          prepare_forest,
          fit_forest_kind,
          forest_held};
}

Engine boosting_engine() {
  return {"boosting",
          "gradient boosted trees (as XGBoost's hist)",
          kAllObjectives,
          kRounds,
          complete<BoostingSettings>,
          any_objective,
          setting_lines<BoostingSettings>,
          boosting_space,
          prepare_boosting,
          fit_boosting_kind,
          boosting_held};
}

}  // namespace kohort
