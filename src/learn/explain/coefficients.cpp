#include "learn/explain/coefficients.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/stable.hpp"
#include "base/student.hpp"
#include "learn/linear/penalised_path.hpp"
#include "learn/linear/product_terms.hpp"

namespace kohort {
namespace {

constexpr int kAlphas = 100;
constexpr double kLeastShare = 1e-3;  // of the largest alpha

std::vector<double> default_alphas(double largest) {
  std::vector<double> alphas;
  if (largest > 0)
    for (int k = 0; k < kAlphas; ++k)
      alphas.push_back(largest * stable::exp(stable::log(kLeastShare) * k / (kAlphas - 1)));
  return alphas;
}

}  // namespace

std::vector<Coefficient> coefficients(const LinearModel& model) {
  std::vector<Coefficient> out;
  for (const LinearTerm& term : model.terms) {
    const bool category = one_hot(term);
    for (std::size_t k = 0; k < term.coefficients.size(); ++k) {
      std::string level;
      if (category) level = k < term.info.levels.size() ? term.info.levels[k] : "(missing)";
      out.push_back({term.info.name, std::move(level), term.coefficients[k], term.scale, term.means[k]});
    }
  }
  for (const ProductTerm& product : model.products)
    out.push_back({name_of(model, product), {}, product.coefficient, product.scale, product.mean});
  return out;
}

std::vector<InferredCoefficient> inferred_coefficients(const LinearModel& model) {
  std::vector<InferredCoefficient> out{
      {{.predictor = "(intercept)", .level = {}, .value = model.intercept}, {}}};
  for (Coefficient& c : coefficients(model)) out.push_back({std::move(c), {}});
  if (!model.inference) return out;
  const Inference& of = *model.inference;
  const double wide = of.freedom > 0 ? two_sided_quantile(0.05, of.freedom) : 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::optional<double> error = k == 0 ? of.intercept_error : of.errors[k - 1];
    if (!error) continue;
    const double value = out[k].value, statistic = value / *error;
    out[k].test = {*error, statistic, two_sided_p(statistic, of.freedom), value - wide * *error,
                   value + wide * *error};
  }
  return out;
}

LassoPath lasso_path(const Problem& problem, const LassoSettings& settings, std::vector<double> alphas,
                     Workers& workers) {
  check_problem(problem);
  const LinearCells cells{problem.matrix, Transform::Log1p, encoding_of(settings.features)};
  const TermedDesign design = add_terms(make_linear_design(cells, problem.rows, problem.weights),
                                        problem.rows, recipe_of(settings.features), workers);
  if (alphas.empty()) alphas = default_alphas(largest_alpha(design.whole(), problem, settings, workers));
  if (alphas.empty()) return {};
  std::ranges::sort(alphas, std::greater{});
  std::vector<LassoSettings> points(alphas.size(), settings);
  for (std::size_t k = 0; k < alphas.size(); ++k) points[k].alpha = alphas[k];

  LassoPath path;
  path.alpha = std::move(alphas);
  const FixedColumns columns{*design.whole().cells};
  fit_penalised_path(design.whole(), columns, problem, points, workers,
                     [&](std::size_t, const LinearFit& fit) {
                       path.terms = coefficients(make_linear_model(design, fit, "lasso"));
                       path.intercept.push_back(fit.intercept);
                       path.converged.push_back(fit.converged);
                       path.values.emplace_back();
                       for (const Coefficient& term : path.terms) path.values.back().push_back(term.value);
                     });
  return path;
}

}  // namespace kohort
