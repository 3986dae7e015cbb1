#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "learn/model.hpp"
#include "learn/tree/xgboost_json.hpp"

namespace kohort {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "kohort-model";
constexpr int kVersion = 1;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::Data, "this is no model of kohort: " + why, {},
              "give a model file that kohort has written");
}

double number(const json& value) {  // JSON has no NaN: null stands for it
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

int count(const json& value) {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMost) refuse("a count is no whole number");
  return value.get<int>();
}

/// The kind of model, which must go with its type.
std::string read_kind(const json& from, std::string_view type) {
  const std::string kind = from.at("kind");
  const bool known =
      type == "linear" ? kind == "lasso" || kind == "linear" : kind == "boosting" || kind == "random_forest";
  if (!known) refuse("unknown kind of model");
  return kind;
}

json to_json(const ColumnInfo& info) {
  return {{"name", info.name}, {"kind", to_text(info.kind)}, {"levels", info.levels}};
}

ColumnInfo read_info(const json& from) {
  ColumnInfo info{from.at("name"), ColumnKind::Number, from.at("levels")};
  const std::string kind = from.at("kind");
  for (const ColumnKind known :
       {ColumnKind::Number, ColumnKind::Count, ColumnKind::Flag, ColumnKind::Category})
    if (kind == to_text(known)) {
      info.kind = known;
      return info;
    }
  refuse("unknown kind of column");
}

Objective read_objective(const json& from) {
  const std::optional<Objective> objective = parse_objective(from.get<std::string>());
  if (!objective) refuse("unknown objective");
  return *objective;
}

json to_json(const LinearModel& model) {
  json terms = json::array();
  for (const LinearTerm& t : model.terms)
    terms.push_back({{"column", to_json(t.info)},
                     {"median", t.median},
                     {"missing", t.missing},
                     {"negative", t.negative},
                     {"scale", t.scale},
                     {"missing_is_level", t.missing_is_level},
                     {"coefficients", t.coefficients}});
  return {{"intercept", model.intercept}, {"terms", std::move(terms)},      {"notes", model.notes},
          {"converged", model.converged}, {"iterations", model.iterations}, {"gap", model.gap}};
}

LinearTerm read_term(const json& from) {
  LinearTerm t{.info = read_info(from.at("column")),
               .median = number(from.at("median")),
               .missing = number(from.at("missing")),
               .negative = number(from.at("negative")),
               .scale = number(from.at("scale")),
               .missing_is_level = from.at("missing_is_level"),
               .coefficients = {}};
  for (const json& value : from.at("coefficients")) t.coefficients.push_back(number(value));
  const bool category = t.info.kind == ColumnKind::Category;
  const std::size_t expected = category ? t.info.levels.size() + (t.missing_is_level ? 1 : 0) : 1;
  if (t.coefficients.size() != expected) refuse("coefficients do not fit the levels");
  return t;
}

void read_linear(const json& from, LinearModel& model) {
  model.intercept = number(from.at("intercept"));
  model.notes = from.at("notes");
  model.converged = from.at("converged");
  model.iterations = count(from.at("iterations"));
  model.gap = number(from.at("gap"));
  for (const json& term : from.at("terms")) model.terms.push_back(read_term(term));
}

json to_json(const TreeModel& model) {
  json columns = json::array();
  for (const EncodedColumn& c : model.encoding.columns) columns.push_back(to_json(c.info));
  return {{"encoding", to_text(model.encoding.rule)},
          {"columns", std::move(columns)},
          {"average", model.trees.average},
          {"booster", write_xgboost_json(model.trees, xgboost_features(model.encoding))}};
}

void read_tree(const json& from, Objective objective, TreeModel& model) {
  const std::optional<CategoryRule> rule = parse_category_rule(from.at("encoding").get<std::string>());
  if (!rule) refuse("unknown encoding");
  std::vector<ColumnInfo> columns;
  for (const json& column : from.at("columns")) columns.push_back(read_info(column));
  model.encoding = make_tree_encoding(columns, *rule);
  model.trees = read_xgboost_json(from.at("booster").get<std::string>(), xgboost_features(model.encoding));
  if (from.contains("average") && from.at("average").get<bool>()) read_as_average(model.trees, objective);
}

}  // namespace

std::string to_bytes(const Model& model) {
  json out = std::visit([](const auto& m) { return to_json(m); }, model);
  out["format"] = kFormat;
  out["version"] = kVersion;
  out["kind"] = kind_of(model);
  out["type"] = std::holds_alternative<LinearModel>(model) ? "linear" : "trees";
  out["objective"] = to_text(objective_of(model));
  return out.dump(1);
}

Model from_bytes(std::string_view bytes) {
  try {
    const json from = json::parse(bytes);
    if (from.at("format") != kFormat) refuse("another format");
    if (from.at("version") != kVersion) refuse("written by another version");
    const std::string type = from.at("type");
    if (type != "linear" && type != "trees") refuse("unknown type");
    Model model = LinearModel{};
    if (type == "trees") model = TreeModel{};
    std::visit([&](auto& m) { m.kind = read_kind(from, type); }, model);
    const Objective objective = read_objective(from.at("objective"));
    if (auto* linear = std::get_if<LinearModel>(&model)) {
      linear->objective = objective;
      read_linear(from, *linear);
    }
    if (auto* tree = std::get_if<TreeModel>(&model)) read_tree(from, objective, *tree);
    if (objective_of(model) != objective) refuse("its trees have another objective");
    return model;
  } catch (const json::exception&) {
    refuse("a part is missing or of the wrong type");
  }
}

}  // namespace kohort
