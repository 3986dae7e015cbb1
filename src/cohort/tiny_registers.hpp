#pragma once
// For tests: registers small enough to work out by hand, written as SQL VALUES.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

#include "base/text.hpp"
#include "cohort/known.hpp"
#include "store/session.hpp"

namespace kohort {

/// A folder for one test, gone with it.
class TestFolder {
 public:
  TestFolder() {
    static std::atomic<int> next = 0;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("kohort-{}-{}-{}-{}", test ? test->test_suite_name() : "suite",
                        test ? test->name() : "setup",
                        std::chrono::system_clock::now().time_since_epoch().count(), next++);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline Session open_session(const std::filesystem::path& folder) {
  SessionSettings settings;
  settings.folders = {folder};
  return Session{settings};
}

inline Node yaml(const std::string& text) { return Node::read_text(text, "study.yaml"); }

/// Writes one register: `rows` is the inside of VALUES, in the order of the schema's columns; empty: no rows.
inline void write_register(Session& session, const RegisterStore& store, const std::string& name,
                           const std::string& rows) {
  const RegisterSchema& reg = store.schema.at(name);
  std::filesystem::create_directories(store.folder / name);
  std::vector<std::string> columns, names, blanks;
  for (const SchemaColumn& column : reg.columns) {
    names.push_back(sql_name(column.name));
    columns.push_back(fmt::format("CAST({0} AS {1}) AS {0}", sql_name(column.name), sql_type(column)));
    blanks.push_back("NULL");
  }
  const std::string values = rows.empty() ? "(" + join(blanks, ", ") + ")" : rows;
  session.write_parquet(fmt::format("SELECT {} FROM (VALUES {}) t({}) {}", join(columns, ", "), values,
                                    join(names, ", "), rows.empty() ? "WHERE false" : ""),
                        store.folder / name / "part.parquet");
}
inline void write_register(const RegisterStore& store, const std::string& name, const std::string& rows) {
  Session session = open_session(store.folder);
  write_register(session, store, name, rows);
}

/// Sex, dates of birth and death, parents; places of residence; charges; prison; income; benefits; prices.
inline const char* kTinySchema = R"(
registers:
  persons:
    unit: person
    temporality: fixed
    columns:
      person: {type: id}
      birth_date: {type: date}
      sex: {type: category, codes: {"1": Man, "2": Woman}}
      immigration_date: {type: date, known_at: immigration_date}
      mother: {type: id, links: persons}
      father: {type: id, links: persons}
      death_date: {type: date, known_at: death_date}
  residence:
    unit: person
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      municipality: {type: code, parent_digits: 2, codes: ["0301", "0302", "1101"]}
  charges:
    unit: person
    temporality: event
    event_date: offence_date
    known_at: registration_date
    columns:
      person: {type: id, links: persons}
      case_id: {type: id}
      registration_date: {type: date}
      offence_date: {type: date}
      offence_group: {type: category, codes: {"1": Theft, "4": Violence}}
      verdict: {type: flag, known_at: verdict_date}
      verdict_date: {type: date, known_at: verdict_date}
      fine: {type: number}
  prison:
    unit: person
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      kind: {type: category, codes: {"1": Closed, "2": Open}}
  income:
    unit: person
    temporality: accumulated
    year: year
    delivery_lag: 1
    columns:
      person: {type: id, links: persons}
      year: {type: year}
      amount: {type: number}
      aid: {type: flag}
  cpi:
    unit: series
    temporality: accumulated
    year: year
    columns:
      series: {type: id}
      year: {type: year}
      index: {type: number}
)";

inline RegisterStore tiny_store(const TestFolder& folder) {
  RegisterStore store{folder / "registers", parse_schema(Node::read_text(kTinySchema, "schema.yaml"))};
  std::filesystem::create_directories(store.folder);
  Session session = open_session(store.folder);
  for (const RegisterSchema& reg : store.schema.registers) write_register(session, store, reg.name, "");
  return store;
}

}  // namespace kohort
