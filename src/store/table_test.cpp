#include "store/table.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace kohort {
namespace {

Table small() {
  Rows rows{{"model", ColumnType::Text},
            {"n", ColumnType::Integer},
            {"rate", ColumnType::Number},
            {"day", ColumnType::Date}};
  rows.add("lasso", 12, 0.25, 1);
  rows.add("a,\"b\"", std::nullopt, std::nullopt, 2);
  rows.add("", 3, 1, std::nullopt);
  return rows.take();
}

TEST(Table, WritesCsvThatReadsBack) {
  EXPECT_EQ(to_csv(small()),
            "model,n,rate,day\nlasso,12,0.25,1970-01-02\n\"a,\"\"b\"\"\",,,1970-01-03\n\"\",3,1,\n");
}

TEST(Table, StacksRowsOfOneShape) {
  const Table twice = stack({small(), small()});
  EXPECT_EQ(twice.rows(), 6u);
  EXPECT_TRUE(twice.at("n").is_missing(4));
  EXPECT_FALSE(twice.at("n").is_missing(3));
  EXPECT_EQ(twice.at("rate").numbers()[5], 1);
}

TEST(Table, GrowsFromATableAsItsShape) {
  Rows rows{Table{{make_column("model", ColumnType::Text), make_column("n", ColumnType::Integer)}}};
  rows.add("lasso", std::optional<int>{12});
  rows.add("forest", std::optional<int>{});
  EXPECT_EQ(to_csv(Rows{rows.take()}.table()), "model,n\nlasso,12\nforest,\n");
}

TEST(Table, RefusesACellOfAnotherType) {
  Rows rows{{"n", ColumnType::Integer}};
  EXPECT_THROW(rows.add("text"), Error);
  EXPECT_THROW(rows.add(1, 2), Error);
  EXPECT_THROW(small().at("absent"), Error);
}

}  // namespace
}  // namespace kohort
