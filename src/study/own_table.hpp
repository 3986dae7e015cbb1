#pragma once
// For those who bring their own matrix (SPEC O-8): any CSV or Parquet table as matrix and outcome.

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "matrix/matrix.hpp"
#include "store/table.hpp"

namespace kohort {

struct OwnTableSettings {
  std::filesystem::path
      file;             // .parquet, else CSV (also .csv.gz); header row; empty, NA, NaN and . are missing
  std::string outcome;  // numeric column; empty: none is read
  std::string unit;     // column that names rows in the predictions; empty: row numbers from 1
  std::string cluster;  // column whose equal values stay together, in a fold and in standard errors; empty:
                        // every row by itself
  std::string weight;   // column of weights, 0 or more; empty: all 1
  std::string
      exposure;  // column of exposures, above 0: the time or the amount a count came from; empty: none
  std::vector<std::string>
      categories;                   // columns of numbers that are codes; text columns are categories anyway
  std::vector<std::string> ignore;  // columns that are no predictors
  std::stop_token stop = {};        // a stop interrupts the reading (Error, interrupted)
};

struct OwnTable {
  Matrix matrix;                       // every column but those named for something else, and the ignored
  std::vector<double> outcome;         // shape (rows), NaN missing; empty when none is read
  Column units;                        // shape (rows)
  std::vector<std::uint64_t> cluster;  // shape (rows); rows without one are in a cluster together
  std::uint64_t without_cluster = 0;   // how many those are
  std::vector<double> weights;         // shape (rows); empty when none is read
  std::vector<double> exposure;        // shape (rows); empty when none is read
  std::vector<std::string> notes;      // columns that look like a slip, for the user
  std::size_t rows() const { return cluster.size(); }
};

/// Reads the table column by column. Text columns become categories with levels in order of text, dates days
/// since 1970-01-01, whole numbers without negatives counts. Throws Error (data) for a missing file, column
/// or table that cannot be read, Error (study) for a column named twice.
OwnTable read_own_table(const OwnTableSettings& settings);

/// The logarithms of a table's exposures; none when it has none.
std::vector<double> offset_of(const OwnTable& table);

}  // namespace kohort
