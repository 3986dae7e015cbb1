#include "cohort/population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "cohort/expression.hpp"

namespace kohort {
namespace {

const RegisterSchema& register_at(const Node& node, const Schema& schema) {
  const std::vector<std::string> names = schema.register_names();
  return schema.registers.at(node.one_of(names, "register"));
}

/// A column of `reg` of one of `types`, named at `node`.
std::string column_at(const Node& node, const RegisterSchema& reg, std::initializer_list<CellType> types) {
  std::vector<std::string> names;
  for (const SchemaColumn& column : reg.columns)
    if (std::ranges::find(types, column.type) != types.end()) names.push_back(column.name);
  return names.at(node.one_of(names, "column of " + reg.name));
}

const RegisterSchema& home_register(const Node& declaration, const Schema& schema, const std::string& unit) {
  if (const auto named = declaration.find("register")) {
    const RegisterSchema& reg = register_at(*named, schema);
    if (reg.unit == unit && reg.temporality == Temporality::Fixed) return reg;
    throw named->error(fmt::format("register {} is not a fixed register about {}", reg.name, unit),
                       "name the register with one row per " + unit);
  }
  for (const RegisterSchema& reg : schema.registers)
    if (reg.unit == unit && reg.temporality == Temporality::Fixed) return reg;
  throw declaration.error(fmt::format("no fixed register is about {}", unit),
                          "set `unit` to the id column of a fixed register of the schema");
}

std::vector<std::string> presence(const Node& declaration, const Schema& schema, const std::string& unit) {
  const auto node = declaration.find("present") ? declaration.find("present") : declaration.find("resident");
  std::vector<std::string> names;
  if (!node) {
    const RegisterSchema* residence = schema.find("residence");
    if (residence && residence->temporality == Temporality::Status && residence->unit == unit)
      names.push_back(residence->name);
    return names;
  }
  for (const Node& item : node->items_or_one()) {
    if (item.is_map()) item.only({"register"});
    const Node name = item.is_map() ? item.at("register") : item;
    const RegisterSchema& reg = register_at(name, schema);
    if (reg.temporality != Temporality::Status || reg.unit != unit)
      throw name.error(fmt::format("register {} has no spells of {}", reg.name, unit),
                       "name a status register");
    names.push_back(reg.name);
  }
  return names;
}

std::string default_birth(const RegisterSchema& reg) {
  for (const char* name : {"birth_date", "birth_year"})
    if (reg.find(name)) return name;
  return {};
}

/// month-day, such as 12-31.
void parse_index_day(const Node& node, Population& population) {
  const std::vector<std::string> parts = split(node.text(), '-');
  const auto month = parts.size() == 2 ? parse_integer(parts[0]) : std::nullopt;
  const auto day = parts.size() == 2 ? parse_integer(parts[1]) : std::nullopt;
  if (!month || !day || !parse_date(fmt::format("2001-{:02}-{:02}", *month, *day)))
    throw node.error("this is no day of every year", "write month-day, for example 12-31");
  population.month = static_cast<int>(*month);
  population.day = static_cast<int>(*day);
}

/// A name that `where` may use, and the table it stands in: home, spell0, spell1, …
struct Attribute {
  std::string table;
  ExpressionName name;
};

/// The population's register, then the covering spells; the first of a name wins.
std::vector<Attribute> attributes(const Population& population, const Schema& schema) {
  std::vector<Attribute> found;
  std::set<std::string> seen{"age", "unit", population.unit};
  const auto add = [&](const RegisterSchema& reg, const std::string& table) {
    for (ExpressionName& name : names_of(reg))
      if (name.name != reg.start && name.name != reg.end && seen.insert(name.name).second)
        found.push_back({table, std::move(name)});
  };
  add(schema.at(population.register_name), "home");
  for (std::size_t i = 0; i < population.present.size(); ++i)
    add(schema.at(population.present[i]), fmt::format("spell{}", i));
  return found;
}

std::vector<ExpressionName> condition_names(const Population& population, const Schema& schema) {
  std::vector<ExpressionName> names;
  if (!population.birth.empty()) names.push_back({"age", "age", CellType::Number, {}});
  for (Attribute& attribute : attributes(population, schema)) names.push_back(std::move(attribute.name));
  return names;
}

/// Of each unit in spell at t, the attributes of the latest spell (the greatest value where two began
/// together).
std::string covering_spells(const RegisterStore& store, const RegisterSchema& reg, std::int32_t t) {
  std::string columns;
  for (const SchemaColumn& column : reg.columns)
    if (column.name != reg.unit && column.name != reg.start && column.name != reg.end)
      columns += fmt::format(", max({{'d': {}, 'v': {}}}).v AS {}", sql_name(reg.start),
                             sql_name(column.name), sql_name(column.name));
  return fmt::format("(SELECT {} AS unit_key{} FROM {} WHERE {} IS NULL GROUP BY ALL)", sql_name(reg.unit),
                     columns, sql_as_known(store, reg, t), sql_name(reg.end));
}

std::string age_sql(const SchemaColumn& birth, int year, std::int32_t t) {
  if (birth.type == CellType::Year) return fmt::format("{} - home.{}", year, sql_name(birth.name));
  return fmt::format("date_sub('year', home.{}, {})", sql_name(birth.name), sql_date(t));
}

}  // namespace

Population parse_population(const Node& declaration, const Schema& schema) {
  declaration.only({"unit", "register", "at", "present", "resident", "from", "until", "birth", "where"});
  Population population;
  population.declared_at = declaration.where();
  population.unit = declaration.at("unit").text();
  const RegisterSchema& home = home_register(declaration, schema, population.unit);
  population.register_name = home.name;
  if (const auto at = declaration.find("at")) parse_index_day(*at, population);
  population.present = presence(declaration, schema, population.unit);
  if (const auto from = declaration.find("from")) population.from = column_at(*from, home, {CellType::Date});
  if (const auto until = declaration.find("until")) {
    for (const Node& item : until->items_or_one())
      population.until.push_back(column_at(item, home, {CellType::Date}));
  } else if (home.find("death_date")) {
    population.until = {"death_date"};
  }
  const auto birth = declaration.find("birth");
  population.birth = birth ? column_at(*birth, home, {CellType::Date, CellType::Year}) : default_birth(home);
  if (const auto where = declaration.find("where")) {
    population.where_text = where->text();
    population.where = parse_expression(*where, condition_names(population, schema));
  }
  return population;
}

std::int32_t index_date(const Population& population, int year) {
  return days_from_date(year, population.month, population.day);
}

std::string population_sql(const RegisterStore& store, const Population& population, int year) {
  const std::int32_t t = index_date(population, year);
  const RegisterSchema& home = store.schema.at(population.register_name);
  std::string age = "CAST(NULL AS INTEGER)", from = sql_as_known(store, home, t) + " AS home", rules = "true";
  std::string columns;
  for (const Attribute& attribute : attributes(population, store.schema))
    columns += fmt::format(", {}.{}", attribute.table, attribute.name.sql);
  if (!population.birth.empty()) {
    age = age_sql(home.at(population.birth), year, t);
    rules += fmt::format(" AND (home.{} IS NULL OR {} >= 0)", sql_name(population.birth), age);
  }
  for (std::size_t i = 0; i < population.present.size(); ++i)
    from += fmt::format(" JOIN {0} AS spell{1} ON spell{1}.unit_key = home.{2}",
                        covering_spells(store, store.schema.at(population.present[i]), t), i,
                        sql_name(population.unit));
  if (!population.from.empty())
    rules += fmt::format(" AND home.{} <= {}", sql_name(population.from), sql_date(t));
  for (const std::string& until : population.until)
    rules += fmt::format(" AND (home.{0} IS NULL OR home.{0} > {1})", sql_name(until), sql_date(t));
  return fmt::format(
      "SELECT * FROM (SELECT home.{} AS unit, CAST({} AS INTEGER) AS age{} FROM {} WHERE {}) WHERE {} ORDER "
      "BY "
      "unit",
      sql_name(population.unit), age, columns, from, rules,
      population.where.empty() ? "true" : population.where);
}

std::int64_t write_population(Session& session, const RegisterStore& store, const Population& population,
                              int year, const std::filesystem::path& file) {
  const std::string sql =
      fmt::format("SELECT unit, age FROM ({}) ORDER BY unit", population_sql(store, population, year));
  const std::int64_t units = session.write_parquet(sql, file);
  if (units > 0) return units;
  std::filesystem::remove(file);
  throw Error(ErrorKind::Study, fmt::format("the population of {} is empty", year), population.declared_at,
              "widen `where`, or choose a year the registers cover");
}

}  // namespace kohort
