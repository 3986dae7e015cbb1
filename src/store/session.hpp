#pragma once
// One locked-down DuckDB session in memory: SQL over Parquet files, columns out, Parquet in. It sees only the
// folders it was given, loads nothing, and cannot be talked out of that by SQL.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "store/table.hpp"

namespace kohort {

/// A failed statement. what() is fit for people: it holds DuckDB's own words only where these cannot quote
/// data (names, syntax, files). `detail()` is DuckDB's whole message; it may quote a cell: never print or log
/// it.
class SqlError : public Error {
 public:
  SqlError(ErrorKind kind, std::string problem, std::string mend, std::string detail, std::string where = {})
      : Error(kind, std::move(problem), std::move(where), std::move(mend)), detail_(std::move(detail)) {}
  const std::string& detail() const { return detail_; }

 private:
  std::string detail_;
};

/// 'text' and "name" for SQL.
std::string sql_text(std::string_view text);
std::string sql_name(std::string_view name);
/// [1, 2] and ['a', 'b'] lists for SQL.
std::string sql_texts(std::span<const std::string> texts);

/// An absolute path for SQL functions that read files. Throws Error (study) when it holds *, ? or [, which
/// SQL would take for a pattern.
std::string sql_path(const std::filesystem::path& path);

struct SessionSettings {
  std::vector<std::filesystem::path> folders;  // the only folders SQL may read or write
  std::filesystem::path temp_folder;           // for spilling; empty: none
  std::uint64_t memory_limit = 0;              // bytes; 0: DuckDB's default. Leave the process 2 × headroom
  int threads = 1;            // results must not depend on it: keep 1 where floats are summed
  std::stop_token stop = {};  // a stop interrupts the running statement (Error, interrupted)
};

class Session {
 public:
  /// Opens and locks: folders, settings and extensions cannot change afterwards.
  explicit Session(const SessionSettings& settings);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run(const std::string& sql);
  /// The whole result. Integers of any width and HUGEINT become Integer, FLOAT/DOUBLE/DECIMAL Number.
  Table read(const std::string& sql);
  /// The result's columns as 32-bit floats, NULL as NaN: shape (columns)(rows). For numbers, flags and
  /// integers. Streams: peak memory is the result plus a few MB.
  std::vector<std::vector<float>> read_floats(const std::string& sql);
  /// One whole number, one text: the first cell of the first row. Throws Error (defect) when there is none.
  std::int64_t read_integer(const std::string& sql);
  std::string read_text(const std::string& sql);

  /// Writes the rows of `select` (which must order them) to Parquet, zstd, fixed row groups; the same rows
  /// give the same bytes. The file appears whole or not at all. Returns the rows written. Needs `threads` = 1
  /// to be reproducible.
  std::int64_t write_parquet(const std::string& select, const std::filesystem::path& file);
  /// The same for a table in memory.
  void write_parquet(const Table& table, const std::filesystem::path& file);

  /// Makes `table` readable as SQL table `name`, until dropped.
  void add(std::string_view name, const Table& table);

 private:
  friend class ParquetWriter;
  struct State;
  std::unique_ptr<State> state_;
};

/// Collects rows in blocks and writes one Parquet file; beyond the session's memory limit rows spill to its
/// temp folder.
class ParquetWriter {
 public:
  /// The columns of `shape` (its rows do not matter) are those of every block.
  ParquetWriter(Session& session, const Table& shape, std::filesystem::path file);
  ~ParquetWriter();
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  void add(const Table& block);
  /// Writes the file, ordered by `order_by` (SQL, empty: order of arrival). Returns the rows written.
  std::int64_t finish(std::string_view order_by = {});
  /// Writes one file per value of `column` under the folder given at construction: <folder>/<value>.parquet,
  /// rows without a value in missing.parquet.
  std::int64_t finish_by(std::string_view column, std::string_view order_by = {});

 private:
  friend class Session;
  Session& session_;
  std::string name_;
  std::filesystem::path file_;
  struct Appender;
  std::unique_ptr<Appender> appender_;
};

/// Reads a Parquet file whole (its own short-lived session).
Table read_parquet(const std::filesystem::path& file);
/// Writes a small table (its own short-lived session).
void write_parquet(const Table& table, const std::filesystem::path& file);

}  // namespace kohort
