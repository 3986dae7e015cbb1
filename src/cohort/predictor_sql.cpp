#include "cohort/predictor_sql.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cohort/row_rules.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

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

}  // namespace kohort
