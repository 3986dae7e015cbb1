// The last operation: every table of the study published as Parquet and CSV, and the one HTML page.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analyses/disclosure.hpp"
#include "base/text.hpp"
#include "kohort_version.hpp"
#include "report/report.hpp"
#include "store/session.hpp"
#include "study/operations.hpp"

namespace kohort {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

/// Tables in the order of the report; all others follow by name.
constexpr std::array kOrder{"correlation", "concentration", "top_share",         "decile_counts",
                            "forecast",    "signal_value",  "calibration_curve", "calibration_summary",
                            "cv_results",  "attrition"};

std::vector<NamedTable> ordered(std::map<std::string, std::vector<Table>> stacks) {
  std::vector<NamedTable> tables;
  for (const char* name : kOrder) {
    const auto found = stacks.find(name);
    if (found == stacks.end()) continue;
    tables.push_back({name, stack(found->second)});
    stacks.erase(found);
  }
  for (auto& [name, parts] : stacks) tables.push_back({name, stack(parts)});
  return tables;
}

void add_analysis_tables(const RunContext& run, std::map<std::string, std::vector<Table>>& stacks) {
  for (std::size_t i = 0; i < run.study.analyses.size(); ++i) {
    const fs::path folder = run.made(Step::Tables, run.plan.tables(i));
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".parquet") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) stacks[file.stem().string()].push_back(read_parquet(file));
  }
}

/// Scores of every configuration tried: model, outcome, params, mean and deviation over folds, rank.
void add_cv_results(const RunContext& run, std::map<std::string, std::vector<Table>>& stacks) {
  for (const StudyModel& model : run.study.models) {
    for (const StudyOutcome& outcome : run.study.outcomes) {
      const fs::path file =
          run.made(Step::Tune, run.plan.tuning(model.name, outcome.name())) / kCvResultsFile;
      if (!fs::exists(file)) continue;  // one configuration: nothing was searched
      const Table full = read_parquet(file);
      Rows rows{{"model", ColumnType::Text},
                {"outcome", ColumnType::Text},
                {"params", ColumnType::Text},
                {"mean_test_score", ColumnType::Number},
                {"std_test_score", ColumnType::Number},
                {"rank_test_score", ColumnType::Integer}};
      for (std::size_t i = 0; i < full.rows(); ++i) {
        rows.add(model.name, outcome.name(), full.at("params").texts()[i],
                 full.at("mean_test_score").numbers()[i], full.at("std_test_score").numbers()[i],
                 full.at("rank_test_score").integers()[i]);
      }
      stacks["cv_results"].push_back(rows.take());
    }
  }
}

void add_attrition(const RunContext& run, std::map<std::string, std::vector<Table>>& stacks) {
  std::set<std::string> seen;
  for (const AnalysisNeeds& needs : run.plan.needs) {
    for (const PredictionNeed& need : needs.predictions) {
      const std::string& key = run.plan.outcome(need.fit.outcome, need.from, need.predict_year());
      if (!seen.insert(key).second) continue;
      Table attrition = read_parquet(run.made(Step::Outcome, key) / kAttritionFile);
      stacks["attrition"].push_back(suppress_small_cells(
          std::move(attrition), {.persons = {"units"}, .blank = {}, .internal = {}}, run.study.min_cell));
    }
  }
}

std::vector<Fact> facts(const RunContext& run) {
  std::set<int> years;
  std::int64_t most = 0;
  std::size_t predictors = 0;
  for (const AnalysisNeeds& needs : run.plan.needs) {
    for (const PredictionNeed& need : needs.predictions) years.insert(need.from);
  }
  for (const int year : years) {
    const PredictorManifest manifest =
        parse_manifest(read_file(run.made(Step::Predictors, run.plan.predictors(year)) / kPredictorColumns));
    most = std::max(most, manifest.units);
    predictors = manifest.columns.size();
  }
  std::vector<std::string> models;
  for (const StudyModel& model : run.study.models) models.push_back(model.label);
  return {{"kohort_version", kVersion},
          {"persons", format_count(static_cast<std::uint64_t>(most))},
          {"predictors", std::to_string(predictors)},
          {"models", join(models, ", ")},
          {"folds", std::to_string(run.study.tuning.folds)},
          {"seed", std::to_string(run.study.seed)},
          {"minimum_cell", std::to_string(run.study.min_cell)}};
}

std::vector<Fact> labels(const Study& study) {
  std::vector<Fact> labels;
  for (const StudyOutcome& outcome : study.outcomes)
    labels.push_back({outcome.name(), outcome.declaration.label});
  for (const StudyModel& model : study.models) labels.push_back({model.name, model.label});
  for (const GroupDeclaration& group : study.groups) labels.push_back({group.name, group.label});
  std::erase_if(labels, [](const Fact& label) { return label.value.empty() || label.key == label.value; });
  return labels;
}

}  // namespace

void make_report(const RunContext& run, const Operation&, const fs::path& folder) {
  std::map<std::string, std::vector<Table>> stacks;
  add_analysis_tables(run, stacks);
  add_cv_results(run, stacks);
  add_attrition(run, stacks);
  constexpr std::array kPurposes{"aggregate", "validation", "decision-support"};
  ReportData data{.study = run.study.name,
                  .title = run.study.title,
                  .purpose = kPurposes[static_cast<std::size_t>(run.study.purpose)],
                  .language = run.study.language,
                  .facts = facts(run),
                  .labels = labels(run.study),
                  .flags = {},
                  .tables = ordered(std::move(stacks))};
  if (run.study.synthetic) data.flags.push_back("synthetic");
  fs::create_directories(folder / "tables");
  for (const NamedTable& named : data.tables) {
    write_parquet(named.table, folder / "tables" / (named.name + ".parquet"));
    write_file(folder / "tables" / (named.name + ".csv"), to_csv(named.table));
  }
  write_file(folder / "report.html", render_report(data));
}

}  // namespace kohort
