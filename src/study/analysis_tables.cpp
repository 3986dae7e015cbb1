// Tables of one analysis: predictions, outcomes and groups are read year by year, one set at a time, and the
// analyses' functions make tidy tables of them.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analyses/calibration/calibration_tables.hpp"
#include "analyses/evaluation/evaluation.hpp"
#include "analyses/forecast/forecast.hpp"
#include "store/session.hpp"
#include "study/group_columns.hpp"
#include "study/operations.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// Tables of one name, stacked over sets.
class TableStacks {
 public:
  void add(const std::string& name, Table table) { stacks_[name].push_back(std::move(table)); }
  Table take(const std::string& name) { return stack(stacks_.at(name)); }
  bool has(const std::string& name) const { return stacks_.contains(name); }
  void write(const fs::path& folder) const {
    for (const auto& [name, tables] : stacks_) write_parquet(stack(tables), folder / (name + ".parquet"));
  }

 private:
  std::map<std::string, std::vector<Table>> stacks_;
};

class TableMaker {
 public:
  TableMaker(const RunContext& run, const AnalysisNeeds& needs)
      : run_(run), needs_(needs), analysis_(run.study.analyses[needs.analysis]) {}

  void make(const fs::path& folder) {
    for (const PredictionNeed& need : needs_.predictions) {
      run_.workers.check();
      add_set(need);
    }
    if (tables_.has("forecast_levels")) {
      Table levels = tables_.take("forecast_levels");
      write_parquet(forecast_table(levels), folder / "forecast.parquet");
    }
    tables_.write(folder);
    fs::remove(folder / "forecast_levels.parquet");
  }

 private:
  const std::vector<GroupColumn>& groups(int year) {
    auto [place, fresh] = groups_.try_emplace(year);
    if (fresh)
      place->second = read_groups(run_.study.groups, run_.made(Step::Predictors, run_.plan.predictors(year)));
    return place->second;
  }

  static const GroupColumn* find(const std::vector<GroupColumn>& groups, const std::string& name) {
    const auto found = std::ranges::find(groups, name, &GroupColumn::name);
    return found == groups.end() ? nullptr : &*found;
  }

  PredictionSet read_set(const PredictionNeed& need) {
    Table predictions = read_parquet(run_.made(Step::Predict, run_.plan.prediction(need)) / kPredictionFile);
    const fs::path outcome =
        run_.made(Step::Outcome, run_.plan.outcome(need.fit.outcome, need.from, need.predict_year()));
    PredictionSet set;
    set.design = design_of(need);
    set.outcome = need.fit.outcome;
    set.model = need.fit.model;
    set.horizon = need.fit.horizon;
    set.trained_on = need.fit.trained_on.back();
    set.predict_from = need.from;
    set.predict_year = need.predict_year();
    set.actual = align_outcome(predictions.at("unit"), read_parquet(outcome / kOutcomeFile));
    set.predicted = std::move(predictions.at("prediction").numbers());
    return set;
  }

  /// The analysis' name; Table 1's designs by their letter.
  std::string design_of(const PredictionNeed& need) const {
    const auto* designs = std::get_if<Designs>(&analysis_.wish);
    if (designs == nullptr) return analysis_.name;
    for (const TableOneDesign& design : designs->letters) {
      const ForecastYears years = table_one_years(design, designs->predict - 1);
      std::vector<int> trained_on;
      for (const YearPair& pair : years.train) trained_on.push_back(pair.outcome_year);
      if (years.predict.predictor_year == need.from && trained_on == need.fit.trained_on)
        return fmt::format("design_{}", design.name);
    }
    return analysis_.name;
  }

  /// The out-of-fold predictions of the training years with their groups: what calibration is fitted on
  /// (C-4).
  CalibrationSample read_sample(const FitNeed& fit) {
    const Table table =
        read_parquet(run_.made(Step::CrossPredict, run_.plan.fit(Step::CrossPredict, fit)) / kOutOfFoldFile);
    CalibrationSample sample;
    sample.outcome_year = fit.trained_on.back();
    sample.predicted = table.at("prediction").numbers();
    sample.actual = table.at("outcome").numbers();
    for (const GroupDeclaration& declaration : run_.study.groups)
      sample.groups.push_back({declaration.name, {}, {}});
    for (const int year : fit.predictor_years()) append_groups(sample, table, year);
    return sample;
  }

  /// Adds the groups of the sample's rows of one predictor year.
  void append_groups(CalibrationSample& sample, const Table& table, int year) {
    const auto& all = groups(year);
    const Table units = read_units(year);
    const Column& unit = table.at("unit");
    std::size_t place = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (table.at("year").integers()[row] != year) continue;
      while (!same_unit(units.columns.front(), place, unit, row)) ++place;
      for (std::size_t g = 0; g < all.size(); ++g) {
        sample.groups[g].labels = all[g].labels;
        sample.groups[g].codes.push_back(all[g].codes[place]);
      }
    }
  }

  Table read_units(int year) {
    const fs::path folder = run_.made(Step::Predictors, run_.plan.predictors(year));
    Session session{{.folders = {folder}, .temp_folder = {}}};
    return session.read(
        fmt::format("SELECT unit FROM read_parquet({})", sql_text((folder / kPredictorFile).string())));
  }

  static bool same_unit(const Column& a, std::size_t i, const Column& b, std::size_t j) {
    return a.type == ColumnType::Text ? a.texts()[i] == b.texts()[j] : a.integers()[i] == b.integers()[j];
  }

  void add_set(const PredictionNeed& need) {
    PredictionSet set = read_set(need);
    const auto& all = groups(need.from);
    const Stream ties = Stream{run_.study.seed}.child("ties").child(need.fit.outcome).child(need.fit.model);
    const auto least = static_cast<std::int64_t>(run_.study.min_cell);
    if (needs_.calibrated) add_calibration(need, set, all, ties);
    tables_.add("correlation", correlation_table(set, all, least));
    tables_.add("scores", score_table(set, all, least));
    ConcentrationTables concentration = concentration_tables(set, least);
    tables_.add("concentration", std::move(concentration.curve));
    tables_.add("top_share", std::move(concentration.top_share));
    tables_.add("decile_counts", decile_table(set, find(all, run_.study.previously), ties, least));
    if (const GroupColumn* ages = find(all, "age_group"))
      tables_.add("signal_value", signal_table(set, *ages, least));
    tables_.add("forecast_levels", forecast_levels(set, wanted_groups(all), least));
  }

  void add_calibration(const PredictionNeed& need, PredictionSet& set, const std::vector<GroupColumn>& all,
                       Stream ties) {
    const CalibrationSample sample = read_sample(need.fit);
    const CalibrationSettings settings{.min_group = run_.study.calibration.min_group, .as_reported = false};
    const std::vector<Calibration> calibrations =
        fit_calibrations(sample, run_.study.calibration.by, settings);
    add_calibrated(set, calibrations, all);
    const auto least = static_cast<std::int64_t>(run_.study.min_cell);
    tables_.add("calibration_curve", calibration_curve_table(set, all, sample, calibrations, ties, least));
    tables_.add("calibration_summary", calibration_summary(set, calibrations, least));
  }

  /// The groups that the forecast is wanted by; all of them where the analysis does not say.
  std::vector<GroupColumn> wanted_groups(const std::vector<GroupColumn>& all) const {
    const auto* path = std::get_if<ForecastPath>(&analysis_.wish);
    if (path == nullptr) return all;
    std::vector<GroupColumn> wanted;
    for (const GroupColumn& group : all) {
      if (std::ranges::find(path->by, group.name) != path->by.end()) wanted.push_back(group);
    }
    return wanted;
  }

  const RunContext& run_;
  const AnalysisNeeds& needs_;
  const Analysis& analysis_;
  std::map<int, std::vector<GroupColumn>> groups_;
  TableStacks tables_;
};

}  // namespace

void make_tables(const RunContext& run, const Operation& op, const fs::path& folder) {
  TableMaker{run, run.plan.needs[op.analysis]}.make(folder);
}

}  // namespace kohort
