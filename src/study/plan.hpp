#pragma once
// The plan: every operation a study needs, once, in the order it will be done, so that no predictor table is
// read twice (SPEC O-1). Keys are known before anything runs; what is already in the run folder is not done
// again.

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "registers/open_store.hpp"
#include "store/artifacts.hpp"
#include "study/needs.hpp"

namespace kohort {

enum class Step { Predictors, Outcome, Tune, Train, CrossPredict, Predict, Tables, Report };

std::string_view to_text(Step step);  // "predictors", "outcome", …: also the artifact's kind

/// One operation: makes one artifact from others.
struct Operation {
  Step step = Step::Predictors;
  std::string key{};    // of its artifact
  std::string title{};  // for people: "train forest, violence, horizon 3, outcomes 2014"
  std::vector<int>
      years{};           // Predictors, Outcome: the index year; fits and predictions: predictor years read
  int outcome_year = 0;  // Outcome
  FitNeed fit{};         // Tune, Train, CrossPredict, Predict
  int predict_from = 0;  // Predict
  std::size_t analysis = 0;  // Tables
  nlohmann::json settings{}, inputs{};
};

/// Operations that share one reading of predictor tables (fits and predictions), or that need none.
struct Visit {
  std::vector<int> years;  // empty: reads no predictor table
  std::vector<Operation> operations;
};

struct Plan {
  std::vector<AnalysisNeeds> needs;
  std::vector<Visit> visits;  // in the order they are made

  std::size_t size() const;
  /// The key of an operation. Throws Error (defect) when the plan has none such.
  const std::string& predictors(int year) const;
  const std::string& outcome(const std::string& outcome, int index_year, int outcome_year) const;
  const std::string& tuning(const std::string& model, const std::string& outcome) const;
  const std::string& fit(Step step, const FitNeed& need) const;  // Train or CrossPredict
  const std::string& prediction(const PredictionNeed& need) const;
  const std::string& tables(std::size_t analysis) const;
  const std::string& report() const;

  std::map<std::string, std::string> keys;  // name of an operation → key
};

/// The fit whose configuration a model's fits reuse (SPEC T-6): at the study's tuning horizon, on the
/// earliest outcome year any fit of this model and outcome is trained on, so that no choice sees a later
/// year.
FitNeed tuning_fit(const Study& study, const std::vector<AnalysisNeeds>& needs, const std::string& model,
                   const std::string& outcome);

/// The content key of every register of a store.
std::map<std::string, std::string> register_fingerprints(const RegisterStore& store);

/// fingerprints: register name → content hash of its files.
Plan make_plan(const Study& study, const std::map<std::string, std::string>& fingerprints);

/// The plan as text for `kohort plan`: visits, operations, what is done already, estimated memory.
std::string describe_plan(const Study& study, const Plan& plan, ArtifactStore& store);

}  // namespace kohort
