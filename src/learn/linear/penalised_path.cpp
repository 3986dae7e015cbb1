#include "learn/linear/penalised_path.hpp"

#include "learn/linear/glm.hpp"
#include "learn/linear/gram_lasso.hpp"

namespace kohort {
namespace {

GlmData data_of(const LinearDesign& design, const Problem& problem, const LassoSettings& settings) {
  return {design, problem.outcome, problem.offset, {problem.objective, settings.tweedie_variance_power}};
}

}  // namespace

bool by_duality_gap(const Problem& problem, const LassoSettings& settings) {
  return problem.objective == Objective::SquaredError && settings.l1_ratio > 0;
}

void fit_penalised_path(const LinearDesign& design, const FixedColumns& columns, const Problem& problem,
                        std::span<const LassoSettings> settings, Workers& workers,
                        const std::function<void(std::size_t, const LinearFit&)>& each) {
  if (!by_duality_gap(problem, settings.front())) {
    const GlmData data = data_of(design, problem, settings.front());
    if (settings.size() == 1)
      each(0, fit_penalised_glm(data, settings.front(), workers));
    else
      fit_glm_path(data, settings, workers, each);
  } else if (sums_fit(columns, 1)) {
    fit_lasso_path_by_sums(design, columns, problem, settings, workers, each);
  } else {
    fit_lasso_path(design, problem.outcome, settings, workers, each);
  }
}

double largest_alpha(const LinearDesign& design, const Problem& problem, const LassoSettings& settings,
                     const Workers& workers) {
  if (by_duality_gap(problem, settings)) return largest_alpha(design, problem.outcome, settings.l1_ratio);
  return GlmPath{data_of(design, problem, settings), workers}.largest_alpha(settings.l1_ratio);
}

}  // namespace kohort
