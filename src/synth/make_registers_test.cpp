#include "synth/make_registers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "registers/schema.hpp"
#include "store/session.hpp"
#include "synth/register_schema.hpp"

namespace kohort {
namespace {

namespace fs = std::filesystem;

fs::path fresh_folder(const char* name) {
  const fs::path folder = fs::path{testing::TempDir()} / "kohort_synth" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

Log::Settings quiet() {
  Log::Settings settings;
  settings.quiet = true;
  return settings;
}

/// Small, but two parts.
const SynthSettings kSmall{.persons = 26'000, .first_year = 2012, .last_year = 2015, .seed = 7};

void make(const SynthSettings& settings, const fs::path& out, int threads) {
  Workers workers{threads};
  Log log{quiet()};
  EXPECT_TRUE(make_registers(settings, out, workers, log));
}

std::map<std::string, std::string> hashes(const fs::path& folder) {
  std::map<std::string, std::string> of;
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    if (entry.is_regular_file()) of[fs::relative(entry, folder).string()] = hash_file(entry.path());
  return of;
}

/// One country for the tests that only read.
const fs::path& country() {
  static const fs::path folder = [] {
    const fs::path made = fresh_folder("country");
    make(kSmall, made, 2);
    return made;
  }();
  return folder;
}

Session session_on_country() { return Session{{.folders = {country()}, .temp_folder = {}}}; }

std::string files(const std::string& name) {
  return sql_text((country() / "registers" / name / "*.parquet").string());
}

TEST(MakeRegisters, GivesTheSameBytesOnAnyNumberOfThreads) {
  const fs::path one = fresh_folder("one");
  make(kSmall, one, 1);
  EXPECT_EQ(hashes(one), hashes(country()));
  EXPECT_TRUE(fs::exists(one / "registers/charges/part-00001.parquet"));
  EXPECT_FALSE(fs::exists(one / ".synth.partial"));
}

TEST(MakeRegisters, KeepsToItsSchema) {
  const Schema schema = read_schema(country() / "registers/schema.yaml");
  EXPECT_EQ(schema.registers.size(), 17u);
  Session session = session_on_country();
  for (const RegisterSchema& one : schema.registers) {
    SCOPED_TRACE(one.name);
    const Table columns = session.read("DESCRIBE SELECT * FROM read_parquet(" + files(one.name) + ")");
    ASSERT_EQ(columns.rows(), one.columns.size());
    for (std::size_t k = 0; k < one.columns.size(); ++k) {
      EXPECT_EQ(columns.at("column_name").texts()[k], one.columns[k].name);
      EXPECT_EQ(columns.at("column_type").texts()[k], sql_type(one.columns[k]));
    }
  }
}

TEST(MakeRegisters, KeysAreUniqueCodesListedAndLinksWhole) {
  const Schema schema = synthetic_schema(make_codes());
  Session session = session_on_country();
  for (const RegisterSchema& one : schema.registers) {
    SCOPED_TRACE(one.name);
    if (!one.key.empty())
      EXPECT_EQ(session.read_integer(fmt::format("SELECT count(*) - count(DISTINCT ({})) FROM {}",
                                                 join(one.key, ", "), files(one.name))),
                0);
    for (const SchemaColumn& column : one.columns) {
      SCOPED_TRACE(column.name);
      std::vector<std::string> codes;
      for (const Code& code : column.codes) codes.push_back(code.code);
      if (!codes.empty())
        EXPECT_EQ(
            session.read_integer(fmt::format("SELECT count(*) FROM {} WHERE {} NOT IN (SELECT unnest({}))",
                                             files(one.name), column.name, sql_texts(codes))),
            0);
      if (column.links == "persons")
        EXPECT_EQ(session.read_integer(
                      fmt::format("SELECT count(*) FROM {} WHERE {} NOT IN (SELECT person FROM {})",
                                  files(one.name), column.name, files("persons"))),
                  0);
    }
  }
}

TEST(MakeRegisters, WritesNothingThatWasNotKnownByTheEndOfTheLastYear) {
  const Schema schema = synthetic_schema(make_codes());
  Session session = session_on_country();
  for (const RegisterSchema& one : schema.registers)
    for (const SchemaColumn& column : one.columns) {
      SCOPED_TRACE(one.name + "." + column.name);
      if (column.type == CellType::Date)
        EXPECT_EQ(session.read_integer(fmt::format("SELECT count(*) FROM {} WHERE {} > DATE '2015-12-31'",
                                                   files(one.name), column.name)),
                  0);
      if (column.type == CellType::Year)
        EXPECT_EQ(session.read_integer(
                      fmt::format("SELECT count(*) FROM {} WHERE {} > 2015", files(one.name), column.name)),
                  0);
    }
  EXPECT_EQ(session.read_integer("SELECT count(*) FROM " + files("charges") +
                                 " WHERE registration_date < offence_date"),
            0);
  EXPECT_GT(
      session.read_integer("SELECT count(*) FROM " + files("charges") + " WHERE year(offence_date) = 2011"),
      0);
}

TEST(MakeRegisters, DoesNothingTwiceAndTouchesNoOtherRegisters) {
  const fs::path out = fresh_folder("twice");
  const SynthSettings tiny{.persons = 300, .first_year = 2014, .last_year = 2015};
  make(tiny, out, 1);
  Workers workers{1};
  Log log{quiet()};
  EXPECT_FALSE(make_registers(tiny, out, workers, log));
  EXPECT_THROW(make_registers(kSmall, out, workers, log), Error);
  fs::remove_all(out / "registers");  // as after a stop between the two renames
  EXPECT_TRUE(make_registers(tiny, out, workers, log));
}

TEST(MakeRegisters, SaysWhichSettingsMakeNoCountry) {
  try {
    check({.persons = 0});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Study);
    EXPECT_EQ(error.problem(), "0 persons cannot be made");
  }
  EXPECT_THROW(check({.first_year = 2015, .last_year = 2014}), Error);
}

}  // namespace
}  // namespace kohort
