#include "study/needs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kohort {
namespace {

/// Refuses what is not known when the forecast is made, with the analysis' place in the study file.
void check_known(const Study& study, const Analysis& analysis, const PredictionNeed& need, int now) {
  const auto outcome = std::ranges::find(study.outcomes, need.fit.outcome, &StudyOutcome::name);
  ForecastYears years{{}, {need.from, need.predict_year()}};
  for (const int year : need.fit.trained_on) years.train.push_back({year - need.fit.horizon, year});
  const DeliveryLags lags =
      delivery_lags(study.schema, study.population, study.predictors, outcome->declaration);
  if (const auto reason = why_illegal(years, now, lags)) {
    throw Error(need.fit.horizon < 1 ? ErrorKind::Study : ErrorKind::Leak,
                fmt::format("{}, outcome {}: {}", analysis.name, need.fit.outcome, *reason), analysis.where,
                "choose years that are known when the forecast is made");
  }
}

/// Adds every model an analysis wants; `known_to` is the last year registers hold when the forecast is made.
struct Collector {
  const Study& study;
  const Analysis& analysis;
  AnalysisNeeds& needs;

  void add(int horizon, std::vector<int> trained_on, int from, int known_to) {
    for (const StudyOutcome& outcome : study.outcomes) {
      for (const StudyModel& model : study.models) {
        PredictionNeed need{{model.name, outcome.name(), horizon, trained_on}, from};
        check_known(study, analysis, need, known_to);
        needs.predictions.push_back(std::move(need));
      }
    }
  }
  void operator()(const ForecastPath& path) {
    needs.calibrated = !study.calibration.by.empty();
    for (const int horizon : path.horizons) add(horizon, {path.from}, path.from, path.from);
  }
  void operator()(const Freshness& fresh) {
    for (const int year : fresh.trained_on) add(fresh.predict - fresh.from, {year}, fresh.from, fresh.from);
  }
  void operator()(const Updating& updating) {
    for (const int from : updating.from) add(updating.predict - from, {from}, from, from);
  }
  void operator()(const Designs& designs) {
    const int t = designs.predict - 1;  // the report's T: it predicts T + 1
    for (const TableOneDesign& design : designs.letters) {
      const ForecastYears years = table_one_years(design, t);
      std::vector<int> trained_on;
      for (const YearPair& pair : years.train) trained_on.push_back(pair.outcome_year);
      add(years.horizon(), trained_on, years.predict.predictor_year, t - 1);
    }
  }
};

}  // namespace

std::vector<int> FitNeed::predictor_years() const {
  std::vector<int> years;
  for (const int year : trained_on) years.push_back(year - horizon);
  return years;
}

std::vector<AnalysisNeeds> needs_of(const Study& study) {
  std::vector<AnalysisNeeds> all;
  for (std::size_t i = 0; i < study.analyses.size(); ++i) {
    AnalysisNeeds needs{i, {}, false};
    std::visit(Collector{study, study.analyses[i], needs}, study.analyses[i].wish);
    all.push_back(std::move(needs));
  }
  return all;
}

}  // namespace kohort
