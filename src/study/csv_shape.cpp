#include "study/csv_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> cells_of(std::string_view line, char delimiter) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;  // a doubled quote closes and opens: its one quote is lost, in a name no matter
    else if (c == delimiter && !quoted)
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

std::string lower(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

/// The number that stands after a word in DuckDB's message, whose rest quotes cells.
std::optional<std::uint64_t> number_after(std::string_view word, const std::string& message) {
  const auto at = message.find(word);
  if (at == message.npos) return std::nullopt;
  return std::strtoull(message.c_str() + at + word.size(), nullptr, 10);
}

}  // namespace

CsvHeader read_csv_header(Session& session, const fs::path& file) {
  const Table line = session.read(
      fmt::format("SELECT line FROM read_csv({}, header = false, auto_detect = false, delim = '\x1f', "
                  "quote = '', escape = '', columns = {{'line': 'VARCHAR'}}) LIMIT 1",
                  sql_text(fs::absolute(file).string())));
  CsvHeader header;
  if (line.columns.front().rows() == 0) return header;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    std::vector<std::string> names = cells_of(line.columns.front().texts().front(), delimiter);
    if (names.size() > header.names.size()) header = {delimiter, std::move(names)};
  }
  return header;
}

void check_names(const CsvHeader& header, const fs::path& file) {
  std::map<std::string, std::size_t> place;  // of the name in lower case
  for (std::size_t j = 0; j < header.names.size(); ++j) {
    const std::string& name = header.names[j];
    if (name.empty()) continue;
    const auto [first, is_new] = place.try_emplace(lower(name), j);
    if (is_new) continue;
    const std::string& other = header.names[first->second];
    const std::string what =
        name == other ? fmt::format("columns {} and {} are both called '{}'", first->second + 1, j + 1, name)
                      : fmt::format("columns {} and {} are called '{}' and '{}', which differ only in case",
                                    first->second + 1, j + 1, other, name);
    throw Error(ErrorKind::Data, what, fmt::format("{}, line 1", file.string()),
                "give every column a name of its own");
  }
}

void check_cells(Session& session, const CsvHeader& header, const fs::path& file) {
  std::string columns;
  for (std::size_t j = 0; j < header.names.size(); ++j)
    columns += fmt::format("{}'c{}': 'VARCHAR'", j == 0 ? "" : ", ", j);
  try {
    session.read_integer(fmt::format(
        "SELECT count(*) FROM read_csv({}, header = true, auto_detect = false, delim = '{}', quote = '\"', "
        "escape = '\"', columns = {{{}}})",
        sql_text(fs::absolute(file).string()), header.delimiter, columns));
  } catch (const SqlError& e) {
    const std::string& said = e.detail();
    const std::size_t n = header.names.size();
    const auto line = number_after("Error on Line: ", said),
               cells = number_after(fmt::format("Expected Number of Columns: {} Found: ", n), said);
    if (!line) return;
    const std::string where = fmt::format("{}, line {}", file.string(), *line);
    if (cells)
      throw Error(ErrorKind::Data,
                  fmt::format("the line has {}, the header {}", format_count(*cells, "cell"), n), where,
                  "give every line as many cells as the header, and cells that hold the delimiter quotes");
    if (said.find("unterminated quote") != said.npos)
      throw Error(ErrorKind::Data, "a quote opens here and is not closed", where,
                  "close it, or double a quote that belongs to the text");
  }
}

}  // namespace kohort
