#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cohort/predictor_sql.hpp"
#include "cohort/row_rules.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

std::string as_count(const std::string& value) {
  return fmt::format(
      "CAST(CASE WHEN m.kohort_key IS NOT NULL THEN least(coalesce({}, 0), 65535) END AS USMALLINT)", value);
}
std::string as_number(const std::string& value) { return fmt::format("CAST({} AS FLOAT)", value); }
/// Nothing registered is nothing, as long as there is somebody to register.
std::string as_sum(const std::string& value) {
  return as_number(fmt::format("CASE WHEN m.kohort_key IS NOT NULL THEN coalesce({}, 0) END", value));
}

std::string code_sql(const PredictorSpec& spec, const std::string& value) {
  std::vector<std::string> levels;
  for (const std::string& level : spec.column.levels) levels.push_back(sql_text(level));
  return fmt::format("CAST(enum_code(TRY_CAST({} AS ENUM({}))) AS INTEGER)", value, join(levels, ", "));
}

std::string age_at_sql(const PredictorYear& year, const PredictorSpec& spec, const std::string& value) {
  const bool is_year = register_of(year, spec).at(spec.of).type == CellType::Year;
  return is_year ? fmt::format("{} - year(v.birth)", value)
                 : fmt::format("date_sub('year', v.birth, {})", value);
}

std::string years_cell(const PredictorSpec& spec, const std::string& value) {
  const std::int64_t mask =
      (std::int64_t{1} << std::min(spec.window_years.value_or(kMostYears), kMostYears)) - 1;
  return as_count(fmt::format("bit_count({} & {})", value, mask));
}

std::string value_cell(const PredictorSpec& spec, const std::string& value) {
  if (spec.column.kind == PredictorKind::Category) return code_sql(spec, value);
  return spec.column.kind == PredictorKind::Flag ? fmt::format("CAST({} AS BOOLEAN)", value)
                                                 : as_number(value);
}

}  // namespace

std::string cell_sql(const PredictorYear& year, const PredictorSpec& spec, std::size_t place) {
  const std::string value = fmt::format("v.c{}", place);
  const std::string t = sql_date(year.t());
  switch (spec.aggregate) {
    case Aggregate::Count:
    case Aggregate::Distinct:
    case Aggregate::Others:
    case Aggregate::Children:
    case Aggregate::Siblings:
    case Aggregate::OlderSiblings:
      return as_count(value);
    case Aggregate::Years:
      return years_cell(spec, value);
    case Aggregate::Any:
      return fmt::format("CASE WHEN m.kohort_key IS NOT NULL THEN coalesce({}, false) END", value);
    case Aggregate::SinceFirst:
    case Aggregate::SinceLast:
      return as_number(fmt::format("{} - {}", t, value));
    case Aggregate::AgeFirst:
    case Aggregate::AgeFirstBirth:
      return as_number(fmt::format("date_sub('year', v.birth, {})", value));
    case Aggregate::AgeYoungestChild:
    case Aggregate::Age:
      return as_number(fmt::format("date_sub('year', {}, {})", value, t));
    case Aggregate::ParentAgeAtBirth:
      return as_number(fmt::format("date_sub('year', {}, m.unit_birth)", value));
    case Aggregate::YearsSince:
      return as_number(fmt::format("CASE WHEN {0} <= {1} THEN date_sub('year', {0}, {1}) END", value, t));
    case Aggregate::AgeAt:
      return as_number(age_at_sql(year, spec, value));
    case Aggregate::Sum:
    case Aggregate::Days:
      return as_sum(value);
    case Aggregate::BirthOrder:
      return fmt::format("CAST(CASE WHEN {0} IS NOT NULL THEN least({0}, 65535) END AS USMALLINT)", value);
    case Aggregate::Mean:
    case Aggregate::Share:
    case Aggregate::ShareOthers:
    case Aggregate::Rank:
    case Aggregate::Min:
    case Aggregate::Max:
      return as_number(value);
    case Aggregate::Latest:
    case Aggregate::First:
    case Aggregate::AtIndex:
      return value_cell(spec, value);
  }
  return {};
}

std::string unlisted_sql(const PredictorSpec& spec, std::size_t place) {
  const std::string value = fmt::format("v.c{}", place);
  return fmt::format("{} IS NOT NULL AND {} IS NULL", value, code_sql(spec, value));
}

}  // namespace kohort
