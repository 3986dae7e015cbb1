#include "cohort/predictor_sql.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

constexpr int kMostYears = 62;  // calendar years before t that a bit mask holds

const RegisterSchema& register_of(const PredictorYear& year, const PredictorSpec& spec) {
  return year.store.schema.at(spec.column.register_name);
}

/// The birth column as a date: 1 January where only the year is known, so that ages are year differences.
std::string birth_sql(const PredictorYear& year, const std::string& table) {
  if (year.population.birth.empty()) return "CAST(NULL AS DATE)";
  const SchemaColumn& birth = year.store.schema.at(year.population.register_name).at(year.population.birth);
  const std::string name = table + "." + sql_name(birth.name);
  return birth.type == CellType::Year ? fmt::format("make_date({}, 1, 1)", name) : name;
}

/// The day after which a window of `years` opens: t itself, that many years before.
std::string opening(const PredictorYear& year, int years) {
  return sql_date(index_date(year.population, year.year - years));
}

std::string and_all(const std::vector<std::string>& rules) {
  return rules.empty() ? "true" : join(rules, " AND ");
}

/// Which rows count for a spec, windows apart.
std::vector<std::string> part_rules(const PredictorSpec& spec) {
  std::vector<std::string> rules;
  if (!spec.where.empty()) rules.push_back(spec.where);
  if (!spec.split.empty()) rules.push_back(fmt::format("{} = {}", sql_name(spec.split), sql_text(spec.code)));
  return rules;
}

/// Rows dated within the window (t - w, t].
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

/// Spells with a day within the window; other rows as dated_rules.
std::vector<std::string> touching_rules(const PredictorYear& year, const PredictorSpec& spec) {
  const RegisterSchema& reg = register_of(year, spec);
  if (reg.temporality != Temporality::Status) return dated_rules(year, spec);
  std::vector<std::string> rules = part_rules(spec);
  if (spec.window_years)
    rules.push_back(
        fmt::format("({0} IS NULL OR {0} > {1})", sql_name(reg.end), opening(year, *spec.window_years)));
  return rules;
}

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

std::vector<std::string> with(std::vector<std::string> rules, std::string rule) {
  rules.push_back(std::move(rule));
  return rules;
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

bool same_source(const Source& source, const PredictorSpec& spec, SourceKind kind) {
  return source.kind == kind && source.register_name == spec.column.register_name &&
         source.relative == spec.column.relative && (kind != SourceKind::Pairs || source.of == spec.of);
}

SourceKind kind_of(Aggregate aggregate) {
  if (aggregate == Aggregate::Rank) return SourceKind::Ranks;
  if (aggregate >= Aggregate::Siblings) return SourceKind::Family;
  const bool pairs = aggregate == Aggregate::Others || aggregate == Aggregate::ShareOthers;
  return pairs ? SourceKind::Pairs : SourceKind::Rows;
}

}  // namespace

std::vector<Source> sources_of(const std::vector<PredictorSpec>& specs, std::size_t most) {
  std::vector<Source> sources;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const SourceKind kind = kind_of(specs[i].aggregate);
    const auto place = std::ranges::find_if(sources, [&](const Source& source) {
      return kind != SourceKind::Ranks && source.columns.size() < most && same_source(source, specs[i], kind);
    });
    if (place != sources.end()) {
      place->columns.push_back(i);
      continue;
    }
    const std::string of = kind == SourceKind::Pairs ? specs[i].of : "";
    sources.push_back({kind, specs[i].column.register_name, specs[i].column.relative, of, {i}});
  }
  return sources;
}

std::string map_sql(const PredictorYear& year, const std::string& relative, const std::string& units) {
  const RegisterSchema& home = year.store.schema.at(year.population.register_name);
  const std::string key = relative == "self" ? "u.unit" : "h." + sql_name(relative);
  return fmt::format(
      "SELECT u.unit AS unit, {} AS kohort_key, {} AS unit_birth FROM ({}) u LEFT JOIN {} h ON h.{} = u.unit",
      key, birth_sql(year, "h"), units, sql_as_known(year.store, home, year.t()),
      sql_name(year.population.unit));
}

std::string keys_sql(const PredictorYear& year) {
  const RegisterSchema& home = year.store.schema.at(year.population.register_name);
  return fmt::format(
      "SELECT d.kohort_key, {} AS kohort_birth FROM (SELECT DISTINCT kohort_key FROM map WHERE kohort_key IS "
      "NOT NULL) "
      "d LEFT JOIN {} h ON h.{} = d.kohort_key",
      birth_sql(year, "h"), sql_as_known(year.store, home, year.t()), sql_name(year.population.unit));
}

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
  // Full siblings are counted with the mother's and with the father's children, hence once off.
  const auto of_group = [&](const std::string& function, const std::string& group, const std::string& order) {
    std::string known = group;
    for (std::size_t at = known.find(','); at != std::string::npos; at = known.find(','))
      known.replace(at, 1, " IS NOT NULL AND");
    return fmt::format("CASE WHEN {} IS NOT NULL THEN {} OVER (PARTITION BY {}{}) - 1 ELSE 0 END", known,
                       function, group, order);
  };
  const std::string both = mother + ", " + father, by_birth = " ORDER BY " + born;
  const std::string siblings = fmt::format("{} + {} - {}", of_group("count(*)", mother, ""),
                                           of_group("count(*)", father, ""), of_group("count(*)", both, ""));
  const std::string older =
      fmt::format("{} + {} - {}", of_group("rank()", mother, by_birth), of_group("rank()", father, by_birth),
                  of_group("rank()", both, by_birth));
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
