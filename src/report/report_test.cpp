#include "report/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "report/bundle.hpp"
#include "report/sample.hpp"

namespace kohort {
namespace {

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

ReportData small_report(Table table) {
  ReportData data{.study = "s", .title = "t"};
  data.tables = {{"numbers", std::move(table)}};
  data.figures = {};
  return data;
}

TEST(ReportJson, HoldsATableColumnByColumnInFullPrecision) {
  Rows rows{{"group", ColumnType::Text},
            {"n", ColumnType::Integer},
            {"share", ColumnType::Number},
            {"day", ColumnType::Date},
            {"suppressed", ColumnType::Flag}};
  rows.add("a", 12, 0.1, 16'436, 0);
  rows.add("b", std::nullopt, std::nullopt, 16'437, 1);
  rows.add("a", 0, -0.0, 16'438, 0);
  EXPECT_EQ(
      report_json(small_report(rows.take())),
      R"({"format":1,"study":"s","title":"t","purpose":"aggregate","language":"en","facts":[],"labels":[],)"
      R"("flags":[],"key_figures":[],"figures":[],"tables":[{"name":"numbers","columns":[)"
      R"({"name":"group","type":"text","levels":["a","b"],"values":[0,1,0]},)"
      R"({"name":"n","type":"integer","values":[12,null,0]},)"
      R"({"name":"share","type":"number","values":[0.1,null,0.0]},)"
      R"({"name":"day","type":"date","values":["2015-01-01","2015-01-02","2015-01-03"]},)"
      R"({"name":"suppressed","type":"flag","values":[false,true,false]}]}]})");
}

TEST(ReportJson, CannotEndTheElementItStandsIn) {
  Rows rows{{"group", ColumnType::Text}};
  rows.add("</script><script>alert(1)</script><!--");
  const std::string json = report_json(small_report(rows.take()));
  EXPECT_EQ(json.find('<'), json.npos);
  const auto read = nlohmann::json::parse(json);
  EXPECT_EQ(read["tables"][0]["columns"][0]["levels"][0], "</script><script>alert(1)</script><!--");
}

TEST(ReportJson, KeepsFactsAndLabelsInOrder) {
  ReportData data = small_report({});
  data.facts = {{"seed", "15"}, {"kohort_version", "0.1.0"}};
  data.labels = {{"all_charges", "Alle siktelser"}};
  const auto read = nlohmann::json::parse(report_json(data));
  EXPECT_EQ(read["facts"].dump(), R"([["seed","15"],["kohort_version","0.1.0"]])");
  EXPECT_EQ(read["labels"].dump(), R"([["all_charges","Alle siktelser"]])");
}

TEST(Report, IsOneFileThatMayLoadNothing) {
  const std::string page = render_report(sample_report("nb"));
  EXPECT_TRUE(page.starts_with("<!doctype html>\n<html lang=\"nb\">"));
  EXPECT_NE(page.find("content=\"default-src 'none';"), page.npos);
  EXPECT_EQ(count_of(page, "<script"), 2u);
  EXPECT_EQ(count_of(page, "</script"), 2u);
  EXPECT_EQ(count_of(page, " src="), 0u);
  EXPECT_NE(page.find(bundle_script()), page.npos);
  EXPECT_NE(page.find(bundle_style()), page.npos);
}

TEST(Report, EscapesItsTitle) {
  ReportData data = small_report({});
  data.title = "a <b> & \"c\"";
  EXPECT_NE(render_report(data).find("<title>a &lt;b> &amp; &quot;c&quot;</title>"), std::string::npos);
}

TEST(Report, IsTheSameBytesForTheSameData) {
  EXPECT_EQ(render_report(sample_report("da")), render_report(sample_report("da")));
}

TEST(Report, RefusesALanguageItHasNoWordsFor) {
  ReportData data = small_report({});
  data.language = "sv";
  try {
    render_report(data);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Study);
    EXPECT_NE(std::string{error.what()}.find("no report language is called 'sv'"), std::string::npos);
  }
}

}  // namespace
}  // namespace kohort
