#include "cohort/outcomes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cohort/expression.hpp"

namespace kohort {
namespace {

/// What can have happened to a unit, in the order of the attrition table.
constexpr std::array<std::string_view, 5> kStatuses{"observed", "died_before", "left_before", "died_during",
                                                    "left_during"};

/// `by`: a date or year column, or <x>_year for the year of x_date; left out: the date the register goes by.
std::string parse_by(const Node& declaration, const RegisterSchema& reg) {
  const std::string usual = reg.temporality == Temporality::Accumulated ? reg.year : dating_column(reg);
  const auto node = declaration.find("by");
  if (!node) {
    if (!usual.empty()) return usual;
    throw declaration.error(fmt::format("rows of {} have no date", reg.name),
                            "say by which date column as `by`");
  }
  const std::string name = node->text();
  if (name.ends_with("_year") && !reg.find(name)) {
    const std::string date = name.substr(0, name.size() - 5) + "_date";
    if (reg.find(date)) return date;
  }
  std::vector<std::string> known;
  for (const SchemaColumn& column : reg.columns)
    if (column.type == CellType::Date || column.type == CellType::Year) known.push_back(column.name);
  return known.at(node->one_of(known, "date or year column of " + reg.name));
}

void parse_bands(const Node& node, Outcome& outcome) {
  for (const Node& item : node.items_or_one()) {
    outcome.bands.push_back(item.number());
    const std::size_t n = outcome.bands.size();
    if (n > 1 && outcome.bands[n - 1] <= outcome.bands[n - 2])
      throw item.error("bands must rise", "write lower edges in order, for example [0, 1, 2, 4]");
  }
}

/// 1 for rows of the outcome, by unit.
std::string events_sql(const RegisterStore& store, const Outcome& outcome, int year) {
  const RegisterSchema& reg = store.schema.at(outcome.register_name);
  const std::string by = sql_name(outcome.by);
  const std::string in_year = reg.at(outcome.by).type == CellType::Year ? by : "year(" + by + ")";
  return fmt::format("(SELECT {} AS unit_key, count(*) AS rows FROM {} WHERE {} = {} AND {} GROUP BY ALL)",
                     sql_name(reg.unit), sql_register(store.folder, reg), in_year, year,
                     outcome.where.empty() ? "true" : outcome.where);
}

std::string least_of(const std::vector<std::string>& dates) {
  if (dates.empty()) return "CAST(NULL AS DATE)";
  return dates.size() == 1 ? dates.front() : "least(" + join(dates, ", ") + ")";
}

/// Per unit: the days of death and of other exits, whenever they became known.
std::string exits_sql(const RegisterStore& store, const Population& population) {
  const RegisterSchema& home = store.schema.at(population.register_name);
  std::vector<std::string> deaths, others;
  for (const std::string& until : population.until)
    (until.find("death") != std::string::npos ? deaths : others).push_back(sql_name(until));
  return fmt::format("(SELECT {} AS unit_key, {} AS death, {} AS leave FROM {})", sql_name(home.unit),
                     least_of(deaths), least_of(others), sql_register(store.folder, home));
}

/// Per unit with a spell in the year: days covered, and whether the first and the last day are.
std::string presence_sql(const RegisterStore& store, const RegisterSchema& reg, const std::string& first,
                         const std::string& last) {
  const std::string start = sql_name(reg.start), end = sql_name(reg.end);
  return fmt::format(
      "(SELECT {0} AS unit_key, sum(least(coalesce({2}, {4}), {4}) - greatest({1}, {3}) + 1) AS days, "
      "bool_or({1} <= {3}) AS at_first, bool_or({2} IS NULL OR {2} >= {4}) AS at_last FROM {5} "
      "WHERE {1} <= {4} AND ({2} IS NULL OR {2} >= {3}) GROUP BY ALL)",
      sql_name(reg.unit), start, end, first, last, sql_register(store.folder, reg));
}

/// unit, rows, status, exposure of every unit of the population.
std::string people_sql(const RegisterStore& store, const Population& population, const Outcome& outcome,
                       int index_year, int year) {
  const std::int32_t first_day = days_from_date(year, 1, 1), last_day = days_from_date(year, 12, 31);
  const std::string first = sql_date(first_day), last = sql_date(last_day);
  const int days = last_day - first_day + 1;
  std::string from = fmt::format(
      "(SELECT unit FROM ({})) u LEFT JOIN {} x ON x.unit_key = u.unit LEFT JOIN {} e ON "
      "e.unit_key = u.unit",
      population_sql(store, population, index_year), exits_sql(store, population),
      events_sql(store, outcome, year));
  std::string at_first = "true", at_last = "true", covered = std::to_string(days);
  for (std::size_t i = 0; i < population.present.size(); ++i) {
    from += fmt::format(" LEFT JOIN {0} p{1} ON p{1}.unit_key = u.unit",
                        presence_sql(store, store.schema.at(population.present[i]), first, last), i);
    at_first += fmt::format(" AND coalesce(p{}.at_first, false)", i);
    at_last += fmt::format(" AND coalesce(p{}.at_last, false)", i);
    covered = fmt::format("least({}, coalesce(p{}.days, 0))", covered, i);
  }
  return fmt::format(
      "SELECT u.unit AS unit, coalesce(e.rows, 0) AS rows, "
      "CASE WHEN x.death <= {0} THEN 'died_before' WHEN x.leave <= {0} OR NOT ({2}) THEN 'left_before' "
      "WHEN x.death <= {1} THEN 'died_during' WHEN x.leave <= {1} OR NOT ({3}) THEN 'left_during' "
      "ELSE 'observed' END AS status, "
      "least({4}, coalesce(x.death - {0}, {5}), coalesce(x.leave - {0}, {5})) / {5}.0 AS exposure FROM {6}",
      first, last, at_first, at_last, covered, days, from);
}

std::string kept_rule(AbsentPolicy policy) {
  return policy == AbsentPolicy::Zero ? "true" : "status NOT IN ('died_before', 'left_before')";
}

Table attrition_table(Session& session, const Outcome& outcome, int index_year, int outcome_year) {
  Rows rows{{"outcome", ColumnType::Text},         {"index_year", ColumnType::Integer},
            {"outcome_year", ColumnType::Integer}, {"status", ColumnType::Text},
            {"units", ColumnType::Integer},        {"kept", ColumnType::Integer}};
  for (const std::string_view status : kStatuses) {
    const Table counted =
        session.read(fmt::format("SELECT count(*), count(*) FILTER (WHERE {}) FROM people WHERE status = {}",
                                 kept_rule(outcome.absent), sql_text(status)));
    rows.add(outcome.name, index_year, outcome_year, status, counted.columns[0].integers().front(),
             counted.columns[1].integers().front());
  }
  return rows.take();
}

}  // namespace

Outcome parse_outcome(const std::string& name, const Node& declaration, const Schema& schema,
                      const Population& population) {
  declaration.only({"count", "any", "by", "where", "bands", "absent", "label"});
  const auto count = declaration.find("count"), any = declaration.find("any");
  if (!count == !any)
    throw declaration.error("an outcome is either a count or an any", "write count: <register>");
  Outcome outcome;
  outcome.name = name;
  outcome.any = any.has_value();
  const Node& from = outcome.any ? *any : *count;
  const RegisterSchema& reg = schema.registers.at(from.one_of(schema.register_names(), "register"));
  if (reg.unit != population.unit && reg.at(reg.unit).links != population.register_name)
    throw from.error(fmt::format("the rows of {} are not about a {}", reg.name, population.unit),
                     "outcomes come from registers about the population's unit");
  outcome.register_name = reg.name;
  outcome.by = parse_by(declaration, reg);
  if (const auto where = declaration.find("where")) {
    outcome.where_text = where->text();
    outcome.where = parse_expression(*where, names_of(reg));
  }
  if (const auto bands = declaration.find("bands")) parse_bands(*bands, outcome);
  static const std::vector<std::string> kPolicies{"zero", "drop", "weight"};
  if (const auto absent = declaration.find("absent"))
    outcome.absent = static_cast<AbsentPolicy>(absent->one_of(kPolicies, "policy"));
  const auto label = declaration.find("label");
  outcome.label = label ? label->text() : name;
  if (!label) std::ranges::replace(outcome.label, '_', ' ');
  return outcome;
}

Table make_outcome_table(Session& session, const RegisterStore& store, const Population& population,
                         const Outcome& outcome, int index_year, int outcome_year,
                         const std::filesystem::path& file) {
  if (outcome_year <= index_year)
    throw Error(ErrorKind::Leak,
                fmt::format("outcome year {} does not come after index year {}", outcome_year, index_year),
                outcome.name, "choose a horizon of at least one year");
  session.run("CREATE OR REPLACE TEMP TABLE people AS " +
              people_sql(store, population, outcome, index_year, outcome_year));
  session.write_parquet(
      fmt::format("SELECT unit, CAST({} AS DOUBLE) AS outcome, CAST({} AS DOUBLE) AS exposure, "
                  "split_part(status, '_', 1) AS status FROM people WHERE {} ORDER BY unit",
                  outcome.any ? "rows > 0" : "rows",
                  outcome.absent == AbsentPolicy::Weight ? "exposure" : "1", kept_rule(outcome.absent)),
      file);
  Table attrition = attrition_table(session, outcome, index_year, outcome_year);
  session.run("DROP TABLE people");
  return attrition;
}

}  // namespace kohort
