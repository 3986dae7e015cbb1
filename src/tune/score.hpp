#pragma once
// Scores of a search: scikit-learn's names and signs.

#include <span>
#include <string_view>

namespace kohort {

/// Larger is better for each, as in scikit-learn.
enum class Score {
  NegMeanSquaredError,
  NegMeanPoissonDeviance,
  RocAuc,
  AveragePrecision,
  NegBrierScore,
  NegLogLoss
};

std::string_view to_text(Score score);     // "neg_mean_squared_error", …
Score parse_score(std::string_view name);  // throws Error (study) with the nearest known name
/// With the definitions of assess/metrics.hpp; NaN where a score is not defined (AUC of one class).
double score_of(Score score, std::span<const double> outcome, std::span<const double> prediction,
                std::span<const double> weights = {});
/// The mean of some scores; NaN of none.
double mean_of(std::span<const double> scores);

}  // namespace kohort
