#pragma once
// What the tests of this room share: a folder of their own, raw files, a small schema.

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "registers/import.hpp"
#include "store/session.hpp"

namespace kohort {

/// A fresh folder per test, gone at its end.
class TestFolder {
 public:
  TestFolder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path{testing::TempDir()} /
            (std::string{"kohort_"} + test->test_suite_name() + "_" + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_ / "raw");
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  void raw(const std::string& name, const std::string& bytes) const {
    std::ofstream{path_ / "raw" / name, std::ios::binary} << bytes;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_text_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline Schema schema_of(const std::string& yaml) {
  return parse_schema(Node::read_text(yaml, "schema.yaml"));
}

/// Imports <folder>/raw into <folder>/store, with a log for programs in <folder>/log.jsonl.
inline ImportResult import_into(const TestFolder& folder, const Schema& schema, double max_bad = 1,
                                int threads = 2) {
  std::FILE* nowhere = std::tmpfile();
  Log log{{.quiet = false, .ascii = false, .json_file = folder / "log.jsonl"}, nowhere};
  Workers workers{threads};
  try {
    ImportResult result = import_registers(
        schema, folder / "raw", folder / "store",
        {.max_bad = max_bad, .memory = 1u << 30, .version = "test", .stop = {}}, workers, log);
    std::fclose(nowhere);
    return result;
  } catch (...) {
    std::fclose(nowhere);
    throw;
  }
}

inline std::string stored(const TestFolder& folder, const std::string& file) {
  return to_csv(read_parquet(folder / ("store/" + file)));
}

}  // namespace kohort
