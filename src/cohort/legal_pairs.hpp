#pragma once
// Which years may teach and which may be predicted (SPEC P-3, F-1): from what registers are known to, a model
// of horizon H learns outcomes y from predictors y-H and predicts p+H from predictors p.

#include <array>
#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/outcomes.hpp"
#include "cohort/predictors.hpp"

namespace kohort {

/// Predictors at the index day of one year, the outcome of a later calendar year.
struct YearPair {
  int predictor_year = 0, outcome_year = 0;
  int horizon() const { return outcome_year - predictor_year; }
  auto operator<=>(const YearPair&) const = default;
};

/// A forecast: what the model learns from, oldest first, and what it predicts.
struct ForecastYears {
  std::vector<YearPair> train;
  YearPair predict;
  int horizon() const { return predict.horizon(); }
  bool operator==(const ForecastYears&) const = default;
};

/// The last finished calendar year that had reached the researcher at the end of `year`, by register.
struct DeliveryLags {
  int predictors = 0;  // greatest lag, in years, of the registers the predictors read
  int outcome = 0;     // lag of the outcome's register
  bool operator==(const DeliveryLags&) const = default;
};
DeliveryLags delivery_lags(const Schema& schema, const Population& population,
                           std::span<const PredictorSpec> predictors, const Outcome& outcome);

/// The freshest legal design: standing in `now`, horizon `horizon`, trained on the last `training_years`
/// outcome years.
ForecastYears derive_forecast_years(int now, DeliveryLags lags, int horizon, int training_years = 1);

/// Throws Error (leak) with a readable reason when `years`, used by somebody standing in `now`, looks into
/// the future: an outcome or predictor year not yet delivered, a training pair of another horizon, or a
/// horizon below 1.
void require_legal(const ForecastYears& years, int now, DeliveryLags lags);
/// The reason, or nothing when legal.
std::optional<std::string> why_illegal(const ForecastYears& years, int now, DeliveryLags lags);

/// The designs of the Norwegian report's Table 1, in years relative to T, to predict T+1.
struct TableOneDesign {
  char name;
  int outcome_first, outcome_last;      // training outcome years
  int predictor_first, predictor_last;  // their predictor years
  int predict_from;
};
inline constexpr std::array<TableOneDesign, 6> kTableOne{{{'A', -1, -1, -3, -3, -1},
                                                          {'B', -3, -3, -5, -5, -1},
                                                          {'C', -3, -1, -5, -3, -1},
                                                          {'D', -1, -1, -6, -6, -4},
                                                          {'E', -5, -5, -10, -10, -4},
                                                          {'F', -5, -1, -10, -6, -4}}};
ForecastYears table_one_years(const TableOneDesign& design, int t);

}  // namespace kohort
