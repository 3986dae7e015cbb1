#pragma once
// Predictors are declared, not programmed (SPEC P-2; reference in docs/formats/predictors.md). A declaration
// names a register and what to make of it; here it becomes a list of columns, known before any data are read.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/document.hpp"
#include "cohort/population.hpp"
#include "cohort/predictor_manifest.hpp"

namespace kohort {

/// How rows become one value.
enum class Aggregate {
  Count,
  Any,
  SinceFirst,
  SinceLast,
  AgeFirst,
  Distinct,
  Sum,
  Mean,
  Min,
  Max,
  Share,
  Latest,
  First,
  AtIndex,      // value of the spell that covers t, of the fixed row, of the index year
  Age,          // at t
  AgeAt,        // at a date of the register
  YearsSince,   // a date of the register
  Days,         // days in spell within the window
  Years,        // calendar years with a row, or touched by a spell
  Others,       // other units that share the case
  ShareOthers,  // share of cases shared with others
  Rank,         // percent rank within groups
  Siblings,
  OlderSiblings,
  BirthOrder,
  Children,
  AgeFirstBirth,
  AgeYoungestChild,
  ParentAgeAtBirth
};

/// One column to make: what the manifest says, and what SQL needs.
struct PredictorSpec {
  PredictorColumn column;
  Aggregate aggregate = Aggregate::Count;
  std::string of;                                // column aggregated, if any
  std::string by;                                // date column of windows; empty: accumulated, by year
  std::optional<int> window_years;               // nothing: ever
  std::string split, code;                       // only rows whose `split` is `code`; split empty: all
  std::string where;                             // SQL over the register's columns, checked; empty: all
  int digits = 0;                                // category: only the first digits of the code
  std::vector<std::string> within;               // Rank: grouping columns of the population, or age
  std::optional<std::pair<int, int>> mean_ages;  // Rank: mean over the years at these ages
  std::string deflate_register, deflate_by;      // Number: at prices of deflate_year
  int deflate_year = 0;
  std::string weight_where;  // Share: the numerator's condition as SQL
  bool operator==(const PredictorSpec&) const = default;
};

/// Reads a list of declarations and ready-set names (`[norway-table-2, {from: charges, …}]`). Columns come in
/// the order of the declarations; names are unique. A text that ends in .yaml is a file of declarations in
/// `folder`. A ready set leaves out what the schema has no register for. Throws Error (study) with line and
/// column of what is wrong.
std::vector<PredictorSpec> parse_predictors(const Node& declarations, const Schema& schema,
                                            const Population& population,
                                            const std::filesystem::path& folder = {});

/// A content key of what the columns are and how they are made: the same for the same columns, whichever
/// files and ready sets they were read from.
std::string predictors_key(const std::vector<PredictorSpec>& predictors);

/// The ready sets shipped in the program, and one's YAML text. Throws Error (study), naming the nearest.
std::vector<std::string> ready_sets();
std::string ready_set(std::string_view name);

}  // namespace kohort
