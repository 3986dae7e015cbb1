#include "base/log.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace kohort {
namespace {

TEST(Log, WritesOneJsonObjectALine) {
  const auto file = std::filesystem::path{testing::TempDir()} / "kohort_log_test.jsonl";
  std::filesystem::remove(file);
  {
    Log log{{.quiet = true, .ascii = false, .json_file = file}};
    log.info("made 12 rows");
    log.warn("\"quoted\" and\nbroken");
  }
  std::ifstream in{file};
  std::string first, second;
  std::getline(in, first);
  std::getline(in, second);
  EXPECT_EQ(nlohmann::json::parse(first)["text"], "made 12 rows");
  EXPECT_EQ(nlohmann::json::parse(second)["level"], "warning");
}

TEST(Log, SpellsAsciiWhenAsked) { EXPECT_EQ(to_ascii("10–20 ≥ Ålesund…"), "10-20 >= Alesund..."); }

}  // namespace
}  // namespace kohort
