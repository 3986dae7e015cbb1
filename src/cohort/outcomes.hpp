#pragma once
// What is predicted: counts or yes/no of a calendar year for the population of an earlier index day (SPEC
// P-4).

#include <filesystem>
#include <string>
#include <vector>

#include "cohort/population.hpp"
#include "store/table.hpp"

namespace kohort {

/// What becomes of units that die or leave before or in the outcome year.
enum class AbsentPolicy {
  Zero,   // kept; what was not registered is zero
  Drop,   // dropped when gone before the outcome year begins (default)
  Weight  // the same, and those who go during it weigh by the part of the year they were present
};

struct Outcome {
  std::string name, label;
  bool any = false;           // yes/no instead of a count
  std::string register_name;  // event or accumulated
  std::string by;             // date or year column that places a row in its calendar year
  std::string where;          // as SQL, checked; empty: all rows
  std::string where_text;     // as written
  std::vector<double> bands;  // lower edges of outcome bands for stratified folds; empty: none given
  AbsentPolicy absent = AbsentPolicy::Drop;
  bool operator==(const Outcome&) const = default;
};

/// Reads `{count | any: <register>, by: <date, year or <x>_year for x_date>, where, bands, absent, label}`.
/// Throws Error (study).
Outcome parse_outcome(const std::string& name, const Node& declaration, const Schema& schema,
                      const Population& population);

/// Writes the outcome of calendar year `outcome_year` for the population of `index_year`, ordered by unit:
/// unit, outcome (DOUBLE), exposure (DOUBLE, part of the year present, 0..1], status (observed, died or left
/// during the year). Rows dropped by policy are not written. Everything the store knows counts, whenever it
/// became known. Weight: use exposure as the row's weight; with the other policies exposure is 1. Returns the
/// attrition table: outcome, index_year, outcome_year, status (observed, died_before, left_before,
/// died_during, left_during), units, kept.
Table make_outcome_table(Session& session, const RegisterStore& store, const Population& population,
                         const Outcome& outcome, int index_year, int outcome_year,
                         const std::filesystem::path& file);

}  // namespace kohort
