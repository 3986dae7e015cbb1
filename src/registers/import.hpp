#pragma once
// Raw files to a register store: every row is either in the store or in quarantine with its reason; the old
// store stays as it was until the new one is whole.

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/workers.hpp"
#include "registers/schema.hpp"
#include "store/table.hpp"

namespace kohort {

struct ImportSettings {
  double max_bad = 0.05;     // more of a register's rows than this in quarantine: the import fails
  std::uint64_t memory = 0;  // bytes for all registers together; 0: half of what the machine can give
  std::string version;       // of the program, for import.json
  std::stop_token stop = {};
};

/// What one check found in one column (empty: the row as a whole). Findings count rows, whatever the policy
/// did with them.
struct Finding {
  std::string column, check;
  std::int64_t rows = 0;
  bool operator==(const Finding&) const = default;
};

/// What became of one register. Counts and names only, never a cell.
struct RegisterImport {
  std::string name;
  std::string source, source_hash;  // file name in the raw folder; XXH3-128 of its bytes
  std::uint64_t source_bytes = 0;
  std::int64_t rows_read = 0, rows_kept = 0;  // read: malformed lines included
  std::vector<std::pair<std::string, std::int64_t>>
      quarantined;                 // rows per reason, in the order of the checks
  std::vector<int> extra_columns;  // in the raw file, not in the schema: their places, from 1 (a name might
                                   // be a cell of a file without a header)
  std::vector<Finding> findings;   // those above zero
  std::int64_t rows_quarantined() const;
};

struct ImportResult {
  std::vector<RegisterImport> registers;  // in the order of the schema
  Table quality;                          // register, column, check, rows, share (of the rows read)
};

/// Imports every register of `schema` from `raw_folder` into `store` (docs/formats/schema.md,
/// docs/formats/store.md). Builds <store>.partial and swaps it in at the end; on failure or kill `store` is
/// untouched. Registers run in parallel; the result depends on neither threads nor memory. Throws Error
/// (data) for a missing file or column, a failed check whose policy is error, or too many bad rows: then
/// <store>.rejected/ holds the quarantine and the quality table; (interrupted) when stopped. No message holds
/// a cell.
ImportResult import_registers(const Schema& schema, const std::filesystem::path& raw_folder,
                              const std::filesystem::path& store, const ImportSettings& settings,
                              Workers& workers, Log& log);

}  // namespace kohort
