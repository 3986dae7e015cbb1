#pragma once
// Inside of a session, shared by its reading and its writing half. Not for other rooms.

#include <duckdb.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "store/session.hpp"

namespace kohort {

/// What people may read of a failure: DuckDB's words only where they cannot quote a cell.
SqlError sql_error(duckdb_error_type type, const std::string& message);

struct Session::State {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  std::stop_token stop;
  int tables_made = 0;

  ~State();
  void open(const SessionSettings& settings);
  void run(const std::string& sql);
};

}  // namespace kohort
