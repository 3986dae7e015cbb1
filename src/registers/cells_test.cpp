#include "registers/cells.hpp"

#include <gtest/gtest.h>

#include "store/session.hpp"

namespace kohort {
namespace {

/// value and check of one raw text, as the import makes them.
std::string cell(const SchemaColumn& column, const std::string& raw, char decimal = '.') {
  Session session{{.folders = {}, .temp_folder = {}}};
  Rows rows{{"raw", ColumnType::Text}};
  rows.add(raw);
  session.add("cells", rows.table());
  const Table table = session.read("SELECT v, " + sql_check(column, "x", "v") + " AS k FROM (SELECT x, " +
                                   sql_value(column, "x", decimal) + " AS v FROM (SELECT " +
                                   sql_present(column, "raw") + " AS x FROM cells))");
  std::string csv = to_csv(table);
  csv = csv.substr(4);
  csv.pop_back();
  return csv;
}

SchemaColumn of(CellType type) {
  SchemaColumn column;
  column.name = "c";
  column.type = type;
  return column;
}

TEST(Cells, OneTreatmentOfMissingValues) {
  SchemaColumn number = of(CellType::Number);
  number.missing = {"-99", "unknown"};
  for (const char* text : {"", "  ", ".", "NA", "na", "NaN", "null", "inf", "-Inf", "-99", " unknown "})
    EXPECT_EQ(cell(number, text), ",0") << text;
  EXPECT_EQ(cell(number, "Unknown"), ",1");
  SchemaColumn country = of(CellType::Category);
  EXPECT_EQ(cell(country, "NA"), ",0");
  country.codes = {{"NA", "Namibia", {}, {}}};
  EXPECT_EQ(cell(country, "NA"), "NA,0");
  EXPECT_EQ(cell(of(CellType::Text), "inf"), "inf,0");
}

TEST(Cells, WholeNumbersMayEndInPointZero) {
  for (const CellType type : {CellType::Id, CellType::Count, CellType::Year}) {
    EXPECT_EQ(cell(of(type), "130469.0"), "130469,0");
    EXPECT_EQ(cell(of(type), " 0042 "), "42,0");
    EXPECT_EQ(cell(of(type), "1.5"), ",1");
    EXPECT_EQ(cell(of(type), "1e3"), ",1");
    EXPECT_EQ(cell(of(type), "99999999999999999999"), ",1");
    EXPECT_EQ(cell(of(type), "1.000", ','), ",1");
  }
  EXPECT_EQ(cell(of(CellType::Count), "-1"), "-1,2");
}

TEST(Cells, NumbersUseTheDecimalSignOfTheFile) {
  EXPECT_EQ(cell(of(CellType::Number), "-1.25e2"), "-125,0");
  EXPECT_EQ(cell(of(CellType::Number), ".5"), "0.5,0");
  EXPECT_EQ(cell(of(CellType::Number), "-0"), "0,0");
  EXPECT_EQ(cell(of(CellType::Number), "1,5"), ",1");
  EXPECT_EQ(cell(of(CellType::Number), "1,5", ','), "1.5,0");
  EXPECT_EQ(cell(of(CellType::Number), "1.000,5", ','), ",1");
  EXPECT_EQ(cell(of(CellType::Number), "1e999"), ",1");
  EXPECT_EQ(cell(of(CellType::Number), "0x10"), ",1");
  EXPECT_EQ(cell(of(CellType::Number), "1_000"), ",1");
}

TEST(Cells, DatesInThreeSpellings) {
  for (const char* text :
       {"2001-03-04", "2001-03-04 00:00:00", "2001-03-04T00:00:00.000", "04.03.2001", "4.3.2001", "20010304"})
    EXPECT_EQ(cell(of(CellType::Date), text), "2001-03-04,0") << text;
  for (const char* text : {"2001-02-29", "30.02.2001", "20010230", "2001-03-04 12:00:00", "04/03/2001",
                           "4.3.01", "infinity", "today"})
    EXPECT_EQ(cell(of(CellType::Date), text), ",1") << text;
}

TEST(Cells, FlagsInFiveLanguages) {
  for (const char* text : {"1", "true", "TRUE", "yes", "Ja"})
    EXPECT_EQ(cell(of(CellType::Flag), text), "true,0");
  for (const char* text : {"0", "false", "No", "nei"}) EXPECT_EQ(cell(of(CellType::Flag), text), "false,0");
  EXPECT_EQ(cell(of(CellType::Flag), "2"), ",1");
}

TEST(Cells, ACodeKeepsItsZeroAndItsQuote) {
  SchemaColumn code = of(CellType::Code);
  EXPECT_EQ(cell(code, "0301"), "0301,0");
  code.codes = {{"0301", "", {}, {}}, {"it's", "", {}, {}}};
  EXPECT_EQ(cell(code, "it's"), "it's,0");
  EXPECT_EQ(cell(code, "301"), "301,3");
}

TEST(Cells, RangesIncludeTheirEnds) {
  SchemaColumn year = of(CellType::Year);
  year.least = 1900;
  year.most = 2000;
  EXPECT_EQ(cell(year, "1900"), "1900,0");
  EXPECT_EQ(cell(year, "2000.0"), "2000,0");
  EXPECT_EQ(cell(year, "2001"), "2001,2");
}

}  // namespace
}  // namespace kohort
