#include "study/own_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/hash.hpp"
#include "base/stable.hpp"
#include "base/text.hpp"
#include "store/session.hpp"
#include "study/csv_shape.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct Header {
  std::vector<std::string> names, types;

  /// The place of a column; throws with the nearest name.
  std::size_t at(const std::string& name, const fs::path& file) const {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      const bool one_cell = names.size() == 1 && file.extension() != ".parquet";
      throw Error(
          ErrorKind::Data, fmt::format("no column is called '{}'", name), file.string(),
          one_cell ? "the file reads as one column: check its delimiter and quotes" : suggest(name, names));
    }
    return static_cast<std::size_t>(found - names.begin());
  }
};

/// Of what DuckDB says only the number of the line: the rest quotes cells.
Error unreadable(const fs::path& file, const SqlError& e) {
  constexpr std::string_view kBefore = "Error on Line: ";
  std::string where = file.string();
  if (const auto at = e.detail().find(kBefore); at != std::string::npos)
    where += fmt::format(", line {}", std::atoll(e.detail().c_str() + at + kBefore.size()));
  return Error(ErrorKind::Data, "the table cannot be read", where,
               "give a whole Parquet file, or a CSV file in UTF-8 with a header and one kind of line ending");
}

/// The table as SQL for FROM. A CSV file is parsed once, into memory: columns are then read one by one.
std::string load_table(Session& session, const fs::path& file) {
  const std::string path = sql_text(fs::absolute(file).string());
  if (file.extension() == ".parquet") return fmt::format("read_parquet({})", path);
  session.run(
      fmt::format("CREATE TABLE own AS SELECT * FROM read_csv({}, header = true, nullstr = ['', 'NA', 'NaN', "
                  "'.'], sample_size = -1)",
                  path));
  return "own";
}

Header read_header(Session& session, const std::string& from) {
  const Table described =
      session.read(fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})", from));
  return {described.at("column_name").texts(), described.at("column_type").texts()};
}

/// The table as SQL for FROM, and its header. A file whose lines do not go with its first one is refused,
/// whether DuckDB stops at it, takes it for a single column or reads it from a later line.
std::pair<std::string, Header> open_table(Session& session, const fs::path& file) {
  const bool csv = file.extension() != ".parquet";
  CsvHeader first;
  try {
    if (csv) check_names(first = read_csv_header(session, file), file);
    const std::string from = load_table(session, file);
    Header header = read_header(session, from);
    if (csv && first.names.size() > 1 && first.names.size() != header.names.size())
      check_cells(session, first, file);
    return {from, std::move(header)};
  } catch (const SqlError& e) {
    if (e.kind() != ErrorKind::Data && e.kind() != ErrorKind::Study) throw;
    if (first.names.size() > 1) check_cells(session, first, file);
    throw unreadable(file, e);
  }
}

bool is_whole(const std::string& type) {
  return type.ends_with("INT") || type.ends_with("INTEGER") || type == "HUGEINT";
}

bool is_category(const Header& header, std::size_t column, const OwnTableSettings& settings) {
  return header.types[column] == "VARCHAR" ||
         std::ranges::find(settings.categories, header.names[column]) != settings.categories.end();
}

void add_category(Session& session, const std::string& from, const std::string& name,
                  MatrixBuilder& builder) {
  const Table table =
      session.read(fmt::format("SELECT CAST({} AS VARCHAR) AS level FROM {}", sql_name(name), from));
  const Column& cells = table.columns.front();
  std::map<std::string, float> code;
  for (std::size_t row = 0; row < cells.rows(); ++row) {
    if (!cells.is_missing(row)) code.emplace(cells.texts()[row], 0.0f);
  }
  ColumnInfo info{name, ColumnKind::Category, {}};
  for (auto& [level, number] : code) {
    number = static_cast<float>(info.levels.size());
    info.levels.push_back(level);
  }
  std::vector<float> codes;
  for (std::size_t row = 0; row < cells.rows(); ++row) {
    codes.push_back(cells.is_missing(row) ? std::numeric_limits<float>::quiet_NaN()
                                          : code.at(cells.texts()[row]));
  }
  builder.add(std::move(info), codes);
}

void add_number(Session& session, const std::string& from, const std::string& name, const std::string& type,
                MatrixBuilder& builder) {
  const bool date = type == "DATE" || type.starts_with("TIMESTAMP");
  const std::string cell =
      date ? fmt::format("date_diff('day', DATE '1970-01-01', CAST({} AS DATE))", sql_name(name))
           : sql_name(name);
  const auto cells = session.read_floats(fmt::format("SELECT CAST({} AS FLOAT) AS cell FROM {}", cell, from));
  ColumnKind kind = type == "BOOLEAN" ? ColumnKind::Flag : ColumnKind::Number;
  if (is_whole(type) && std::ranges::none_of(cells.front(), [](float x) { return x < 0; }))
    kind = ColumnKind::Count;
  builder.add({name, kind, {}}, cells.front());
}

Column read_units(Session& session, const std::string& from, const OwnTableSettings& settings,
                  std::size_t rows) {
  if (!settings.unit.empty()) {
    Column units =
        session.read(fmt::format("SELECT {} AS unit FROM {}", sql_name(settings.unit), from)).columns.front();
    return units;
  }
  Column units = make_column("unit", ColumnType::Integer);
  for (std::size_t row = 1; row <= rows; ++row) units.integers().push_back(static_cast<std::int64_t>(row));
  return units;
}

std::vector<std::uint64_t> read_clusters(Session& session, const std::string& from,
                                         const OwnTableSettings& settings, std::size_t rows) {
  std::vector<std::uint64_t> cluster;
  if (settings.cluster.empty()) {
    for (std::size_t row = 0; row < rows; ++row) cluster.push_back(row);
    return cluster;
  }
  const Table table = session.read(
      fmt::format("SELECT CAST({} AS VARCHAR) AS cluster FROM {}", sql_name(settings.cluster), from));
  for (const std::string& text : table.columns.front().texts()) {
    cluster.push_back(static_cast<std::uint64_t>(std::stoull(hash_text(text).substr(0, 15), nullptr, 16)));
  }
  return cluster;
}

/// The first row whose cell in a column of text, given as SQL, is no number, from 1.
std::int64_t first_text(Session& session, const std::string& from, const std::string& column) {
  return session.read_integer(fmt::format(
      "SELECT coalesce(min(place), 1) FROM (SELECT row_number() OVER () AS place, {0} AS cell FROM {1}) "
      "WHERE cell IS NOT NULL AND TRY_CAST(cell AS DOUBLE) IS NULL",
      column, from));
}

/// What to say of a text column that holds numbers but for some cells: more likely a slip than a category.
std::optional<std::string> note_stray_text(Session& session, const std::string& from,
                                           const std::string& name) {
  const std::string column = sql_name(name);
  const Table counts = session.read(fmt::format(
      "SELECT count({0}) AS filled, count(TRY_CAST({0} AS DOUBLE)) AS numbers FROM {1}", column, from));
  const std::int64_t filled = counts.at("filled").integers().front(),
                     texts = filled - counts.at("numbers").integers().front();
  const bool stray = texts > 0 && filled > 1 && (texts == 1 || texts * 10 <= filled);
  if (!stray) return {};
  return fmt::format(
      "column '{}' holds numbers but for {} of {}, the first in row {} below the header: it is read as a "
      "category. Mend the text, or say that it is one with --categories",
      name, texts, format_count(static_cast<std::uint64_t>(filled), "cell"),
      first_text(session, from, column));
}

/// Columns of numbers that are no predictors.
struct NumberColumns {
  Session& session;
  const std::string& from;
  const Header& header;
  const fs::path& file;

  /// `role` is what the column is to the study: "outcome", "weight", …
  std::vector<double> read(std::string_view role, const std::string& name) const {
    const std::string column = sql_name(name);
    if (session.read_integer(fmt::format(
            "SELECT count({0}) FILTER (WHERE CAST({0} AS VARCHAR) <> 'nan') FROM {1}", column, from)) == 0)
      throw Error(ErrorKind::Data, fmt::format("the {} column '{}' is missing in every row", role, name),
                  file.string(), "give a column of numbers with at least some rows filled");
    if (header.types[header.at(name, file)] == "VARCHAR")
      throw Error(
          ErrorKind::Data, fmt::format("the {} column '{}' holds text", role, name),
          fmt::format("{}, row {} below the header", file.string(), first_text(session, from, column)),
          "give a column of numbers; missing cells are empty, NA, NaN or .");
    return session.read(fmt::format("SELECT CAST({} AS DOUBLE) AS y FROM {}", column, from))
        .columns.front()
        .numbers();
  }
};

}  // namespace

OwnTable read_own_table(const OwnTableSettings& settings) {
  if (!fs::is_regular_file(settings.file)) {
    throw Error(ErrorKind::Data, "the table cannot be read", settings.file.string(), "check the path");
  }
  if (fs::file_size(settings.file) == 0)
    throw Error(ErrorKind::Data, "the table is empty", settings.file.string(), "give a table with a header");
  const fs::path folder = fs::absolute(settings.file).parent_path();
  Session session{{.folders = {folder}, .temp_folder = {}, .stop = settings.stop}};
  const auto [from, header] = open_table(session, settings.file);
  std::vector<std::string> set_apart = settings.ignore;
  for (const std::string& name :
       {settings.outcome, settings.unit, settings.cluster, settings.weight, settings.exposure}) {
    if (!name.empty()) set_apart.push_back(name);
  }
  for (const std::string& name : set_apart) header.at(name, settings.file);
  for (const std::string& name : settings.categories) header.at(name, settings.file);

  const auto rows =
      static_cast<std::size_t>(session.read_integer(fmt::format("SELECT count(*) AS n FROM {}", from)));
  if (rows == 0)
    throw Error(ErrorKind::Data, "the table has no rows", settings.file.string(),
                "give a table with a header and at least one row");
  OwnTable table;
  MatrixBuilder builder{rows};
  for (std::size_t column = 0; column < header.names.size(); ++column) {
    const std::string& name = header.names[column];
    if (std::ranges::find(set_apart, name) != set_apart.end()) continue;
    if (is_category(header, column, settings)) {
      add_category(session, from, name, builder);
      if (std::ranges::find(settings.categories, name) != settings.categories.end()) continue;
      if (auto note = note_stray_text(session, from, name)) table.notes.push_back(std::move(*note));
    } else {
      add_number(session, from, name, header.types[column], builder);
    }
  }
  table.matrix = builder.finish();
  table.units = read_units(session, from, settings, rows);
  table.cluster = read_clusters(session, from, settings, rows);
  if (!settings.cluster.empty())
    table.without_cluster = static_cast<std::uint64_t>(session.read_integer(
        fmt::format("SELECT count(*) FROM {} WHERE {} IS NULL", from, sql_name(settings.cluster))));
  const NumberColumns numbers{session, from, header, settings.file};
  if (!settings.outcome.empty()) table.outcome = numbers.read("outcome", settings.outcome);
  if (!settings.weight.empty()) table.weights = numbers.read("weight", settings.weight);
  if (!settings.exposure.empty()) {
    table.exposure = numbers.read("exposure", settings.exposure);
    const auto bad =
        std::ranges::count_if(table.exposure, [](double x) { return !(x > 0) || std::isinf(x); });
    if (bad > 0)
      throw Error(ErrorKind::Data,
                  fmt::format("the exposure column '{}' is missing, infinite or not above 0 in {}",
                              settings.exposure, format_count(static_cast<std::uint64_t>(bad), "row")),
                  settings.file.string(), "leave those rows out, or give them an exposure");
  }
  return table;
}

std::vector<double> offset_of(const OwnTable& table) {
  std::vector<double> offset;
  for (const double exposure : table.exposure) offset.push_back(stable::log(exposure));
  return offset;
}

}  // namespace kohort
