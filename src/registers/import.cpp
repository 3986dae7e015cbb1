#include "registers/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#ifdef __linux__
#include <fcntl.h>

#include <cstdio>
#endif

#include "base/memory.hpp"
#include "base/text.hpp"
#include "registers/register_import.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

fs::path beside(const fs::path& store, const char* suffix) { return store.string() + suffix; }

// ---- the store appears whole or not at all ---------------------------------------------------------------

/// What an earlier import may have left when it was killed.
void clean_up(const fs::path& store) {
  fs::remove_all(beside(store, ".partial"));
  const fs::path old = beside(store, ".old");
  if (!fs::exists(old)) return;
  if (fs::exists(store))
    fs::remove_all(old);
  else
    fs::rename(old, store);  // killed between the two renames of swap_in
}

void swap_in(const fs::path& partial, const fs::path& store) {
  if (!fs::exists(store)) return fs::rename(partial, store);
#ifdef RENAME_EXCHANGE
  if (renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, store.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(partial);  // now the old store
    return;
  }
#endif
  const fs::path old = beside(store, ".old");
  fs::rename(store, old);
  fs::rename(partial, store);
  fs::remove_all(old);
}

void make_private(const fs::path& folder) {
  fs::permissions(folder, fs::perms::owner_all);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    fs::permissions(entry.path(), entry.is_directory() ? fs::perms::owner_all
                                                       : fs::perms::owner_read | fs::perms::owner_write);
  }
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary};
  out << text;
  out.flush();
  if (!out)
    throw Error(ErrorKind::System, "a file could not be written", file.string(),
                "free some space and run the same command again");
}

// ---- errors without cells --------------------------------------------------------------------------------

/// DuckDB's messages may quote a line: only the class of the failure goes on.
template <class F>
void without_cells(const RegisterSchema& reg, F f) {
  try {
    f();
  } catch (const SqlError& e) {
    if (e.kind() == ErrorKind::Interrupted || e.kind() == ErrorKind::Budget) throw;
    if (e.kind() == ErrorKind::System)
      throw Error(ErrorKind::System,
                  fmt::format("register {}: a file could not be read or written", reg.name), reg.source.file,
                  "check that it is whole and readable, and that the disk has space");
    if (e.kind() == ErrorKind::Data)
      throw Error(ErrorKind::Data,
                  fmt::format("register {}: the raw file could not be read as CSV", reg.name),
                  reg.source.file, "check delimiter, encoding and compression against the schema's 'source'");
    throw Error(ErrorKind::Defect, fmt::format("register {}: a query of the import is wrong", reg.name),
                reg.source.file, "please report this");
  }
}

// ---- order of work ---------------------------------------------------------------------------------------

/// Registers that link to others come after them; a ring is cut where the schema's order closes it.
class Levels {
 public:
  explicit Levels(const Schema& schema) : schema_(schema), level_(schema.registers.size(), 0) {
    for (std::size_t i = 0; i < level_.size(); ++i) visit(i);
  }
  std::vector<std::vector<std::size_t>> groups() const {
    std::vector<std::vector<std::size_t>> out;
    for (std::size_t i = 0; i < level_.size(); ++i) {
      out.resize(std::max<std::size_t>(out.size(), static_cast<std::size_t>(level_[i])));
      out[static_cast<std::size_t>(level_[i]) - 1].push_back(i);
    }
    return out;
  }

 private:
  int visit(std::size_t i) {
    if (level_[i] != 0) return std::max(level_[i], 0);
    level_[i] = -1;  // being visited
    int deepest = 0;
    for (const SchemaColumn& column : schema_.registers[i].columns) {
      if (column.links.empty()) continue;
      const auto to = std::ranges::find(schema_.registers, column.links, &RegisterSchema::name);
      deepest = std::max(deepest, visit(static_cast<std::size_t>(to - schema_.registers.begin())));
    }
    return level_[i] = deepest + 1;
  }
  const Schema& schema_;
  std::vector<int> level_;
};

SessionSettings session_settings(const ImportFolders& folders, const ImportSettings& settings, int threads) {
  const std::uint64_t memory = settings.memory > 0 ? settings.memory : available_bytes() / 2;
  return {.folders = {folders.raw, folders.store},
          .temp_folder = folders.staging / "spill",
          .memory_limit = std::max<std::uint64_t>(memory / static_cast<std::uint64_t>(threads), 256u << 20),
          .threads = 1,
          .stop = settings.stop};
}

std::vector<RegisterImport> import_all(const Schema& schema, const ImportFolders& folders,
                                       const ImportSettings& settings, Workers& workers, Log& log) {
  const std::size_t n = schema.registers.size();
  std::vector<RegisterImport> out(n);
  std::vector<StagedRegister> staged(n);
  std::vector<char> placed(n, 0);
  const SessionSettings session_set = session_settings(folders, settings, workers.threads());
  Progress progress{log, "importing registers", 2 * n};
  workers.for_each(n, [&](std::size_t i) {
    without_cells(schema.registers[i], [&] {
      Session session{session_set};
      staged[i] = check_register(session, schema.registers[i], folders, out[i]);
    });
    progress.advance();
  });
  const auto units_of = [&](const std::string& name) {
    const auto i = static_cast<std::size_t>(std::ranges::find(schema.registers, name, &RegisterSchema::name) -
                                            schema.registers.begin());
    return placed[i] != 0 ? fs::path{staged[i].units.string() + ".final"} : staged[i].units;
  };
  for (const std::vector<std::size_t>& group : Levels{schema}.groups()) {
    workers.for_each(group.size(), [&](std::size_t g) {
      const std::size_t i = group[g];
      without_cells(schema.registers[i], [&] {
        Session session{session_set};
        place_register(session, schema.registers[i], staged[i], folders, units_of, out[i]);
      });
      progress.advance();
    });
    for (const std::size_t i : group) placed[i] = 1;
  }
  return out;
}

// ---- what was found --------------------------------------------------------------------------------------

Table quality_table(const std::vector<RegisterImport>& registers) {
  Rows rows{{"register", ColumnType::Text},
            {"column", ColumnType::Text},
            {"check", ColumnType::Text},
            {"rows", ColumnType::Integer},
            {"share", ColumnType::Number}};
  for (const RegisterImport& reg : registers) {
    const auto add = [&](const std::string& column, const std::string& check, std::int64_t count) {
      rows.add(reg.name, column, check, count,
               static_cast<double>(count) / static_cast<double>(reg.rows_read));
    };
    add("", "rows_read", reg.rows_read);
    add("", "rows_kept", reg.rows_kept);
    add("", "rows_quarantined", reg.rows_quarantined());
    for (const int place : reg.extra_columns) add(fmt::format("#{}", place), "extra_column", reg.rows_read);
    for (const Finding& finding : reg.findings) add(finding.column, finding.check, finding.rows);
  }
  return rows.take();
}

std::string import_json(const ImportResult& result, const std::string& version) {
  nlohmann::ordered_json registers;
  for (const RegisterImport& reg : result.registers) {
    nlohmann::ordered_json quarantined = nlohmann::ordered_json::object();
    for (const auto& [reason, rows] : reg.quarantined) quarantined[reason] = rows;
    registers[reg.name] = {{"source", reg.source},           {"source_bytes", reg.source_bytes},
                           {"source_hash", reg.source_hash}, {"rows_read", reg.rows_read},
                           {"rows_kept", reg.rows_kept},     {"rows_quarantined", quarantined}};
  }
  return nlohmann::ordered_json{{"version", version}, {"registers", registers}}.dump(2) + "\n";
}

std::string reasons(const RegisterImport& reg) {
  std::vector<std::string> parts;
  for (const auto& [reason, rows] : reg.quarantined) parts.push_back(fmt::format("{} {}", reason, rows));
  return join(parts, ", ");
}

void tell(const ImportResult& result, Log& log) {
  for (const RegisterImport& reg : result.registers) {
    log.info(fmt::format("register {}: {} read, {} kept, {} quarantined{}", reg.name,
                         format_count(static_cast<std::uint64_t>(reg.rows_read), "row"),
                         format_count(static_cast<std::uint64_t>(reg.rows_kept)),
                         format_count(static_cast<std::uint64_t>(reg.rows_quarantined())),
                         reg.quarantined.empty() ? "" : " (" + reasons(reg) + ")"));
    if (!reg.extra_columns.empty())
      log.warn(fmt::format("register {}: not in the schema and left out: {} of {}", reg.name,
                           format_count(reg.extra_columns.size(), "column"), reg.source));
  }
}

/// Too many bad rows: keeps what helps to find out why, and throws.
void refuse_bad(const ImportResult& result, const ImportSettings& settings, const fs::path& partial,
                const fs::path& store) {
  for (const RegisterImport& reg : result.registers) {
    const double share = static_cast<double>(reg.rows_quarantined()) / static_cast<double>(reg.rows_read);
    if (share <= settings.max_bad) continue;
    const fs::path rejected = beside(store, ".rejected");
    fs::remove_all(rejected);
    fs::create_directories(rejected);
    for (const char* folder : {"quarantine", "quality"}) {
      if (fs::exists(partial / folder)) fs::rename(partial / folder, rejected / folder);
    }
    make_private(rejected);
    throw Error(
        ErrorKind::Data,
        fmt::format("register {}: {} of {} failed a check ({})", reg.name, reg.rows_quarantined(),
                    format_count(static_cast<std::uint64_t>(reg.rows_read), "row"), reasons(reg)),
        reg.source,
        fmt::format("see {} for the rows; mend the file, the schema or its policy; at most {} % of the rows "
                    "may fail",
                    (rejected / "quarantine" / (reg.name + ".parquet")).string(),
                    format_number(settings.max_bad * 100)));
  }
}

void check_sources(const Schema& schema, const fs::path& raw_folder) {
  if (!fs::is_directory(raw_folder))
    throw Error(ErrorKind::Data, "the folder of raw files does not exist", raw_folder.string(),
                "check the path");
  for (const RegisterSchema& reg : schema.registers) {
    if (reg.source.file.empty())
      throw Error(ErrorKind::Study, fmt::format("register {} has no 'source'", reg.name), schema.file,
                  "add source: {file: …} to import it");
    for (const std::string& file : {reg.source.file, reg.source.join_file}) {
      if (!file.empty() && !fs::is_regular_file(raw_folder / file))
        throw Error(ErrorKind::Data, fmt::format("register {}: the raw file does not exist", reg.name), file,
                    "check 'file' in the schema and the raw folder");
    }
  }
}

ImportResult build_store(const Schema& schema, const fs::path& raw_folder, const fs::path& partial,
                         const fs::path& store, const ImportSettings& settings, Workers& workers, Log& log) {
  const ImportFolders folders{fs::absolute(raw_folder), partial / "staging", partial};
  fs::create_directories(folders.staging / "spill");
  fs::permissions(partial, fs::perms::owner_all);
  ImportResult result{import_all(schema, folders, settings, workers, log), {}};
  result.quality = quality_table(result.registers);
  fs::remove_all(folders.staging);
  write_parquet(result.quality, partial / "quality" / "data_quality.parquet");
  tell(result, log);
  refuse_bad(result, settings, partial, store);
  write_text(partial / "schema.yaml", write_schema(schema));
  write_text(partial / "import.json", import_json(result, settings.version));
  make_private(partial);
  return result;
}

}  // namespace

std::int64_t RegisterImport::rows_quarantined() const {
  std::int64_t rows = 0;
  for (const auto& [reason, count] : quarantined) rows += count;
  return rows;
}

ImportResult import_registers(const Schema& schema, const fs::path& raw_folder, const fs::path& store_folder,
                              const ImportSettings& settings, Workers& workers, Log& log) {
  check_sources(schema, raw_folder);
  fs::path store = fs::absolute(store_folder).lexically_normal();
  if (store.filename().empty()) store = store.parent_path();  // written with a slash behind
  fs::create_directories(store.parent_path());
  clean_up(store);
  const fs::path partial = beside(store, ".partial");
  try {
    ImportResult result = build_store(schema, raw_folder, partial, store, settings, workers, log);
    workers.check();
    swap_in(partial, store);
    return result;
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
}

}  // namespace kohort
