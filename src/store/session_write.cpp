// The writing half of a session: tables and blocks of rows in, Parquet files out.

#include <fmt/format.h>

#include <algorithm>

#include "store/session.hpp"
#include "store/session_state.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

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

}  // namespace

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

std::int64_t Session::write_parquet(const std::string& select, const fs::path& file) {
  fs::create_directories(fs::absolute(file).parent_path());
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
