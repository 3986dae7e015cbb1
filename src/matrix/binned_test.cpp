#include "matrix/binned.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "matrix/cuts.hpp"
#include "matrix/testing.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

/// The code of one cell, cell by cell.
std::uint32_t slow_code(const BinnedColumn& column, float cell) {
  if (!column.category) return bin_of(cell, column.cuts);
  return std::isnan(cell) ? 0 : column.level_code(static_cast<std::size_t>(cell));
}

/// The most frequent code, the lowest of equals.
std::uint32_t slow_mode(const BinnedColumn& column, const std::vector<float>& cells) {
  std::map<std::uint32_t, std::size_t> rows;
  for (const float cell : cells) ++rows[slow_code(column, cell)];
  std::uint32_t mode = 0;
  for (const auto& [code, count] : rows)
    if (count > rows[mode]) mode = code;
  return mode;
}

/// The places of one row's listed cells.
std::vector<std::size_t> entries_of(const BinnedMatrix& matrix, std::uint32_t row) {
  return matrix.with_entries([&](auto starts, auto entries) {
    return std::vector<std::size_t>(entries.begin() + static_cast<std::ptrdiff_t>(starts[row]),
                                    entries.begin() + static_cast<std::ptrdiff_t>(starts[row + 1]));
  });
}

/// Every number of a matrix, part by part.
struct Bytes {
  std::vector<std::vector<std::uint64_t>> parts;

  explicit Bytes(const BinnedMatrix& matrix) {
    for (std::size_t j = 0; j < matrix.columns(); ++j) {
      const BinnedColumn& c = matrix.column(j);
      add(c.listed.cells);
      add(c.rank.cells);
      add(c.narrow.cells);
      add(c.wide.cells);
      add(c.code_of_level);
      parts.push_back({c.category, c.bins, c.mode, c.cuts.size()});
    }
    matrix.with_entries([&](auto starts, auto entries) {
      add(starts);
      add(entries);
    });
  }
  template <class List>
  void add(const List& list) {
    parts.emplace_back(list.begin(), list.end());
  }
  bool operator==(const Bytes&) const = default;
};

TEST(BinnedColumn, HasTheCodeOfEveryCellInEveryLayout) {
  std::map<std::pair<bool, bool>, int> layouts;  // dense, wide
  for (const std::size_t n : {1, 63, 64, 65, 5000}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto raw = columns_of_every_layout(n, Stream{seed});
      for (std::size_t j = 0; j < raw.size(); ++j) {
        SCOPED_TRACE("rows " + std::to_string(n) + ", seed " + std::to_string(seed) + ", column " +
                     std::to_string(j));
        const BinnedColumn column = make_binned_column(raw[j].cells, raw[j].bins, raw[j].levels);
        ++layouts[{column.dense(), !column.wide.cells.empty()}];
        EXPECT_EQ(column.category, raw[j].levels > 0);
        EXPECT_EQ(column.bins, column.category ? raw[j].levels : column.cuts.size() + 1);
        EXPECT_EQ(column.mode, slow_mode(column, raw[j].cells));
        for (std::uint32_t row = 0; row < n; ++row)
          ASSERT_EQ(column.code(row), slow_code(column, raw[j].cells[row])) << "row " << row;
      }
    }
  }
  EXPECT_EQ(layouts.size(), 4) << "dense and listed, 8 and 16 bits";
}

TEST(BinnedColumn, NeedsSixteenBitsFromTheCode256On) {
  for (const std::size_t levels : {255, 256}) {
    std::vector<float> cells(2 * levels);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<float>(i % levels);
    const BinnedColumn column = make_binned_column(cells, 1, levels);
    EXPECT_EQ(column.wide.cells.empty(), levels == 255);
    for (std::uint32_t row = 0; row < cells.size(); ++row) ASSERT_EQ(column.code(row), row % levels + 1);
  }
}

TEST(BinnedColumn, IsDenseOnceFourInFiveRowsAreOffTheMode) {
  for (const std::size_t off : {79, 80, 81}) {
    std::vector<float> cells(100, 0);
    for (std::size_t i = 0; i < off; ++i) cells[i] = static_cast<float>(1 + i % 8);
    const BinnedColumn column = make_binned_column(cells, 255);
    EXPECT_EQ(column.dense(), off > 80) << off;
  }
}

TEST(BinnedColumn, TakesInfiniteNumbersForMissing) {
  const BinnedColumn column = make_binned_column(std::vector<float>{1, kInf, 2, -kInf, kNan}, 255);
  const std::vector<std::uint32_t> codes{column.code(0), column.code(1), column.code(2), column.code(3),
                                         column.code(4)};
  EXPECT_EQ(codes, (std::vector<std::uint32_t>{1, 0, 2, 0, 0}));
}

TEST(BinnedColumn, OfNoRowsHasNoCodes) {
  const BinnedColumn number = make_binned_column({}, 255), category = make_binned_column({}, 255, 3);
  EXPECT_EQ(number.bins, 1);
  EXPECT_EQ(category.bins, 3);
  Workers workers{1};
  const BinnedMatrix matrix{0, {number, category}, workers};
  EXPECT_EQ(matrix.places(), 2 + 4);
}

TEST(BinnedColumn, LetsTheRarestOfSeventyThousandLevelsShareTheLastCode) {
  constexpr std::size_t kLevels = 70'000, kCodes = 65'534;
  const Stream stream{4};
  std::vector<float> cells{kNan};
  std::vector<std::size_t> rows(kLevels);
  for (std::size_t i = 0; i < 150'000; ++i) {
    const std::size_t level = stream.below(i, kLevels);
    ++rows[level];
    cells.push_back(static_cast<float>(level));
  }
  const BinnedColumn column = make_binned_column(cells, 255, kLevels);
  std::vector<std::size_t> order(kLevels);  // by rows, the lower level first among equals
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t k) { return std::pair{-std::int64_t(rows[k]), k}; });
  ASSERT_EQ(column.bins, kCodes);
  for (std::size_t k = 0; k < kLevels; ++k)
    ASSERT_EQ(column.level_code(order[k]), std::min(k + 1, kCodes)) << k;
  EXPECT_EQ(column.code(0), 0);
  for (std::uint32_t row = 1; row < cells.size(); ++row)
    ASSERT_EQ(column.code(row), column.level_code(static_cast<std::size_t>(cells[row])));
}

TEST(BinnedColumn, KeepsACodeForEachOf65534Levels) {
  const BinnedColumn column = make_binned_column(std::vector<float>{65'533, 0, kNan}, 255, 65'534);
  EXPECT_TRUE(column.code_of_level.empty());
  EXPECT_EQ(column.code(0), 65'534);
  EXPECT_EQ(column.code(1), 1);
  EXPECT_EQ(column.code(2), 0);
}

/// Entries must be exactly the places of the cells off their column's mode, ascending.
void expect_entries(const BinnedMatrix& matrix) {
  for (std::uint32_t row = 0; row < matrix.rows(); ++row) {
    std::vector<std::size_t> expected;
    for (std::size_t j = 0; j < matrix.columns(); ++j)
      if (const std::uint32_t code = matrix.column(j).code(row); code != matrix.column(j).mode)
        expected.push_back(matrix.first_place(j) + code);
    ASSERT_EQ(entries_of(matrix, row), expected) << "row " << row;
    ASSERT_EQ(matrix.listed(row), expected.size());
  }
}

bool entries_are_narrow(const BinnedMatrix& matrix) {
  return matrix.with_entries([](auto, auto entries) { return sizeof(entries[0]) == 2; });
}

TEST(BinnedMatrix, ListsExactlyTheCellsOffTheMode) {
  Workers workers{2};
  for (const std::size_t n : {1, 2047, 2048, 2049, 6000}) {  // a block of rows is 2,048
    SCOPED_TRACE(n);
    auto raw = columns_of_every_layout(n, Stream{n});
    const BinnedMatrix narrow = binned(n, raw, workers);
    EXPECT_TRUE(entries_are_narrow(narrow) || n == 1) << "of one row, every cell is its column's mode";
    expect_entries(narrow);
    raw.insert(raw.begin() + 4, column_of_many_places(n, Stream{n}));
    const BinnedMatrix wide = binned(n, raw, workers);
    EXPECT_FALSE(entries_are_narrow(wide));
    expect_entries(wide);
  }
}

TEST(BinnedMatrix, HasPlacesForMissingAndAllBinsOfEachColumn) {
  Workers workers{1};
  const BinnedMatrix matrix = binned(500, columns_of_every_layout(500, Stream{1}), workers);
  std::size_t place = 0;
  for (std::size_t j = 0; j < matrix.columns(); ++j) {
    EXPECT_EQ(matrix.first_place(j), place);
    place += matrix.column(j).bins + 1;
  }
  EXPECT_EQ(matrix.places(), place);
}

TEST(BinnedMatrix, NeedsWideEntriesFromTheLastPlaceOn) {
  Workers workers{1};
  const auto with_places = [&](std::size_t places) {  // two categories; the last place is used
    const std::size_t first = 30'000, second = places - (first + 1) - 1;
    const auto last = static_cast<float>(second - 1);
    const std::vector<float> of_second{0, 0, 0, last};
    return binned(4, {{std::vector<float>(4, 0), 255, first}, {of_second, 255, second}}, workers);
  };
  const BinnedMatrix narrow = with_places(65'536), wide = with_places(65'537);
  EXPECT_TRUE(entries_are_narrow(narrow));
  EXPECT_EQ(entries_of(narrow, 3), std::vector<std::size_t>{65'535});
  EXPECT_FALSE(entries_are_narrow(wide));
  EXPECT_EQ(entries_of(wide, 3), std::vector<std::size_t>{65'536});
}

/// A matrix of numbers with missing and infinite cells and categories of few and many levels.
Matrix mixed_matrix(std::size_t n, Stream stream) {
  MatrixBuilder builder{n};
  const auto raw = columns_of_every_layout(n, stream);
  for (std::size_t j = 0; j < raw.size(); ++j) {
    ColumnInfo info{"x" + std::to_string(j)};
    if (raw[j].levels > 0) info.kind = ColumnKind::Category;
    for (std::size_t k = 0; k < raw[j].levels; ++k) info.levels.push_back("level " + std::to_string(k));
    std::vector<float> cells = raw[j].cells;
    if (raw[j].levels == 0 && j % 2 == 1) cells[stream.below(j, n)] = j % 4 == 1 ? kInf : -kInf;
    builder.add(info, cells);
  }
  return builder.finish();
}

TEST(BinnedFeatures, AreTheSameBytesOnAnyNumberOfThreads) {
  for (const CategoryRule rule : {CategoryRule::Sets, CategoryRule::Report, CategoryRule::Ordinal}) {
    const Matrix matrix = mixed_matrix(7000, Stream{8});
    const TreeEncoding encoding = make_tree_encoding(matrix, rule);
    Workers one{1};
    const Bytes expected{bin_features(matrix, encoding, 256, one)};
    for (const int threads : {2, 7}) {
      Workers workers{threads};
      EXPECT_EQ(Bytes{bin_features(matrix, encoding, 256, workers)}, expected) << threads;
    }
  }
}

TEST(BinnedFeatures, AreTheEncodedFeaturesInBins) {
  Workers workers{1};
  for (const int max_bin : {2, 10, 256, 2000}) {
    const Matrix matrix = mixed_matrix(3000, Stream{6});
    for (const CategoryRule rule : {CategoryRule::Sets, CategoryRule::Report, CategoryRule::Ordinal}) {
      const TreeEncoding encoding = make_tree_encoding(matrix, rule);
      const BinnedMatrix bins = bin_features(matrix, encoding, max_bin, workers);
      ASSERT_EQ(bins.columns(), encoding.features());
      std::vector<float> features(matrix.rows() * bins.columns());
      EncodedMatrix{encoding, matrix}.fill(all_rows(matrix.rows()), features);
      for (std::size_t j = 0; j < bins.columns(); ++j) {
        SCOPED_TRACE(std::string{to_text(rule)} + ", feature " + encoding.feature_names()[j]);
        const auto owner =
            std::ranges::upper_bound(encoding.columns, j, {}, &EncodedColumn::first_feature) - 1;
        const bool category = owner->info.kind == ColumnKind::Category;
        ASSERT_EQ(bins.column(j).category, category && rule == CategoryRule::Sets);
        if (!bins.column(j).category) ASSERT_LT(bins.column(j).bins, max_bin);
        for (std::uint32_t row = 0; row < matrix.rows(); ++row)
          ASSERT_EQ(bins.column(j).code(row), slow_code(bins.column(j), features[row * bins.columns() + j]));
      }
    }
  }
}

TEST(BinnedFeatures, AreOneIndicatorPerLevelUpToTwentyLevels) {
  MatrixBuilder builder{5};
  builder.add({"area", ColumnKind::Category, {"N", "S", "W"}}, std::vector<float>{0, 2, kNan, 0, 1});
  const Matrix matrix = builder.finish();
  Workers workers{1};
  const auto codes = [&](CategoryRule rule) {
    const BinnedMatrix bins = bin_features(matrix, make_tree_encoding(matrix, rule), 256, workers);
    std::vector<std::vector<std::uint32_t>> all(bins.columns());
    for (std::size_t j = 0; j < bins.columns(); ++j)
      for (std::uint32_t row = 0; row < 5; ++row) all[j].push_back(bins.column(j).code(row));
    return all;
  };
  using Codes = std::vector<std::vector<std::uint32_t>>;
  EXPECT_EQ(codes(CategoryRule::Report), (Codes{{2, 1, 0, 2, 1}, {1, 1, 0, 1, 2}, {1, 2, 0, 1, 1}}));
  EXPECT_EQ(codes(CategoryRule::Ordinal), (Codes{{1, 3, 0, 1, 2}}));
  EXPECT_EQ(codes(CategoryRule::Sets), (Codes{{1, 3, 0, 1, 2}}));
}

TEST(BinnedFeatures, OfAnotherMatrixThanTheEncodingsAreRefused) {
  const Matrix matrix = mixed_matrix(50, Stream{1});
  MatrixBuilder builder{1};
  builder.add({"area", ColumnKind::Category, {"N", "S"}}, std::vector<float>{0});
  const Matrix here = builder.finish();
  TreeEncoding other = make_tree_encoding(here, CategoryRule::Sets);
  other.columns[0].info.levels = {"S", "N"};
  Workers workers{1};
  try {
    bin_features(here, other, 256, workers);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Defect);
    EXPECT_STREQ(e.what(), "bins are made from the matrix that the encoding was made from");
  }
}

/// Per column a bit and half a bit of rank for every row, and a code for each listed cell; per row a start of
/// 8 bytes and a 16-bit entry for each listed cell. At 2 % of cells listed in 8-bit columns that is
/// 3/16 + 0.02 * 3 bytes per cell and 8 per row: under a tenth of the 4 bytes of a float.
TEST(BinnedMatrix, TakesAQuarterOfAByteForAMostlyModalCell) {
  const std::size_t n = 20'000, columns = 150;
  Workers workers{1};
  std::vector<RawColumn> raw;
  std::size_t listed = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    const Stream stream = Stream{2}.child(j);
    raw.push_back({mostly(0, n, 0.02, stream, [&](std::size_t i) { return 1 + float(stream.below(i, 9)); })});
    listed += n - static_cast<std::size_t>(std::ranges::count(raw.back().cells, 0.0F));
  }
  const BinnedMatrix matrix = binned(n, raw, workers);
  const std::size_t words = (n + 63) / 64;
  EXPECT_EQ(matrix.bytes(), columns * words * (8 + 4) + listed * (1 + 2) + (n + 1) * 8);
  const double per_cell = static_cast<double>(matrix.bytes()) / static_cast<double>(n * columns);
  EXPECT_LT(per_cell, 3.0 / 16 + 0.021 * 3 + 8.0 / columns);
}

}  // namespace
}  // namespace kohort
