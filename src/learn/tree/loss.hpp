#pragma once
// The losses trees learn from, and their first two derivatives by the margin (the sum of the trees).

#include <cstdint>
#include <span>

#include "base/workers.hpp"
#include "learn/problem.hpp"
#include "learn/tree/cell.hpp"

namespace kohort {

/// What a loss needs besides the outcome; names of XGBoost.
struct LossSettings {
  double scale_pos_weight = 1;          // weight of rows with an event (logistic)
  double max_delta_step = 0.7;          // Poisson: the second derivative is exp(margin + this)
  double tweedie_variance_power = 1.5;  // between 1 (Poisson) and 2 (gamma)
};

/// The prediction that belongs to a margin: the margin itself, its sigmoid, its exponential. 32 bits, as
/// XGBoost's.
float prediction_of(float margin, Objective objective);
/// Its inverse. Throws Error (study) when no margin gives that base_score.
float margin_of(double base_score, Objective objective);

/// The prediction before the first tree. Squared error and logistic as XGBoost 2.x estimates it: one Newton
/// step from margin 0. Poisson and Tweedie: the constant of least loss, which is sum(w y) / sum(w exposure)
/// for Poisson and sum(w y exposure^(1 - p)) / sum(w exposure^(2 - p)) for Tweedie of variance power p.
double estimate_base_score(const Problem& problem, const LossSettings& settings);

/// Derivatives of the weighted loss at some rows of the problem.
///   margins  shape (rows of the matrix), offsets included
///   out      shape (rows of the matrix); only `rows` are written
/// XGBoost's objectives reg:squarederror, binary:logistic, count:poisson and reg:tweedie.
void fill_gradients(const Problem& problem, const LossSettings& settings, std::span<const std::uint32_t> rows,
                    std::span<const float> margins, std::span<GradientPair> out, Workers& workers);

/// Whether a problem's derivatives fit into packed cells: squared error without weights, whose second
/// derivatives are all 1, over no more rows than cells count.
bool packs(const Problem& problem);

/// Derivatives as cells to grow a tree on: rounded to 24 bits as XGBoost's, then to whole numbers of units in
/// which any sum over `rows` is exact. Parameters as fill_gradients; packed cells for a problem that packs.
Gradients<GradientPair> whole_gradients(const Problem& problem, const LossSettings& settings,
                                        std::span<const std::uint32_t> rows, std::span<const float> margins,
                                        std::span<GradientPair> out, Workers& workers);
Gradients<PackedCell> whole_gradients(const Problem& problem, const LossSettings& settings,
                                      std::span<const std::uint32_t> rows, std::span<const float> margins,
                                      std::span<PackedCell> out, Workers& workers);

/// The mean loss of rows, for early stopping: squared error, log loss, Poisson or Tweedie negative
/// log-likelihood without the terms no margin moves.
double mean_loss(const Problem& problem, const LossSettings& settings, std::span<const std::uint32_t> rows,
                 std::span<const float> margins);

}  // namespace kohort
