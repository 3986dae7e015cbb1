#pragma once
// Penalised fits along a path under any objective: the one place that chooses how.

#include <functional>
#include <span>

#include "base/workers.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/problem.hpp"
#include "matrix/row_blocks.hpp"

namespace kohort {

/// Whether fits stop at a duality gap (learn/linear/lasso.hpp): least squares, unless all of the penalty is
/// on squares. Others stop at the optimality conditions (learn/linear/glm.hpp).
bool by_duality_gap(const Problem& problem, const LassoSettings& settings);

/// One warm path from the largest alpha down; `each` gets a fit and its place among `settings`, in that
/// order. Least squares by sums of products where these fit (learn/linear/gram_lasso.hpp), else by residuals;
/// other objectives, and ridges, by proximal Newton.
///   design    of problem.rows
///   columns   of the design's cells
///   settings  at least one; equal but for alpha
void fit_penalised_path(const LinearDesign& design, const FixedColumns& columns, const Problem& problem,
                        std::span<const LassoSettings> settings, Workers& workers,
                        const std::function<void(std::size_t, const LinearFit&)>& each);

/// The least alpha at which all coefficients are 0; l1_ratio counts as .001 at least.
double largest_alpha(const LinearDesign& design, const Problem& problem, const LassoSettings& settings,
                     const Workers& workers);

}  // namespace kohort
