#pragma once
// Who is studied: the units present on the index day of a year, as known on that day (SPEC P-1,
// docs/formats/predictors.md).

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/document.hpp"
#include "cohort/known.hpp"
#include "store/session.hpp"

namespace kohort {

/// Units of a fixed register that have entered, not left, and are inside a spell of each `present` register
/// at t.
struct Population {
  std::string unit;                  // id column, e.g. person
  std::string register_name;         // fixed register, one row per unit
  int month = 12, day = 31;          // index day of every year
  std::vector<std::string> present;  // status registers one of whose spells covers t
  std::string from;                  // date of entry, t or earlier; empty: no such rule. Missing: not entered
  std::vector<std::string> until;    // dates of exit: missing or later than t
  std::string birth;                 // date or year of birth; empty: units have no age
  std::string where;                 // as SQL over the attributes below, checked; empty: all
  std::string where_text;            // as written
  std::string declared_at;           // file:line:column, for errors
  bool operator==(const Population&) const = default;
};

/// Reads `{unit, register, at, present | resident, from, until, birth, where}`. Left out: the fixed register
/// of the unit; 12-31; the status register `residence` where there is one; `death_date` and `birth_date` (or
/// `birth_year`) where there are such columns. Throws Error (study) with line and column.
Population parse_population(const Node& declaration, const Schema& schema);

/// Days since 1970-01-01 of the population's index day in `year`.
std::int32_t index_date(const Population& population, int year);

/// SELECT unit, age, <attributes> … ORDER BY unit. Attributes: every other column of the population's
/// register and of the spells that cover t, as known at t. age: completed years at t (year difference when
/// only the year of birth is known).
std::string population_sql(const RegisterStore& store, const Population& population, int year);

/// Writes the units of a year, ordered: unit, age. Returns how many. Throws Error (study) when there are
/// none.
std::int64_t write_population(Session& session, const RegisterStore& store, const Population& population,
                              int year, const std::filesystem::path& file);

}  // namespace kohort
