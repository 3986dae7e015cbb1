#include "analyses/disclosure.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace kohort {
namespace {

Table table() {
  Rows rows{{"group", ColumnType::Text},
            {"n", ColumnType::Integer},
            {"events", ColumnType::Integer},
            {"mean", ColumnType::Number}};
  rows.add("a", 100, 50, 0.5);
  rows.add("b", 4, 0, 0.25);
  rows.add("c", 100, 1, 0.125);
  rows.add("d", 5, 5, 1);
  rows.add("e", 100, 0, 0);
  return rows.take();
}

TEST(SmallCells, AreBlankedAndFlagged) {
  const Table safe = suppress_small_cells(table(), {{"n", "events"}, {"mean"}, {}});
  EXPECT_EQ(to_csv(safe),
            "group,n,events,mean,suppressed\n"
            "a,100,50,0.5,false\nb,,0,,true\nc,100,,,true\nd,5,5,1,false\ne,100,0,0,false\n");
}

TEST(SmallCells, InternalCountsAreDroppedAfterUse) {
  const Table safe = suppress_small_cells(table(), {{"n", "events"}, {"mean"}, {"events"}}, 6);
  EXPECT_EQ(to_csv(safe),
            "group,n,mean,suppressed\na,100,0.5,false\nb,,,true\nc,100,,true\nd,,,true\ne,100,0,false\n");
}

TEST(SmallCells, RefuseAnUnknownColumn) {
  EXPECT_THROW(suppress_small_cells(table(), {{"persons"}, {}, {}}), Error);
}

}  // namespace
}  // namespace kohort
