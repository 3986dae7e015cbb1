#pragma once
// The study file: what is studied, with which models, and which analyses are wanted (docs/formats/study.md).
// Reading it checks everything that can be known without data; errors name line, column and the nearest known
// name.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/document.hpp"
#include "cohort/legal_pairs.hpp"
#include "cohort/outcomes.hpp"
#include "cohort/population.hpp"
#include "cohort/predictors.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "registers/schema.hpp"
#include "tune/search.hpp"

namespace kohort {

enum class Purpose { Aggregate, Validation, DecisionSupport };

struct StudyOutcome {
  Outcome declaration;              // name, label, what is counted
  std::string canonical;            // the declaration as canonical text, for keys
  std::vector<double> bands{0, 1};  // of stratified folds, ascending; infinity closes them
  Objective objective = Objective::SquaredError;

  const std::string& name() const { return declaration.name; }
};

struct StudyModel {
  std::string name, label, kind;         // kind: one of engines()
  SettingValues settings;                // fixed
  std::optional<SearchSpace> space{};    // none: the kind's own
  std::optional<Objective> objective{};  // none: the outcome's
};

/// What a model minimises when it learns an outcome.
Objective objective_of(const StudyModel& model, const StudyOutcome& outcome);
/// What is searched for a model under an objective: its own or the kind's space, less the fixed settings.
SearchSpace space_of(const StudyModel& model, Objective objective);

/// A way to group persons, made from one predictor: bands of a number, or levels of a category.
struct GroupDeclaration {
  struct Named {
    std::string label;
    std::vector<std::string> levels;
  };
  std::string name, label, of;
  std::vector<double> bands;        // numbers: lower ends of the bands, ascending; below the first: no group
  std::vector<std::string> labels;  // of the bands; empty: made from them (15–17, …, 61+)
  std::vector<Named> named;         // categories: which levels make a group; other levels have none
};

struct Tuning {
  int folds = 10;
  int draws = 10;  // 0: the whole grid
  int at_horizon = 2;
  Score score = Score::NegMeanSquaredError;
  bool paths = false;    // a draw brings all values of the settings that one fit answers for
  int near = 0;          // further draws near the best
  bool racing = false;   // drop configurations that are beaten after a few folds
  bool halving = false;  // or those that are behind on fewer rows
};

struct CalibrationWish {
  std::vector<std::string> by;  // "nation" or names of groups; empty: no calibration
  int min_group = 500;          // persons a group needs for a curve of its own
};

/// F-2: every horizon predicted from one year by models trained on that year's outcomes.
struct ForecastPath {
  int from = 0;
  std::vector<int> horizons;
  std::vector<std::string> by;
};
/// F-2: one year predicted from one year by models of different age.
struct Freshness {
  int predict = 0, from = 0;
  std::vector<int> trained_on;
};
/// F-2: one year predicted from several years, each with the newest model.
struct Updating {
  int predict = 0;
  std::vector<int> from;
};
/// F-1: the training designs of [N] Table 1 for one predicted year.
struct Designs {
  int predict = 0;
  std::vector<TableOneDesign> letters;
};

struct Analysis {
  std::string name;  // as in the study: forecast_path, freshness, updating, designs
  std::variant<ForecastPath, Freshness, Updating, Designs> wish;
  std::string where;  // file:line:column, for messages
};

struct Study {
  std::filesystem::path file, registers;  // registers: the store, absolute
  std::string name, title;
  Purpose purpose = Purpose::Aggregate;
  std::string language = "en";
  std::uint64_t seed = 15;
  Schema schema;
  Population population;
  std::vector<PredictorSpec> predictors;
  std::string canonical_population;  // for keys
  std::vector<StudyOutcome> outcomes;
  std::vector<StudyModel> models;
  std::vector<GroupDeclaration> groups;
  std::string previously;  // the group that splits persons by their history; empty: none
  Tuning tuning;
  CalibrationWish calibration;
  std::vector<Analysis> analyses;
  int min_cell = 5;
  bool synthetic = false;  // the registers lie beside their own truth: the report says so
};

/// Reads and checks a study. `registers` replaces the study's own path when not empty.
/// Throws Error (study) on anything wrong with it, Error (data) when the store has no readable schema.
Study read_study(const std::filesystem::path& file, const std::filesystem::path& registers = {});

}  // namespace kohort
