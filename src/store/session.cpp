#include "store/session.hpp"

#include <duckdb.h>
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "base/text.hpp"
#include "store/session_state.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct Result {
  duckdb_result value{};
  Result() = default;
  ~Result() { duckdb_destroy_result(&value); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  void check(duckdb_state state) {
    if (state == DuckDBSuccess) return;
    const char* message = duckdb_result_error(&value);
    throw sql_error(duckdb_result_error_type(&value), message == nullptr ? "unknown" : message);
  }
};

/// A statement prepared, started and streamed chunk by chunk.
class Statement {
 public:
  Statement(duckdb_connection connection, const std::string& sql) {
    if (duckdb_prepare(connection, sql.c_str(), &statement_) != DuckDBSuccess) {
      const std::string message = duckdb_prepare_error(statement_);
      duckdb_destroy_prepare(&statement_);
      throw prepare_error(message);
    }
    if (duckdb_pending_prepared_streaming(statement_, &pending_) != DuckDBSuccess) fail_pending();
    const duckdb_state state = duckdb_execute_pending(pending_, &result_.value);
    if (state != DuckDBSuccess) {
      cleanup_guard();
      result_.check(state);
    }
  }
  ~Statement() { cleanup_guard(); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  duckdb_result& result() { return result_.value; }
  template <class F>
  void each_chunk(F f) {
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_.value)) {
      f(chunk, duckdb_data_chunk_get_size(chunk));
      duckdb_destroy_data_chunk(&chunk);
    }
    if (const char* message = duckdb_result_error(&result_.value); message != nullptr && *message != '\0') {
      throw sql_error(duckdb_result_error_type(&result_.value), message);
    }
  }

 private:
  /// Preparing only looks at names and syntax, but constant folding may quote a value: give the class of its
  /// first word.
  static SqlError prepare_error(const std::string& message) {
    if (starts_with_any(message, {"Binder", "Catalog", "Parser", "Permission"}))
      return sql_error(DUCKDB_ERROR_BINDER, message);
    if (message.starts_with("IO Error")) return sql_error(DUCKDB_ERROR_IO, message);
    if (message.starts_with("INTERRUPT")) return sql_error(DUCKDB_ERROR_INTERRUPT, message);
    return sql_error(DUCKDB_ERROR_INVALID, message);
  }
  [[noreturn]] void fail_pending() {
    const std::string message = duckdb_pending_error(pending_);
    cleanup_guard();
    throw prepare_error(message);
  }
  void cleanup_guard() {
    duckdb_destroy_pending(&pending_);
    duckdb_destroy_prepare(&statement_);
  }
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_pending_result pending_ = nullptr;
  Result result_;
};

bool is_valid(const std::uint64_t* mask, idx_t row) {
  return mask == nullptr || ((mask[row / 64] >> (row % 64)) & 1) != 0;
}

double hugeint_to_double(duckdb_hugeint value) { return duckdb_hugeint_to_double(value); }

/// Calls put(row, value) with the cells of a numeric vector; missing cells are skipped.
template <class Put>
bool each_number(duckdb_type type, duckdb_vector vector, idx_t rows, Put put) {
  const std::uint64_t* mask = duckdb_vector_get_validity(vector);
  const void* data = duckdb_vector_get_data(vector);
  const auto go = [&]<class T>(const T* cells) {
    for (idx_t i = 0; i < rows; ++i) {
      if (is_valid(mask, i)) put(i, cells[i]);
    }
    return true;
  };
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return go(static_cast<const bool*>(data));
    case DUCKDB_TYPE_TINYINT:
      return go(static_cast<const std::int8_t*>(data));
    case DUCKDB_TYPE_SMALLINT:
      return go(static_cast<const std::int16_t*>(data));
    case DUCKDB_TYPE_INTEGER:
      return go(static_cast<const std::int32_t*>(data));
    case DUCKDB_TYPE_BIGINT:
      return go(static_cast<const std::int64_t*>(data));
    case DUCKDB_TYPE_UTINYINT:
      return go(static_cast<const std::uint8_t*>(data));
    case DUCKDB_TYPE_USMALLINT:
      return go(static_cast<const std::uint16_t*>(data));
    case DUCKDB_TYPE_UINTEGER:
      return go(static_cast<const std::uint32_t*>(data));
    case DUCKDB_TYPE_UBIGINT:
      return go(static_cast<const std::uint64_t*>(data));
    case DUCKDB_TYPE_DATE:
      return go(static_cast<const std::int32_t*>(data));
    case DUCKDB_TYPE_FLOAT:
      return go(static_cast<const float*>(data));
    case DUCKDB_TYPE_DOUBLE:
      return go(static_cast<const double*>(data));
    case DUCKDB_TYPE_HUGEINT: {
      const auto* cells = static_cast<const duckdb_hugeint*>(data);
      for (idx_t i = 0; i < rows; ++i) {
        if (is_valid(mask, i)) put(i, hugeint_to_double(cells[i]));
      }
      return true;
    }
    default:
      return false;
  }
}

ColumnType column_type(duckdb_type type, const std::string& name) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return ColumnType::Flag;
    case DUCKDB_TYPE_DATE:
      return ColumnType::Date;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return ColumnType::Number;
    case DUCKDB_TYPE_VARCHAR:
      return ColumnType::Text;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
      return ColumnType::Integer;
    default:
      throw Error(ErrorKind::Defect, "a query gave column " + name + " a type that has no place in a table",
                  {}, "cast it in SQL");
  }
}

void append_vector(Column& column, duckdb_type type, duckdb_vector vector, idx_t rows) {
  const std::size_t before = column.rows();
  const std::uint64_t* mask = duckdb_vector_get_validity(vector);
  if (column.type != ColumnType::Number) {
    for (idx_t i = 0; i < rows; ++i) {
      const bool missing = !is_valid(mask, i);
      if (missing && column.missing.empty()) column.missing.resize(before + i, false);
      if (missing || !column.missing.empty()) column.missing.push_back(missing);
    }
  }
  if (column.type == ColumnType::Text) {
    auto* cells = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
    for (idx_t i = 0; i < rows; ++i) {
      if (!is_valid(mask, i))
        column.texts().emplace_back();
      else
        column.texts().emplace_back(duckdb_string_t_data(&cells[i]), duckdb_string_t_length(cells[i]));
    }
  } else if (column.type == ColumnType::Number) {
    column.numbers().resize(before + rows, std::numeric_limits<double>::quiet_NaN());
    each_number(type, vector, rows,
                [&](idx_t i, auto x) { column.numbers()[before + i] = static_cast<double>(x); });
  } else {
    column.integers().resize(before + rows, 0);
    each_number(type, vector, rows,
                [&](idx_t i, auto x) { column.integers()[before + i] = static_cast<std::int64_t>(x); });
  }
}

void set_config(duckdb_config config, const char* name, const std::string& value) {
  if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess) {
    throw Error(ErrorKind::Defect, fmt::format("DuckDB does not know the setting {}", name));
  }
}

std::string folder_list(const SessionSettings& settings) {
  std::vector<std::string> folders;
  for (fs::path folder : settings.folders)
    folders.push_back((fs::absolute(folder).lexically_normal() / "").string());
  if (!settings.temp_folder.empty())
    folders.push_back((fs::absolute(settings.temp_folder).lexically_normal() / "").string());
  return sql_texts(folders);
}

}  // namespace

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"''"} : std::string(1, c);
  return out + '\'';
}

std::string sql_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string{"\"\""} : std::string(1, c);
  return out + '"';
}

std::string sql_texts(std::span<const std::string> texts) {
  std::string out = "[";
  for (std::size_t i = 0; i < texts.size(); ++i) out += (i == 0 ? "" : ", ") + sql_text(texts[i]);
  return out + "]";
}

std::string sql_path(const fs::path& path) {
  const std::string text = fs::absolute(path).lexically_normal().string();
  if (text.find_first_of("*?[") != std::string::npos)
    throw Error(ErrorKind::Study, "a path holds *, ? or [, which file functions take for a pattern", text,
                "rename the folder or file");
  return sql_text(text);
}

namespace {

/// The absolute path that DuckDB quotes in a message on a file; files' names are no person's value.
std::string quoted_path(const std::string& message) {
  const auto start = message.find("\"/");
  const auto end = start == std::string::npos ? start : message.find('"', start + 1);
  return end == std::string::npos ? "" : message.substr(start + 1, end - start - 1);
}

SqlError io_error(const std::string& message) {
  const std::string path = quoted_path(message);
  if (message.find("No space left") != std::string::npos)
    return {ErrorKind::System, "the disk is full", "free some space and run the same command again", message,
            path};
  if (message.find("File too large") != std::string::npos)
    return {ErrorKind::System, "the file may not grow further",
            "raise the limit on the size of files (ulimit -f)", message, path};
  if (path.empty())
    return {ErrorKind::System, message.substr(0, message.find('\n')),
            "check that the file exists, is whole and is readable", message};
  return {ErrorKind::System, "the file cannot be read or written",
          "check that it exists, is whole and yours to read or write", message, path};
}

}  // namespace

SqlError sql_error(duckdb_error_type type, const std::string& message) {
  const std::string first_line = message.substr(0, message.find('\n'));
  switch (type) {
    case DUCKDB_ERROR_INTERRUPT:
      return {ErrorKind::Interrupted, "interrupted",
              "run the same command again: it goes on where it stopped", message};
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return {ErrorKind::Budget, "the memory given does not suffice for a query",
              "raise --memory, or make the population smaller", message};
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_PERMISSION:
      return {ErrorKind::Study, first_line, "", message};
    case DUCKDB_ERROR_IO:
      return io_error(message);
    default:
      return {ErrorKind::Data,
              fmt::format("a query failed on the data (DuckDB error class {})", static_cast<int>(type)),
              "a file of the registers may be damaged: import them again", message};
  }
}

Session::State::~State() {
  on_stop.reset();
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

void Session::State::open(const SessionSettings& settings) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  set_config(config, "threads", std::to_string(settings.threads));
  if (settings.memory_limit > 0)
    set_config(config, "memory_limit", fmt::format("{}MiB", settings.memory_limit >> 20));
  if (!settings.temp_folder.empty()) set_config(config, "temp_directory", settings.temp_folder.string());
  set_config(config, "autoinstall_known_extensions", "false");
  set_config(config, "autoload_known_extensions", "false");
  set_config(config, "preserve_insertion_order", "true");
  char* message = nullptr;
  const duckdb_state state = duckdb_open_ext(nullptr, &database, config, &message);
  duckdb_destroy_config(&config);
  if (state != DuckDBSuccess) {
    const std::string text = message == nullptr ? "unknown" : message;
    duckdb_free(message);
    throw Error(ErrorKind::System, "DuckDB does not start: " + text);
  }
  if (duckdb_connect(database, &connection) != DuckDBSuccess)
    throw Error(ErrorKind::System, "DuckDB refuses a connection");
}

void Session::State::run(const std::string& sql) {
  Result result;
  result.check(duckdb_query(connection, sql.c_str(), &result.value));
}

Session::Session(const SessionSettings& settings) : state_(std::make_unique<State>()) {
  state_->open(settings);
  state_->run(fmt::format("SET allowed_directories={}", folder_list(settings)));
  state_->run("SET enable_external_access=false");
  state_->run("SET lock_configuration=true");
  state_->stop = settings.stop;
  state_->on_stop.emplace(settings.stop, [connection = state_->connection] { duckdb_interrupt(connection); });
}

Session::~Session() = default;

void Session::run(const std::string& sql) {
  if (state_->stop.stop_requested()) throw sql_error(DUCKDB_ERROR_INTERRUPT, "");
  state_->run(sql);
}

Table Session::read(const std::string& sql) {
  Statement stream{state_->connection, sql};
  Table table;
  std::vector<duckdb_type> types;
  bool cast = false;
  for (idx_t c = 0; c < duckdb_column_count(&stream.result()); ++c) {
    const std::string name = duckdb_column_name(&stream.result(), c);
    types.push_back(duckdb_column_type(&stream.result(), c));
    cast = cast || types.back() == DUCKDB_TYPE_DECIMAL;
    table.columns.push_back(make_column(name, column_type(types.back(), name)));
  }
  if (cast)
    throw Error(ErrorKind::Defect, "a query gives DECIMAL columns", {},
                "cast them to DOUBLE or BIGINT in SQL");
  stream.each_chunk([&](duckdb_data_chunk chunk, idx_t rows) {
    for (std::size_t c = 0; c < types.size(); ++c) {
      append_vector(table.columns[c], types[c], duckdb_data_chunk_get_vector(chunk, c), rows);
    }
  });
  return table;
}

std::vector<std::vector<float>> Session::read_floats(const std::string& sql) {
  Statement stream{state_->connection, sql};
  const idx_t columns = duckdb_column_count(&stream.result());
  std::vector<std::vector<float>> out(columns);
  stream.each_chunk([&](duckdb_data_chunk chunk, idx_t rows) {
    for (idx_t c = 0; c < columns; ++c) {
      const std::size_t before = out[c].size();
      out[c].resize(before + rows, std::numeric_limits<float>::quiet_NaN());
      const bool numeric =
          each_number(duckdb_column_type(&stream.result(), c), duckdb_data_chunk_get_vector(chunk, c), rows,
                      [&](idx_t i, auto x) { out[c][before + i] = static_cast<float>(x); });
      if (!numeric)
        throw Error(ErrorKind::Defect,
                    fmt::format("column {} is not numeric", duckdb_column_name(&stream.result(), c)));
    }
  });
  return out;
}

std::int64_t Session::read_integer(const std::string& sql) {
  const Table table = read(sql);
  if (table.rows() == 0) throw Error(ErrorKind::Defect, "a query that must give a number gives no row");
  if (table.columns.front().type == ColumnType::Number)
    return static_cast<std::int64_t>(table.columns.front().numbers().front());
  return table.columns.front().integers().front();
}

std::string Session::read_text(const std::string& sql) {
  const Table table = read(sql);
  if (table.rows() == 0) throw Error(ErrorKind::Defect, "a query that must give a text gives no row");
  return table.columns.front().texts().front();
}

}  // namespace kohort
