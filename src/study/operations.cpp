#include "study/operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cohort/predictor_table.hpp"
#include "learn/linear/regression.hpp"
#include "matrix/folds.hpp"
#include "store/session.hpp"
#include "tune/search.hpp"

namespace kohort {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

SessionSettings session_settings(const RunContext& run, const fs::path& folder) {
  return {.folders = {run.registers.folder, folder, run.temp_folder},
          .temp_folder = run.temp_folder,
          .memory_limit = run.memory_limit,
          .threads = 1,
          .stop = run.stop};
}

Problem problem_of(const RunContext& run, const FitNeed& fit, const VisitData& data,
                   const OutcomeRows& rows) {
  return {.matrix = data.matrix,
          .outcome = rows.outcome,
          .rows = rows.observed,
          .objective = objective_of(run.model(fit.model), run.outcome(fit.outcome)),
          .weights = rows.weights,
          .cluster = data.cluster};
}

/// The fold of each observed row; the same person is in one fold in every year, model and horizon.
std::vector<int> folds_of(const RunContext& run, const FitNeed& fit, const VisitData& data,
                          const OutcomeRows& rows) {
  std::vector<std::uint64_t> cluster;
  std::vector<double> outcome;
  for (const std::uint32_t row : rows.observed) {
    cluster.push_back(data.cluster[row]);
    outcome.push_back(rows.outcome[row]);
  }
  return deal_folds(cluster, outcome, run.outcome(fit.outcome).bands, run.study.tuning.folds,
                    Stream{run.study.seed}.child("folds").child(fit.outcome));
}

/// A space of one setting is a short list and searched whole.
Draws draws_of(const RunContext& run, const StudyModel& model, const std::string& outcome) {
  const Tuning& tuning = run.study.tuning;
  SearchSpace space = space_of(model, objective_of(model, run.outcome(outcome)));
  const std::size_t searched = space.settings.size();
  return {.space = std::move(space),
          .fixed = model.settings,
          .draws = searched <= 1 ? 0 : tuning.draws,
          .paths = tuning.paths,
          .near = searched == 0 ? 0 : tuning.near};
}

Stream draws_stream(const RunContext& run, const StudyModel& model, const std::string& outcome) {
  return Stream{run.study.seed}.child("draws").child(model.name).child(outcome);
}

/// The units of the observed rows with one number each, for an out-of-fold file: unit, year, prediction,
/// outcome.
Table out_of_fold_table(const VisitData& data, const OutcomeRows& rows,
                        const std::vector<double>& prediction) {
  Table table;
  const ColumnType type = data.units.front().type;
  table.columns = {make_column("unit", type), make_column("year", ColumnType::Integer),
                   make_column("prediction", ColumnType::Number), make_column("outcome", ColumnType::Number)};
  std::size_t year = 0;
  for (std::size_t i = 0; i < rows.observed.size(); ++i) {
    const std::uint32_t row = rows.observed[i];
    while (row >= data.first_row[year + 1]) ++year;
    const std::size_t place = row - data.first_row[year];
    if (type == ColumnType::Text)
      table.columns[0].texts().push_back(data.units[year].texts()[place]);
    else
      table.columns[0].integers().push_back(data.units[year].integers()[place]);
    table.columns[1].integers().push_back(data.years[year]);
    table.columns[2].numbers().push_back(prediction[i]);
    table.columns[3].numbers().push_back(rows.outcome[row]);
  }
  return table;
}

/// What a search has found (tuning.json).
Json read_tuning(const RunContext& run, const FitNeed& fit) {
  return Json::parse(read_file(run.made(Step::Tune, run.plan.tuning(fit.model, fit.outcome)) / kTuningFile));
}

/// Where a study's model comes from: its outcome, the years it learned from, and the search it was chosen by.
ModelRecord study_record(const RunContext& run, const FitNeed& fit, const Problem& problem,
                         const Model& model) {
  const Json tuning = read_tuning(run, fit);
  const SettingValues settings = tuning.at("settings").get<SettingValues>();
  ModelRecord record = record_of(engine(run.model(fit.model).kind), problem, settings);
  record.merge(fit_record(model));
  record["study"] = run.study.name;
  record["model"] = fit.model;
  record["outcome"] = fit.outcome;
  record["outcome_years"] = fmt::format("{}", fmt::join(fit.trained_on, "+"));
  record["predictor_years"] = fmt::format("{}", fmt::join(fit.predictor_years(), "+"));
  record["seed"] = std::to_string(run.study.seed);
  if (!tuning.contains("score")) return record;  // one configuration: nothing to choose
  record["tuning.score"] = tuning.at("score").get<std::string>();
  record["tuning.mean_score"] = format_number(tuning.at("mean_score").get<double>());
  record["tuning.configurations"] = std::to_string(tuning.at("configurations").get<std::size_t>());
  return record;
}

}  // namespace

fs::path RunContext::made(Step step, const std::string& key) const {
  if (auto folder = store.find(std::string{to_text(step)}, key)) return *folder;
  throw Error(ErrorKind::System, fmt::format("an artifact of this run is gone: {}/{}", to_text(step), key),
              {}, "run the same command again: it is made anew");
}

const StudyOutcome& RunContext::outcome(const std::string& name) const {
  return *std::ranges::find(study.outcomes, name, &StudyOutcome::name);
}

const StudyModel& RunContext::model(const std::string& name) const {
  return *std::ranges::find(study.models, name, &StudyModel::name);
}

OutcomeRows outcome_rows(const RunContext& run, const FitNeed& fit, const VisitData& data) {
  const StudyOutcome& outcome = run.outcome(fit.outcome);
  std::vector<fs::path> files;
  for (const int year : fit.trained_on) {
    files.push_back(run.made(Step::Outcome, run.plan.outcome(fit.outcome, year - fit.horizon, year)) /
                    kOutcomeFile);
  }
  return spread_outcomes(data, files, outcome.declaration.absent);
}

Stream fit_stream(const RunContext& run, const FitNeed& fit) {
  return Stream{run.study.seed}
      .child("fit")
      .child(fit.model)
      .child(fit.outcome)
      .child(static_cast<std::uint64_t>(fit.horizon));
}

SettingValues tuned_settings(const RunContext& run, const FitNeed& fit) {
  return read_tuning(run, fit).at("settings").get<SettingValues>();
}

void make_predictors(const RunContext& run, const Operation& op, const fs::path& folder) {
  const PredictorTableSettings settings{.file = folder / kPredictorFile,
                                        .temp_folder = run.temp_folder,
                                        .memory_limit = run.memory_limit,
                                        .stop = run.stop,
                                        .log = &run.log};
  const PredictorManifest manifest = make_predictor_table(
      run.registers, run.study.population, run.study.predictors, op.years.front(), settings, run.workers);
  write_file(folder / kPredictorColumns, write_manifest(manifest));
}

void make_outcome(const RunContext& run, const Operation& op, const fs::path& folder) {
  Session session{session_settings(run, folder)};
  const Table attrition = make_outcome_table(session, run.registers, run.study.population,
                                             run.outcome(op.fit.outcome).declaration, op.years.front(),
                                             op.outcome_year, folder / kOutcomeFile);
  session.write_parquet(attrition, folder / kAttritionFile);
}

void prepare_inputs(const RunContext& run, const std::vector<Operation>& operations, VisitData& data) {
  const RowList rows = all_rows(data.rows());
  std::vector<std::string> prepared;
  for (const Operation& op : operations) {
    const bool fits = op.step == Step::Tune || op.step == Step::Train || op.step == Step::CrossPredict;
    if (!fits || std::ranges::find(prepared, op.fit.model) != prepared.end()) continue;
    prepared.push_back(op.fit.model);
    const StudyModel& model = run.model(op.fit.model);
    const Engine& kind = engine(model.kind);
    for (const SettingValues& settings :
         first_draws(draws_of(run, model, op.fit.outcome), kind, draws_stream(run, model, op.fit.outcome)))
      kind.prepare(data.inputs, data.matrix, rows, settings, run.workers);
  }
}

fs::path journal_file(const ArtifactStore& store, const std::string& key) {
  return store.root() / "searches" / (key + ".journal");
}

void tune_model(const RunContext& run, const Operation& op, VisitData& data, const fs::path& folder) {
  const StudyModel& model = run.model(op.fit.model);
  const Draws draws = draws_of(run, model, op.fit.outcome);
  const Stream stream = draws_stream(run, model, op.fit.outcome);
  const auto configurations = first_draws(draws, engine(model.kind), stream);
  if (configurations.size() == 1 && draws.near == 0) {  // nothing to choose: no fold is fitted
    write_file(folder / kTuningFile,
               Json{{"kind", model.kind}, {"settings", configurations.front()}}.dump(1) + "\n");
    return;
  }
  const OutcomeRows rows = outcome_rows(run, op.fit, data);
  const Problem problem = problem_of(run, op.fit, data, rows);
  const std::vector<int> folds = folds_of(run, op.fit, data, rows);
  SearchJournal journal{journal_file(run.store, op.key)};
  const SearchResult result =
      search({.engine = engine(model.kind),
              .problem = problem,
              .folds = folds,
              .score = run.study.tuning.score,
              .stream = fit_stream(run, op.fit),
              .racing = run.study.tuning.racing ? std::optional<Racing>{Racing{}} : std::nullopt,
              .halving = run.study.tuning.halving ? std::optional<Halving>{Halving{}} : std::nullopt},
             data.inputs, draws, stream, run.workers, {}, &journal);
  Json tuning{{"kind", model.kind},
              {"settings", result.configurations[result.best]},
              {"mean_score", result.mean_score[result.best]},
              {"score", to_text(run.study.tuning.score)},
              {"configurations", result.configurations.size()}};
  if (draws.paths) tuning["draws"] = "whole paths";
  write_file(folder / kTuningFile, tuning.dump(1) + "\n");
  write_parquet(result.table, folder / kCvResultsFile);
  write_parquet(out_of_fold_table(data, rows, result.out_of_fold), folder / kOutOfFoldFile);
}

void train_model(const RunContext& run, const Operation& op, VisitData& data, const fs::path& folder) {
  const OutcomeRows rows = outcome_rows(run, op.fit, data);
  const Problem problem = problem_of(run, op.fit, data, rows);
  const Model model =
      engine(run.model(op.fit.model).kind)
          .fit(data.inputs, problem, tuned_settings(run, op.fit), fit_stream(run, op.fit), run.workers);
  write_file(folder / kModelFile, to_bytes(model, study_record(run, op.fit, problem, model)));
}

void cross_predict_model(const RunContext& run, const Operation& op, VisitData& data,
                         const fs::path& folder) {
  if (op.fit == tuning_fit(run.study, run.plan.needs, op.fit.model, op.fit.outcome)) {
    const fs::path searched =
        run.made(Step::Tune, run.plan.tuning(op.fit.model, op.fit.outcome)) / kOutOfFoldFile;
    if (fs::exists(searched)) {  // the search has held these rows out already
      write_file(folder / kOutOfFoldFile, read_file(searched));
      return;
    }
  }
  const OutcomeRows rows = outcome_rows(run, op.fit, data);
  const Problem problem = problem_of(run, op.fit, data, rows);
  const std::vector<int> folds = folds_of(run, op.fit, data, rows);
  const std::vector<double> held_out = cross_predict({.engine = engine(run.model(op.fit.model).kind),
                                                      .problem = problem,
                                                      .folds = folds,
                                                      .stream = fit_stream(run, op.fit)},
                                                     data.inputs, tuned_settings(run, op.fit), run.workers);
  write_parquet(out_of_fold_table(data, rows, held_out), folder / kOutOfFoldFile);
}

void predict_with_model(const RunContext& run, const Operation& op, VisitData& data, const fs::path& folder) {
  const Model model =
      from_bytes(read_file(run.made(Step::Train, run.plan.fit(Step::Train, op.fit)) / kModelFile));
  Table table;
  table.columns = {data.units.front(), make_column("prediction", ColumnType::Number)};
  table.columns[0].name = "unit";
  PredictionNotes notes;
  table.columns[1].numbers() = predict(model, data.matrix, all_rows(data.rows()), run.workers, &notes);
  if (notes.unknown_levels > 0) {
    run.log.warn(fmt::format("{}: {} of a level the model has not seen", op.title,
                             format_count(notes.unknown_levels, "cell")));
  }
  write_parquet(table, folder / kPredictionFile);
}

}  // namespace kohort
