#include "report/figure_rows.hpp"

#include <gtest/gtest.h>

namespace kohort {
namespace {

Table two_designs() {
  Rows rows{
      {"design", ColumnType::Text}, {"horizon", ColumnType::Integer}, {"correlation", ColumnType::Number}};
  rows.add("path", 3, 0.3);
  rows.add("path", 2, 0.2);
  rows.add("freshness", 1, 0.1);
  rows.add("path", 3, std::nullopt);
  rows.add("path", std::nullopt, 0.5);
  return rows.take();
}

const Filter kPath{.column = "design", .value = "path"};
const Filter kLowest{.column = "horizon", .keep = Keep::Lowest};
const Filter kHighest{.column = "horizon", .keep = Keep::Highest};
using Places = std::vector<std::size_t>;

TEST(FigureRows, MeetTheFiltersInTurn) {
  const Table table = two_designs();
  EXPECT_EQ(rows_of_figure(table, {}), (Places{0, 1, 2, 3, 4}));
  EXPECT_EQ(rows_of_figure(table, {kPath, kLowest}), (Places{1}));
  EXPECT_EQ(rows_of_figure(table, {kLowest, kPath}), (Places{}));
  EXPECT_EQ(rows_of_figure(table, {kPath, kHighest}), (Places{0, 3}));
  EXPECT_EQ(rows_of_figure(table, {{.column = "horizon", .value = "3"}}), (Places{0, 3}));
  EXPECT_EQ(rows_of_figure(table, {{.column = "model", .value = "lasso"}}), (Places{}));
}

TEST(FigureRows, OfAllFiguresAreCarriedAndNoOthers) {
  const std::vector<Figure> figures{{.id = "a", .table = "correlation", .filters = {kPath, kLowest}},
                                    {.id = "b", .table = "correlation", .filters = {kPath, kHighest}},
                                    {.id = "c", .table = "other"}};
  const Table kept = rows_for_figures("correlation", two_designs(), figures);
  EXPECT_EQ(to_csv(kept), "design,horizon,correlation\npath,3,0.3\npath,2,0.2\npath,3,\n");
  EXPECT_EQ(to_csv(rows_for_figures("unused", two_designs(), figures)), to_csv(two_designs()));
}

}  // namespace
}  // namespace kohort
