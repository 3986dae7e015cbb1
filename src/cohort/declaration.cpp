#include "cohort/declaration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "cohort/expression.hpp"

namespace kohort {
namespace {

Window parse_window(const Node& node) {
  const std::string text = node.text();
  if (text == "ever") return {};
  const auto years = text.ends_with('y') ? parse_integer(text.substr(0, text.size() - 1)) : std::nullopt;
  if (years && *years >= 1 && *years <= 60) return {static_cast<int>(*years)};
  throw node.error(fmt::format("'{}' is no window", text),
                   "write years such as 1y or 10y (60 at most), or ever");
}

std::vector<Window> parse_windows(const Node& node) {
  std::vector<Window> windows;
  for (const Node& item : node.items_or_one()) windows.push_back(parse_window(item));
  return windows;
}

const SchemaColumn& column_at(const Node& node, const RegisterSchema& reg) {
  return reg.columns.at(node.one_of(reg.column_names(), "column of " + reg.name));
}

/// offence_group → group: the last word of a column's name.
std::string short_name(const std::string& column) { return column.substr(column.rfind('_') + 1); }

std::vector<Part> parse_parts(const Node& node, const RegisterSchema& reg) {
  std::vector<Part> parts;
  for (const Node& item : node.items_or_one()) {
    if (item.text() == "total") {
      parts.push_back({});
      continue;
    }
    const SchemaColumn& column = column_at(item, reg);
    if (column.codes.empty())
      throw item.error(fmt::format("column {} has no code list to split by", column.name),
                       "give it `codes` in schema.yaml: columns come from the list, never from rows");
    for (const Code& code : column.codes)
      parts.push_back(
          {column.name, code.code, fmt::format("_{}_{}", short_name(column.name), name_part(code.code)),
           fmt::format(", {} {}{}", words(column.name), code.code,
                       code.label.empty() || code.label == code.code ? "" : " (" + code.label + ")")});
  }
  return parts;
}

std::vector<std::string> parse_relatives(const Node& declaration, const RegisterSchema& home) {
  const auto node = declaration.find("of");
  if (!node) return {"self"};
  std::vector<std::string> known{"self"}, relatives;
  for (const SchemaColumn& column : home.columns)
    if (column.links == home.name && column.name != home.unit) known.push_back(column.name);
  for (const Node& item : node->items_or_one()) relatives.push_back(known.at(item.one_of(known, "relative")));
  return relatives;
}

/// A declaration may repeat the schema's known-at date; it can never choose an earlier one.
void check_known_at(const Node& declaration, const RegisterSchema& reg) {
  const auto node = declaration.find("known_at");
  if (!node || node->text() == reg.known_at) return;
  const Error at =
      node->error(fmt::format("rows of {} are known at {}, not at {}", reg.name,
                              reg.known_at.empty() ? "the date they happened" : reg.known_at, node->text()),
                  "leave `known_at` out: the schema decides when a row is known");
  throw Error(ErrorKind::Leak, at.problem(), at.where(), at.mend());
}

const RegisterSchema& source_register(const Node& declaration, const Schema& schema,
                                      const Population& population) {
  const Node from = declaration.at("from");
  const RegisterSchema& reg = schema.registers.at(from.one_of(schema.register_names(), "register"));
  if (reg.unit == population.unit || reg.at(reg.unit).links == population.register_name) return reg;
  throw from.error(fmt::format("the rows of {} are not about a {}", reg.name, population.unit),
                   "predictors come from registers about the population's unit");
}

std::string parse_by(const Node& declaration, const RegisterSchema& reg) {
  const auto node = declaration.find("by");
  if (!node) return dating_column(reg);
  const SchemaColumn& column = column_at(*node, reg);
  if (column.type == CellType::Date && reg.temporality != Temporality::Accumulated) return column.name;
  throw node->error(fmt::format("column {} dates no row", column.name),
                    "name a date column of a dated register");
}

}  // namespace

std::string Window::name() const { return years ? fmt::format("{}y", *years) : "ever"; }
std::string Window::label() const {
  if (!years) return "ever";
  return *years == 1 ? "last year" : fmt::format("last {} years", *years);
}

std::string words(const std::string& name) {
  std::string text = name;
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string name_part(const std::string& code) {
  std::string part = lower(code);
  for (char& c : part)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return part;
}

Block parse_block(const Node& declaration, const Schema& schema, const Population& population) {
  Block block;
  block.schema = &schema;
  block.reg = &source_register(declaration, schema, population);
  block.home = &schema.at(population.register_name);
  block.birth = population.birth;
  check_known_at(declaration, *block.reg);
  const auto name = declaration.find("name"), label = declaration.find("label");
  block.name = name ? name->text() : block.reg->name;
  if (name_part(block.name) != block.name)
    throw name->error("this is no name for columns", "use lower-case letters, digits and _");
  if (name) block.prefix = block.name + "_";
  block.label = label ? label->text() : words(block.name);
  block.by = parse_by(declaration, *block.reg);
  if (const auto where = declaration.find("where"))
    block.where = parse_expression(*where, names_of(*block.reg));
  const auto windows = declaration.find("windows"), split = declaration.find("split");
  block.windows = windows ? parse_windows(*windows) : std::vector<Window>{Window{}};
  block.parts = split ? parse_parts(*split, *block.reg) : std::vector<Part>{Part{}};
  block.relatives = parse_relatives(declaration, *block.home);
  return block;
}

std::vector<Window> windows_of(const Block& block, const Node& entry) {
  if (entry.is_map())
    if (const auto node = entry.find("windows")) return parse_windows(*node);
  return block.windows;
}

std::vector<Part> parts_of(const Block& block, const Node& entry) {
  if (entry.is_map())
    if (const auto node = entry.find("split")) return parse_parts(*node, *block.reg);
  return block.parts;
}

std::vector<const SchemaColumn*> columns_of(const Block& block, const Node& entry) {
  std::vector<const SchemaColumn*> columns;
  for (const Node& item : (entry.is_map() ? entry.at("of") : entry).items_or_one())
    columns.push_back(&column_at(item, *block.reg));
  return columns;
}

void need_temporality(const Block& block, const Node& entry, std::initializer_list<Temporality> allowed) {
  if (std::ranges::find(allowed, block.reg->temporality) != allowed.end()) return;
  constexpr std::string_view kNames[] = {"fixed", "status", "event", "accumulated"};
  std::vector<std::string> names;
  for (const Temporality t : allowed) names.emplace_back(kNames[static_cast<std::size_t>(t)]);
  throw entry.error(
      fmt::format("{} is a {} register; this needs {}", block.reg->name,
                  kNames[static_cast<std::size_t>(block.reg->temporality)], join(names, " or ")),
      "see the table of kinds in docs/formats/predictors.md");
}

PredictorSpec make_spec(const Block& block, const std::string& relative, Aggregate aggregate,
                        PredictorKind kind, const std::string& name, const std::string& label) {
  PredictorSpec spec;
  const bool self = relative == "self";
  std::string who = words(relative);
  if (!who.empty()) who[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(who[0])));
  spec.column.name = self ? name : relative + "_" + name;
  spec.column.label = self ? label : who + ": " + label;
  spec.column.kind = kind;
  spec.column.register_name = block.reg->name;
  spec.column.relative = relative;
  spec.column.known_at = known_rule(*block.reg);
  spec.aggregate = aggregate;
  spec.by = block.by;
  spec.where = block.where;
  return spec;
}

void set_value_kind(PredictorSpec& spec, const Block& block, const SchemaColumn& column, int digits,
                    const Node& place) {
  switch (column.type) {
    case CellType::Year:
    case CellType::Count:
    case CellType::Number:
      spec.column.kind = PredictorKind::Number;
      return;
    case CellType::Flag:
      spec.column.kind = PredictorKind::Flag;
      return;
    case CellType::Category:
    case CellType::Code:
      break;
    default:
      throw place.error(
          fmt::format("column {} of {} cannot be a predictor as it is", column.name, block.reg->name),
          "take numbers, flags, categories and codes; dates through age_at or since");
  }
  if (column.codes.empty())
    throw place.error(fmt::format("column {} of {} has no code list", column.name, block.reg->name),
                      "give it `codes` in schema.yaml: levels come from the list, never from rows");
  spec.column.kind = PredictorKind::Category;
  spec.digits = digits;
  for (const Code& code : column.codes) {
    const std::string level = digits > 0 ? code.code.substr(0, static_cast<std::size_t>(digits)) : code.code;
    if (std::ranges::find(spec.column.levels, level) != spec.column.levels.end()) continue;
    spec.column.levels.push_back(level);
    spec.column.level_labels.push_back(level == code.code && !code.label.empty() ? code.label : level);
  }
}

}  // namespace kohort
