#pragma once
// LASSO and elastic net on sums of products: no row is looked at once they are taken.

#include <functional>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "learn/linear/fold_sums.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/problem.hpp"

namespace kohort {

/// fit_lasso (learn/linear/lasso.hpp) on a Gram matrix: the same objective, sweeps and stopping rule
/// (Friedman, Hastie and Tibshirani 2010, "covariance updates"). O(p) for a coefficient that moves, O(1) for
/// one at rest.
///   columns  of the design: the length of LinearFit::beta; residuals are left out
LinearFit fit_gram_lasso(const Gram& gram, std::size_t columns, const LassoSettings& settings,
                         std::span<const double> start, const Workers& workers);

/// Whether sums over so many folds fit into 256 MiB.
bool sums_fit(const FixedColumns& columns, std::size_t folds);

/// One warm path from the largest alpha down; `each` gets a fit and its place among `settings`.
void fit_gram_path(const Gram& gram, std::size_t columns, std::span<const LassoSettings> settings,
                   const Workers& workers, const std::function<void(std::size_t, const LinearFit&)>& each);

/// fit_lasso_path by way of sums; `design` is that of problem.rows. Fits have no residuals.
void fit_lasso_path_by_sums(const LinearDesign& design, const FixedColumns& columns, const Problem& problem,
                            std::span<const LassoSettings> settings, Workers& workers,
                            const std::function<void(std::size_t, const LinearFit&)>& each);

}  // namespace kohort
