#pragma once
// For tests: real data sets of the folder KOHORT_DATA as problems. Each is one SQL statement.

#include <string>
#include <vector>

#include "learn/problem.hpp"

namespace kohort {

/// A matrix of predictors and an outcome that is a count, 0 and 1 among them.
struct RealTable {
  Matrix matrix;                 // levels of texts in alphabetical order; empty cells missing
  std::vector<double> count;     // shape (rows)
  std::vector<double> event;     // shape (rows): 1 where the count is above 0
  std::vector<double> weight{};  // shape (rows); empty: all 1
  RowList rows;                  // all of them
};

/// A data set, what of it is learned, and the statement that reads it: a column "outcome", maybe one
/// "weight", and predictors. `file(name)` is a file of the folder.
struct RealSource {
  std::string folder, outcome, sql;
  std::vector<Objective> objectives;  // that suit the outcome
};

/// Adult income, credit default, motorcycle claims (counts, and claims a year weighted by years), fertility
/// (children, weeks worked), complaints about officers in Chicago.
std::vector<RealSource> real_sources();

/// What becomes of predictors that are texts: numbers, the places of their levels, or categories.
enum class RealTexts { Codes, Categories };

/// Throws Error where a file of the folder is missing.
RealTable read_real_table(const RealSource& source, RealTexts texts = RealTexts::Codes);

}  // namespace kohort
