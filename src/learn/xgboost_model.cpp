#include "learn/xgboost_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "learn/tree/xgboost_json.hpp"

namespace kohort {
namespace {

using nlohmann::json;

constexpr const char* kAttribute = "kohort";
constexpr int kVersion = 1;

[[noreturn]] void refuse(const std::string& why, const std::string& mend) {
  throw Error(ErrorKind::Data, "this is no tree model that kohort can read: " + why, {}, mend);
}
[[noreturn]] void refuse_attribute(const char* why) {
  refuse(fmt::format("its attribute 'kohort': {}", why), "write the file again: kohort convert");
}

bool needs_escape(unsigned char c) { return c < 0x20 || c == 0x7f || c == '%' || c == '"' || c == '\\'; }

/// Text without quotes, backslashes and control characters, as in a URL: the library's JSON loses some of
/// their escapes when it saves a model again.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (needs_escape(static_cast<unsigned char>(c)))
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::string unescaped(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::size_t high = i + 2 < text.size() ? kDigits.find(text[i + 1]) : kDigits.npos,
                      low = i + 2 < text.size() ? kDigits.find(text[i + 2]) : kDigits.npos;
    if (high == kDigits.npos || low == kDigits.npos ||
        !needs_escape(static_cast<unsigned char>(16 * high + low)))
      refuse_attribute("a text is damaged");
    out += static_cast<char>(16 * high + low);
    i += 2;
  }
  return out;
}

json to_json(const ColumnInfo& info) {
  json levels = json::array();
  for (const std::string& level : info.levels) levels.push_back(escaped(level));
  return {{"name", escaped(info.name)}, {"kind", to_text(info.kind)}, {"levels", std::move(levels)}};
}

ColumnInfo read_info(const json& from) {
  ColumnInfo info{unescaped(from.at("name")), ColumnKind::Number, {}};
  for (const std::string level : from.at("levels")) info.levels.push_back(unescaped(level));
  const std::string kind = from.at("kind");
  for (const ColumnKind known :
       {ColumnKind::Number, ColumnKind::Count, ColumnKind::Flag, ColumnKind::Category}) {
    if (kind != to_text(known)) continue;
    info.kind = known;
    if (known != ColumnKind::Category && !info.levels.empty())
      refuse_attribute("levels of a column that is no category");
    return info;
  }
  refuse_attribute("unknown kind of column");
}

std::string attribute_of(const TreeModel& model, const ModelRecord& record) {
  json columns = json::array(), texts = json::object();
  for (const EncodedColumn& column : model.encoding.columns) columns.push_back(to_json(column.info));
  for (const auto& [name, text] : record) texts[escaped(name)] = escaped(text);
  return json{{"version", kVersion},
              {"kind", model.kind},
              {"objective", to_text(model.trees.objective)},
              {"average", model.trees.average},
              {"encoding", to_text(model.encoding.rule)},
              {"columns", std::move(columns)},
              {"record", std::move(texts)}}
      .dump();
}

/// The model that the attribute tells of.
TreeModel read_own(const std::string& attribute, const XgboostHead& head, std::string_view bytes,
                   ModelRecord& record) {
  const json from = json::parse(attribute);
  if (from.at("version") != kVersion) refuse_attribute("written by another version");
  const std::string kind = from.at("kind");
  if (kind != "boosting" && kind != "random_forest") refuse_attribute("unknown kind of model");
  const auto objective = parse_objective(from.at("objective").get<std::string>());
  const auto rule = parse_category_rule(from.at("encoding").get<std::string>());
  if (!objective || !rule) refuse_attribute("unknown objective or encoding");
  std::vector<ColumnInfo> columns;
  for (const json& column : from.at("columns")) columns.push_back(read_info(column));
  TreeModel model{kind, make_tree_encoding(columns, *rule), {}};
  const auto features = xgboost_features(model.encoding);
  if (!std::ranges::equal(features, head.names, {}, [](const XgboostFeature& f) { return readable(f.name); }))
    refuse_attribute("its predictors are not the features of the file");
  model.trees = read_xgboost_json(bytes, features);
  if (from.at("average").get<bool>()) read_as_average(model.trees, *objective);
  if (model.trees.objective != *objective) refuse_attribute("its trees have another objective");
  for (const auto& [name, text] : from.at("record").items()) record[unescaped(name)] = unescaped(text);
  return model;
}

/// The features of a model of XGBoost's own as predictors: numbers, and categories where the file names their
/// levels.
std::vector<ColumnInfo> foreign_columns(const XgboostHead& head) {
  if (head.names.empty() && head.features > 0)
    refuse("its features have no names", "give the Booster feature_names, and save it again");
  const auto fits = [&](std::size_t n) { return n == 0 || n == head.features; };
  if (head.names.size() != head.features || !fits(head.types.size()) || !fits(head.levels.size()))
    refuse("its features and their names differ in number",
           "save the model again with the version that made it");
  std::vector<ColumnInfo> columns;
  for (std::size_t j = 0; j < head.names.size(); ++j) {
    const auto levels = head.levels.empty() ? std::vector<std::string>{} : head.levels[j];
    const bool category = head.types.empty() ? !levels.empty() : head.types[j] == "c";
    if (!category && !levels.empty())
      refuse("a feature has levels and is no category", "save the model again with the version that made it");
    columns.push_back({head.names[j], category ? ColumnKind::Category : ColumnKind::Number, levels});
  }
  return columns;
}

TreeModel read_foreign(const XgboostHead& head, std::string_view bytes) {
  TreeModel model{"boosting", make_tree_encoding(foreign_columns(head), CategoryRule::Sets), {}};
  model.trees = read_xgboost_json(bytes, xgboost_features(model.encoding));
  return model;
}

}  // namespace

std::string to_xgboost_json(const Model& model, const ModelRecord& record) {
  const auto* trees = std::get_if<TreeModel>(&model);
  if (trees == nullptr)
    throw Error(ErrorKind::Study, "XGBoost's JSON holds trees, and this model is linear", {},
                "give the file another ending than .json");
  return write_xgboost_json(trees->trees, xgboost_features(trees->encoding),
                            {{kAttribute, attribute_of(*trees, record)}});
}

Model from_xgboost_json(std::string_view bytes, ModelRecord* record) {
  const XgboostHead head = read_xgboost_head(bytes);
  ModelRecord own;
  Model model;
  if (const auto attribute = head.attributes.find(kAttribute); attribute != head.attributes.end()) {
    try {
      model = read_own(attribute->second, head, bytes, own);
    } catch (const json::exception&) {
      refuse_attribute("a part is missing or of the wrong type");
    }
  } else {
    model = read_foreign(head, bytes);
  }
  if (record != nullptr) *record = std::move(own);
  return model;
}

}  // namespace kohort
