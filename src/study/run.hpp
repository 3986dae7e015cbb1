#pragma once
// The local executor: makes every artifact of a plan, visit by visit, many fits side by side (SPEC O-1 to
// O-4).

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/workers.hpp"
#include "cohort/known.hpp"
#include "report/report_data.hpp"
#include "store/artifacts.hpp"
#include "study/plan.hpp"

namespace kohort {

struct RunSettings {
  std::uint64_t memory_limit = 0;  // bytes for DuckDB; 0: half of what the machine can give
  std::stop_token stop{};          // interrupts running statements; workers stop by their own
  std::filesystem::path output{};  // where report.html and tables/ are laid; empty: <run folder>/published
};

struct RunResult {
  std::filesystem::path report;          // the HTML file
  std::vector<std::string> key_figures;  // lines for the terminal
  std::size_t made = 0, found = 0;       // operations done now, and found done
};

/// Runs what is not done yet. An interrupt (Workers) or a kill loses at most the operations under way.
/// Throws the Error of the first failing operation in plan order.
RunResult run_plan(const Study& study, const Plan& plan, ArtifactStore& store, const RunSettings& settings,
                   Workers& workers, Log& log);

/// The published tables in a folder (<name>.parquet), by name.
std::vector<NamedTable> read_tables(const std::filesystem::path& folder);

}  // namespace kohort
