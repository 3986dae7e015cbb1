#include "study/study_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.hpp"
#include "learn/engines.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kPurposes{"aggregate", "validation", "decision-support"};
const std::vector<std::string> kLanguages{"en", "nb", "da"};
const std::vector<std::string> kAnalyses{"forecast_path", "freshness", "updating", "designs"};

constexpr int kFirstYear = 1900, kLastYear = 2200;

int year_of(const Node& node) { return static_cast<int>(node.integer_between(kFirstYear, kLastYear)); }

std::vector<int> years_of(const Node& node) {
  std::vector<int> years;
  for (const Node& item : node.items_or_one()) years.push_back(year_of(item));
  if (years.empty()) throw node.error("no year is given", "write for example [2014, 2015]");
  return years;
}

/// The names of a part of the study, for errors that offer the nearest.
template <class Part>
std::vector<std::string> names_of(const std::vector<Part>& parts, auto name) {
  std::vector<std::string> names;
  for (const Part& part : parts) names.push_back(std::invoke(name, part));
  return names;
}

void check_name(const Node& map, const std::string& name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!plain)
    throw map.error_at_key(name, fmt::format("'{}' cannot be a name", name), "use letters, digits, _ and -");
}

// ---- outcomes, models, groups
// ---------------------------------------------------------------------------------------

StudyOutcome read_outcome(const Node& map, const std::string& name, const Node& node, const Study& study) {
  check_name(map, name);
  StudyOutcome outcome;
  outcome.declaration = parse_outcome(name, node, study.schema, study.population);
  outcome.canonical = node.canonical();
  if (!outcome.declaration.bands.empty()) outcome.bands = outcome.declaration.bands;
  if (outcome.declaration.any) outcome.objective = Objective::Logistic;
  return outcome;
}

SettingValues read_settings(const Node& node) {
  SettingValues settings;
  for (const auto& [name, value] : node.entries()) settings[name] = value.text();
  return settings;
}

SearchSpace read_space(const Node& node) {
  SearchSpace space;
  for (const auto& [name, values] : node.entries()) {
    std::vector<std::string> texts = values.texts();
    if (texts.empty())
      throw node.error_at_key(name, fmt::format("'{}' has no value to search", name),
                              "give a list of values");
    space.settings.emplace_back(name, std::move(texts));
  }
  return space;
}

/// Calls check(settings) for the settings, and with each value of the space. Errors point at the setting that
/// is named, or at all of them where they contradict each other.
template <class Check>
void check_each(const Node& node, const StudyModel& model, Check check) {
  const auto at_its_place = [&](const SettingValues& settings, const Node& at) {
    try {
      check(settings);
    } catch (const Error& e) {
      const bool named = node.find("settings") && node.at("settings").find(e.where());
      throw(named ? node.at("settings").at(e.where()) : at).error(e.problem(), e.mend());
    }
  };
  at_its_place(model.settings, node.find("settings").value_or(node));
  const Objective objective = model.objective.value_or(Objective::SquaredError);
  for (const auto& [name, values] : space_of(model, objective).settings) {
    for (const std::string& value : values) {
      SettingValues settings = model.settings;
      settings[name] = value;
      at_its_place(settings, node.find("space") ? node.at("space").at(name) : node);
    }
  }
}

Objective read_objective(const Node& node, const Engine& kind) {
  std::vector<std::string> known;
  for (const Objective objective : kind.objectives) known.emplace_back(to_text(objective));
  return kind.objectives[node.one_of(known, fmt::format("objective of {}", kind.name))];
}

/// Refuses a model that cannot learn one of the outcomes.
void check_objective(const Node& node, const StudyModel& model, const StudyOutcome& outcome) {
  const Objective objective = objective_of(model, outcome);
  if (objective == Objective::Logistic && outcome.objective != Objective::Logistic)
    throw node.error(
        fmt::format("logistic needs an outcome of yes or no, and '{}' is a count", outcome.name()),
        "declare the outcome with any, or use poisson");
  if (std::ranges::find(engine(model.kind).objectives, objective) == engine(model.kind).objectives.end())
    throw node.error(fmt::format("{} cannot fit '{}', an outcome of yes or no, by the logistic objective",
                                 model.kind, outcome.name()),
                     "write objective: squared_error for a linear probability model");
  const Engine& kind = engine(model.kind);
  check_each(node, model,
             [&](const SettingValues& settings) { kind.check(kind.complete(settings), objective); });
}

StudyModel read_model(const Node& map, const std::string& name, const Node& node) {
  check_name(map, name);
  node.only({"kind", "label", "objective", "settings", "space"});
  std::vector<std::string> kinds;
  for (const Engine& e : engines()) kinds.emplace_back(e.name);
  StudyModel model;
  model.name = name;
  model.label = node.find("label") ? node.at("label").text() : name;
  model.kind = kinds[node.at("kind").one_of(kinds, "kind of model")];
  if (const auto wish = node.find("objective")) model.objective = read_objective(*wish, engine(model.kind));
  if (const auto settings = node.find("settings")) model.settings = read_settings(*settings);
  if (const auto space = node.find("space")) model.space = read_space(*space);
  check_each(node, model, [&](const SettingValues& settings) { engine(model.kind).complete(settings); });
  return model;
}

std::string band_label(double from, double below) {
  if (below == std::numeric_limits<double>::infinity()) return format_number(from) + "+";
  if (below == from + 1) return format_number(from);
  return format_number(from) + "–" + format_number(below - 1);
}

void read_bands(const Node& node, GroupDeclaration& group) {
  for (const Node& edge : node.at("bands").items()) group.bands.push_back(edge.number());
  if (group.bands.empty() || !std::ranges::is_sorted(group.bands, std::ranges::less_equal{})) {
    throw node.at("bands").error("bands must rise",
                                 "write the lower end of each band, for example [15, 18, 21]");
  }
  if (const auto labels = node.find("labels")) group.labels = labels->texts();
  for (std::size_t i = group.labels.size(); i < group.bands.size() && !node.find("labels"); ++i) {
    const bool last = i + 1 == group.bands.size();
    group.labels.push_back(
        band_label(group.bands[i], last ? std::numeric_limits<double>::infinity() : group.bands[i + 1]));
  }
  if (group.labels.size() != group.bands.size()) {
    throw node.at("labels").error(fmt::format("{} for {}", format_count(group.labels.size(), "label"),
                                              format_count(group.bands.size(), "band")),
                                  "give one label for each band");
  }
}

GroupDeclaration read_group(const Node& map, const std::string& name, const Node& node, const Study& study) {
  check_name(map, name);
  if (name == "nation")
    throw map.error_at_key(name, "'nation' is everybody, always there", "choose another name");
  node.only({"of", "label", "bands", "labels", "levels"});
  GroupDeclaration group;
  group.name = name;
  group.label = node.find("label") ? node.at("label").text() : name;
  const auto columns = names_of(study.predictors, [](const PredictorSpec& p) { return p.column.name; });
  const PredictorColumn& column = study.predictors[node.at("of").one_of(columns, "predictor")].column;
  group.of = column.name;
  if (column.kind != PredictorKind::Category) {
    read_bands(node, group);
    return group;
  }
  if (!node.find("levels")) {
    for (std::size_t i = 0; i < column.levels.size(); ++i) {
      group.named.push_back(
          {i < column.level_labels.size() ? column.level_labels[i] : column.levels[i], {column.levels[i]}});
    }
    return group;
  }
  for (const auto& [label, levels] : node.at("levels").entries()) {
    group.named.push_back({label, {}});
    for (const Node& level : levels.items_or_one())
      group.named.back().levels.push_back(column.levels[level.one_of(column.levels, "level")]);
  }
  return group;
}

// ---- analyses
// -------------------------------------------------------------------------------------------------------

std::string group_name(const Node& node, const Study& study) {
  auto names = names_of(study.groups, &GroupDeclaration::name);
  names.insert(names.begin(), "nation");
  return names[node.one_of(names, "group")];
}

ForecastPath read_forecast_path(const Node& node, const Study& study) {
  node.only({"from", "horizons", "by"});
  ForecastPath path{year_of(node.at("from")), {}, {"nation"}};
  for (const Node& horizon : node.at("horizons").items_or_one()) {
    path.horizons.push_back(static_cast<int>(horizon.integer_between(1, 50)));
  }
  if (path.horizons.empty() || !std::ranges::is_sorted(path.horizons, std::ranges::less_equal{})) {
    throw node.at("horizons").error("horizons must rise", "write for example [2, 3, 4, 5]");
  }
  if (const auto by = node.find("by")) {
    path.by.clear();
    for (const Node& group : by->items_or_one()) path.by.push_back(group_name(group, study));
  }
  return path;
}

std::vector<TableOneDesign> read_designs(const Node& node) {
  std::vector<TableOneDesign> designs;
  std::vector<std::string> letters;
  for (const TableOneDesign& design : kTableOne) letters.emplace_back(1, design.name);
  for (const Node& letter : node.items_or_one())
    designs.push_back(kTableOne[letter.one_of(letters, "design")]);
  return designs;
}

Analysis read_analysis(const Node& item, const Study& study) {
  if (!item.is_map() || item.entries().size() != 1) {
    throw item.error("an analysis is one name and its wishes",
                     "write for example: - forecast_path: {from: 2014, horizons: [2, 3]}");
  }
  const auto& [name, node] = item.entries().front();
  Analysis analysis{name, {}, item.where()};
  if (name == "forecast_path")
    analysis.wish = read_forecast_path(node, study);
  else if (name == "freshness") {
    node.only({"predict", "from", "trained_on"});
    analysis.wish =
        Freshness{year_of(node.at("predict")), year_of(node.at("from")), years_of(node.at("trained_on"))};
  } else if (name == "updating") {
    node.only({"predict", "from"});
    analysis.wish = Updating{year_of(node.at("predict")), years_of(node.at("from"))};
  } else if (name == "designs") {
    node.only({"predict", "designs"});
    analysis.wish = Designs{year_of(node.at("predict")), read_designs(node.at("designs"))};
  } else {
    throw item.error_at_key(name, fmt::format("no analysis is called '{}'", name), suggest(name, kAnalyses));
  }
  return analysis;
}

// ---- the rest
// -------------------------------------------------------------------------------------------------------

Tuning read_tuning(const Node& node) {
  node.only({"folds", "draws", "at_horizon", "score", "paths", "near", "racing", "halving"});
  Tuning tuning;
  if (const auto folds = node.find("folds")) tuning.folds = static_cast<int>(folds->integer_between(2, 100));
  if (const auto draws = node.find("draws")) {
    tuning.draws = draws->text() == "all" ? 0 : static_cast<int>(draws->integer_between(1, 1'000'000));
  }
  if (const auto horizon = node.find("at_horizon"))
    tuning.at_horizon = static_cast<int>(horizon->integer_between(1, 50));
  if (const auto paths = node.find("paths")) tuning.paths = paths->flag();
  if (const auto near = node.find("near"))
    tuning.near = static_cast<int>(near->integer_between(0, 1'000'000));
  if (const auto racing = node.find("racing")) tuning.racing = racing->flag();
  if (const auto halving = node.find("halving")) {
    tuning.halving = halving->flag();
    if (tuning.racing && tuning.halving)
      throw halving->error("a search is raced or halved, not both", "keep one of racing and halving");
  }
  if (const auto score = node.find("score")) {
    try {
      tuning.score = parse_score(score->text());
    } catch (const Error& e) {
      throw score->error(e.problem(), e.mend());
    }
  }
  return tuning;
}

CalibrationWish read_calibration(const Node& node, const Study& study) {
  node.only({"method", "by", "min_group"});
  static const std::vector<std::string> kMethods{"isotonic"};
  if (const auto method = node.find("method")) method->one_of(kMethods, "calibration method");
  CalibrationWish wish{{"nation"}, 500};
  if (const auto by = node.find("by")) {
    wish.by.clear();
    for (const Node& group : by->items_or_one()) wish.by.push_back(group_name(group, study));
  }
  if (const auto least = node.find("min_group"))
    wish.min_group = static_cast<int>(least->integer_between(1, 1'000'000'000));
  return wish;
}

/// Entries of a map that must not be empty.
const std::vector<std::pair<std::string, Node>>& some_entries(const Node& root, std::string_view key) {
  const Node node = root.at(key);
  if (node.is_null() || node.entries().empty())
    throw root.error_at_key(key, fmt::format("'{}' is empty", key), "name at least one");
  return root.find(key)->entries();
}

void read_parts(const Node& root, Study& study) {
  study.population = parse_population(root.at("population"), study.schema);
  study.canonical_population = root.at("population").canonical();
  study.predictors =
      parse_predictors(root.at("predictors"), study.schema, study.population, study.file.parent_path());
  if (study.predictors.empty())
    throw root.error_at_key("predictors", "no predictor is declared", "name a ready set or declare some");
  for (const auto& [name, node] : some_entries(root, "outcomes")) {
    study.outcomes.push_back(read_outcome(root.at("outcomes"), name, node, study));
  }
  for (const auto& [name, node] : some_entries(root, "models")) {
    study.models.push_back(read_model(root.at("models"), name, node));
    for (const StudyOutcome& outcome : study.outcomes) check_objective(node, study.models.back(), outcome);
  }
  if (const auto groups = root.find("groups")) {
    for (const auto& [name, node] : groups->entries())
      study.groups.push_back(read_group(*groups, name, node, study));
  }
  if (const auto previously = root.find("previously")) {
    study.previously = study.groups.empty()
                           ? ""
                           : names_of(study.groups, &GroupDeclaration::name)[previously->one_of(
                                 names_of(study.groups, &GroupDeclaration::name), "group")];
  }
  if (const auto tuning = root.find("tuning")) study.tuning = read_tuning(*tuning);
  if (const auto wish = root.find("calibration")) study.calibration = read_calibration(*wish, study);
  for (const Node& item : root.at("analyses").items()) study.analyses.push_back(read_analysis(item, study));
  if (study.analyses.empty())
    throw root.error_at_key("analyses", "no analysis is wanted", "add for example a forecast_path");
}

}  // namespace

Objective objective_of(const StudyModel& model, const StudyOutcome& outcome) {
  return model.objective.value_or(outcome.objective);
}

SearchSpace space_of(const StudyModel& model, Objective objective) {
  SearchSpace space = model.space ? *model.space : engine(model.kind).space(objective);
  std::erase_if(space.settings, [&](const auto& entry) { return model.settings.contains(entry.first); });
  return space;
}

Study read_study(const fs::path& file, const fs::path& registers) {
  const Node root = Node::read_file(file);
  static const std::vector<std::string> kKeys{
      "study",    "title",  "purpose", "language",   "seed",   "registers", "population",  "predictors",
      "outcomes", "models", "groups",  "previously", "tuning", "analyses",  "calibration", "publish"};
  root.only(kKeys);
  Study study;
  study.file = file;
  study.name = root.at("study").text();
  if (study.name.find_first_of("/\\ ") != std::string::npos || study.name.empty()) {
    throw root.at("study").error(fmt::format("'{}' cannot be the name of a study", study.name),
                                 "use letters, digits, _ and -: it becomes a folder");
  }
  study.title = root.find("title") ? root.at("title").text() : study.name;
  if (const auto purpose = root.find("purpose"))
    study.purpose = static_cast<Purpose>(purpose->one_of(kPurposes, "purpose"));
  if (const auto language = root.find("language"))
    study.language = kLanguages[language->one_of(kLanguages, "language")];
  if (const auto seed = root.find("seed"))
    study.seed =
        static_cast<std::uint64_t>(seed->integer_between(0, std::numeric_limits<std::int64_t>::max()));
  study.registers = registers.empty() ? file.parent_path() / root.at("registers").text() : registers;
  study.registers = fs::absolute(study.registers).lexically_normal();
  if (!fs::exists(study.registers / "schema.yaml")) {
    const std::string problem = fmt::format("no register store is at {}", study.registers.string());
    const std::string mend = "make one with kohort import or kohort synth, or give --registers FOLDER";
    throw registers.empty() ? root.at("registers").error(problem, mend)
                            : Error(ErrorKind::Study, problem, "--registers", mend);
  }
  study.schema = read_schema(study.registers / "schema.yaml");
  study.synthetic = fs::exists(study.registers.parent_path() / "truth" / "settings.json");
  read_parts(root, study);
  if (const auto publish = root.find("publish")) {
    publish->only({"min_cell"});
    study.min_cell = static_cast<int>(publish->at("min_cell").integer_between(5, 1'000'000));
  }
  return study;
}

}  // namespace kohort
