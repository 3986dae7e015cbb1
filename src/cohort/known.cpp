#include "cohort/known.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

/// What must hold of a row for it to be known at t.
std::string row_rule(const RegisterSchema& reg, const std::string& t) {
  std::vector<std::string> rules;
  if (!reg.known_at.empty()) rules.push_back(fmt::format("{} <= {}", sql_name(reg.known_at), t));
  if (!reg.event_date.empty() && reg.known_at.empty())
    rules.push_back(fmt::format("{} <= {}", sql_name(reg.event_date), t));
  else if (!reg.event_date.empty())  // never known before it happened
    rules.push_back(fmt::format("({0} IS NULL OR {0} <= {1})", sql_name(reg.event_date), t));
  if (reg.temporality == Temporality::Status)
    rules.push_back(fmt::format("{} <= {}", sql_name(reg.start), t));
  if (reg.temporality == Temporality::Accumulated)
    rules.push_back(fmt::format("make_date({}, 12, 31) <= {}", sql_name(reg.year), t));
  return rules.empty() ? "true" : join(rules, " AND ");
}

std::string cell(const RegisterSchema& reg, const SchemaColumn& column, const std::string& t) {
  const std::string name = sql_name(column.name);
  std::vector<std::string> rules;
  if (!column.known_at.empty()) rules.push_back(fmt::format("{} <= {}", sql_name(column.known_at), t));
  // A spell that ends on t itself still covers t, so nothing is lost by opening it.
  if (reg.temporality == Temporality::Status && column.name == reg.end)
    rules.push_back(fmt::format("{} < {}", name, t));
  if (rules.empty()) return name;
  return fmt::format("CASE WHEN {} THEN {} END AS {}", join(rules, " AND "), name, name);
}

}  // namespace

std::string sql_date(std::int32_t days) { return "DATE '" + format_date(days) + "'"; }

std::string dating_column(const RegisterSchema& reg) {
  if (reg.temporality == Temporality::Accumulated || reg.temporality == Temporality::Fixed) return {};
  if (reg.temporality == Temporality::Status) return reg.start;
  return reg.known_at.empty() ? reg.event_date : reg.known_at;
}

std::string known_rule(const RegisterSchema& reg) {
  const std::string also = reg.known_at.empty() ? "" : " and " + reg.known_at + " <= t";
  switch (reg.temporality) {
    case Temporality::Fixed:
      return reg.known_at.empty() ? "always known" : reg.known_at + " <= t";
    case Temporality::Status:
      return reg.start + " <= t" + also + "; ends after t unknown";
    case Temporality::Event:
      return reg.known_at.empty() ? reg.event_date + " <= t" : reg.known_at + " <= t";
    case Temporality::Accumulated:
      return "31 December of " + reg.year + " <= t" + also;
  }
  return {};
}

std::string sql_as_known(const RegisterStore& store, const RegisterSchema& reg, std::int32_t t) {
  const std::string date = sql_date(t);
  std::vector<std::string> cells;
  for (const SchemaColumn& column : reg.columns) cells.push_back(cell(reg, column, date));
  return fmt::format("(SELECT {} FROM {} WHERE {})", join(cells, ", "), sql_register(store.folder, reg),
                     row_rule(reg, date));
}

}  // namespace kohort
