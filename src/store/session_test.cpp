#include "store/session.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/hash.hpp"

namespace kohort {
namespace {

namespace fs = std::filesystem;

fs::path fresh_folder(const char* name) {
  const fs::path folder = fs::path{testing::TempDir()} / "kohort_session" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

Session session_in(const fs::path& folder) {
  return Session{{.folders = {folder}, .temp_folder = folder / "tmp"}};
}

TEST(Session, ReadsEveryTypeWithMissingCells) {
  Session session = session_in(fresh_folder("types"));
  const Table t = session.read(
      "SELECT i, x, s, d, b, sum(h) OVER () AS h FROM (VALUES (1::UTINYINT, 0.5::FLOAT, 'a', DATE "
      "'1970-01-03', true, 3), "
      "(NULL, NULL, NULL, NULL, NULL, 4)) v(i, x, s, d, b, h)");
  ASSERT_EQ(t.rows(), 2u);
  EXPECT_EQ(t.at("i").integers()[0], 1);
  EXPECT_TRUE(t.at("i").is_missing(1));
  EXPECT_EQ(t.at("x").numbers()[0], 0.5);
  EXPECT_TRUE(std::isnan(t.at("x").numbers()[1]));
  EXPECT_EQ(t.at("s").texts()[0], "a");
  EXPECT_TRUE(t.at("s").is_missing(1));
  EXPECT_EQ(t.at("d").integers()[0], 2);
  EXPECT_EQ(t.at("b").integers()[0], 1);
  EXPECT_EQ(t.at("h").integers()[0], 7);  // a sum of integers is HUGEINT
}

TEST(Session, WritesTheSameBytesForTheSameRows) {
  const fs::path folder = fresh_folder("bytes");
  Session session = session_in(folder);
  const std::string sql = "SELECT i AS unit, hash(i) % 97 AS x FROM range(300000) r(i) ORDER BY unit";
  EXPECT_EQ(session.write_parquet(sql, folder / "a.parquet"), 300000);
  session.write_parquet(sql, folder / "b.parquet");
  EXPECT_EQ(hash_file(folder / "a.parquet"), hash_file(folder / "b.parquet"));
  const auto floats =
      session.read_floats("SELECT unit, nullif(x, 5) AS x FROM '" + (folder / "a.parquet").string() + "'");
  ASSERT_EQ(floats.size(), 2u);
  EXPECT_EQ(floats[0].size(), 300000u);
  EXPECT_EQ(floats[0][299999], 299999.0f);
}

TEST(Session, RoundTripsATableThroughParquet) {
  const fs::path folder = fresh_folder("round");
  Rows rows{{"name", ColumnType::Text},
            {"n", ColumnType::Integer},
            {"x", ColumnType::Number},
            {"day", ColumnType::Date},
            {"yes", ColumnType::Flag}};
  for (int i = 0; i < 5000; ++i) {
    if (i % 3 == 0)
      rows.add(std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt);
    else
      rows.add("a text longer than twelve bytes " + std::to_string(i), i, i * 0.1, i, i % 2);
  }
  const Table before = rows.take();
  write_parquet(before, folder / "t.parquet");
  const Table after = read_parquet(folder / "t.parquet");
  ASSERT_EQ(after.rows(), before.rows());
  EXPECT_EQ(to_csv(after), to_csv(before));
}

TEST(Session, WritesOneFilePerYear) {
  const fs::path folder = fresh_folder("years");
  Session session = session_in(folder);
  Rows rows{{"year", ColumnType::Integer}, {"x", ColumnType::Number}};
  for (int i = 0; i < 10; ++i) rows.add(2010 + i % 2, i);
  ParquetWriter writer{session, rows.table(), folder / "income"};
  writer.add(rows.table());
  EXPECT_EQ(writer.finish_by("year", "x DESC"), 10);
  EXPECT_EQ(read_parquet(folder / "income" / "2011.parquet").at("x").numbers(),
            (std::vector<double>{9, 7, 5, 3, 1}));
}

TEST(Session, SeesOnlyItsFolders) {
  const fs::path folder = fresh_folder("locked"), elsewhere = fresh_folder("elsewhere");
  std::ofstream{elsewhere / "x.csv"} << "a\n1\n";
  Session session = session_in(folder);
  EXPECT_THROW(session.read("SELECT * FROM read_csv('" + (elsewhere / "x.csv").string() + "')"), Error);
  EXPECT_THROW(session.run("SET enable_external_access=true"), Error);
  EXPECT_THROW(session.run("INSTALL httpfs"), Error);
  EXPECT_THROW(session.write_parquet("SELECT 1", elsewhere / "y.parquet"), Error);
  EXPECT_TRUE(fs::is_empty(folder) || !fs::exists(folder / "y.parquet"));
}

TEST(Session, NeverQuotesACellInAnError) {
  Session session = session_in(fresh_folder("values"));
  try {
    session.read("SELECT CAST(v AS INTEGER) AS i FROM (VALUES ('PLANTED-7731')) t(v)");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(std::string{e.what()}.find("PLANTED"), std::string::npos) << e.what();
  }
}

TEST(Session, AStopInterruptsALongQuery) {
  std::stop_source source;
  Session session{{.folders = {fresh_folder("stop")}, .temp_folder = {}, .stop = source.get_token()}};
  std::jthread stopper{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    source.request_stop();
  }};
  try {
    session.read(
        "SELECT count(*) AS n FROM range(200000) a, range(2000000) b WHERE hash(a.range + b.range) = 1");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), 75) << e.what();
  }
}

TEST(Sql, APathIsNoPattern) {
  EXPECT_EQ(sql_path("/a/./it's"), "'/a/it''s'");
  EXPECT_THROW(sql_path("/a/b[1].csv"), Error);
}

}  // namespace
}  // namespace kohort
