#include "cohort/leakage.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

std::string sql_file(const std::filesystem::path& file) {
  return fmt::format("read_parquet({})", sql_text(std::filesystem::absolute(file).string()));
}

/// One flag per expression: does any row of the two tables, side by side, differ?
std::vector<bool> differs(Session& session, const std::filesystem::path& a, const std::filesystem::path& b,
                          const std::vector<std::string>& columns) {
  std::vector<std::string> flags;
  for (const std::string& column : columns)
    flags.push_back(fmt::format("coalesce(bool_or(a.{0} IS DISTINCT FROM b.{0}), false)", sql_name(column)));
  const Table table = session.read(
      fmt::format("SELECT {} FROM {} a POSITIONAL JOIN {} b", join(flags, ", "), sql_file(a), sql_file(b)));
  std::vector<bool> result;
  for (const Column& column : table.columns) result.push_back(column.integers().front() != 0);
  return result;
}

}  // namespace

std::string LeakageVerdict::text() const {
  if (same_bytes)
    return "no leak: the predictor table is the same, byte for byte, when what became known later is altered";
  if (!same_units) return "leak: the units of the population move when what became known later is altered";
  if (moved.empty()) return "leak: the files differ although no cell does";
  return fmt::format("leak: {} column{} when what became known later is altered: {}", moved.size(),
                     moved.size() == 1 ? " moves" : "s move", join(moved, ", "));
}

LeakageVerdict compare_predictor_tables(const std::filesystem::path& original,
                                        const std::filesystem::path& altered,
                                        const PredictorManifest& manifest) {
  LeakageVerdict verdict;
  verdict.same_bytes = hash_file(original) == hash_file(altered);
  verdict.same_units = verdict.same_bytes;
  if (verdict.same_bytes) return verdict;
  SessionSettings settings;
  settings.folders = {std::filesystem::absolute(original).parent_path(),
                      std::filesystem::absolute(altered).parent_path()};
  Session session{settings};
  std::vector<std::string> columns{"unit"};
  for (const PredictorColumn& column : manifest.columns) columns.push_back(column.name);
  const std::vector<bool> moved = differs(session, original, altered, columns);
  verdict.same_units = !moved.front();
  for (std::size_t i = 1; verdict.same_units && i < moved.size(); ++i)
    if (moved[i]) verdict.moved.push_back(columns[i]);
  return verdict;
}

}  // namespace kohort
