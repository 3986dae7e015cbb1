#include "matrix/row_marks.hpp"

#include <gtest/gtest.h>

#include "matrix/testing.hpp"

namespace kohort {
namespace {

/// Columns of few values, modal to different degrees.
BinnedMatrix some_bins(std::size_t rows, std::size_t columns, Workers& workers) {
  std::vector<BinnedColumn> made;
  for (std::size_t j = 0; j < columns; ++j) {
    const Stream chance = Stream{7}.child(j);
    std::vector<float> cells(rows);
    for (std::size_t i = 0; i < rows; ++i)
      cells[i] = chance.uniform(2 * i) * static_cast<double>(columns) < static_cast<double>(j)
                     ? static_cast<float>(chance.below(2 * i + 1, 9))
                     : 0.0F;
    made.push_back(make_binned_column(cells, 255));
  }
  return BinnedMatrix{rows, std::move(made), workers};
}

TEST(RowMarks, TellWhichColumnsARowListsAndWhereInItsList) {
  Workers workers{2};
  for (const std::size_t columns : {1, 63, 64, 65, 200}) {
    const BinnedMatrix matrix = some_bins(5000, columns, workers);
    const RowMarks marks{matrix, workers};
    ASSERT_EQ(marks.words(), (columns + 63) / 64);
    matrix.with_entries([&](auto starts, auto entries) {
      for (std::uint32_t row = 0; row < 5000; ++row) {
        const std::uint64_t* line = marks.line(row);
        ASSERT_EQ(line[0], starts[row]);
        for (std::uint32_t j = 0; j < columns; ++j) {
          const bool listed = (line[1 + j / 64] >> (j % 64) & 1) != 0;
          ASSERT_EQ(listed, matrix.column(j).code(row) != matrix.column(j).mode);
          if (listed)
            ASSERT_EQ(entries[line[0] + listed_before(line, j)],
                      matrix.first_place(j) + matrix.column(j).code(row));
        }
      }
    });
  }
}

TEST(RowMarks, ExtractBitsPacksWhatTheMaskSelects) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t bits = Stream{1}.bits(i), mask = Stream{2}.bits(i) & Stream{3}.bits(i);
    std::uint64_t packed = 0, to = 0;
    for (int b = 0; b < 64; ++b)
      if ((mask >> b & 1) != 0) packed |= (bits >> b & 1) << to++;
    ASSERT_EQ(extract_bits(bits, mask), packed);
  }
}

}  // namespace
}  // namespace kohort
