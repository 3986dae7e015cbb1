#pragma once
// Regression as it is published: no penalty, treatment contrasts, standard errors, deviance and AIC; Firth's
// logistic regression.

#include <string>

#include "base/workers.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "matrix/linear_terms.hpp"

namespace kohort {

/// The settings of kind linear.
struct RegressionSettings {
  LeastSquaresSettings solver;
  std::string transform = "log1p";
  std::string standard_errors = "none";
  bool firth = false;
  std::string reference;

  /// Whether single coefficients are asked for, and not only predictions.
  bool inference() const { return standard_errors != "none" || firth || !reference.empty(); }
};

template <SettingsOf<RegressionSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  describe(s.solver, visit);
  visit("transform", s.transform, OneOf{{"log1p", "none"}},
        "what becomes of numbers: log(1 + x), or nothing, with coefficients per unit");
  visit("standard_errors", s.standard_errors, OneOf{{"none", "model", "robust", "cluster"}},
        "from the model's information; robust to unequal variances; or to rows of a cluster going together");
  visit("firth", s.firth, OneOf{{"true", "false"}},
        "Firth's penalised likelihood (logistic): finite coefficients where predictors separate the outcome");
  visit("reference", s.reference, AnyText{},
        "levels that others are compared with, as race=White;sex=Female; without it each category's first");
}

/// Throws Error (study) where they name features that cannot be.
inline void check_settings(const RegressionSettings& settings) { recipe_of(settings.solver.features); }

/// Throws Error (study) where settings do not go with each other or with the objective.
void check(const RegressionSettings& settings, Objective objective);

/// Fits by Newton's method (Tweedie: Fisher scoring) with the dense information matrix, on columns that do
/// not depend linearly on each other: one level of each category is the reference, and a column that depends
/// on those before it is left out, with a note, as R's glm does; both get the coefficient 0 and no standard
/// error. Stops when a step, in standard errors, is below `tol` of the first.
///   Standard errors follow R: `model` as summary.glm (dispersion 1; squared error RSS / (n - p); Tweedie
///   Pearson's), `cluster` as sandwich::vcovCL (White 1980; Liang and Zeger 1986), whose factor is G / (G -
///   1), times (n - 1) / (n - p) under squared error; `robust` the same with every row a cluster. n counts
///   rows of weight above 0. Firth (1993), Heinze and Schemper (2002): maximises log likelihood + log
///   det(information) / 2 over coefficients and intercept; standard errors from the information there. throws
///   Error (study) on an unknown reference or missing clusters, Error (budget) above 3 000 coefficients
/// O(rows x square of the entries of a row + coefficients^3) an iteration; 60 bytes a row and 8 a coefficient
/// squared, several times. The same bits for any number of threads.
LinearModel fit_regression(const TermedDesign& design, const Problem& problem,
                           const RegressionSettings& settings, Workers& workers);

/// What a model's record says of the fit: fit.deviance, fit.aic, …; nothing of a model without standard
/// errors.
ModelRecord fit_record(const Model& model);

/// A model of columns without a transform, its coefficients per unit of each column (every scale 1).
LinearModel per_unit(LinearModel model);

}  // namespace kohort
