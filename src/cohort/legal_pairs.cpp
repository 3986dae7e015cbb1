#include "cohort/legal_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace kohort {
namespace {

std::string not_delivered(std::string_view what, int year, int last, int now, int lag) {
  return fmt::format("{} of {} are not known in {}: the last year that has reached us is {}{}", what, year,
                     now, last,
                     lag > 0 ? fmt::format(" (delivered {} year{} late)", lag, lag == 1 ? "" : "s") : "");
}

}  // namespace

DeliveryLags delivery_lags(const Schema& schema, const Population& population,
                           std::span<const PredictorSpec> predictors, const Outcome& outcome) {
  DeliveryLags lags{schema.at(population.register_name).delivery_lag,
                    schema.at(outcome.register_name).delivery_lag};
  const auto add = [&](const std::string& name) {
    lags.predictors = std::max(lags.predictors, schema.at(name).delivery_lag);
  };
  for (const std::string& name : population.present) add(name);
  for (const PredictorSpec& spec : predictors) {
    add(spec.column.register_name);
    if (!spec.deflate_register.empty()) add(spec.deflate_register);
  }
  return lags;
}

ForecastYears derive_forecast_years(int now, DeliveryLags lags, int horizon, int training_years) {
  ForecastYears years;
  const int last_outcome = now - lags.outcome, last_predictor = now - lags.predictors;
  // A training pair also needs its predictors, which are older and so have come unless their lag is beyond
  // the horizon.
  const int newest = std::min(last_outcome, last_predictor + horizon);
  for (int y = newest - training_years + 1; y <= newest; ++y) years.train.push_back({y - horizon, y});
  years.predict = {last_predictor, last_predictor + horizon};
  require_legal(years, now, lags);
  return years;
}

std::optional<std::string> why_illegal(const ForecastYears& years, int now, DeliveryLags lags) {
  const int last_outcome = now - lags.outcome, last_predictor = now - lags.predictors;
  if (years.horizon() < 1)
    return fmt::format(
        "predictors of {} cannot predict {}: the outcome year must come after the predictor year",
        years.predict.predictor_year, years.predict.outcome_year);
  if (years.train.empty()) return "no year is left to train on";
  for (const YearPair& pair : years.train) {
    if (pair.horizon() != years.horizon())
      return fmt::format("a model trained from {} to {} (horizon {}) cannot predict {} from {} (horizon {})",
                         pair.predictor_year, pair.outcome_year, pair.horizon(), years.predict.outcome_year,
                         years.predict.predictor_year, years.horizon());
    if (pair.outcome_year > last_outcome)
      return not_delivered("training outcomes", pair.outcome_year, last_outcome, now, lags.outcome);
    if (pair.predictor_year > last_predictor)
      return not_delivered("training predictors", pair.predictor_year, last_predictor, now, lags.predictors);
  }
  if (years.predict.predictor_year > last_predictor)
    return not_delivered("predictors", years.predict.predictor_year, last_predictor, now, lags.predictors);
  return std::nullopt;
}

void require_legal(const ForecastYears& years, int now, DeliveryLags lags) {
  if (const auto reason = why_illegal(years, now, lags))
    throw Error(ErrorKind::Leak, *reason, {},
                "train on earlier outcomes, predict from an earlier year, or stand later");
}

ForecastYears table_one_years(const TableOneDesign& design, int t) {
  ForecastYears years;
  for (int back = design.outcome_first; back <= design.outcome_last; ++back)
    years.train.push_back({t + design.predictor_first + (back - design.outcome_first), t + back});
  years.predict = {t + design.predict_from, t + 1};
  return years;
}

}  // namespace kohort
