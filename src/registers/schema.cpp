#include "registers/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "base/text.hpp"
#include "registers/policy.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kCellTypes{"id",       "date", "year", "count", "number",
                                          "category", "code", "flag", "text"};
const std::vector<std::string> kTemporalities{"fixed", "status", "event", "accumulated"};
const std::vector<std::string> kTreatments{"quarantine", "missing", "keep", "error"};
const std::vector<std::string> kEncodings{"utf-8", "latin-1", "windows-1252", "utf-16"};
const std::vector<std::string> kReservedFolders{"quarantine", "quality", "truth"};

/// Names become folders, SQL names and words of declarations: letters, digits and _ only.
void check_name(const Node& map, const std::string& name, std::string_view what) {
  const auto plain = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const bool good = !name.empty() && name.size() <= 63 && std::ranges::all_of(name, plain) &&
                    std::isdigit(static_cast<unsigned char>(name.front())) == 0;
  if (good) return;
  throw map.error_at_key(name, fmt::format("'{}' cannot be the name of a {}", name, what),
                         "use at most 63 letters a-z, digits and _, not beginning with a digit; "
                         "'from:' gives a column's name in the raw file");
}

/// The keys of a map, which no two may share when case is ignored (SQL and some file systems ignore it).
void check_distinct(const Node& map, std::string_view what) {
  std::vector<std::string> seen;
  for (const auto& [name, node] : map.entries()) {
    check_name(map, name, what);
    if (std::ranges::find(seen, lower(name)) != seen.end()) {
      throw map.error_at_key(name,
                             fmt::format("two {}s differ from '{}' only in upper and lower case", what, name),
                             "give them different names");
    }
    seen.push_back(lower(name));
  }
}

std::string text_or(const Node& map, std::string_view key, std::string otherwise = {}) {
  const auto node = map.find(key);
  return node ? node->text() : otherwise;
}

std::int32_t parse_day(const Node& node) {
  const auto days = parse_date(node.text());
  if (!days) throw node.error(fmt::format("'{}' is not a date", node.text()), "write YYYY-MM-DD");
  return *days;
}

char parse_character(const Node& node) {
  const std::string text = node.text();
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1 || text == "\"" || text == "\n" || text == "\r")
    throw node.error(fmt::format("'{}' is not a single plain character", text), "for example ';' or tab");
  return text.front();
}

// ---- codes -----------------------------------------------------------------------------------------------

Code parse_code(const Node& node) {
  if (!node.is_map()) return {node.text(), {}, {}, {}};
  node.only({"code", "label", "from", "to"});
  Code code{node.at("code").text(), text_or(node, "label"), {}, {}};
  if (const auto from = node.find("from")) code.valid_from = parse_day(*from);
  if (const auto to = node.find("to")) code.valid_to = parse_day(*to);
  if (code.valid_from && code.valid_to && *code.valid_to < *code.valid_from)
    throw node.error(fmt::format("code '{}' ends before it begins", code.code), "swap from and to");
  return code;
}

bool overlap(const Code& a, const Code& b) {
  const auto from = [](const Code& c) {
    return c.valid_from.value_or(std::numeric_limits<std::int32_t>::min());
  };
  const auto to = [](const Code& c) { return c.valid_to.value_or(std::numeric_limits<std::int32_t>::max()); };
  return from(a) <= to(b) && from(b) <= to(a);
}

std::vector<Code> parse_codes(const Node& node) {
  std::vector<Code> codes;
  if (node.is_map()) {
    for (const auto& [code, label] : node.entries())
      codes.push_back({code, label.is_null() ? "" : label.text(), {}, {}});
  } else {
    for (const Node& item : node.items()) codes.push_back(parse_code(item));
  }
  std::vector<const Code*> order;
  for (const Code& code : codes) order.push_back(&code);
  std::ranges::stable_sort(order, {}, [](const Code* c) -> const std::string& { return c->code; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size() && order[j]->code == order[i]->code; ++j) {
      if (overlap(*order[i], *order[j]))
        throw node.error(fmt::format("code '{}' stands twice for the same day", order[i]->code),
                         "keep one, or give the two separate 'from' and 'to'");
    }
  }
  return codes;
}

// ---- columns ---------------------------------------------------------------------------------------------

double parse_bound(const Node& node, CellType type) {
  if (type == CellType::Date) return parse_day(node);
  if (node.text() == "-inf") return -std::numeric_limits<double>::infinity();
  return node.number();
}

void parse_range(const Node& node, SchemaColumn& column) {
  if (node.items().size() != 2) throw node.error("a range has two ends", "write range: [least, most]");
  column.least = parse_bound(node.items()[0], column.type);
  column.most = parse_bound(node.items()[1], column.type);
  if (!(*column.least <= *column.most))
    throw node.error("this range holds no value", "write the smaller end first");
}

void parse_derive(const Node& node, SchemaColumn& column) {
  node.only({"from", "first"});
  column.derive_from = node.at("from").text();
  column.derive_first = static_cast<int>(node.at("first").integer_between(1, 64));
}

/// A key that only some types may have.
void only_for(const Node& node, std::string_view key, const SchemaColumn& column,
              std::initializer_list<CellType> types) {
  if (!node.find(key) || std::ranges::find(types, column.type) != types.end()) return;
  std::vector<std::string> names;
  for (const CellType type : types) names.emplace_back(name_of(type));
  throw node.error_at_key(key, fmt::format("a column of type {} has no '{}'", name_of(column.type), key),
                          fmt::format("'{}' is for columns of type {}", key, join(names, ", ")));
}

SchemaColumn parse_column(const std::string& name, const Node& node) {
  node.only({"type", "meaning", "text", "codes", "parent_digits", "range", "missing", "known_at", "links",
             "from", "derive"});
  SchemaColumn column;
  column.name = name;
  column.meaning = text_or(node, "meaning");
  column.type = static_cast<CellType>(node.at("type").one_of(kCellTypes, "column type"));
  only_for(node, "text", column, {CellType::Id});
  only_for(node, "links", column, {CellType::Id});
  only_for(node, "codes", column, {CellType::Category, CellType::Code});
  only_for(node, "parent_digits", column, {CellType::Code});
  only_for(node, "range", column, {CellType::Date, CellType::Year, CellType::Count, CellType::Number});
  only_for(node, "derive", column, {CellType::Category, CellType::Code, CellType::Text});
  if (const auto text = node.find("text")) column.text_id = text->flag();
  if (const auto codes = node.find("codes")) column.codes = parse_codes(*codes);
  if (const auto digits = node.find("parent_digits"))
    column.parent_digits = static_cast<int>(digits->integer_between(0, 32));
  if (const auto range = node.find("range")) parse_range(*range, column);
  if (const auto missing = node.find("missing")) column.missing = missing->texts();
  column.known_at = text_or(node, "known_at");
  column.links = text_or(node, "links");
  column.from = text_or(node, "from");
  if (const auto derive = node.find("derive")) parse_derive(*derive, column);
  return column;
}

// ---- registers -------------------------------------------------------------------------------------------

RawSource parse_source(const Node& node) {
  node.only({"file", "delimiter", "encoding", "decimal", "join"});
  RawSource source;
  source.file = node.at("file").text();
  if (const auto delimiter = node.find("delimiter")) source.delimiter = parse_character(*delimiter);
  if (const auto encoding = node.find("encoding"))
    source.encoding = kEncodings[encoding->one_of(kEncodings, "encoding")];
  if (const auto decimal = node.find("decimal")) source.decimal = parse_character(*decimal);
  if (source.decimal != '.' && source.decimal != ',')
    throw node.at("decimal").error("the decimal sign is . or ,", "write decimal: ','");
  if (const auto join = node.find("join")) {
    join->only({"file", "on"});
    source.join_file = join->at("file").text();
    source.join_on = join->at("on").text();
  }
  return source;
}

ImportPolicy parse_policy(const Node& node) {
  std::vector<std::string> names;
  for (const PolicyEntry& entry : kPolicies) names.emplace_back(entry.name);
  node.only(std::span<const std::string>{names});
  ImportPolicy policy;
  for (const PolicyEntry& entry : kPolicies) {
    const auto word = node.find(entry.name);
    if (!word) continue;
    const auto treatment = static_cast<Treatment>(word->one_of(kTreatments, "treatment"));
    if (treatment == Treatment::Missing && !entry.may_be_missing)
      throw word->error(fmt::format("{} concerns a whole row: no cell can be made missing", entry.name),
                        "write quarantine, keep or error");
    policy.*entry.treatment = treatment;
  }
  return policy;
}

/// A key of the register that names one of its columns, of one type.
std::string column_named(const Node& node, const RegisterSchema& reg, std::string_view key, CellType type,
                         bool required) {
  const auto named = node.find(key);
  if (!named && !required) return {};
  const Node at = named ? *named : node.at(key);
  const SchemaColumn* column = reg.find(at.text());
  if (column == nullptr) {
    throw at.error(fmt::format("register {} has no column '{}'", reg.name, at.text()),
                   suggest(at.text(), reg.column_names()));
  }
  if (column->type != type) {
    throw at.error(fmt::format("'{}' must name a column of type {}, and {} is of type {}", key, name_of(type),
                               column->name, name_of(column->type)),
                   fmt::format("name a column of type {}", name_of(type)));
  }
  return column->name;
}

/// Keys of one temporality are refused with another: they would silently mean nothing.
void refuse_foreign_keys(const Node& node, Temporality temporality) {
  struct Owner {
    const char* key;
    Temporality temporality;
  };
  constexpr std::array owners{Owner{"event_date", Temporality::Event}, Owner{"start", Temporality::Status},
                              Owner{"end", Temporality::Status}, Owner{"year", Temporality::Accumulated}};
  for (const Owner& owner : owners) {
    if (owner.temporality == temporality || !node.find(owner.key)) continue;
    throw node.error_at_key(
        owner.key, fmt::format("a register of temporality {} has no '{}'", name_of(temporality), owner.key),
        fmt::format("remove it, or write temporality: {}", name_of(owner.temporality)));
  }
}

void parse_time(const Node& node, RegisterSchema& reg) {
  reg.temporality = static_cast<Temporality>(node.at("temporality").one_of(kTemporalities, "temporality"));
  refuse_foreign_keys(node, reg.temporality);
  const bool event = reg.temporality == Temporality::Event, status = reg.temporality == Temporality::Status;
  reg.event_date = column_named(node, reg, "event_date", CellType::Date, event);
  reg.start = column_named(node, reg, "start", CellType::Date, status);
  reg.end = column_named(node, reg, "end", CellType::Date, status);
  reg.year = column_named(node, reg, "year", CellType::Year, reg.temporality == Temporality::Accumulated);
  reg.known_at = column_named(node, reg, "known_at", CellType::Date, false);
  if (const auto lag = node.find("delivery_lag"))
    reg.delivery_lag = static_cast<int>(lag->integer_between(0, 50));
}

void parse_key(const Node& node, RegisterSchema& reg) {
  const auto key = node.find("key");
  if (!key) return;
  for (const Node& item : key->items_or_one()) {
    const std::string name = item.text();
    if (reg.find(name) == nullptr)
      throw item.error(fmt::format("register {} has no column '{}'", reg.name, name),
                       suggest(name, reg.column_names()));
    if (std::ranges::find(reg.key, name) != reg.key.end())
      throw item.error(fmt::format("'{}' stands twice in the key", name), "name each column once");
    reg.key.push_back(name);
  }
}

/// What columns say of one another.
void check_columns(const Node& columns, const RegisterSchema& reg) {
  for (const SchemaColumn& column : reg.columns) {
    const Node node = columns.at(column.name);
    column_named(node, reg, "known_at", CellType::Date, false);
    if (column.derive_from.empty()) continue;
    const SchemaColumn* from = reg.find(column.derive_from);
    const Node derive = node.at("derive").at("from");
    if (from == nullptr)
      throw derive.error(fmt::format("register {} has no column '{}'", reg.name, column.derive_from),
                         suggest(column.derive_from, reg.column_names()));
    if (sql_type(*from) != "VARCHAR" || !from->derive_from.empty())
      throw derive.error(fmt::format("nothing can be derived from {}", from->name),
                         "derive from a category, code, text or text id that is read from the file");
  }
}

RegisterSchema parse_register(const std::string& name, const Node& node) {
  node.only({"meaning", "unit", "key", "temporality", "event_date", "known_at", "start", "end", "year",
             "delivery_lag", "source", "policy", "columns"});
  RegisterSchema reg;
  reg.name = name;
  reg.meaning = text_or(node, "meaning");
  const Node columns = node.at("columns");
  check_distinct(columns, "column");
  for (const auto& [column, content] : columns.entries())
    reg.columns.push_back(parse_column(column, content));
  check_columns(columns, reg);
  reg.unit = column_named(node, reg, "unit", CellType::Id, true);
  parse_key(node, reg);
  parse_time(node, reg);
  if (const auto source = node.find("source")) reg.source = parse_source(*source);
  if (const auto policy = node.find("policy")) reg.policy = parse_policy(*policy);
  return reg;
}

/// Links name a register whose unit has the same type.
void check_links(const Node& registers, const Schema& schema) {
  for (const RegisterSchema& reg : schema.registers) {
    for (const SchemaColumn& column : reg.columns) {
      if (column.links.empty()) continue;
      const Node link = registers.at(reg.name).at("columns").at(column.name).at("links");
      const RegisterSchema* to = schema.find(column.links);
      if (to == nullptr)
        throw link.error(fmt::format("no register is called '{}'", column.links),
                         suggest(column.links, schema.register_names()));
      if (to->at(to->unit).text_id != column.text_id)
        throw link.error(
            fmt::format("{} and the unit of {} are ids of different types", column.name, to->name),
            "write text: true on both or on neither");
    }
  }
}

}  // namespace

// ---- the schema as a value -------------------------------------------------------------------------------

const SchemaColumn* RegisterSchema::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &SchemaColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

const SchemaColumn& RegisterSchema::at(std::string_view column) const {
  if (const SchemaColumn* found = find(column)) return *found;
  throw Error(ErrorKind::Defect,
              fmt::format("register {} was asked for a column '{}' it lacks", name, column));
}

std::vector<std::string> RegisterSchema::column_names() const {
  std::vector<std::string> names;
  for (const SchemaColumn& column : columns) names.push_back(column.name);
  return names;
}

const RegisterSchema* Schema::find(std::string_view name) const {
  const auto found = std::ranges::find(registers, name, &RegisterSchema::name);
  return found == registers.end() ? nullptr : &*found;
}

const RegisterSchema& Schema::at(std::string_view name) const {
  if (const RegisterSchema* found = find(name)) return *found;
  throw Error(ErrorKind::Defect, fmt::format("the schema was asked for a register '{}' it lacks", name));
}

std::vector<std::string> Schema::register_names() const {
  std::vector<std::string> names;
  for (const RegisterSchema& reg : registers) names.push_back(reg.name);
  return names;
}

Schema parse_schema(const Node& document) {
  document.only({"registers"});
  const Node registers = document.at("registers");
  check_distinct(registers, "register");
  Schema schema;
  const std::string where = document.where();  // file:line:column
  schema.file = where.substr(0, where.rfind(':', where.rfind(':') - 1));
  for (const auto& [name, node] : registers.entries()) {
    if (std::ranges::find(kReservedFolders, lower(name)) != kReservedFolders.end())
      throw registers.error_at_key(name, fmt::format("no register may be called '{}'", name),
                                   "a folder of that name has another use in the store");
    schema.registers.push_back(parse_register(name, node));
  }
  if (schema.registers.empty()) throw registers.error("the schema has no register", "describe at least one");
  check_links(registers, schema);
  return schema;
}

Schema read_schema(const fs::path& file) { return parse_schema(Node::read_file(file)); }

std::string_view name_of(CellType type) { return kCellTypes[static_cast<std::size_t>(type)]; }
std::string_view name_of(Temporality temporality) {
  return kTemporalities[static_cast<std::size_t>(temporality)];
}
std::string_view name_of(Treatment treatment) { return kTreatments[static_cast<std::size_t>(treatment)]; }

std::string sql_type(const SchemaColumn& column) {
  switch (column.type) {
    case CellType::Id:
      return column.text_id ? "VARCHAR" : "BIGINT";
    case CellType::Date:
      return "DATE";
    case CellType::Year:
      return "INTEGER";
    case CellType::Count:
      return "BIGINT";
    case CellType::Number:
      return "DOUBLE";
    case CellType::Flag:
      return "BOOLEAN";
    case CellType::Category:
    case CellType::Code:
    case CellType::Text:
      return "VARCHAR";
  }
  return {};
}

std::string sql_register(const fs::path& store, const RegisterSchema& reg) {
  std::string files = sql_path(store / reg.name);
  files.insert(files.size() - 1, "/*.parquet");  // before the closing quote
  return fmt::format("read_parquet({}, hive_partitioning = false)", files);
}

}  // namespace kohort
