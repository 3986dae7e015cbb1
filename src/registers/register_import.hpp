#pragma once
// The import of one register in two steps: its own rows (typed, checked), then its links to other registers.

#include <filesystem>
#include <functional>
#include <string>

#include "registers/import.hpp"
#include "registers/schema.hpp"
#include "store/session.hpp"

namespace kohort {

struct ImportFolders {
  std::filesystem::path raw, staging, store;  // store: the one being built
};

/// The files one register leaves in the staging folder between the steps.
struct StagedRegister {
  std::filesystem::path raw;         // "row#", c0, c1, …
  std::filesystem::path malformed;   // "row#", line
  std::filesystem::path typed;       // "row#", the columns, "k#<column>" (CellCheck), "reason#", "column#"
  std::filesystem::path duplicates;  // "row#"
  std::filesystem::path units;       // unit: the ids that links to this register may name
  std::vector<std::string> headers;  // of c0, c1, …
};

/// One staged file as SQL for a FROM clause.
inline std::string staged_table(const std::filesystem::path& file) {
  return "read_parquet(" + sql_path(file) + ")";
}

/// Step one: reads the raw file (and the one joined to it), types and checks its cells, finds duplicate keys.
/// Fills `out` but for rows_kept and quarantined.
StagedRegister check_register(Session& session, const RegisterSchema& reg, const ImportFolders& folders,
                              RegisterImport& out);

/// Step two: checks links against the `units` files of other registers, writes the store's and the
/// quarantine's files. `units_of` gives the units file of a register. Completes `out`.
void place_register(Session& session, const RegisterSchema& reg, const StagedRegister& staged,
                    const ImportFolders& folders,
                    const std::function<std::filesystem::path(const std::string&)>& units_of,
                    RegisterImport& out);

}  // namespace kohort
