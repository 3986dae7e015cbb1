#include "learn/engines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kohort_version.hpp"
#include "learn/linear/glm.hpp"
#include "learn/linear/gram_lasso.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/linear/penalised_path.hpp"
#include "learn/linear/product_terms.hpp"
#include "learn/linear/regression.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/libxgboost.hpp"

namespace kohort {
namespace {

using Rows = std::span<const std::uint32_t>;
using Points = std::span<const SettingValues>;
using Predictions = std::vector<std::vector<double>>;

void check_settings(const LassoSettings& settings) { recipe_of(settings.features); }
void check_settings(const RegressionSettings& settings) { recipe_of(settings.solver.features); }

template <class Settings>
Settings read_checked(const SettingValues& values) {
  const auto settings = read_settings<Settings>(values);
  check_settings(settings);
  return settings;
}

/// The settings at one point of a path.
template <class Settings>
Settings read_at(const SettingValues& values, SettingValues point) {
  point.insert(values.begin(), values.end());  // the point's own values stay
  return read_checked<Settings>(point);
}

template <class Settings>
SettingValues complete(const SettingValues& values) {
  return write_settings(read_checked<Settings>(values));
}

void any_objective(const SettingValues&, Objective) {}

// --- the linear kinds

/// What was prepared for a matrix, a transform and an encoding, or null.
const LinearInputs* find_linear(const Inputs& inputs, const Matrix& matrix, Transform transform,
                                const LinearFeatures& features) {
  for (const auto& of : inputs.linear)
    if (&of->cells.matrix() == &matrix && of->cells.transform() == transform &&
        of->cells.encoding() == encoding_of(features))
      return of.get();
  return nullptr;
}

void prepare_linear(Inputs& inputs, const Matrix& matrix, Transform transform,
                    const LinearFeatures& features) {
  const LinearInputs* there = find_linear(inputs, matrix, transform, features);
  if (there == nullptr) {
    inputs.linear.push_back(std::make_shared<LinearInputs>(matrix, transform, encoding_of(features)));
    there = inputs.linear.back().get();
  }
  check_terms(recipe_of(features), there->cells);
}

void prepare_lasso(Inputs& inputs, const Matrix& matrix, Rows, const SettingValues& values, Workers&) {
  prepare_linear(inputs, matrix, Transform::Log1p, read_checked<LassoSettings>(values).features);
}

void prepare_regression(Inputs& inputs, const Matrix& matrix, Rows, const SettingValues& values, Workers&) {
  const auto settings = read_checked<RegressionSettings>(values);
  const bool plain = settings.transform == "none";
  prepare_linear(inputs, matrix, plain ? Transform::None : Transform::Log1p, settings.solver.features);
}

void check_regression(const SettingValues& values, Objective objective) {
  check(read_checked<RegressionSettings>(values), objective);
}

/// The inputs of a problem that they and the kind can fit: least squares takes no exposure.
const LinearInputs& linear_inputs(const Inputs& inputs, const Problem& problem, Transform transform,
                                  const LinearFeatures& features) {
  check_problem(problem);
  if (problem.objective == Objective::SquaredError && !problem.offset.empty())
    throw Error(ErrorKind::Study, "least squares takes no exposure", "exposure",
                "use objective poisson or tweedie");
  const LinearInputs* of = find_linear(inputs, problem.matrix, transform, features);
  if (of == nullptr) throw Error(ErrorKind::Defect, "the linear cells were not prepared for this matrix");
  return *of;
}

TermedDesign design_of(const Inputs& inputs, Transform transform, const Problem& problem,
                       const LinearFeatures& features, Workers& workers) {
  const LinearCells& cells = linear_inputs(inputs, problem, transform, features).cells;
  return add_terms(make_linear_design(cells, problem.rows, problem.weights), problem.rows,
                   recipe_of(features), workers);
}

template <class Settings>
GlmData glm_data(const LinearDesign& design, const Problem& problem, const Settings& settings) {
  return {design, problem.outcome, problem.offset, {problem.objective, settings.tweedie_variance_power}};
}

LinearModel linear_model(const TermedDesign& design, const LinearFit& fit, const char* kind,
                         const Problem& problem) {
  LinearModel model = make_linear_model(design, fit, kind);
  model.objective = problem.objective;
  return model;
}

/// For predictions alone descent will do; single coefficients need the information matrix. Which of them
/// fits depends on the settings only: predictions of rows held out come from the fit that a model is kept
/// of, without its standard errors (`infers` is false).
LinearModel fit_unpenalised(const TermedDesign& design, const Problem& problem, RegressionSettings settings,
                            bool infers, Workers& workers) {
  const bool newton = settings.inference();
  if (!infers) settings.standard_errors = "none";
  if (newton) return fit_regression(design, problem, settings, workers);
  const LinearFit fit =
      problem.objective == Objective::SquaredError
          ? fit_least_squares(design.whole(), problem.outcome, settings.solver, workers)
          : fit_glm(glm_data(design.whole(), problem, settings.solver), settings.solver, workers);
  return linear_model(design, fit, "linear", problem);
}

LinearModel fit_unpenalised(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                            bool infers, Workers& workers) {
  const auto settings = read_checked<RegressionSettings>(values);
  const bool plain = settings.transform == "none";
  const TermedDesign design = design_of(inputs, plain ? Transform::None : Transform::Log1p, problem,
                                        settings.solver.features, workers);
  LinearModel model = fit_unpenalised(design, problem, settings, infers, workers);
  return plain ? per_unit(std::move(model)) : model;
}

Model fit_linear_kind(const Inputs& inputs, const Problem& problem, const SettingValues& values, Stream,
                      Workers& workers) {
  return fit_unpenalised(inputs, problem, values, true, workers);
}

Predictions linear_held(const Inputs& inputs, const Problem& problem, const SettingValues& values, Points,
                        Rows held, Stream, Workers& workers) {
  return {predict(fit_unpenalised(inputs, problem, values, false, workers), problem.matrix, held, workers)};
}

const FixedColumns& lasso_columns(const Inputs& inputs, const Problem& problem,
                                  const LassoSettings& settings) {
  return linear_inputs(inputs, problem, Transform::Log1p, settings.features).columns;
}

void each_lasso(const TermedDesign& design, const Inputs& inputs, const Problem& problem,
                std::span<const LassoSettings> settings, Workers& workers,
                const std::function<void(std::size_t, const LinearFit&)>& each) {
  std::optional<FixedColumns> with_terms;
  if (design.cells) with_terms.emplace(*design.cells);
  fit_penalised_path(design.whole(),
                     with_terms ? *with_terms : lasso_columns(inputs, problem, settings.front()), problem,
                     settings, workers, each);
}

Model fit_lasso_kind(const Inputs& inputs, const Problem& problem, const SettingValues& values, Stream,
                     Workers& workers) {
  const auto settings = read_checked<LassoSettings>(values);
  const TermedDesign design = design_of(inputs, Transform::Log1p, problem, settings.features, workers);
  LinearModel model;
  each_lasso(design, inputs, problem, std::array{settings}, workers,
             [&](std::size_t, const LinearFit& fit) { model = linear_model(design, fit, "lasso", problem); });
  return model;
}

std::vector<LassoSettings> read_points(const SettingValues& values, Points points) {
  std::vector<LassoSettings> settings;
  for (const SettingValues& point : points) settings.push_back(read_at<LassoSettings>(values, point));
  return settings;
}

/// A fit's predictions for rows that it did not train on, without their offsets.
std::vector<double> held_means(const LinearFit& fit, const GlmLoss& loss, const Problem& problem, Rows held) {
  std::vector<double> out;
  for (const std::uint32_t row : held)
    out.push_back(loss.mean_of(fit.margin[row] - (problem.offset.empty() ? 0 : problem.offset[row])));
  return out;
}

/// One warm path from the largest alpha down.
Predictions lasso_held(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                       Points points, Rows held, Stream, Workers& workers) {
  const std::vector<LassoSettings> settings = read_points(values, points);
  const TermedDesign design =
      design_of(inputs, Transform::Log1p, problem, settings.front().features, workers);
  Predictions out(points.size());
  each_lasso(design, inputs, problem, settings, workers, [&](std::size_t place, const LinearFit& fit) {
    const GlmLoss loss{problem.objective, settings[place].tweedie_variance_power};
    out[place] = fit.margin.empty()
                     ? predict(linear_model(design, fit, "lasso", problem), problem.matrix, held, workers)
                     : held_means(fit, loss, problem, held);
  });
  return out;
}

/// Terms are of a fold's own rows.
bool lasso_shares_folds(const Inputs& inputs, const Problem& problem, const SettingValues& values,
                        std::size_t folds) {
  const auto settings = read_checked<LassoSettings>(values);
  return by_duality_gap(problem, settings) && recipe_of(settings.features).empty() &&
         sums_fit(lasso_columns(inputs, problem, settings), folds);
}

std::unique_ptr<const FoldPaths> lasso_folds(const Inputs& inputs, const Problem& problem,
                                             const SettingValues& values, Points points,
                                             std::span<const int> folds, Workers& workers) {
  const std::vector<LassoSettings> settings = read_points(values, points);
  return std::make_unique<FoldPaths>(lasso_columns(inputs, problem, settings.front()), problem, folds,
                                     settings, workers);
}

SearchSpace no_space(Objective) { return {{}, "nothing to tune"}; }

SearchSpace lasso_space(Objective objective) {
  if (objective == Objective::SquaredError)
    return {{{"alpha", {"0.001", "0.01", "0.1", "1", "10", "100"}}}, {}};
  return {{{"alpha",
            {"0.0001", "0.000215", "0.000464", "0.001", "0.00215", "0.00464", "0.01", "0.0215", "0.0464",
             "0.1"}}},
          "the report gave its logistic regression up: ten penalties over three decades"};
}

// --- the tree kinds

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
constexpr std::array kAllObjectives{Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                    Objective::Tweedie};
constexpr std::array kAlpha{"alpha"};
constexpr std::array kRounds{"n_estimators"};
constexpr std::array kForestPath{"n_estimators", "max_depth", "min_samples_split"};
constexpr std::span<const char* const> kNoPath{};

constexpr std::array kEngines{
    Engine{"linear", "least squares on scaled logarithms, or the generalised linear model of the objective",
           kAllObjectives, kNoPath, complete<RegressionSettings>, check_regression,
           setting_lines<RegressionSettings>, no_space, prepare_regression, fit_linear_kind, linear_held},
    Engine{"lasso", "the same with a penalty on absolute coefficients, or an elastic net", kAllObjectives,
           kAlpha, complete<LassoSettings>, any_objective, setting_lines<LassoSettings>, lasso_space,
           prepare_lasso, fit_lasso_kind, lasso_held, lasso_shares_folds, lasso_folds},
    Engine{"random_forest", "the mean of trees grown on draws of rows and predictors", kForestObjectives,
           kForestPath, complete<ForestSettings>, check_forest_objective, setting_lines<ForestSettings>,
           forest_space, prepare_forest, fit_forest_kind, forest_held},
    Engine{"boosting", "gradient boosted trees (as XGBoost's hist)", kAllObjectives, kRounds,
           complete<BoostingSettings>, any_objective, setting_lines<BoostingSettings>, boosting_space,
           prepare_boosting, fit_boosting_kind, boosting_held},
};

}  // namespace

std::span<const Engine> engines() { return kEngines; }

const Engine& engine(std::string_view kind) {
  std::vector<std::string> known;
  for (const Engine& entry : kEngines) {
    if (kind == entry.name) return entry;
    known.emplace_back(entry.name);
  }
  throw Error(ErrorKind::Study, fmt::format("there is no kind of model '{}'", kind), "kind",
              suggest(kind, known));
}

ModelRecord record_of(const Engine& engine, const Problem& problem, const SettingValues& settings) {
  ModelRecord record{{"software", std::string{"kohort "} + kVersion},
                     {"rows", std::to_string(problem.rows.size())}};
  for (const auto& [name, value] : engine.complete(settings)) record["settings." + name] = value;
  return record;
}

Model fit_model(const Engine& engine, const Problem& problem, const SettingValues& settings, Stream stream,
                Workers& workers) {
  check_problem(problem);
  Inputs inputs;
  engine.prepare(inputs, problem.matrix, problem.rows, settings, workers);
  return engine.fit(inputs, problem, settings, stream, workers);
}

}  // namespace kohort
