#include "matrix/row_blocks.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "matrix/testing.hpp"

namespace kohort {
namespace {

constexpr std::size_t kRows = 9000;  // more than two blocks

RowGroups three_groups() {
  RowGroups groups{.of = {}, .count = 3};
  for (std::size_t i = 0; i < kRows; ++i)
    groups.of.push_back(static_cast<std::int32_t>(Stream{3}.below(i, 4)) - 1);
  return groups;
}

TEST(RowBlocks, HoldEveryRowOfAGroupOnceInOrder) {
  const Matrix matrix = linear_layouts(kRows, Stream{1});
  const LinearCells cells{matrix};
  const FixedColumns columns{cells};
  const RowGroups groups = three_groups();
  RowBlocks blocks{columns, groups};
  RowBlock block;
  std::vector<RowList> seen(3);
  while (blocks.next(block))
    for (std::size_t g = 0; g < 3; ++g)
      seen[g].insert(seen[g].end(), block.rows.begin() + static_cast<std::ptrdiff_t>(block.begin[g]),
                     block.rows.begin() + static_cast<std::ptrdiff_t>(block.begin[g + 1]));
  std::vector<RowList> want(3);
  for (std::uint32_t i = 0; i < kRows; ++i)
    if (groups.of[i] >= 0) want[static_cast<std::size_t>(groups.of[i])].push_back(i);
  EXPECT_EQ(seen, want);
}

TEST(RowBlocks, GiveTheDesignOfAnyTrainingSet) {
  const Matrix matrix = linear_layouts(kRows, Stream{1});
  const LinearCells cells{matrix};
  const FixedColumns columns{cells};
  EXPECT_GT(columns.dense(), 0);
  EXPECT_LT(columns.dense(), columns.size());
  const RowGroups groups = three_groups();
  RowList training;
  for (std::uint32_t i = 0; i < kRows; ++i)
    if (groups.of[i] == 1) training.push_back(i);
  const LinearDesign design = make_linear_design(cells, training);
  std::vector<std::vector<double>> fixed(columns.size(), std::vector<double>(kRows));
  RowBlocks blocks{columns, groups};
  RowBlock block;
  while (blocks.next(block))
    for (std::size_t slot = 0; slot < block.rows.size(); ++slot) {
      for (std::size_t c = 0; c < columns.dense(); ++c)
        fixed[c][block.rows[slot]] = block.dense[slot * columns.dense() + c];
      for (std::size_t i = block.start[slot]; i < block.start[slot + 1]; ++i) {
        if (i > block.start[slot]) ASSERT_LT(block.column[i - 1], block.column[i]);
        fixed[columns.dense() + block.column[i]][block.rows[slot]] = block.value[i];
      }
    }
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    if (!design.numbers[j].used) continue;
    std::vector<double> want(kRows, mode_value(design, j)), have = want;
    add_plain_deviations(design, j, 1, want);
    for (const FixedTerm& term : columns.terms(j, design.numbers[j]))
      for (std::size_t i = 0; i < kRows; ++i) have[i] += term.coefficient * fixed[term.column][i];
    for (std::size_t i = 0; i < kRows; ++i)
      if (groups.of[i] >= 0) ASSERT_NEAR(have[i], want[i], 1e-12) << "column " << j << ", row " << i;
  }
}

}  // namespace
}  // namespace kohort
