#include "learn/tree/forest_count.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "learn/tree/forest_copy.hpp"
#include "matrix/testing.hpp"

namespace kohort {
namespace {

constexpr std::size_t kRows = 9000;

ForestCell cell_of(std::uint32_t row) {
  return ForestCell::of_row(static_cast<std::int64_t>(row % 11) - 5, 1 + row % 3);
}

/// Sums by code, missing first, as the longest way round finds them.
std::vector<ForestCell> sums_of(const BinnedColumn& column, const RowList& rows) {
  std::vector<ForestCell> sums(column.bins + 1);
  for (const std::uint32_t row : rows) sums[column.code(row)] += cell_of(row);
  return sums;
}

/// Takes what was counted and holds it against the sums of these rows.
void expect_counted(ForestCounts& counts, const BinnedMatrix& matrix,
                    const std::vector<std::uint32_t>& columns, const RowList& rows) {
  ForestCell total;
  for (const std::uint32_t row : rows) total += cell_of(row);
  OccupiedBins bins;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    counts.take(k, total.sums(), bins);
    const std::vector<ForestCell> sums = sums_of(matrix.column(columns[k]), rows);
    EXPECT_EQ(bins.missing, sums[0].sums());
    std::size_t bin = 0;
    for (std::uint32_t code = 1; code < sums.size(); ++code) {
      if (sums[code].rows() == 0) continue;
      ASSERT_LT(bin, bins.count);
      EXPECT_EQ(bins.code[bin], code);
      EXPECT_EQ((ForestSums{bins.sum[bin], bins.mass[bin], bins.rows[bin]}), sums[code].sums());
      ++bin;
    }
    EXPECT_EQ(bin, bins.count);
  }
}

/// Columns of every layout, in three words of a line; `many`: with more places than 16 bits tell apart.
BinnedMatrix every_layout(bool many, Workers& workers) {
  std::vector<RawColumn> raw;
  for (std::uint64_t k = 0; k < 15; ++k)
    for (RawColumn& column : columns_of_every_layout(kRows, Stream{8}.child(k)))
      raw.push_back(std::move(column));
  if (many) raw.push_back(column_of_many_places(kRows, Stream{9}));
  return binned(kRows, raw, workers);
}

struct Counted {
  Workers workers{1};
  BinnedMatrix matrix;
  RowMarks marks{matrix, workers};
  std::vector<ForestCell> cells;
  std::vector<std::uint32_t> columns;

  explicit Counted(bool many) : matrix(every_layout(many, workers)) {
    for (std::uint32_t row = 0; row < kRows; ++row) cells.push_back(cell_of(row));
    for (std::uint32_t column = 0; column < matrix.columns(); column += 7) columns.push_back(column);
    columns.push_back(static_cast<std::uint32_t>(matrix.columns() - 1));
  }
  static RowList every(std::uint32_t step) {
    RowList rows;
    for (std::uint32_t row = step / 2; row < kRows; row += step) rows.push_back(row);
    return rows;
  }
};

class ForestCountsOf : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Places, ForestCountsOf, testing::Bool());

TEST_P(ForestCountsOf, FindRowsInTheColumnsBitsAndColumnsInTheRowsLines) {
  const Counted c{GetParam()};
  ForestCounts counts{c.matrix};
  for (const std::uint32_t step : {1, 2, 7, 100, 4000}) {
    const RowList rows = Counted::every(step);
    counts.set(c.columns);
    counts.add(rows, c.cells.data());
    expect_counted(counts, c.matrix, c.columns, rows);
    c.matrix.with_entries([&](auto, auto entries) {
      counts.set(c.columns);
      counts.add(ForestLines{c.marks.line(0), c.marks.words(), entries.data()}, rows, c.cells.data());
    });
    expect_counted(counts, c.matrix, c.columns, rows);
  }
}

TEST_P(ForestCountsOf, RowsOfACopyAreTheRowsThemselves) {
  const Counted c{GetParam()};
  ForestCounts counts{c.matrix};
  c.matrix.with_entries([&](auto, auto entries) {
    LinesCopy<std::remove_cv_t<typename decltype(entries)::element_type>> copy;
    for (const std::uint32_t step : {50, 3, 900}) {
      RowList rows = Counted::every(step);
      std::reverse(rows.begin(), rows.end());
      copy.copy({c.marks.line(0), c.marks.words(), entries.data()}, rows);
      RowList places, chosen;
      std::vector<ForestCell> cells;
      for (std::uint32_t place = 0; place < rows.size(); ++place) {
        EXPECT_EQ(copy.row(place), rows[place]);
        cells.push_back(cell_of(rows[place]));
        if (place % 2 == 0) continue;
        places.push_back(place);
        chosen.push_back(rows[place]);
      }
      counts.set(c.columns);
      counts.add(copy.lines(), places, cells.data());
      expect_counted(counts, c.matrix, c.columns, chosen);
    }
  });
}

}  // namespace
}  // namespace kohort
