#pragma once
// `kohort export`: the rows a fit of a study was trained on and the rows it predicts, as numbers that another
// library can fit. One row per person: the files stay in the run folder, readable by their owner only.

#include <filesystem>
#include <string>

#include "study/operations.hpp"

namespace kohort {

struct ExportWish {
  std::string model, outcome;  // names in the study
  int from = 0, horizon = 0;   // the prediction of from + horizon, standing at the end of `from`
  bool csv = false;            // else Parquet
};

struct MatrixExport {
  std::filesystem::path folder;
  std::size_t training_rows = 0, predicted_rows = 0, features = 0;
};

/// Writes the artifact <run folder>/export/<key>/:
///   training   every row of the predictor years: unit, year, outcome (missing: no row of the fit), weight
///              where the outcome weighs, then the features as the model sees them (learn/model_features.hpp)
///   predicted  the persons of `from`: unit, year, outcome, prediction, features
///   fit.json   kind, objective, all settings, the library's seed, and n, mean prediction and correlation of
///              the predicted rows with an outcome; no number of a person
/// Throws Error (study) when the study makes no such prediction or has not been run. Peak memory: the matrix
/// of the fit's predictor years and a block of rows.
MatrixExport export_matrix(const RunContext& run, const ExportWish& wish);

}  // namespace kohort
