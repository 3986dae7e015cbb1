#include "cohort/row_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cohort/row_rules.hpp"
#include "store/session.hpp"

namespace kohort {

const RegisterSchema& register_of(const PredictorYear& year, const PredictorSpec& spec) {
  return year.store.schema.at(spec.column.register_name);
}

std::string birth_sql(const PredictorYear& year, const std::string& table) {
  if (year.population.birth.empty()) return "CAST(NULL AS DATE)";
  const SchemaColumn& birth = year.store.schema.at(year.population.register_name).at(year.population.birth);
  const std::string name = table + "." + sql_name(birth.name);
  return birth.type == CellType::Year ? fmt::format("make_date({}, 1, 1)", name) : name;
}

std::string opening(const PredictorYear& year, int years) {
  return sql_date(index_date(year.population, year.year - years));
}

std::vector<std::string> part_rules(const PredictorSpec& spec) {
  std::vector<std::string> rules;
  if (!spec.where.empty()) rules.push_back(spec.where);
  if (!spec.split.empty()) rules.push_back(fmt::format("{} = {}", sql_name(spec.split), sql_text(spec.code)));
  return rules;
}

std::vector<std::string> dated_rules(const PredictorYear& year, const PredictorSpec& spec) {
  std::vector<std::string> rules = part_rules(spec);
  const RegisterSchema& reg = register_of(year, spec);
  if (reg.temporality == Temporality::Accumulated) {
    if (spec.window_years)
      rules.push_back(fmt::format("{} > {}", sql_name(reg.year), year.year - *spec.window_years));
    return rules;
  }
  if (spec.by.empty()) return rules;
  rules.push_back(fmt::format("{} <= {}", sql_name(spec.by), sql_date(year.t())));
  if (spec.window_years)
    rules.push_back(fmt::format("{} > {}", sql_name(spec.by), opening(year, *spec.window_years)));
  return rules;
}

std::vector<std::string> touching_rules(const PredictorYear& year, const PredictorSpec& spec) {
  const RegisterSchema& reg = register_of(year, spec);
  if (reg.temporality != Temporality::Status) return dated_rules(year, spec);
  std::vector<std::string> rules = part_rules(spec);
  if (spec.window_years)
    rules.push_back(
        fmt::format("({0} IS NULL OR {0} > {1})", sql_name(reg.end), opening(year, *spec.window_years)));
  return rules;
}

std::vector<std::string> with(std::vector<std::string> rules, std::string rule) {
  rules.push_back(std::move(rule));
  return rules;
}

std::string and_all(const std::vector<std::string>& rules) {
  return rules.empty() ? "true" : join(rules, " AND ");
}

}  // namespace kohort
