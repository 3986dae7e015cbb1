#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cohort/predictor_sql.hpp"
#include "cohort/row_rules.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

/// `function` over the mother's children and over the father's, the unit itself taken off; full siblings are
/// among both, so the children of both parents are taken off once.
std::string others_sql(const std::string& function, const std::string& mother, const std::string& father,
                       const std::string& order) {
  const auto among = [&](const std::string& known, const std::string& group) {
    return fmt::format("CASE WHEN {} THEN {} OVER (PARTITION BY {}{}) - 1 ELSE 0 END", known, function, group,
                       order);
  };
  const std::string has_mother = mother + " IS NOT NULL", has_father = father + " IS NOT NULL";
  return fmt::format("{} + {} - {}", among(has_mother, mother), among(has_father, father),
                     among(has_mother + " AND " + has_father, mother + ", " + father));
}

}  // namespace

std::string ranks_sql(const PredictorYear& year, const PredictorSpec& spec) {
  const RegisterSchema& reg = register_of(year, spec);
  const RegisterSchema& home = year.store.schema.at(year.population.register_name);
  const std::string age = fmt::format("r.year - year({})", birth_sql(year, "h"));
  std::string groups, complete = "true";
  for (const std::string& within : spec.within) {
    const std::string group = within == "age" ? "(" + age + ")" : "h." + sql_name(within);
    groups += ", " + group;
    complete += fmt::format(" AND {} IS NOT NULL", group);
  }
  const std::string rows = fmt::format(
      "(SELECT {} AS unit, {} AS year, max({}) AS value FROM {} WHERE {} GROUP BY ALL)", sql_name(reg.unit),
      sql_name(reg.year), sql_name(spec.of), sql_as_known(year.store, reg, year.t()),
      and_all(with(part_rules(spec), sql_name(spec.of) + " IS NOT NULL")));
  const std::string keep =
      spec.mean_ages ? fmt::format("age BETWEEN {} AND {}", spec.mean_ages->first, spec.mean_ages->second)
                     : fmt::format("year = {}", year.year);
  return fmt::format(
      "SELECT * FROM (SELECT r.unit AS kohort_unit, r.year AS year, {} AS age, percent_rank() OVER "
      "(PARTITION BY "
      "r.year{} ORDER BY r.value) AS rank FROM {} r JOIN {} h ON h.{} = r.unit WHERE {}) WHERE {} ORDER BY "
      "kohort_unit, year",
      age, groups, rows, sql_as_known(year.store, home, year.t()), sql_name(home.unit), complete, keep);
}

std::string family_sql(const PredictorYear& year) {
  const RegisterSchema& home = year.store.schema.at(year.population.register_name);
  std::vector<std::string> parents;
  for (const SchemaColumn& column : home.columns)
    if (column.links == home.name && column.name != home.unit) parents.push_back(sql_name(column.name));
  const std::string mother = parents.at(0), father = parents.at(std::min<std::size_t>(1, parents.size() - 1));
  const std::string unit = sql_name(home.unit), born = "kohort_born";
  const std::string people =
      fmt::format("(SELECT *, {} AS {} FROM {} h WHERE {} <= {})", birth_sql(year, "h"), born,
                  sql_as_known(year.store, home, year.t()), birth_sql(year, "h"), sql_date(year.t()));
  const std::string by_birth = " ORDER BY " + born;
  const std::string siblings = others_sql("count(*)", mother, father, "");
  const std::string older = others_sql("rank()", mother, father, by_birth);
  return fmt::format(
      "WITH people AS MATERIALIZED {0}, parent AS (SELECT {1} AS parent, {3} FROM people UNION ALL SELECT "
      "{2}, {3} FROM people), "
      "births AS (SELECT parent, count(*) AS children, min({3}) AS first_birth, max({3}) AS last_birth FROM "
      "parent "
      "WHERE parent IS NOT NULL GROUP BY parent) "
      "SELECT p.{4} AS kohort_unit, {5} AS siblings, {6} AS older_siblings, "
      "CASE WHEN {1} IS NOT NULL THEN rank() OVER (PARTITION BY {1} ORDER BY {3}) END AS birth_order, "
      "coalesce(b.children, 0) AS children, b.first_birth, b.last_birth FROM people p LEFT JOIN births b ON "
      "b.parent = p.{4} "
      "ORDER BY kohort_unit",
      people, mother, father, born, unit, siblings, older);
}

}  // namespace kohort
