#pragma once
// What each column of a predictor table is: the manifest that drives encoding, documentation, source sets and
// the leakage check.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kohort {

enum class PredictorKind { Number, Count, Flag, Category };

/// One column. Missing is NULL for every kind.
struct PredictorColumn {
  std::string name, label;
  PredictorKind kind = PredictorKind::Number;
  std::string register_name;        // source
  std::string relative = "self";    // self, or the link column to the relative
  std::string window;               // 3y, ever, or empty where a window makes no sense
  std::string known_at;             // when a source row counts as known, in words
  std::vector<std::string> levels;  // category: code 0, 1, … in the order of the schema's list
  std::vector<std::string> level_labels;
  std::int64_t unlisted = 0;  // cells whose code is not in the list: missing, and counted here
  bool operator==(const PredictorColumn&) const = default;
};

struct PredictorManifest {
  std::string unit;             // meaning of column `unit`
  std::int32_t index_date = 0;  // days since 1970-01-01
  std::int64_t units = 0;
  std::vector<PredictorColumn> columns;  // in table order, without unit and index_date

  const PredictorColumn* find(std::string_view name) const;
  bool operator==(const PredictorManifest&) const = default;
};

/// number, count, flag, category.
std::string_view kind_name(PredictorKind kind);

/// JSON text, and back. Throws Error (data) when the text is no such manifest.
std::string write_manifest(const PredictorManifest& manifest);
PredictorManifest parse_manifest(std::string_view json);
PredictorManifest read_manifest(const std::filesystem::path& file);

}  // namespace kohort
