#pragma once
// What is said of a regression that was fitted: deviance, likelihood, standard errors.

#include "learn/linear/newton.hpp"
#include "learn/linear/regression.hpp"

namespace kohort {

/// Standard errors as R's summary.glm (`model`) and sandwich::vcovCL (`robust`, `cluster`; White 1980, Liang
/// and Zeger 1986); deviance, likelihood and AIC as R's. The null model is fitted for its deviance.
///   settings  the fit's, standard_errors among them: model, robust or cluster
///   throws    Error (fit) where all rows are in one cluster
/// O(rows x square of a row's entries + coefficients^3).
Inference infer(const Regression& of, const RowDesign& x, const NewtonFit& fitted,
                const RegressionSettings& settings);

}  // namespace kohort
