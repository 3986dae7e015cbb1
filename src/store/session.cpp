#include "store/session.hpp"

#include <duckdb.h>
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "base/text.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// What people may read of a failure: DuckDB's words only where they cannot quote a cell.
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
      if (message.find("No space left") != std::string::npos) {
        return {ErrorKind::System, "the disk is full", "free some space and run the same command again",
                message};
      }
      return {ErrorKind::System, first_line, "check that the file exists, is whole and is readable", message};
    default:
      return {ErrorKind::Data,
              fmt::format("a query failed on the data (DuckDB error class {})", static_cast<int>(type)),
              "check the data against the schema: kohort check --data", message};
  }
}

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

std::string ddl_type(ColumnType type) {
  switch (type) {
    case ColumnType::Integer:
      return "BIGINT";
    case ColumnType::Number:
      return "DOUBLE";
    case ColumnType::Text:
      return "VARCHAR";
    case ColumnType::Date:
      return "DATE";
    case ColumnType::Flag:
      return "BOOLEAN";
  }
  return {};
}

std::string ddl(std::string_view name, const Table& shape) {
  std::string sql = fmt::format("CREATE TABLE {} (", sql_name(name));
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    sql += fmt::format("{}{} {}", i == 0 ? "" : ", ", sql_name(shape.columns[i].name),
                       ddl_type(shape.columns[i].type));
  }
  return sql + ")";
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

struct Session::State {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  std::stop_token stop;
  int tables_made = 0;

  ~State() {
    on_stop.reset();
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }
  void open(const SessionSettings& settings) {
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
  void run(const std::string& sql) {
    Result result;
    result.check(duckdb_query(connection, sql.c_str(), &result.value));
  }
};

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

std::int64_t Session::write_parquet(const std::string& select, const fs::path& file) {
  fs::create_directories(file.parent_path());
  const fs::path partial = file.string() + ".partial";
  try {
    const Table count =
        read(fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)", select,
                         sql_text(fs::absolute(partial).string())));
    fs::rename(partial, file);
    return count.columns.front().integers().front();
  } catch (...) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw;
  }
}

void Session::write_parquet(const Table& table, const fs::path& file) {
  const std::string name = fmt::format("kohort_table_{}", state_->tables_made++);
  add(name, table);
  write_parquet(fmt::format("SELECT * FROM {}", sql_name(name)), file);
  run(fmt::format("DROP TABLE {}", sql_name(name)));
}

// ---- rows in
// ------------------------------------------------------------------------------------------------------

struct ParquetWriter::Appender {
  duckdb_appender appender = nullptr;
  std::vector<duckdb_logical_type> types;

  Appender(duckdb_connection connection, const std::string& name, const Table& shape) {
    if (duckdb_appender_create(connection, nullptr, name.c_str(), &appender) != DuckDBSuccess) fail();
    for (const Column& column : shape.columns)
      types.push_back(duckdb_create_logical_type(logical(column.type)));
  }
  ~Appender() {
    duckdb_appender_destroy(&appender);
    for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
  }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  static duckdb_type logical(ColumnType type) {
    switch (type) {
      case ColumnType::Integer:
        return DUCKDB_TYPE_BIGINT;
      case ColumnType::Number:
        return DUCKDB_TYPE_DOUBLE;
      case ColumnType::Text:
        return DUCKDB_TYPE_VARCHAR;
      case ColumnType::Date:
        return DUCKDB_TYPE_DATE;
      case ColumnType::Flag:
        return DUCKDB_TYPE_BOOLEAN;
    }
    return DUCKDB_TYPE_INVALID;
  }
  [[noreturn]] void fail() {
    const char* message = duckdb_appender_error(appender);
    const std::string text = message == nullptr ? "unknown" : message;
    if (text.find("INTERRUPT") != std::string::npos) throw sql_error(DUCKDB_ERROR_INTERRUPT, text);
    if (text.find("No space left") != std::string::npos) throw sql_error(DUCKDB_ERROR_IO, text);
    if (text.find("Out of Memory") != std::string::npos) throw sql_error(DUCKDB_ERROR_OUT_OF_MEMORY, text);
    throw sql_error(DUCKDB_ERROR_INVALID, text);
  }
  void append(const Table& table) {
    const idx_t most = duckdb_vector_size();
    for (std::size_t first = 0; first < table.rows(); first += most) {
      const idx_t rows = std::min<std::size_t>(most, table.rows() - first);
      duckdb_data_chunk chunk = duckdb_create_data_chunk(types.data(), types.size());
      for (std::size_t c = 0; c < types.size(); ++c)
        fill(duckdb_data_chunk_get_vector(chunk, c), table.columns[c], first, rows);
      duckdb_data_chunk_set_size(chunk, rows);
      const duckdb_state state = duckdb_append_data_chunk(appender, chunk);
      duckdb_destroy_data_chunk(&chunk);
      if (state != DuckDBSuccess) fail();
    }
  }
  void close() {
    if (duckdb_appender_close(appender) != DuckDBSuccess) fail();
  }

  static void fill(duckdb_vector vector, const Column& column, std::size_t first, idx_t rows) {
    void* data = duckdb_vector_get_data(vector);
    for (idx_t i = 0; i < rows; ++i) {
      const std::size_t row = first + i;
      if (column.is_missing(row)) {
        duckdb_vector_ensure_validity_writable(vector);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), i);
        continue;
      }
      switch (column.type) {
        case ColumnType::Number:
          static_cast<double*>(data)[i] = column.numbers()[row];
          break;
        case ColumnType::Integer:
          static_cast<std::int64_t*>(data)[i] = column.integers()[row];
          break;
        case ColumnType::Date:
          static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(column.integers()[row]);
          break;
        case ColumnType::Flag:
          static_cast<bool*>(data)[i] = column.integers()[row] != 0;
          break;
        case ColumnType::Text:
          duckdb_vector_assign_string_element_len(vector, i, column.texts()[row].data(),
                                                  column.texts()[row].size());
          break;
      }
    }
  }
};

void Session::add(std::string_view name, const Table& table) {
  run(ddl(name, table));
  ParquetWriter::Appender appender{state_->connection, std::string{name}, table};
  appender.append(table);
  appender.close();
}

ParquetWriter::ParquetWriter(Session& session, const Table& shape, fs::path file)
    : session_(session),
      name_(fmt::format("kohort_writer_{}", session.state_->tables_made++)),
      file_(std::move(file)) {
  session_.run(ddl(name_, shape));
  appender_ = std::make_unique<Appender>(session_.state_->connection, name_, shape);
}

ParquetWriter::~ParquetWriter() {
  appender_.reset();
  try {
    session_.run(fmt::format("DROP TABLE IF EXISTS {}", sql_name(name_)));
  } catch (const Error&) {  // the session is on its way out: its tables go with it
    return;
  }
}

void ParquetWriter::add(const Table& block) { appender_->append(block); }

std::int64_t ParquetWriter::finish(std::string_view order_by) {
  appender_->close();
  std::string select = fmt::format("SELECT * FROM {}", sql_name(name_));
  if (!order_by.empty()) select += fmt::format(" ORDER BY {}", order_by);
  return session_.write_parquet(select, file_);
}

std::int64_t ParquetWriter::finish_by(std::string_view column, std::string_view order_by) {
  appender_->close();
  const Table parts = session_.read(
      fmt::format("SELECT DISTINCT CAST({0} AS VARCHAR) AS part FROM {1} ORDER BY part NULLS LAST",
                  sql_name(column), sql_name(name_)));
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < parts.rows(); ++i) {
    const Column& part = parts.columns.front();
    const std::string value = part.is_missing(i) ? "missing" : part.texts()[i];
    const std::string condition =
        part.is_missing(i) ? fmt::format("{} IS NULL", sql_name(column))
                           : fmt::format("CAST({} AS VARCHAR) = {}", sql_name(column), sql_text(value));
    std::string select = fmt::format("SELECT * FROM {} WHERE {}", sql_name(name_), condition);
    if (!order_by.empty()) select += fmt::format(" ORDER BY {}", order_by);
    rows += session_.write_parquet(select, file_ / (value + ".parquet"));
  }
  return rows;
}

Table read_parquet(const fs::path& file) {
  Session session{
      {.folders = {file.parent_path().empty() ? fs::path{"."} : file.parent_path()}, .temp_folder = {}}};
  return session.read(fmt::format("SELECT * FROM read_parquet({})", sql_text(fs::absolute(file).string())));
}

void write_parquet(const Table& table, const fs::path& file) {
  Session session{
      {.folders = {file.parent_path().empty() ? fs::path{"."} : file.parent_path()}, .temp_folder = {}}};
  session.write_parquet(table, file);
}

}  // namespace kohort
