#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cohort/predictor_sql.hpp"
#include "cohort/row_rules.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

/// Days of a spell within the window, both ends of the spell included.
std::string spell_days(const PredictorYear& year, const PredictorSpec& spec, const RegisterSchema& reg) {
  const std::string start = sql_name(reg.start), end = sql_name(reg.end), t = sql_date(year.t());
  const std::string from = spec.window_years
                               ? fmt::format("greatest({}, {} + 1)", start, opening(year, *spec.window_years))
                               : start;
  return fmt::format("greatest(coalesce({}, {}) - {} + 1, 0)", end, t, from);
}

/// A bit for each calendar year of a row, bit 0 the index year; years too long ago share the last bit.
std::string year_mask(const PredictorYear& year, const PredictorSpec& spec, const RegisterSchema& reg) {
  const auto ago = [&](const std::string& y) {
    return fmt::format("CAST(least(greatest({} - {}, 0), {}) AS BIGINT)", year.year, y, kMostYears - 1);
  };
  if (reg.temporality == Temporality::Accumulated)
    return fmt::format("(1::BIGINT << {})", ago(sql_name(reg.year)));
  if (reg.temporality == Temporality::Event)
    return fmt::format("(1::BIGINT << {})", ago("year(" + sql_name(spec.by) + ")"));
  const std::string last = ago(fmt::format("year(coalesce({}, {}))", sql_name(reg.end), sql_date(year.t())));
  const std::string first = ago("year(" + sql_name(reg.start) + ")");
  return fmt::format("(((2::BIGINT << {}) - 1) - ((1::BIGINT << {}) - 1))", first, last);
}

/// The row's date or year, that orders rows for latest and first.
std::string order_sql(const PredictorSpec& spec, const RegisterSchema& reg) {
  return sql_name(reg.temporality == Temporality::Accumulated ? reg.year : spec.by);
}

std::string value_sql(const PredictorSpec& spec, const std::string& factor) {
  if (!factor.empty()) return fmt::format("({} * {})", sql_name(spec.of), factor);
  if (spec.digits > 0) return fmt::format("left({}, {})", sql_name(spec.of), spec.digits);
  return sql_name(spec.of);
}

std::string filtered(const std::string& aggregate, std::vector<std::string> rules) {
  if (rules.empty()) return aggregate;
  return fmt::format("{} FILTER (WHERE {})", aggregate, and_all(rules));
}

/// Doubles are summed in the order of their size: the same bits whatever the order of the rows.
std::string sum_sql(const std::string& value, const std::vector<std::string>& rules) {
  return filtered(fmt::format("sum(CAST({0} AS DOUBLE) ORDER BY {0})", value), rules);
}

/// The value of the covering spell that began last, of the fixed row, of the index year.
std::string at_index_sql(const PredictorYear& year, const PredictorSpec& spec, const RegisterSchema& reg,
                         const std::string& value) {
  std::vector<std::string> rules = part_rules(spec);
  if (reg.temporality == Temporality::Status)
    return "(" +
           filtered(fmt::format("max({{'d': {}, 'v': {}}})", sql_name(reg.start), value),
                    with(rules, sql_name(reg.end) + " IS NULL")) +
           ").v";
  if (reg.temporality == Temporality::Accumulated)
    rules.push_back(fmt::format("{} = {}", sql_name(reg.year), year.year));
  return filtered(fmt::format("max({})", value), rules);
}

std::string picked_sql(const PredictorYear& year, const PredictorSpec& spec, const RegisterSchema& reg,
                       const std::string& value) {
  const bool last = spec.aggregate == Aggregate::Latest;
  return "(" +
         filtered(fmt::format("{}({{'d': {}, 'v': {}}})", last ? "max" : "min", order_sql(spec, reg), value),
                  with(dated_rules(year, spec), value + " IS NOT NULL")) +
         ").v";
}

/// One aggregate over the rows of a key.
std::string aggregate_sql(const PredictorYear& year, const PredictorSpec& spec, const std::string& factor) {
  const RegisterSchema& reg = register_of(year, spec);
  const std::string value = spec.of.empty() ? "" : value_sql(spec, factor);
  const std::vector<std::string> rules = dated_rules(year, spec);
  switch (spec.aggregate) {
    case Aggregate::Count:
      return filtered("count(*)", rules);
    case Aggregate::Any:
      return filtered("count(*)", touching_rules(year, spec)) + " > 0";
    case Aggregate::SinceFirst:
    case Aggregate::AgeFirst:
      return filtered(fmt::format("min({})", sql_name(spec.by)), rules);
    case Aggregate::SinceLast:
      return filtered(fmt::format("max({})", sql_name(spec.by)), rules);
    case Aggregate::Distinct:
      return filtered(fmt::format("count(DISTINCT {})", value), rules);
    case Aggregate::Sum:
      return sum_sql(value, rules);
    case Aggregate::Mean:
      return sum_sql(value, rules) + " / nullif(" + filtered(fmt::format("count({})", value), rules) + ", 0)";
    case Aggregate::Min:
      return filtered(fmt::format("min({})", value), rules);
    case Aggregate::Max:
      return filtered(fmt::format("max({})", value), rules);
    case Aggregate::Share:
      return filtered("count(*)", with(rules, spec.weight_where)) + " / nullif(" +
             filtered("count(*)", rules) + ", 0)";
    case Aggregate::Latest:
    case Aggregate::First:
      return picked_sql(year, spec, reg, value);
    case Aggregate::AtIndex:
      return at_index_sql(year, spec, reg, value);
    case Aggregate::Days:
      return filtered(fmt::format("sum({})", spell_days(year, spec, reg)), part_rules(spec));
    case Aggregate::Years:
      return filtered(fmt::format("bit_or({})", year_mask(year, spec, reg)),
                      reg.temporality == Temporality::Event
                          ? with(part_rules(spec), sql_name(spec.by) + " <= " + sql_date(year.t()))
                          : part_rules(spec));
    case Aggregate::Others:
      return filtered("count(DISTINCT kohort_other)", rules);
    case Aggregate::ShareOthers: {
      const std::string cases = fmt::format("count(DISTINCT {})", sql_name(spec.of));
      return filtered(cases, with(rules, "kohort_other IS NOT NULL")) + " / nullif(" +
             filtered(cases, rules) + ", 0)";
    }
    case Aggregate::Age:
      return "max(kohort_birth)";
    case Aggregate::AgeAt:
    case Aggregate::YearsSince:
      return filtered(fmt::format("max({})", sql_name(spec.of)), part_rules(spec));
    case Aggregate::Rank:
      return spec.mean_ages ? "sum(rank ORDER BY year) / nullif(count(rank), 0)" : "max(rank)";
    case Aggregate::Siblings:
      return "max(siblings)";
    case Aggregate::OlderSiblings:
      return "max(older_siblings)";
    case Aggregate::BirthOrder:
      return "max(birth_order)";
    case Aggregate::Children:
      return "max(children)";
    case Aggregate::AgeFirstBirth:
      return "max(first_birth)";
    case Aggregate::AgeYoungestChild:
      return "max(last_birth)";
    case Aggregate::ParentAgeAtBirth:
      return "max(kohort_birth)";
  }
  return {};
}

/// The rows that `values` groups by key.
std::string rows_sql(const PredictorYear& year, const Source& source, const std::string& prepared) {
  if (!prepared.empty()) return fmt::format("keys k JOIN {} r ON r.kohort_unit = k.kohort_key", prepared);
  const RegisterSchema& reg = year.store.schema.at(source.register_name);
  const std::string known = sql_as_known(year.store, reg, year.t());
  const std::string rows = fmt::format("keys k JOIN {} r ON r.{} = k.kohort_key", known, sql_name(reg.unit));
  if (source.kind != SourceKind::Pairs) return rows;
  return fmt::format(
      "{0} LEFT JOIN (SELECT DISTINCT {1} AS kohort_case, {2} AS kohort_other FROM {3}) o "
      "ON o.kohort_case = r.{1} AND o.kohort_other <> r.{2}",
      rows, sql_name(source.of), sql_name(reg.unit), known);
}

}  // namespace

std::string values_sql(const PredictorYear& year, const Source& source,
                       const std::vector<PredictorSpec>& specs, const std::string& prepared,
                       const std::vector<std::string>& price_factors) {
  std::string columns;
  for (const std::size_t place : source.columns)
    columns += fmt::format(", {} AS c{}", aggregate_sql(year, specs[place], price_factors[place]), place);
  return fmt::format(
      "SELECT k.kohort_key AS kohort_key, max(k.kohort_birth) AS birth{} FROM {} GROUP BY k.kohort_key",
      columns, rows_sql(year, source, prepared));
}

}  // namespace kohort
