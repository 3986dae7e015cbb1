#pragma once
// A raw CSV file as text cells in Parquet, record by record, and the lines that could not be read.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registers/schema.hpp"
#include "store/session.hpp"

namespace kohort {

/// The cells of one CSV line (no line break inside); nothing when its quotes do not close.
std::optional<std::vector<std::string>> split_csv_line(std::string_view line, char delimiter);

/// Bytes of latin-1, windows-1252 or utf-16 as UTF-8, fed in pieces. A broken character becomes the byte
/// 0xff, which no UTF-8 text holds, so that its line is found malformed and not silently changed.
class Recoder {
 public:
  explicit Recoder(std::string encoding) : encoding_(std::move(encoding)) {}
  std::string feed(std::string_view bytes);
  std::string finish();

 private:
  void take_unit(std::uint32_t unit, std::string& out);
  std::string encoding_;
  std::string rest_;             // utf-16: half a unit
  std::uint32_t surrogate_ = 0;  // utf-16: the first half of a pair
  bool big_endian_ = false, started_ = false;
};

/// Where the records of one file went. `rows`: columns "row#" (number of the record, the header not counted)
/// and c0, c1, … (text, NULL when empty). `malformed`: "row#", line.
struct StagedFile {
  std::filesystem::path rows, malformed;
  std::vector<std::string> headers;
  std::int64_t well_formed = 0, malformed_lines = 0;
  std::int64_t records() const { return well_formed + malformed_lines; }
};

/// Reads `file` into <staging>/<name>.*. The session must see both folders. Larger than memory is fine.
/// Throws Error (data) when the file is absent, has no header or no row, names a column twice, or never
/// closes a quote; (study) for a compressed file in another encoding than utf-8. Messages hold no cell.
StagedFile stage_file(Session& session, const std::filesystem::path& file, const RawSource& source,
                      const std::filesystem::path& staging, const std::string& name);

}  // namespace kohort
