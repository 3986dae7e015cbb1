#pragma once
// What one visit holds in memory: the predictor tables of its years, stacked into one matrix, and whose rows
// they are.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "cohort/outcomes.hpp"
#include "cohort/predictor_manifest.hpp"
#include "learn/engines.hpp"
#include "matrix/matrix.hpp"
#include "store/table.hpp"

namespace kohort {

/// Rows stand year after year, within a year ordered by unit.
struct VisitData {
  std::vector<int> years;
  std::vector<Column> units;           // per year: the unit ids, ascending
  std::vector<std::size_t> first_row;  // per year: its first row in the matrix; one more at the end
  std::vector<std::uint64_t> cluster;  // per row: the same number for the same unit in any year
  PredictorManifest manifest;          // of the first year
  Matrix matrix;
  Inputs inputs;  // what fits share; prepared before fits run side by side

  std::size_t rows() const { return cluster.size(); }
};

/// Reads predictor artifacts (folders holding predictors.parquet and manifest of columns) of `years` into one
/// matrix. Peak memory: the matrix plus about 64 MiB.
VisitData load_visit(const std::vector<int>& years, const std::vector<std::filesystem::path>& folders);

/// Outcomes spread over the rows of a visit.
struct OutcomeRows {
  std::vector<double> outcome;  // per row of the visit; NaN where not observed
  std::vector<double> weights;  // per row; empty unless the outcome weighs by exposure
  RowList observed;             // rows with an outcome
};

/// Spreads outcome files, one per year of the visit, over its rows. A unit of the file that the year lacks is
/// a defect.
OutcomeRows spread_outcomes(const VisitData& data, const std::vector<std::filesystem::path>& files,
                            AbsentPolicy policy);

/// The outcomes of one year's units alone, in the order of `units`; NaN where not observed.
std::vector<double> align_outcome(const Column& units, const Table& outcome);

inline constexpr const char* kPredictorFile = "predictors.parquet";
inline constexpr const char* kPredictorColumns = "columns.json";
inline constexpr const char* kOutcomeFile = "outcome.parquet";
inline constexpr const char* kAttritionFile = "attrition.parquet";
inline constexpr const char* kPredictionFile = "predictions.parquet";
inline constexpr const char* kOutOfFoldFile = "out_of_fold.parquet";
inline constexpr const char* kModelFile = "model.kohort";
inline constexpr const char* kTuningFile = "tuning.json";
inline constexpr const char* kCvResultsFile = "cv_results.parquet";

}  // namespace kohort
