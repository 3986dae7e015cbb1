#pragma once
// The leakage test's last step (SPEC P-3): the same predictors from the store and from one whose future was
// altered must be the same bytes.

#include <filesystem>
#include <string>
#include <vector>

#include "cohort/predictor_manifest.hpp"

namespace kohort {

struct LeakageVerdict {
  bool same_bytes = false;
  bool same_units = false;         // the same units in the same order
  std::vector<std::string> moved;  // columns with at least one differing cell, in table order
  bool clean() const { return same_bytes; }
  std::string text() const;  // readable; names columns, never values
};

/// Compares two predictor tables of one manifest.
LeakageVerdict compare_predictor_tables(const std::filesystem::path& original,
                                        const std::filesystem::path& altered,
                                        const PredictorManifest& manifest);

}  // namespace kohort
