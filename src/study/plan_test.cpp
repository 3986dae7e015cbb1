#include "study/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "learn/engines.hpp"

namespace kohort {
namespace {

Schema small_schema() {
  return parse_schema(Node::read_text(R"(
registers:
  persons:
    unit: person
    temporality: fixed
    columns:
      person: {type: id}
      birth_date: {type: date}
  charges:
    unit: person
    temporality: event
    event_date: offence_date
    known_at: registration_date
    columns:
      person: {type: id, links: persons}
      offence_date: {type: date}
      registration_date: {type: date}
)",
                                      "schema.yaml"));
}

/// Two kinds of model, one outcome, a forecast path and a look at freshness that share one model.
Study small_study() {
  Study study;
  study.name = "small";
  study.schema = small_schema();
  study.population = parse_population(Node::read_text("{unit: person}", "study.yaml"), study.schema);
  study.predictors =
      parse_predictors(Node::read_text("[{from: charges, windows: [1y, ever], count: true}]", "study.yaml"),
                       study.schema, study.population);
  StudyOutcome outcome;
  outcome.declaration =
      parse_outcome("all", Node::read_text("{count: charges, by: registration_year}", "study.yaml"),
                    study.schema, study.population);
  study.outcomes = {outcome};
  study.models = {{.name = "lasso", .label = "LASSO", .kind = "lasso", .settings = {}},
                  {.name = "xgb",
                   .label = "XGBoost",
                   .kind = "boosting",
                   .settings = {{"n_estimators", "10"}},
                   .space = SearchSpace{}}};
  study.tuning.at_horizon = 2;
  study.calibration.by = {"nation"};
  study.analyses = {{"forecast_path", ForecastPath{2014, {2, 3}, {"nation"}}, "study.yaml:20:5"},
                    {"freshness", Freshness{2018, 2016, {2014, 2016}}, "study.yaml:21:5"}};
  return study;
}

const std::map<std::string, std::string> kFingerprints{{"persons", "p1"}, {"charges", "c1"}};

std::vector<const Operation*> all_of(const Plan& plan, Step step) {
  std::vector<const Operation*> found;
  for (const Visit& visit : plan.visits) {
    for (const Operation& op : visit.operations) {
      if (op.step == step) found.push_back(&op);
    }
  }
  return found;
}

std::string refusal(const Study& study, int* exit_code = nullptr) {
  try {
    make_plan(study, kFingerprints);
  } catch (const Error& e) {
    if (exit_code != nullptr) *exit_code = e.exit_code();
    return e.what();
  }
  return "no error";
}

TEST(Plan, FitsAModelOnceHoweverManyAnalysesWantIt) {
  const Plan plan = make_plan(small_study(), kFingerprints);
  // lasso and xgb: horizon 2 on 2014 (both analyses), horizon 3 on 2014 (path), horizon 2 on 2016 (freshness)
  EXPECT_EQ(all_of(plan, Step::Train).size(), 6u);
  EXPECT_EQ(all_of(plan, Step::Tune).size(), 2u);
  EXPECT_EQ(all_of(plan, Step::CrossPredict).size(), 4u);  // the path alone is calibrated
  EXPECT_EQ(all_of(plan, Step::Predict).size(), 8u);
  EXPECT_EQ(all_of(plan, Step::Predictors).size(), 4u);  // 2011, 2012, 2014, 2016
}

TEST(Plan, ReadsNoPredictorTableTwice) {
  const Plan plan = make_plan(small_study(), kFingerprints);
  std::set<std::vector<int>> seen;
  for (const Visit& visit : plan.visits) {
    if (!visit.years.empty()) EXPECT_TRUE(seen.insert(visit.years).second) << visit.years.front();
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(Plan, MakesWhatAnOperationNeedsBeforeIt) {
  const Plan plan = make_plan(small_study(), kFingerprints);
  std::set<std::string> done;
  std::size_t operations = 0;
  const auto check = [&](const nlohmann::json& input) {
    EXPECT_TRUE(done.contains(input.get<std::string>())) << input;
  };
  for (const Visit& visit : plan.visits) {
    for (const Operation& op : visit.operations) {
      for (const char* one : {"tuning", "model"}) {
        if (op.inputs.contains(one) && op.inputs[one].is_string()) check(op.inputs[one]);
      }
      for (const char* many : {"predictors", "outcomes", "predictions", "cross_predictions", "tables"}) {
        if (!op.inputs.contains(many)) continue;
        for (const auto& input :
             op.inputs[many].is_array() ? op.inputs[many] : nlohmann::json{op.inputs[many]})
          check(input);
      }
      EXPECT_TRUE(done.insert(op.key).second) << op.title;
      ++operations;
    }
  }
  EXPECT_EQ(operations, plan.size());
  EXPECT_EQ(operations, plan.keys.size());
}

TEST(Plan, TunesOnTheEarliestOutcomeYearSoThatNoChoiceSeesALaterOne) {
  const Study study = small_study();
  const FitNeed fit = tuning_fit(study, needs_of(study), "lasso", "all");
  EXPECT_EQ(fit, (FitNeed{"lasso", "all", 2, {2014}}));
  EXPECT_EQ(fit.predictor_years(), std::vector<int>{2012});
}

TEST(Plan, KeysFollowContentAndNothingElse) {
  const Study study = small_study();
  const Plan plan = make_plan(study, kFingerprints);
  const PredictionNeed need{{"lasso", "all", 2, {2014}}, 2014};

  Study other_order = small_study();
  std::swap(other_order.analyses[0], other_order.analyses[1]);
  std::swap(other_order.models[0], other_order.models[1]);
  EXPECT_EQ(make_plan(other_order, kFingerprints).prediction(need), plan.prediction(need));

  Study other_seed = small_study();
  other_seed.seed = 16;
  const Plan reseeded = make_plan(other_seed, kFingerprints);
  EXPECT_EQ(reseeded.predictors(2014), plan.predictors(2014));
  EXPECT_NE(reseeded.prediction(need), plan.prediction(need));

  const Plan other_charges = make_plan(study, {{"persons", "p1"}, {"charges", "c2"}});
  EXPECT_NE(other_charges.predictors(2014), plan.predictors(2014));
}

TEST(Plan, RefusesToLookIntoTheFuture) {
  Study study = small_study();
  study.analyses = {{"freshness", Freshness{2018, 2016, {2017}}, "study.yaml:21:5"}};
  int exit_code = 0;
  const std::string message = refusal(study, &exit_code);
  EXPECT_EQ(exit_code, 4) << message;
  EXPECT_TRUE(message.starts_with("study.yaml:21:5: freshness, outcome all: ")) << message;
}

TEST(Plan, RefusesAHorizonOfNothing) {
  Study study = small_study();
  study.analyses = {{"updating", Updating{2016, {2016}}, "study.yaml:22:5"}};
  int exit_code = 0;
  refusal(study, &exit_code);
  EXPECT_EQ(exit_code, 2);
}

TEST(Plan, DerivesTheDesignsOfTableOne) {
  Study study = small_study();
  study.models.resize(1);
  study.calibration.by.clear();
  Designs designs{2019, {}};
  for (const TableOneDesign& design : kTableOne) designs.letters.push_back(design);
  study.analyses = {{"designs", designs, "study.yaml:23:5"}};
  const auto needs = needs_of(study).front().predictions;
  ASSERT_EQ(needs.size(), 6u);  // T = 2018; outcomes, horizon, predict from
  EXPECT_EQ(needs[0], (PredictionNeed{{"lasso", "all", 2, {2017}}, 2017}));
  EXPECT_EQ(needs[1], (PredictionNeed{{"lasso", "all", 2, {2015}}, 2017}));
  EXPECT_EQ(needs[2], (PredictionNeed{{"lasso", "all", 2, {2015, 2016, 2017}}, 2017}));
  EXPECT_EQ(needs[3], (PredictionNeed{{"lasso", "all", 5, {2017}}, 2014}));
  EXPECT_EQ(needs[4], (PredictionNeed{{"lasso", "all", 5, {2013}}, 2014}));
  EXPECT_EQ(needs[5], (PredictionNeed{{"lasso", "all", 5, {2013, 2014, 2015, 2016, 2017}}, 2014}));
}

}  // namespace
}  // namespace kohort
