// Kinds linear and lasso: inputs shared by fits, paths and folds.

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "learn/kind_settings.hpp"
#include "learn/linear/glm.hpp"
#include "learn/linear/gram_lasso.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/linear/penalised_path.hpp"
#include "learn/linear/product_terms.hpp"
#include "learn/linear/regression.hpp"

namespace kohort {
namespace {

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
  Predictions out{
      predict(fit_unpenalised(inputs, problem, values, false, workers), problem.matrix, held, workers)};
  if (!problem.offset.empty())
    for (std::size_t i = 0; i < held.size(); ++i) out[0][i] *= stable::exp(problem.offset[held[i]]);
  return out;
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

/// A fit's predictions for rows that it did not train on.
std::vector<double> held_means(const LinearFit& fit, const GlmLoss& loss, Rows held) {
  std::vector<double> out;
  for (const std::uint32_t row : held) out.push_back(loss.mean_of(fit.margin[row]));
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
                     : held_means(fit, loss, held);
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

constexpr std::array kAlpha{"alpha"};

}  // namespace

Engine linear_engine() {
  return {"linear",
          "least squares on scaled logarithms, or the generalised linear model of the objective",
          kAllObjectives,
          kNoPath,
          complete<RegressionSettings>,
          check_regression,
          setting_lines<RegressionSettings>,
          no_space,
          prepare_regression,
          fit_linear_kind,
          linear_held};
}

Engine lasso_engine() {
  return {"lasso",
          "the same with a penalty on absolute coefficients, or an elastic net",
          kAllObjectives,
          kAlpha,
          complete<LassoSettings>,
          any_objective,
          setting_lines<LassoSettings>,
          lasso_space,
          prepare_lasso,
          fit_lasso_kind,
          lasso_held,
          lasso_shares_folds,
          lasso_folds};
}

}  // namespace kohort
