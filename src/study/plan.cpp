#include "study/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "learn/engines.hpp"

namespace kohort {

using Json = nlohmann::json;

namespace {

/// Raised by hand when an operation gives other results from the same settings and inputs.
constexpr std::array<int, 8> kRevision{1, 1, 6, 8, 6, 1, 1, 1};

int revision(Step step) { return kRevision[static_cast<std::size_t>(step)]; }

std::string years_text(const std::vector<int>& years) {
  std::vector<std::string> texts;
  for (const int year : years) texts.push_back(std::to_string(year));
  return join(texts, "+");
}

std::string fit_name(Step step, const FitNeed& fit) {
  return fmt::format("{}/{}/{}/{}/{}", to_text(step), fit.model, fit.outcome, fit.horizon,
                     years_text(fit.trained_on));
}
std::string predictors_name(int year) { return fmt::format("predictors/{}", year); }
std::string outcome_name(const std::string& outcome, int index_year, int outcome_year) {
  return fmt::format("outcome/{}/{}/{}", outcome, index_year, outcome_year);
}
std::string tuning_name(const std::string& model, const std::string& outcome) {
  return fmt::format("tune/{}/{}", model, outcome);
}
std::string prediction_name(const PredictionNeed& need) {
  return fmt::format("{}/from/{}", fit_name(Step::Predict, need.fit), need.from);
}

template <class Part>
const Part& named(const std::vector<Part>& parts, const std::string& name, auto name_of) {
  const auto found = std::ranges::find(parts, name, name_of);
  if (found == parts.end())
    throw Error(ErrorKind::Defect, fmt::format("the plan names '{}', which the study lacks", name));
  return *found;
}

Json settings_json(const SettingValues& settings) { return Json(settings); }

Json space_json(const SearchSpace& space) {
  Json json = Json::array();
  for (const auto& [name, values] : space.settings) json.push_back({name, values});
  return json;
}

/// Builds operations with their keys; each is made once, however many analyses want it.
class Planner {
 public:
  Planner(const Study& study, const std::map<std::string, std::string>& fingerprints)
      : study_(study), fingerprints_(fingerprints), schema_(hash_text(write_schema(study.schema))) {}

  Plan make() {
    plan_.needs = needs_of(study_);
    for (const AnalysisNeeds& needs : plan_.needs) {
      for (const PredictionNeed& need : needs.predictions) add_prediction(need, needs.calibrated);
    }
    for (const AnalysisNeeds& needs : plan_.needs) add_tables(needs);
    add_report();
    order();
    return std::move(plan_);
  }

 private:
  std::string add(Operation operation, const std::string& name) {
    if (const auto found = plan_.keys.find(name); found != plan_.keys.end()) return found->second;
    operation.key = artifact_key(std::string{to_text(operation.step)}, revision(operation.step),
                                 operation.settings, operation.inputs);
    plan_.keys[name] = operation.key;
    made_.push_back(std::move(operation));
    return made_.back().key;
  }

  /// Content of the registers the predictors read, and of the schema.
  Json predictor_inputs() const {
    std::set<std::string> used{study_.population.register_name};
    used.insert(study_.population.present.begin(), study_.population.present.end());
    for (const PredictorSpec& predictor : study_.predictors) {
      used.insert(predictor.column.register_name);
      if (!predictor.deflate_register.empty()) used.insert(predictor.deflate_register);
    }
    Json inputs{{"schema", schema_}};
    for (const auto& [name, hash] : fingerprints_) {
      if (used.contains(name)) inputs["registers"][name] = hash;
    }
    return inputs;
  }

  std::string add_predictors(int year) {
    Operation op{.step = Step::Predictors, .title = fmt::format("predictors {}", year), .years = {year}};
    op.settings = {{"population", study_.canonical_population},
                   {"predictors", predictors_key(study_.predictors)},
                   {"year", year}};
    op.inputs = predictor_inputs();
    return add(std::move(op), predictors_name(year));
  }

  std::string add_outcome(const std::string& name, int index_year, int outcome_year) {
    const StudyOutcome& outcome = named(study_.outcomes, name, &StudyOutcome::name);
    Operation op{.step = Step::Outcome,
                 .title = fmt::format("outcome {} {} of persons {}", name, outcome_year, index_year),
                 .years = {index_year},
                 .outcome_year = outcome_year};
    op.fit.outcome = name;
    op.settings = {{"population", study_.canonical_population},
                   {"outcome", outcome.canonical},
                   {"index_year", index_year},
                   {"outcome_year", outcome_year}};
    op.inputs = {{"schema", schema_}, {"registers", fingerprints_}};
    return add(std::move(op), outcome_name(name, index_year, outcome_year));
  }

  /// Tables and outcomes a fit reads.
  Json fit_inputs(const FitNeed& fit) {
    Json inputs;
    for (const int year : fit.trained_on) {
      inputs["predictors"].push_back(add_predictors(year - fit.horizon));
      inputs["outcomes"].push_back(add_outcome(fit.outcome, year - fit.horizon, year));
    }
    return inputs;
  }

  Json folds_json(const StudyOutcome& outcome) const {
    return {{"folds", study_.tuning.folds}, {"bands", outcome.bands}, {"seed", study_.seed}};
  }

  std::string add_tuning(const std::string& model_name, const std::string& outcome_name) {
    const StudyModel& model = named(study_.models, model_name, &StudyModel::name);
    const StudyOutcome& outcome = named(study_.outcomes, outcome_name, &StudyOutcome::name);
    const FitNeed fit = tuning_fit(study_, plan_.needs, model_name, outcome_name);
    Operation op{.step = Step::Tune,
                 .title = fmt::format("tune {}, {}, horizon {}, outcomes {}", model_name, outcome_name,
                                      fit.horizon, years_text(fit.trained_on)),
                 .years = fit.predictor_years(),
                 .fit = fit};
    op.settings = {{"kind", model.kind},
                   {"settings", settings_json(model.settings)},
                   {"space", space_json(space_of(model, objective_of(model, outcome)))},
                   {"draws", study_.tuning.draws},
                   {"score", to_text(study_.tuning.score)},
                   {"objective", to_text(objective_of(model, outcome))},
                   {"stratified", folds_json(outcome)}};
    if (study_.tuning.paths) op.settings["paths"] = true;
    if (study_.tuning.near > 0) op.settings["near"] = study_.tuning.near;
    if (study_.tuning.racing) op.settings["racing"] = true;
    if (study_.tuning.halving) op.settings["halving"] = true;
    op.inputs = fit_inputs(fit);
    return add(std::move(op), tuning_name(model_name, outcome_name));
  }

  std::string add_fit(Step step, const FitNeed& fit) {
    const StudyOutcome& outcome = named(study_.outcomes, fit.outcome, &StudyOutcome::name);
    const std::string tuning = add_tuning(fit.model, fit.outcome);
    Operation op{.step = step,
                 .title = fmt::format("{} {}, {}, horizon {}, outcomes {}",
                                      step == Step::Train ? "train" : "cross-predict", fit.model, fit.outcome,
                                      fit.horizon, years_text(fit.trained_on)),
                 .years = fit.predictor_years(),
                 .fit = fit};
    op.settings = {{"seed", study_.seed}};
    if (step == Step::CrossPredict) op.settings["stratified"] = folds_json(outcome);
    op.inputs = fit_inputs(fit);
    op.inputs["tuning"] = tuning;
    return add(std::move(op), fit_name(step, fit));
  }

  void add_prediction(const PredictionNeed& need, bool calibrated) {
    const std::string train = add_fit(Step::Train, need.fit);
    if (calibrated) add_fit(Step::CrossPredict, need.fit);
    Operation op{.step = Step::Predict,
                 .title = fmt::format("predict {} from {} with {}, {}, horizon {}, outcomes {}",
                                      need.predict_year(), need.from, need.fit.model, need.fit.outcome,
                                      need.fit.horizon, years_text(need.fit.trained_on)),
                 .years = {need.from},
                 .fit = need.fit,
                 .predict_from = need.from};
    op.settings = Json::object();
    op.inputs = {{"model", train}, {"predictors", add_predictors(need.from)}};
    add(std::move(op), prediction_name(need));
    add_outcome(need.fit.outcome, need.from, need.predict_year());
  }

  Json groups_json() const {
    Json json = Json::array();
    for (const GroupDeclaration& group : study_.groups) {
      Json named = Json::array();
      for (const auto& entry : group.named) named.push_back({entry.label, entry.levels});
      json.push_back({{"name", group.name},
                      {"of", group.of},
                      {"bands", group.bands},
                      {"labels", group.labels},
                      {"named", named}});
    }
    return json;
  }

  void add_tables(const AnalysisNeeds& needs) {
    const Analysis& analysis = study_.analyses[needs.analysis];
    Operation op{.step = Step::Tables,
                 .title = fmt::format("tables of {}", analysis.name),
                 .analysis = needs.analysis};
    op.settings = {{"analysis", analysis.name},
                   {"groups", groups_json()},
                   {"previously", study_.previously},
                   {"min_cell", study_.min_cell}};
    if (const auto* path = std::get_if<ForecastPath>(&analysis.wish)) op.settings["by"] = path->by;
    if (needs.calibrated)
      op.settings["calibration"] = {{"by", study_.calibration.by},
                                    {"min_group", study_.calibration.min_group}};
    for (const PredictionNeed& need : needs.predictions) {
      op.inputs["predictions"].push_back(plan_.prediction(need));
      op.inputs["outcomes"].push_back(plan_.outcome(need.fit.outcome, need.from, need.predict_year()));
      op.inputs["needs"].push_back(prediction_name(need));
      if (needs.calibrated) op.inputs["cross_predictions"].push_back(plan_.fit(Step::CrossPredict, need.fit));
    }
    add(std::move(op), fmt::format("tables/{}", needs.analysis));
  }

  void add_report() {
    Operation op{.step = Step::Report, .title = "report"};
    op.settings = {{"study", study_.name},
                   {"title", study_.title},
                   {"language", study_.language},
                   {"synthetic", study_.synthetic},
                   {"purpose", static_cast<int>(study_.purpose)}};
    for (std::size_t i = 0; i < study_.analyses.size(); ++i) op.inputs["tables"].push_back(plan_.tables(i));
    for (const Operation& made : made_) {
      if (made.step == Step::Tune) op.inputs["tuning"].push_back(made.key);
    }
    add(std::move(op), "report");
  }

  /// Groups operations by the predictor tables they read. Predictor tables and outcomes come first in the
  /// visit that needs them; a visit waits until what its fits build on (a tuned configuration, a model) is
  /// made.
  void order() {
    std::set<std::string> done;
    std::vector<Operation> waiting = std::move(made_);
    while (!waiting.empty()) {
      Visit visit = next_visit(waiting, done);
      for (const Operation& op : visit.operations) done.insert(op.key);
      std::erase_if(waiting, [&](const Operation& op) { return done.contains(op.key); });
      plan_.visits.push_back(std::move(visit));
    }
  }

  static bool reads_matrix(Step step) {
    return step == Step::Tune || step == Step::Train || step == Step::CrossPredict || step == Step::Predict;
  }

  static bool ready(const Operation& op, const std::set<std::string>& done) {
    const auto have = [&](const char* input) {
      return !op.inputs.contains(input) || done.contains(op.inputs[input].get<std::string>());
    };
    switch (op.step) {
      case Step::Train:
      case Step::CrossPredict:
        return have("tuning");
      case Step::Predict:
        return have("model");
      default:
        return true;
    }
  }

  /// The next visit: years of which every waiting fit and prediction can be done now, so that their tables
  /// are read only once; failing that, years of which some can.
  static Visit next_visit(const std::vector<Operation>& waiting, const std::set<std::string>& done) {
    Visit partial;
    for (const Operation& op : waiting) {
      if (!reads_matrix(op.step) || !ready(op, done)) continue;
      Visit visit = visit_of(op.years, waiting, done);
      const auto fits =
          std::ranges::count_if(visit.operations, [](const Operation& o) { return reads_matrix(o.step); });
      const auto wanted = std::ranges::count_if(
          waiting, [&](const Operation& o) { return reads_matrix(o.step) && o.years == visit.years; });
      if (fits == wanted) return visit;
      if (partial.operations.empty()) partial = std::move(visit);
    }
    if (!partial.operations.empty()) return partial;
    return {{}, waiting};  // only outcomes, tables and the report are left
  }

  /// All waiting operations of these years that can be done, tuning before training before predicting, after
  /// the predictor tables and outcomes they read.
  static Visit visit_of(const std::vector<int>& years, const std::vector<Operation>& waiting,
                        const std::set<std::string>& done) {
    Visit visit{years, {}};
    std::set<std::string> here = done;
    for (const Operation& op : waiting) {
      const bool of_registers = op.step == Step::Predictors || op.step == Step::Outcome;
      if (of_registers && std::ranges::find(years, op.years.front()) != years.end())
        visit.operations.push_back(op);
    }
    for (const Step step : {Step::Tune, Step::Train, Step::CrossPredict, Step::Predict}) {
      for (const Operation& op : waiting) {
        if (op.step != step || op.years != years || !ready(op, here)) continue;
        here.insert(op.key);
        visit.operations.push_back(op);
      }
    }
    return visit;
  }

  const Study& study_;
  const std::map<std::string, std::string>& fingerprints_;
  std::string schema_;
  Plan plan_;
  std::vector<Operation> made_;
};

const std::string& key_of(const Plan& plan, const std::string& name) {
  const auto found = plan.keys.find(name);
  if (found == plan.keys.end())
    throw Error(ErrorKind::Defect, fmt::format("the plan has no operation {}", name));
  return found->second;
}

}  // namespace

std::string_view to_text(Step step) {
  constexpr std::array<std::string_view, 8> kNames{"predictors",    "outcome", "tune",   "train",
                                                   "cross_predict", "predict", "tables", "report"};
  return kNames[static_cast<std::size_t>(step)];
}

std::size_t Plan::size() const {
  std::size_t n = 0;
  for (const Visit& visit : visits) n += visit.operations.size();
  return n;
}

const std::string& Plan::predictors(int year) const { return key_of(*this, predictors_name(year)); }
const std::string& Plan::outcome(const std::string& outcome, int index_year, int outcome_year) const {
  return key_of(*this, outcome_name(outcome, index_year, outcome_year));
}
const std::string& Plan::tuning(const std::string& model, const std::string& outcome) const {
  return key_of(*this, tuning_name(model, outcome));
}
const std::string& Plan::fit(Step step, const FitNeed& need) const {
  return key_of(*this, fit_name(step, need));
}
const std::string& Plan::prediction(const PredictionNeed& need) const {
  return key_of(*this, prediction_name(need));
}
const std::string& Plan::tables(std::size_t analysis) const {
  return key_of(*this, fmt::format("tables/{}", analysis));
}
const std::string& Plan::report() const { return key_of(*this, "report"); }

FitNeed tuning_fit(const Study& study, const std::vector<AnalysisNeeds>& needs, const std::string& model,
                   const std::string& outcome) {
  int earliest = 0;
  for (const AnalysisNeeds& analysis : needs) {
    for (const PredictionNeed& need : analysis.predictions) {
      if (need.fit.model != model || need.fit.outcome != outcome) continue;
      const int newest = need.fit.trained_on.back();
      earliest = earliest == 0 ? newest : std::min(earliest, newest);
    }
  }
  return {model, outcome, study.tuning.at_horizon, {earliest}};
}

std::map<std::string, std::string> register_fingerprints(const RegisterStore& store) {
  std::map<std::string, std::string> keys;
  for (const RegisterSchema& reg : store.schema.registers) keys[reg.name] = store.fingerprint(reg.name);
  return keys;
}

Plan make_plan(const Study& study, const std::map<std::string, std::string>& fingerprints) {
  return Planner{study, fingerprints}.make();
}

std::string describe_plan(const Study& study, const Plan& plan, ArtifactStore& store) {
  std::string text =
      fmt::format("study {}: {} operations in {} visits\n", study.name, plan.size(), plan.visits.size());
  for (const Visit& visit : plan.visits) {
    text += visit.years.empty() ? "without predictor tables\n"
                                : fmt::format("with predictors of {}\n", years_text(visit.years));
    for (const Operation& op : visit.operations) {
      const bool done = store.find(std::string{to_text(op.step)}, op.key).has_value();
      text += fmt::format("  {} {}\n", done ? "done" : "    ", op.title);
    }
  }
  return text;
}

}  // namespace kohort
