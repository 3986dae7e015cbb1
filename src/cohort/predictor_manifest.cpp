#include "cohort/predictor_manifest.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::array<std::string_view, 4> kKinds{"number", "count", "flag", "category"};
constexpr int kRevision = 1;

Error no_manifest(const std::string& why) {
  return Error(ErrorKind::Data, "this is no predictor manifest: " + why, {},
               "make the predictor table again");
}

Json column_json(const PredictorColumn& column) {
  Json json{{"name", column.name},
            {"label", column.label},
            {"kind", kind_name(column.kind)},
            {"register", column.register_name},
            {"relative", column.relative},
            {"window", column.window},
            {"known_at", column.known_at}};
  if (column.kind == PredictorKind::Category) {
    json["levels"] = column.levels;
    json["level_labels"] = column.level_labels;
    json["unlisted"] = column.unlisted;
  }
  return json;
}

PredictorColumn parse_column(const Json& json) {
  PredictorColumn column;
  column.name = json.at("name");
  column.label = json.at("label");
  const auto kind = std::ranges::find(kKinds, json.at("kind").get<std::string>());
  if (kind == kKinds.end()) throw no_manifest("a column has an unknown kind");
  column.kind = static_cast<PredictorKind>(kind - kKinds.begin());
  column.register_name = json.at("register");
  column.relative = json.at("relative");
  column.window = json.at("window");
  column.known_at = json.at("known_at");
  if (column.kind != PredictorKind::Category) return column;
  column.levels = json.at("levels").get<std::vector<std::string>>();
  column.level_labels = json.at("level_labels").get<std::vector<std::string>>();
  column.unlisted = json.at("unlisted");
  return column;
}

}  // namespace

const PredictorColumn* PredictorManifest::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &PredictorColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

std::string_view kind_name(PredictorKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::string write_manifest(const PredictorManifest& manifest) {
  Json json{{"format", "kohort-predictors"}, {"revision", kRevision},
            {"unit", manifest.unit},         {"index_date", format_date(manifest.index_date)},
            {"units", manifest.units},       {"columns", Json::array()}};
  for (const PredictorColumn& column : manifest.columns) json["columns"].push_back(column_json(column));
  return json.dump(1) + "\n";
}

PredictorManifest parse_manifest(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != "kohort-predictors" || json.at("revision") != kRevision)
      throw no_manifest("its format is another");
    const auto date = parse_date(json.at("index_date").get<std::string>());
    if (!date) throw no_manifest("it has no index date");
    PredictorManifest manifest{json.at("unit"), *date, json.at("units"), {}};
    for (const Json& column : json.at("columns")) manifest.columns.push_back(parse_column(column));
    return manifest;
  } catch (const nlohmann::json::exception&) {
    throw no_manifest("it is damaged or incomplete");
  }
}

PredictorManifest read_manifest(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw Error(ErrorKind::System, "cannot read " + file.filename().string(), file.string(),
                "check the file");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_manifest(text.str());
}

}  // namespace kohort
