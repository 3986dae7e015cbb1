#include "learn/tree/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "matrix/testing.hpp"

namespace kohort {
namespace {

/// A split of one column by chance: a number at one of its bins, a category by a set of its levels.
Split random_split(const BinnedMatrix& matrix, std::size_t j, Stream stream) {
  Split split;
  split.column = static_cast<std::uint32_t>(j);
  split.missing_left = stream.below(0, 2) == 0;
  const std::uint32_t bins = matrix.column(j).bins;
  if (!matrix.column(j).category) {
    split.last_left = static_cast<std::uint32_t>(stream.below(1, bins + 1));
    return split;
  }
  split.left_levels.push_back(split.missing_left);
  for (std::uint32_t code = 1; code <= bins; ++code)
    split.left_levels.push_back(stream.child("level").below(code, 2) == 0);
  return split;
}

bool goes_left(const BinnedColumn& column, const Split& split, std::uint32_t row) {
  const std::uint32_t code = column.code(row);
  if (column.category) return split.left_levels[code];
  return code == 0 ? split.missing_left : code <= split.last_left;
}

/// The standard library's stable partition, node by node.
std::vector<std::size_t> slow_part(const BinnedMatrix& matrix, const std::vector<Parting>& partings,
                                   RowList& rows) {
  std::vector<std::size_t> middles;
  for (const Parting& parting : partings) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(parting.begin);
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(parting.end);
    const auto middle = std::stable_partition(begin, end, [&](std::uint32_t row) {
      return goes_left(matrix.column(parting.split->column), *parting.split, row);
    });
    middles.push_back(static_cast<std::size_t>(middle - rows.begin()));
  }
  return middles;
}

/// Parts `rows` at the given places (nodes lie between them) in both ways.
void expect_stable_partition(const BinnedMatrix& matrix, const std::vector<Split>& splits,
                             const std::vector<std::size_t>& edges, const RowList& rows, Workers& workers) {
  std::vector<Parting> partings;
  for (std::size_t k = 0; k + 1 < edges.size(); ++k) partings.push_back({&splits[k], edges[k], edges[k + 1]});
  RowList expected = rows, parted = rows, scratch(rows.size());
  const std::vector<std::size_t> middles = slow_part(matrix, partings, expected);
  part_rows(matrix, partings, parted, scratch, workers);
  ASSERT_EQ(parted, expected);
  for (std::size_t k = 0; k < middles.size(); ++k) EXPECT_EQ(partings[k].middle, middles[k]);
}

TEST(Partition, IsTheStablePartitionOfEveryLayout) {
  Workers one{1}, three{3};
  for (const std::size_t n : {1, 70, 5000}) {
    const BinnedMatrix matrix = binned(n, columns_of_every_layout(n, Stream{n}), one);
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      for (std::size_t j = 0; j < matrix.columns(); ++j) {
        SCOPED_TRACE("rows " + std::to_string(n) + ", seed " + std::to_string(seed) + ", column " +
                     std::to_string(j));
        const std::vector<Split> splits{random_split(matrix, j, Stream{seed}.child(j))};
        for (Workers* workers : {&one, &three})
          expect_stable_partition(matrix, splits, {0, n}, all_rows(n), *workers);
      }
    }
  }
}

/// A block is 16,384 rows: nodes of none, one, several and exactly whole blocks; one side empty.
TEST(Partition, OfManyNodesAndBlocksIsStableOnAnyNumberOfThreads) {
  const std::size_t n = 120'000, block = 16'384;
  Workers one{1};
  const BinnedMatrix matrix = binned(n, columns_of_every_layout(n, Stream{3}), one);
  RowList rows;  // of an earlier parting: ascending within stretches only
  for (std::uint32_t row = 1; row < n; row += 2) rows.push_back(row);
  for (std::uint32_t row = 0; row < n; row += 2) rows.push_back(row);
  const std::vector<std::size_t> edges{0, 1, 1, 500, 500 + block, 500 + block + block + 1, n / 2, n - 17, n};
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<Split> splits;
    for (std::size_t k = 0; k + 1 < edges.size(); ++k)
      splits.push_back(random_split(matrix, Stream{seed}.below(k, matrix.columns()), Stream{seed}.child(k)));
    splits[6] = {};  // column 0: all values right, missing left or right
    splits[6].missing_left = seed % 2 == 0;
    for (const int threads : {1, 2, 7}) {
      Workers workers{threads};
      expect_stable_partition(matrix, splits, edges, rows, workers);
    }
  }
}

TEST(Partition, LeavesRowsBetweenTheNodesAlone) {
  Workers workers{1};
  const BinnedMatrix matrix = binned(1000, columns_of_every_layout(1000, Stream{2}), workers);
  Split split;
  split.column = 1;
  split.last_left = 100;
  std::vector<Parting> partings{{&split, 10, 200}, {&split, 700, 710}};
  RowList rows = all_rows(1000), expected = rows, scratch(1000);
  slow_part(matrix, partings, expected);
  part_rows(matrix, partings, rows, scratch, workers);
  EXPECT_EQ(rows, expected);
  EXPECT_GT(partings[0].middle, 10);
  EXPECT_LT(partings[0].middle, 200);
  for (std::uint32_t row = 200; row < 700; ++row) EXPECT_EQ(rows[row], row);
  part_rows(matrix, {}, rows, scratch, workers);
  EXPECT_EQ(rows, expected);
}

}  // namespace
}  // namespace kohort
