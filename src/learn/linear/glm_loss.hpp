#pragma once
// Losses of generalised linear models and their derivatives by the margin. McCullagh and Nelder (1989).

#include <span>

#include "learn/problem.hpp"

namespace kohort {

/// The loss of one row at margin m, and its first two derivatives; half the unit deviance but for terms that
/// no margin moves.
struct LossAt {
  double loss = 0, slope = 0, curvature = 0;
};

/// A loss with its canonical (logistic, Poisson) or logarithmic (Tweedie) link. All are convex in the margin.
///   SquaredError  (y - m)^2 / 2
///   Logistic      log(1 + e^m) - y m
///   Poisson       e^m - y m
///   Tweedie       e^((2 - p) m) / (2 - p) - y e^((1 - p) m) / (1 - p),  1 < p < 2
struct GlmLoss {
  Objective objective = Objective::Logistic;
  double tweedie_variance_power = 1.5;

  LossAt at(double outcome, double margin) const;
  /// The expansion of the weighted loss over rows: returns its sum; pull is - weight * slope, curvature is
  /// weight * curvature, 1e-10 of the weight at least. Spans of one length; rows of weight 0 may hold
  /// anything. Logistic and Poisson to 1e-15 of at(), several rows at a time.
  double expand(std::span<const double> outcome, std::span<const double> margin,
                std::span<const double> weight, std::span<double> pull, std::span<double> curvature) const;
  /// The mean that belongs to a margin.
  double mean_of(double margin) const;
};

/// Rows with their outcomes. Spans of one length; rows of weight 0 may hold anything.
struct GlmRows {
  std::span<const double> outcome, weight;
  std::span<const double> offset{};  // empty: 0
};

/// The margin of the mean outcome per exposure; a mean of 0, or of 1 under Logistic, counts as 1e-12 off.
double margin_of_mean(const GlmLoss& loss, const GlmRows& rows);

/// Whether some fitted mean is all but 0 (1e-7 of the overall mean), or all but 1 under Logistic: predictors
/// separate the outcome.
///   margin  of each row, offsets included
bool at_the_edge(const GlmLoss& loss, const GlmRows& rows, std::span<const double> margin);

}  // namespace kohort
