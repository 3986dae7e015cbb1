#pragma once
// What the analyses of a study need: which models trained on which years, predicting from which year. Pure
// arithmetic on years; the plan is the union of these needs, without repeats.

#include <compare>
#include <string>
#include <vector>

#include "study/study_file.hpp"

namespace kohort {

/// One model to fit: predictors of year y - horizon on outcomes of year y, for each y of `trained_on`
/// stacked.
struct FitNeed {
  std::string model, outcome;
  int horizon = 0;
  std::vector<int> trained_on{};  // outcome years, ascending

  std::vector<int> predictor_years() const;
  auto operator<=>(const FitNeed&) const = default;
};

/// One set of predictions: that model applied to the population of year `from`, about year from + horizon.
struct PredictionNeed {
  FitNeed fit;
  int from = 0;

  int predict_year() const { return from + fit.horizon; }
  auto operator<=>(const PredictionNeed&) const = default;
};

/// The predictions of one analysis, in the order of its tables.
struct AnalysisNeeds {
  std::size_t analysis = 0;  // place in study.analyses
  std::vector<PredictionNeed> predictions;
  bool calibrated = false;
};

/// Needs of every analysis: outcome by outcome, model by model, in the study's order.
/// Throws Error (leak) for a pair that would look into the future and Error (study) for an impossible
/// horizon, naming the line of the analysis.
std::vector<AnalysisNeeds> needs_of(const Study& study);

}  // namespace kohort
