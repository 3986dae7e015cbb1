#include "registers/open_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#if __has_include(<sys/stat.h>)
#include <sys/stat.h>
#endif

#include "base/hash.hpp"
#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> files_of(const fs::path& store, const std::string& reg) {
  std::vector<fs::path> files;
  if (fs::is_directory(store / reg)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(store / reg)) {
      if (entry.path().extension() == ".parquet") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

bool type_fits(const SchemaColumn& column, const std::string& stored) {
  if (stored == sql_type(column)) return true;
  switch (column.type) {
    case CellType::Id:
    case CellType::Year:
    case CellType::Count: {
      constexpr std::array whole{"TINYINT",  "SMALLINT",  "INTEGER", "BIGINT",
                                 "UTINYINT", "USMALLINT", "UINTEGER"};
      return !column.text_id && std::ranges::find(whole, stored) != whole.end();
    }
    case CellType::Number:
      return stored == "FLOAT";
    default:
      return false;
  }
}

void check_file(Session& session, const RegisterSchema& reg, const fs::path& store, const fs::path& file) {
  const std::string where = fs::relative(file, store).string();
  const auto describe = [&] {
    try {
      return session.read(
          fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet({}, "
                      "hive_partitioning = false))",
                      sql_path(file)));
    } catch (const SqlError&) {
      throw Error(ErrorKind::Data, "a register's file is damaged or no Parquet", where,
                  "import the register again");
    }
  };
  const Table stored = describe();
  const std::vector<std::string>& names = stored.columns[0].texts();
  for (const SchemaColumn& column : reg.columns) {
    const auto found = std::ranges::find(names, column.name);
    if (found == names.end())
      throw Error(ErrorKind::Data,
                  fmt::format("column '{}' of the schema is missing in the file", column.name), where,
                  suggest(column.name, names));
    const std::string& type = stored.columns[1].texts()[static_cast<std::size_t>(found - names.begin())];
    if (!type_fits(column, type))
      throw Error(ErrorKind::Data,
                  fmt::format("column '{}' is stored as {}, and the schema says {}", column.name, type,
                              sql_type(column)),
                  where, "import the register again, or mend schema.yaml");
  }
}

// ---- fingerprints ----------------------------------------------------------------------------------------

/// What tells an unchanged file without reading it.
nlohmann::json stamp(const fs::path& file) {
  std::uint64_t inode = 0;
#if __has_include(<sys/stat.h>)
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0) inode = static_cast<std::uint64_t>(status.st_ino);
#endif
  return {fs::file_size(file), fs::last_write_time(file).time_since_epoch().count(), inode};
}

nlohmann::json read_memory(const fs::path& file) {
  std::ifstream in{file};
  nlohmann::json memory = nlohmann::json::parse(in, nullptr, false);
  return memory.is_object() ? memory : nlohmann::json::object();
}

/// Whole or not at all, and silently not at all where the store may not be written.
void write_memory(const fs::path& file, const nlohmann::json& memory) {
  const std::string text = memory.dump();
  const fs::path partial = file.string() + "." + hash_text(text) + ".partial";
  std::error_code ignored;
  {
    std::ofstream out{partial};
    if (!(out << text << std::flush)) {
      fs::remove(partial, ignored);
      return;
    }
  }
  fs::permissions(partial, fs::perms::owner_read | fs::perms::owner_write, ignored);
  fs::rename(partial, file, ignored);
}

}  // namespace

std::string RegisterStore::fingerprint(std::string_view name) const {
  const RegisterSchema& reg = schema.at(name);
  const fs::path memory_file = folder / ".fingerprints.json";
  nlohmann::json memory = read_memory(memory_file);
  bool changed = false;
  Hasher hasher;
  hasher.add(write_schema(Schema{{}, {reg}}));
  for (const fs::path& file : files_of(folder, reg.name)) {
    const std::string key = fs::relative(file, folder).generic_string();
    const nlohmann::json now = stamp(file);
    const nlohmann::json known = memory.value(key, nlohmann::json{});
    std::string hash;
    if (known.is_object() && known.value("stamp", nlohmann::json{}) == now && known.contains("hash") &&
        known["hash"].is_string()) {
      hash = known["hash"].get<std::string>();
    } else {
      hash = hash_file(file);
      memory[key] = {{"stamp", now}, {"hash", hash}};
      changed = true;
    }
    hasher.add(key + "=" + hash + "\n");
  }
  if (changed) write_memory(memory_file, memory);
  return hasher.digest();
}

RegisterStore open_store(const fs::path& folder) {
  const fs::path schema_file = folder / "schema.yaml";
  if (!fs::is_regular_file(schema_file))
    throw Error(ErrorKind::Data, "this folder is no register store: it has no schema.yaml", folder.string(),
                "check the path, or make one with kohort import or kohort synth");
  RegisterStore store{fs::absolute(folder).lexically_normal(), read_schema(schema_file)};
  Session session{{.folders = {store.folder}, .temp_folder = {}}};
  for (const RegisterSchema& reg : store.schema.registers) {
    const std::vector<fs::path> files = files_of(store.folder, reg.name);
    if (files.empty())
      throw Error(ErrorKind::Data, fmt::format("register {} has no file", reg.name),
                  (folder / reg.name).string(), "import it again, or remove it from schema.yaml");
    for (const fs::path& file : files) check_file(session, reg, store.folder, file);
  }
  return store;
}

}  // namespace kohort
