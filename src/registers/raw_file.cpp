#include "registers/raw_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/text.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

Error bad_file(const fs::path& file, std::string problem, std::string mend, int line = 0) {
  std::string where = file.filename().string();
  if (line > 0) where += ":" + std::to_string(line);
  return {ErrorKind::Data, std::move(problem), std::move(where), std::move(mend)};
}

bool compressed(const fs::path& file) { return lower(file.extension().string()) == ".gz"; }

void append_utf8(std::uint32_t c, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

/// Windows-1252 0x80 … 0x9f; the five unused bytes stay control characters, as browsers read them.
constexpr std::array<std::uint32_t, 32> kWindows1252{
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

/// The file in UTF-8: itself, or a copy under `to`.
fs::path in_utf8(const fs::path& file, const std::string& encoding, const fs::path& to) {
  if (encoding == "utf-8") return file;
  if (compressed(file))
    throw Error(ErrorKind::Study, fmt::format("a compressed file in {} cannot be read", encoding),
                file.filename().string(), "unpack it first, or save it as utf-8");
  std::ifstream in{file, std::ios::binary};
  std::ofstream out{to, std::ios::binary};
  Recoder recoder{encoding};
  std::string block(1 << 20, '\0');
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    out << recoder.feed({block.data(), static_cast<std::size_t>(in.gcount())});
  }
  out << recoder.finish();
  out.flush();
  if (!out)
    throw Error(ErrorKind::System, "a copy in utf-8 could not be written", file.filename().string(),
                "free some space and run the same command again");
  return to;
}

std::string scan(const fs::path& file, const std::string& columns, const std::string& dialect) {
  return fmt::format("read_csv({}, columns = {{{}}}, auto_detect = false, compression = '{}', {})",
                     sql_path(file), columns, compressed(file) ? "gzip" : "none", dialect);
}

/// The first line; a broken character in it is told apart from broken characters behind it.
std::string read_first_line(Session& session, const fs::path& utf8, const fs::path& file) {
  const auto read = [&](const char* errors) {
    return session.read(
        "SELECT line FROM " +
        scan(utf8, "line: 'VARCHAR'",
             fmt::format("header = false, delim = chr(1), quote = '', escape = '', ignore_errors = {}",
                         errors)) +
        " LIMIT 1");
  };
  Table line;
  try {
    line = read("false");
  } catch (const SqlError& e) {
    if (e.kind() != ErrorKind::Data) throw;
    if (e.detail().find("Error on Line: 1\n") != std::string::npos)
      throw bad_file(file, "the header line cannot be read in the encoding given",
                     "set 'encoding' in the schema's source: utf-8, latin-1, windows-1252 or utf-16", 1);
    line = read("true");
  }
  if (line.rows() == 0 || line.columns[0].is_missing(0))
    throw bad_file(file, "the file has no header line", "the first line must name the columns", 1);
  return line.columns[0].texts()[0];
}

std::vector<std::string> read_header(Session& session, const fs::path& utf8, const fs::path& file,
                                     char delimiter) {
  auto headers = split_csv_line(read_first_line(session, utf8, file), delimiter);
  if (!headers)
    throw bad_file(file, "the quotes of the header line do not close", "write the column names on one line",
                   1);
  for (std::string& header : *headers) header = std::string{trim(header)};
  std::vector<std::string> sorted = *headers;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    throw bad_file(file, "two columns have the same name in the header line", "give each column its own name",
                   1);
  return *headers;
}

/// Moves DuckDB's rejected lines to the session's table `malformed` ("row#", line, place): place is the
/// number of well-formed rows before the line, plus one.
void collect_malformed(Session& session) {
  session.run(
      "CREATE OR REPLACE TEMP TABLE malformed AS "
      "SELECT record AS \"row#\", text AS line, record - row_number() OVER (ORDER BY record) + 1 AS place, "
      "torn "
      "FROM (SELECT line - 1 AS record, trim(any_value(csv_line), chr(10) || chr(13)) AS text, "
      "bool_or(error_message LIKE '%unterminated quote%') AS torn FROM reject_errors GROUP BY line)");
  session.run("DROP TABLE reject_errors");
  session.run("DROP TABLE reject_scans");
}

/// A quote that never closes swallows the rest of the file: no row can be trusted to be one.
void check_torn(Session& session, const fs::path& file, std::int64_t well_formed) {
  const Table torn = session.read(fmt::format(
      "SELECT \"row#\" FROM malformed WHERE torn AND place > {} AND contains(line, chr(10))", well_formed));
  if (torn.rows() > 0)
    throw bad_file(
        file, fmt::format("a quote opens in record {} and is never closed", torn.columns[0].integers()[0]),
        "close the quote; quotes inside a cell are doubled");
}

}  // namespace

std::optional<std::vector<std::string>> split_csv_line(std::string_view line, char delimiter) {
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"' && (quoted || cells.back().empty())) {
      quoted = !quoted;
    } else if (c == delimiter && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (quoted) return std::nullopt;
  return cells;
}

void Recoder::take_unit(std::uint32_t unit, std::string& out) {
  const bool first = unit >= 0xd800 && unit < 0xdc00, second = unit >= 0xdc00 && unit < 0xe000;
  if (surrogate_ != 0 && second) {
    append_utf8(0x10000 + ((surrogate_ - 0xd800) << 10) + (unit - 0xdc00), out);
    surrogate_ = 0;
    return;
  }
  if (surrogate_ != 0) out += '\xff';
  surrogate_ = first ? unit : 0;
  if (second)
    out += '\xff';
  else if (!first)
    append_utf8(unit, out);
}

std::string Recoder::feed(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  if (encoding_ != "utf-16") {
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      append_utf8(
          encoding_ == "windows-1252" && byte >= 0x80 && byte < 0xa0 ? kWindows1252[byte - 0x80] : byte, out);
    }
    return out;
  }
  rest_ += bytes;
  std::size_t i = 0;
  for (; i + 1 < rest_.size(); i += 2) {
    const auto low = static_cast<unsigned char>(rest_[i]), high = static_cast<unsigned char>(rest_[i + 1]);
    const std::uint32_t unit = big_endian_ ? (low << 8 | high) : (high << 8 | low);
    const bool mark = !started_ && (unit == 0xfeff || unit == 0xfffe);
    if (mark) big_endian_ = unit == 0xfffe;
    started_ = true;
    if (!mark) take_unit(unit, out);
  }
  rest_.erase(0, i);
  return out;
}

std::string Recoder::finish() { return rest_.empty() && surrogate_ == 0 ? "" : "\xff"; }

StagedFile stage_file(Session& session, const fs::path& file, const RawSource& source,
                      const fs::path& staging, const std::string& name) {
  if (!fs::is_regular_file(file))
    throw bad_file(file, "the raw file does not exist", "check 'file' in the schema and the raw folder");
  const fs::path utf8 = in_utf8(file, source.encoding, staging / (name + ".utf8.csv"));
  StagedFile staged{staging / (name + ".raw.parquet"), staging / (name + ".malformed.parquet"),
                    read_header(session, utf8, file, source.delimiter)};
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < staged.headers.size(); ++i) columns.push_back(fmt::format("c{}: 'VARCHAR'", i));
  const fs::path ranked = staging / (name + ".ranked.parquet");
  staged.well_formed = session.write_parquet(
      "SELECT row_number() OVER () AS rank, * FROM " +
          scan(utf8, join(columns, ", "),
               fmt::format("header = true, delim = {}, quote = '\"', escape = '\"', store_rejects = true, "
                           "rejects_limit = 0",
                           sql_text(std::string(1, source.delimiter)))),
      ranked);
  collect_malformed(session);
  check_torn(session, file, staged.well_formed);
  staged.malformed_lines =
      session.write_parquet("SELECT \"row#\", line FROM malformed ORDER BY 1", staged.malformed);
  if (staged.records() == 0) throw bad_file(file, "the file has a header but no row", "check the delivery");
  // A well-formed row's record number: its rank plus the malformed lines before it.
  session.write_parquet(
      fmt::format("SELECT rank + coalesce(before, 0) AS \"row#\", * EXCLUDE (rank, before, place) FROM "
                  "read_parquet({}) r "
                  "ASOF LEFT JOIN (SELECT place, max(n) AS before FROM (SELECT place, row_number() OVER "
                  "(ORDER BY place) "
                  "AS n FROM malformed) GROUP BY place) m ON r.rank >= m.place ORDER BY rank",
                  sql_path(ranked)),
      staged.rows);
  std::error_code ignored;
  fs::remove(ranked, ignored);
  if (utf8 != file) fs::remove(utf8, ignored);
  return staged;
}

}  // namespace kohort
