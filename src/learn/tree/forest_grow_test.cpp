#include "learn/tree/forest_grow.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "matrix/testing.hpp"

namespace kohort {
namespace {

constexpr std::size_t kRows = 6000;

using Seen = std::tuple<std::size_t, double, double, std::uint32_t, std::uint32_t, RowList>;

/// Every node of a tree, in the order met.
std::vector<Seen> nodes_of(ForestGrower& grower, const ForestRules& rules) {
  ForestRows grown;
  RowList watched;
  std::vector<double> outcome(kRows);
  for (std::uint32_t row = 0; row < kRows; ++row) {
    outcome[row] = static_cast<double>(Stream{3}.below(row, 4));
    if (row % 5 == 0) {
      watched.push_back(row);
      continue;
    }
    grown.row.push_back(row);
    grown.cell.push_back(ForestCell::of_row(static_cast<std::int64_t>(outcome[row]), 1));
  }
  std::vector<Seen> seen;
  grower.grow(grown, watched, outcome, rules, false, Stream{4}, [&](const ForestNode& node) {
    seen.emplace_back(node.depth, node.total.sum, node.total.rows, node.split ? node.split->column : 0,
                      node.split ? node.split->last_left : 0,
                      RowList{node.watched.begin(), node.watched.end()});
  });
  return seen;
}

TEST(ForestGrower, ReadsSmallNodesFromACopyWithoutChangingTheTree) {
  Workers workers{1};
  for (const bool many : {false, true}) {  // histogram places of 16 bits, of 32
    std::vector<RawColumn> raw = columns_of_every_layout(kRows, Stream{8});
    if (many) raw.push_back(column_of_many_places(kRows, Stream{9}));
    const BinnedMatrix matrix = binned(kRows, raw, workers);
    const RowMarks marks{matrix, workers};
    ForestRules rules;
    rules.max_features = 5;
    ForestGrower plain{matrix, marks}, copying{matrix, marks, 0};
    const std::vector<Seen> nodes = nodes_of(plain, rules);
    EXPECT_GT(nodes.size(), 1000);
    EXPECT_EQ(nodes, nodes_of(copying, rules));
    EXPECT_EQ(nodes, nodes_of(copying, rules));  // its room is used again
  }
}

}  // namespace
}  // namespace kohort
