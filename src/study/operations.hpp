#pragma once
// What each operation of a plan does: artifacts in, the files of one artifact out. Every function fills
// `folder`.

#include <filesystem>
#include <stop_token>

#include "base/log.hpp"
#include "base/workers.hpp"
#include "cohort/known.hpp"
#include "store/artifacts.hpp"
#include "study/plan.hpp"
#include "study/visit_data.hpp"

namespace kohort {

/// What all operations of a run share.
struct RunContext {
  const Study& study;
  const Plan& plan;
  ArtifactStore& store;
  RegisterStore registers;
  std::filesystem::path temp_folder;
  std::uint64_t memory_limit;
  std::stop_token stop;
  Workers& workers;
  Log& log;

  /// The folder of an artifact that an earlier operation made. Throws Error (system) when it is gone.
  std::filesystem::path made(Step step, const std::string& key) const;
  const StudyOutcome& outcome(const std::string& name) const;
  const StudyModel& model(const std::string& name) const;
};

void make_predictors(const RunContext& run, const Operation& op, const std::filesystem::path& folder);
void make_outcome(const RunContext& run, const Operation& op, const std::filesystem::path& folder);

/// Adds to data.inputs what the fits among `operations` share; call before they run side by side.
void prepare_inputs(const RunContext& run, const std::vector<Operation>& operations, VisitData& data);
/// What a search that is under way has done, for the next process (tune/journal.hpp); of no use once its
/// artifact is there.
std::filesystem::path journal_file(const ArtifactStore& store, const std::string& key);
void tune_model(const RunContext& run, const Operation& op, VisitData& data,
                const std::filesystem::path& folder);
void train_model(const RunContext& run, const Operation& op, VisitData& data,
                 const std::filesystem::path& folder);
void cross_predict_model(const RunContext& run, const Operation& op, VisitData& data,
                         const std::filesystem::path& folder);
void predict_with_model(const RunContext& run, const Operation& op, VisitData& data,
                        const std::filesystem::path& folder);

/// What a fit is given: its outcome over the rows of its visit, the settings its search has chosen, and its
/// chance, keyed by what the fit is, so that no other fit of the study can disturb it.
OutcomeRows outcome_rows(const RunContext& run, const FitNeed& fit, const VisitData& data);
SettingValues tuned_settings(const RunContext& run, const FitNeed& fit);
Stream fit_stream(const RunContext& run, const FitNeed& fit);

/// Tables of one analysis: <name>.parquet each (analysis_tables.cpp).
void make_tables(const RunContext& run, const Operation& op, const std::filesystem::path& folder);
/// report.html and the published tables (report_step.cpp).
void make_report(const RunContext& run, const Operation& op, const std::filesystem::path& folder);

}  // namespace kohort
