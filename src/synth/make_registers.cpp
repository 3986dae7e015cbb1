#include "synth/make_registers.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "store/session.hpp"
#include "synth/register_schema.hpp"
#include "synth/tables.hpp"

namespace kohort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSettingsFile = "settings.json";
constexpr std::uint64_t kSessionMemory = 512ULL << 20;  // bytes, per worker

/// Raised by hand when the same settings give other rows.
constexpr int kRevision = 2;

std::string settings_text(const SynthSettings& s) {
  return fmt::format(
      "{{\"first_year\": {}, \"last_year\": {}, \"persons\": {}, \"revision\": {}, \"seed\": {}}}\n",
      s.first_year, s.last_year, s.persons, kRevision, s.seed);
}

std::string read_file(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary};
  out << text;
  if (!out.flush())
    throw Error{ErrorKind::System, "the file could not be written", file.string(),
                "see that the disk has room"};
}

/// True when `out` holds what `settings` make; throws when it holds something else.
bool already_made(const SynthSettings& settings, const fs::path& out) {
  const bool same = read_file(out / "truth" / kSettingsFile) == settings_text(settings);
  if (fs::exists(out / "registers")) {
    if (same) return true;
    throw Error{ErrorKind::Study, "the folder holds other registers already", out.string(),
                "choose another folder, or remove its registers and truth"};
  }
  if (same) fs::remove_all(out / "truth");  // ours, left by a run that ended between the two renames
  if (fs::exists(out / "truth"))
    throw Error{ErrorKind::Study, "the folder holds another truth already", out.string(),
                "choose another folder, or remove its truth"};
  return false;
}

void write_truth(Session& session, const TableSet& tables, const fs::path& folder, const std::string& file) {
  for (const auto& [name, rows] : tables.all()) session.write_parquet(rows.table(), folder / name / file);
}

/// Register columns take the types that the schema gives them.
void write_registers(Session& session, const TableSet& tables, const Schema& schema, const fs::path& folder,
                     const std::string& file) {
  for (const auto& [name, rows] : tables.all()) {
    std::vector<std::string> cells;
    for (const SchemaColumn& column : schema.at(name).columns)
      cells.push_back(fmt::format("CAST({0} AS {1}) AS {0}", sql_name(column.name), sql_type(column)));
    session.add("rows", rows.table());
    session.write_parquet(fmt::format("SELECT {} FROM rows", join(cells, ", ")), folder / name / file);
    session.run("DROP TABLE rows");
  }
}

/// Makes the villages of one part and writes their files.
void make_part(const SynthSettings& settings, const Codes& codes, const Schema& schema, std::int64_t part,
               const fs::path& folder, Progress& progress) {
  TableSet registers = register_tables(schema), truth = truth_tables();
  if (part == 0) add_country(settings, registers);
  const std::int64_t last = std::min((part + 1) * kPartVillages, village_count(settings));
  for (std::int64_t village = part * kPartVillages; village < last; ++village) {
    add_village(make_village(settings, codes, village), codes, registers, truth);
    progress.advance(static_cast<std::uint64_t>(persons_of_village(settings, village)));
  }
  Session session{{.folders = {folder}, .temp_folder = folder / "tmp", .memory_limit = kSessionMemory}};
  const std::string file = fmt::format("part-{:05}.parquet", part);
  write_registers(session, registers, schema, folder / "registers", file);
  write_truth(session, truth, folder / "truth", file);
  if (part == 0) write_truth(session, country_truth(settings), folder / "truth", file);
}

/// A folder that goes when the making ends, however it ends.
struct Leftover {
  fs::path folder;
  explicit Leftover(fs::path path) : folder(std::move(path)) {}
  ~Leftover() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;
};

}  // namespace

bool make_registers(const SynthSettings& settings, const fs::path& out, Workers& workers, Log& log) {
  check(settings);
  if (already_made(settings, out)) {
    log.info(fmt::format("synthetic registers are there already: {}", out.string()));
    return false;
  }
  const fs::path partial = fs::absolute(out) / ".synth.partial";
  fs::remove_all(partial);
  const Leftover leftover{partial};
  fs::create_directories(partial / "registers");
  fs::create_directories(partial / "truth");
  const Codes codes = make_codes();
  const Schema schema = synthetic_schema(codes);
  write_file(partial / "registers" / "schema.yaml", write_schema(schema));
  write_file(partial / "truth" / kSettingsFile, settings_text(settings));
  {
    Progress progress{log, "making synthetic persons", static_cast<std::uint64_t>(settings.persons)};
    workers.for_each(static_cast<std::size_t>(part_count(settings)), [&](std::size_t part) {
      workers.check();
      make_part(settings, codes, schema, static_cast<std::int64_t>(part), partial, progress);
    });
  }
  fs::rename(partial / "truth", out / "truth");
  fs::rename(partial / "registers", out / "registers");
  return true;
}

}  // namespace kohort
