#include "cohort/predictor_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>

#include "base/text.hpp"
#include "cohort/predictor_sql.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostColumns =
    160;  // of one statement: wide ones are split so that they run side by side

/// A folder of its own below `parent`, gone when this goes out of scope.
class ScratchFolder {
 public:
  explicit ScratchFolder(const fs::path& parent) {
    static std::atomic<int> next = 0;
    folder_ = parent / fmt::format("predictors-{}-{}",
                                   std::chrono::system_clock::now().time_since_epoch().count(), next++);
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed)
      throw Error(ErrorKind::System, "cannot make a folder for temporary tables", parent.string(),
                  "choose a temporary folder that can be written");
    fs::permissions(folder_, fs::perms::owner_all, failed);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return folder_; }
  fs::path file(const std::string& name) const { return folder_ / (name + ".parquet"); }

 private:
  fs::path folder_;
};

std::string sql_file(const fs::path& file) {
  return fmt::format("read_parquet({})", sql_text(file.string()));
}

/// Everything the steps of one table share.
struct Job {
  PredictorYear year;
  const std::vector<PredictorSpec>& specs;
  const PredictorTableSettings& settings;
  Workers& workers;
  const ScratchFolder& scratch;
  std::vector<Source> sources = {};
  std::vector<std::string> price_factors = {};    // per predictor
  std::map<std::string, fs::path> prepared = {};  // SQL of a table for everybody → its file

  SessionSettings session(int sharing) const {
    SessionSettings s;
    s.folders = {year.store.folder, scratch.path(), fs::absolute(settings.file).parent_path()};
    s.temp_folder = scratch.path() / "spill";
    s.stop = settings.stop;
    s.memory_limit = settings.memory_limit / static_cast<std::uint64_t>(std::max(1, sharing));
    return s;
  }
  fs::path units_file() const { return scratch.file("units"); }
};

/// The factor that brings a year's amounts to the prices of the base year, as a CASE over the rows' year.
std::string price_factor(Session& session, const PredictorYear& year, const PredictorSpec& spec) {
  const RegisterSchema& index = year.store.schema.at(spec.deflate_register);
  const Table prices = session.read(fmt::format(
      "SELECT CAST({0} AS BIGINT) AS year, CAST(max({1}) AS DOUBLE) AS price FROM {2} GROUP BY "
      "ALL HAVING max({1}) > 0 ORDER BY year",
      sql_name(index.year), sql_name(spec.deflate_by), sql_as_known(year.store, index, year.t())));
  const auto& years = prices.columns[0].integers();
  const auto& levels = prices.columns[1].numbers();
  const auto base = std::ranges::find(years, spec.deflate_year);
  if (base == years.end())
    throw Error(ErrorKind::Leak,
                fmt::format("prices of {} are not known on {}", spec.deflate_year, format_date(year.t())),
                spec.column.name, "choose an earlier year for at_prices_of, or a later index date");
  const RegisterSchema& reg = year.store.schema.at(spec.column.register_name);
  std::string sql = "CASE " + sql_name(reg.year);
  for (std::size_t i = 0; i < years.size(); ++i)
    sql += fmt::format(" WHEN {} THEN CAST({} AS DOUBLE)", years[i],
                       format_number(levels[static_cast<std::size_t>(base - years.begin())] / levels[i]));
  return sql + " END";
}

void write_units(Job& job) {
  Session session{job.session(1)};
  write_population(session, job.year.store, job.year.population, job.year.year, job.units_file());
  for (const PredictorSpec& spec : job.specs)
    job.price_factors.push_back(spec.deflate_register.empty() ? "" : price_factor(session, job.year, spec));
}

std::string prepared_sql(const Job& job, const Source& source) {
  if (source.kind == SourceKind::Ranks) return ranks_sql(job.year, job.specs[source.columns.front()]);
  return source.kind == SourceKind::Family ? family_sql(job.year) : "";
}

/// Ranks and families are about everybody, so they are computed once, before the blocks.
void prepare(Job& job) {
  for (const Source& source : job.sources)
    if (const std::string sql = prepared_sql(job, source); !sql.empty())
      job.prepared.emplace(sql, job.scratch.file(fmt::format("prepared{}", job.prepared.size())));
  const std::vector<std::pair<std::string, fs::path>> tables{job.prepared.begin(), job.prepared.end()};
  job.workers.for_each(tables.size(), [&](std::size_t i) {
    Session session{job.session(job.workers.threads())};
    session.write_parquet(tables[i].first, tables[i].second);
  });
}

fs::path narrow_file(const Job& job, std::size_t source, std::int64_t block) {
  return job.scratch.file(fmt::format("source{}-{}", source, block));
}

/// How many cells of each category of a source hold an unlisted code.
void count_unlisted(const Job& job, Session& session, const Source& source,
                    std::vector<std::int64_t>& counts) {
  std::string select;
  std::vector<std::size_t> places;
  for (const std::size_t place : source.columns) {
    if (job.specs[place].column.kind != PredictorKind::Category) continue;
    places.push_back(place);
    select += fmt::format("{}count(*) FILTER (WHERE {})", select.empty() ? "" : ", ",
                          unlisted_sql(job.specs[place], place));
  }
  if (places.empty()) return;
  const Table table =
      session.read(fmt::format("SELECT {} FROM map m LEFT JOIN found v USING (kohort_key)", select));
  for (std::size_t i = 0; i < places.size(); ++i) counts[places[i]] = table.columns[i].integers().front();
}

/// The columns of one source for one block of units, in the order of the units.
void write_narrow(const Job& job, std::size_t place, std::int64_t block,
                  std::vector<std::int64_t>& unlisted) {
  const Source& source = job.sources[place];
  const std::int64_t first = block * job.settings.block_units;
  const std::string units = fmt::format(
      "SELECT unit FROM read_parquet({}, file_row_number = true) WHERE file_row_number >= {} AND "
      "file_row_number < {}",
      sql_text(job.units_file().string()), first, first + job.settings.block_units);
  const std::string prepared = prepared_sql(job, source);
  Session session{job.session(job.workers.threads())};
  session.run("CREATE TEMP TABLE map AS " + map_sql(job.year, source.relative, units));
  session.run("CREATE TEMP TABLE keys AS " + keys_sql(job.year));
  session.run("CREATE TEMP TABLE found AS " +
              values_sql(job.year, source, job.specs,
                         prepared.empty() ? "" : sql_file(job.prepared.at(prepared)), job.price_factors));
  std::vector<std::string> cells;
  for (const std::size_t i : source.columns)
    cells.push_back(cell_sql(job.year, job.specs[i], i) + " AS " + sql_name(job.specs[i].column.name));
  session.write_parquet(
      fmt::format("SELECT {} FROM map m LEFT JOIN found v USING (kohort_key) ORDER BY m.unit",
                  join(cells, ", ")),
      narrow_file(job, place, block));
  count_unlisted(job, session, source, unlisted);
}

/// Narrow tables have the units' rows in the units' order, so they are laid side by side without a look-up.
void write_wide(const Job& job, std::int64_t blocks) {
  std::vector<std::string> select(job.specs.size());
  std::string from = sql_file(job.units_file()) + " u";
  for (std::size_t s = 0; s < job.sources.size(); ++s) {
    std::vector<std::string> files;
    for (std::int64_t block = 0; block < blocks; ++block)
      files.push_back(narrow_file(job, s, block).string());
    from += fmt::format(" POSITIONAL JOIN read_parquet({}) s{}", sql_texts(files), s);
    for (const std::size_t i : job.sources[s].columns)
      select[i] = fmt::format("s{}.{}", s, sql_name(job.specs[i].column.name));
  }
  Session session{job.session(1)};
  session.write_parquet(fmt::format("SELECT u.unit AS unit, {} AS index_date, {} FROM {}",
                                    sql_date(job.year.t()), join(select, ", "), from),
                        job.settings.file);
}

std::int64_t count_units(const Job& job) {
  Session session{job.session(1)};
  return session.read_integer("SELECT count(*) FROM " + sql_file(job.units_file()));
}

}  // namespace

PredictorManifest make_predictor_table(const RegisterStore& store, const Population& population,
                                       const std::vector<PredictorSpec>& predictors, int year,
                                       const PredictorTableSettings& settings, Workers& workers) {
  const ScratchFolder scratch{fs::absolute(settings.temp_folder)};
  Job job{{store, population, year}, predictors, settings, workers, scratch};
  job.sources = sources_of(predictors, kMostColumns);
  write_units(job);
  const std::int64_t units = count_units(job);
  const std::int64_t blocks = (units + settings.block_units - 1) / settings.block_units;
  prepare(job);

  const std::size_t tasks = job.sources.size() * static_cast<std::size_t>(blocks);
  std::vector<std::vector<std::int64_t>> unlisted(tasks, std::vector<std::int64_t>(predictors.size(), 0));
  const auto progress =
      settings.log ? std::make_unique<Progress>(*settings.log, fmt::format("predictors of {}", year), tasks)
                   : nullptr;
  workers.for_each(tasks, [&](std::size_t task) {
    write_narrow(job, task % job.sources.size(), static_cast<std::int64_t>(task / job.sources.size()),
                 unlisted[task]);
    if (progress) progress->advance();
  });
  write_wide(job, blocks);

  PredictorManifest manifest{population.unit, index_date(population, year), units, {}};
  for (std::size_t i = 0; i < predictors.size(); ++i) {
    manifest.columns.push_back(predictors[i].column);
    for (const auto& counts : unlisted) manifest.columns.back().unlisted += counts[i];
  }
  return manifest;
}

}  // namespace kohort
