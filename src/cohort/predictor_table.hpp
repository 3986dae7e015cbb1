#pragma once
// One predictor table per population and year (SPEC P-2, P-5): unit, index_date, then one column per
// predictor.

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

#include "base/log.hpp"
#include "base/workers.hpp"
#include "cohort/predictors.hpp"

namespace kohort {

struct PredictorTableSettings {
  std::filesystem::path file;          // Parquet to write; appears whole or not at all
  std::filesystem::path temp_folder;   // for narrow tables and spilling; emptied of them at the end
  std::uint64_t memory_limit = 0;      // bytes for all sessions together; 0: DuckDB's default
  std::int64_t block_units = 250'000;  // units worked on at once; the result does not depend on it
  std::stop_token stop = {};           // a stop interrupts running statements (Error, interrupted)
  Log* log = nullptr;                  // progress, if wanted
};

/// Computes the predictors of every unit of `population` at its index day of `year` and writes them ordered
/// by unit: `unit`, `index_date` (DATE), then the columns of `predictors` in order; counts USMALLINT (65 535
/// and more alike), numbers FLOAT, flags BOOLEAN, categories INTEGER codes into the manifest's levels, NULL
/// missing. The same bytes for any number of threads and any block size. Returns the manifest (units,
/// unlisted codes filled in); the caller stores it. Throws Error (data) when a register cannot be read, Error
/// (study) when the population is empty.
PredictorManifest make_predictor_table(const RegisterStore& store, const Population& population,
                                       const std::vector<PredictorSpec>& predictors, int year,
                                       const PredictorTableSettings& settings, Workers& workers);

}  // namespace kohort
