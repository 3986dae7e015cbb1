#include "registers/raw_file.hpp"

#include "registers/testing.hpp"

namespace kohort {
namespace {

TEST(RawFile, SplitsALine) {
  using Cells = std::vector<std::string>;
  EXPECT_EQ(split_csv_line("\xef\xbb\xbf"
                           "a,b c,",
                           ','),
            (Cells{"a", "b c", ""}));
  EXPECT_EQ(split_csv_line("\"a,\"\"b\"\"\";x\"y", ';'), (Cells{"a,\"b\"", "x\"y"}));
  EXPECT_FALSE(split_csv_line("a,\"b", ',').has_value());
}

TEST(RawFile, RecodingInPiecesOfAnySizeIsTheSame) {
  const std::string bytes{
      "\xff\xfe"
      "a\0\x3d\xd8\x00\xde\x00\xd8"
      "b\0c",
      13};
  Recoder whole{"utf-16"};
  std::string expected = whole.feed(bytes);
  expected += whole.finish();
  EXPECT_EQ(expected,
            "a\xf0\x9f\x98\x80\xff"
            "b\xff");
  Recoder pieces{"utf-16"};
  std::string out;
  for (const char c : bytes) out += pieces.feed({&c, 1});
  EXPECT_EQ(out + pieces.finish(), expected);
}

TEST(RawFile, CountsRecordsAroundMalformedLines) {
  const TestFolder folder;
  std::string text = "i,x\n";
  for (int i = 1; i <= 5000; ++i) {
    if (i % 700 == 0)
      text += std::to_string(i) + ",\"two\nlines\",extra\n";
    else if (i % 11 == 0)
      text += std::to_string(i) + ",\"two\nlines\"\n";
    else
      text += std::to_string(i) + ",x\n";
  }
  folder.raw("a.csv", text);
  Session session{{.folders = {folder / "raw"}, .temp_folder = {}}};
  const StagedFile staged = stage_file(session, folder / "raw/a.csv", {}, folder / "raw", "a");
  EXPECT_EQ(staged.malformed_lines, 7);
  EXPECT_EQ(staged.records(), 5000);
  EXPECT_EQ(session.read_integer("SELECT count_if(\"row#\" <> CAST(c0 AS BIGINT)) FROM read_parquet(" +
                                 sql_path(staged.rows) + ")"),
            0);
  EXPECT_EQ(session.read_integer("SELECT count_if(\"row#\" % 700 <> 0) FROM read_parquet(" +
                                 sql_path(staged.malformed) + ")"),
            0);
}

}  // namespace
}  // namespace kohort
