# Every bought part: least version, licence, and why. Set-up (scripts/setup) installs them; builds are offline.

# DuckDB 1.5 (MIT): SQL, CSV, Parquet. The library and its C header come from the npm lock in third_party/.
set(npm ${PROJECT_SOURCE_DIR}/third_party/node_modules)
find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${npm}/duckdb/src/duckdb/src/include NO_DEFAULT_PATH REQUIRED)
find_library(DuckDB_LIBRARY libduckdb.so HINTS ${npm}/@duckdb/node-bindings-linux-x64 NO_DEFAULT_PATH REQUIRED)
add_library(DuckDB::DuckDB SHARED IMPORTED)
set_target_properties(DuckDB::DuckDB PROPERTIES
  IMPORTED_LOCATION ${DuckDB_LIBRARY} IMPORTED_SONAME libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${DuckDB_INCLUDE_DIR})

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)              # MIT: formatting (std::format is not in gcc 12)
find_package(yaml-cpp 0.7 REQUIRED)       # MIT: study and schema files with line and column marks
find_package(nlohmann_json 3.11 REQUIRED) # MIT: manifests, models, report data
find_package(CLI11 2.1 REQUIRED)          # BSD-3-Clause: command line
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash) # BSD-2-Clause: content keys, XXH3-128

# libxgboost 1.7 (Apache-2.0): forests until our own take over; the reference for boosting, and its `engine: libxgboost`.
if(KOHORT_LIBXGBOOST)
  find_path(XGBoost_INCLUDE_DIR xgboost/c_api.h REQUIRED)
  find_library(XGBoost_LIBRARY xgboost REQUIRED)
  add_library(XGBoost::XGBoost SHARED IMPORTED)
  set_target_properties(XGBoost::XGBoost PROPERTIES
    IMPORTED_LOCATION ${XGBoost_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${XGBoost_INCLUDE_DIR})
endif()
