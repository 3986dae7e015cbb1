#include "matrix/cuts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/random.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
constexpr float kMost = std::numeric_limits<float>::max(), kLeast = std::numeric_limits<float>::denorm_min();

/// The bin by looking at every cut.
std::uint32_t slow_bin_of(float value, const std::vector<float>& cuts) {
  if (!std::isfinite(value)) return 0;
  std::uint32_t bin = 1;
  for (const float cut : cuts)
    if (cut <= value) ++bin;
  return bin;
}

/// Rows of each bin of finite values.
std::vector<std::size_t> rows_per_bin(const std::vector<float>& cells, const std::vector<float>& cuts) {
  std::vector<std::size_t> rows(cuts.size() + 2);
  for (const float x : cells) ++rows[slow_bin_of(x, cuts)];
  rows.erase(rows.begin());
  return rows;
}

std::map<float, std::size_t> rows_per_value(const std::vector<float>& cells) {
  std::map<float, std::size_t> rows;
  for (const float x : cells)
    if (std::isfinite(x)) ++rows[x];
  return rows;
}

/// The cells in an order of chance.
std::vector<float> shuffled(std::vector<float> cells, Stream stream) {
  for (std::size_t i = cells.size(); i > 1; --i) std::swap(cells[i - 1], cells[stream.below(i, i)]);
  return cells;
}

/// Different numbers of every size and sign.
std::vector<float> distinct_values(std::size_t n, Stream stream) {
  std::map<float, std::size_t> values;
  for (std::uint64_t i = 0; values.size() < n; ++i) {
    const double size = std::exp(20 * stream.child("size").uniform(i) - 10);
    values.try_emplace(static_cast<float>(size * stream.child("value").normal(i)));
  }
  std::vector<float> list;
  for (const auto& entry : values) list.push_back(entry.first);
  return list;
}

TEST(Cuts, GiveFewDistinctValuesABinEachAndLieHalfway) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const std::size_t bins = 1 + stream.below(0, 300), n = 1 + stream.below(1, bins);
    const std::vector<float> values = distinct_values(n, stream);
    std::vector<float> cells = values, halfway;
    for (std::size_t i = 0; i < 3 * n; ++i) cells.push_back(values[stream.child("more").below(i, n)]);
    cells.insert(cells.end(), {kNan, kInf, -kInf});
    for (std::size_t k = 1; k < n; ++k)
      halfway.push_back(static_cast<float>((double{values[k - 1]} + double{values[k]}) / 2));
    EXPECT_EQ(make_cuts(shuffled(cells, stream.child("order")), bins), halfway);
  }
}

TEST(Cuts, AreAtMostOneLessThanTheBins) {
  for (const std::size_t bins : {1, 2, 3, 17, 255, 1000}) {
    for (const std::size_t n : {bins, bins + 1, 2 * bins, 3000UL}) {
      const std::vector<float> cuts = make_cuts(distinct_values(n, Stream{bins}), bins);
      EXPECT_EQ(cuts.size(), std::min(n, bins) - 1);
      EXPECT_TRUE(std::ranges::is_sorted(cuts, std::less_equal{})) << "none twice";
    }
  }
}

TEST(Cuts, DependOnNoOrderOfTheRows) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<float> cells = distinct_values(500 + 100 * seed, Stream{seed});
    std::vector<float> reversed{cells.rbegin(), cells.rend()};
    EXPECT_EQ(make_cuts(cells, 64), make_cuts(reversed, 64));
    EXPECT_EQ(make_cuts(cells, 64), make_cuts(shuffled(cells, Stream{99}), 64));
  }
}

TEST(Cuts, PartDistinctValuesIntoBinsThatDifferByARowAtMost) {
  for (const std::size_t n : {256, 257, 511, 1000, 9999}) {
    SCOPED_TRACE(n);
    const std::vector<float> cells = shuffled(distinct_values(n, Stream{n}), Stream{1});
    const auto rows = rows_per_bin(cells, make_cuts(cells, 255));
    EXPECT_EQ(rows.size(), 255);
    EXPECT_LE(std::ranges::max(rows) - std::ranges::min(rows), 1);
  }
}

/// A bin is closed once it holds its share of the rows left, so no bin holds more than a share and the value
/// that closed it. Every bin that holds more lowers the share of those after it, by at most that value's rows
/// over the number of bins after it: ln(bins) + 1 of them in all.
TEST(Cuts, PartRepeatedValuesIntoBinsOfAboutEqualNumbersOfRows) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::size_t bins = 20 + 5 * seed;
    const std::vector<float> values = distinct_values(40 * bins, Stream{seed});
    std::vector<float> cells;
    for (std::size_t k = 0; k < values.size(); ++k)
      cells.insert(cells.end(), 1 + Stream{seed}.below(k, 8), values[k]);
    const double share = static_cast<double>(cells.size()) / static_cast<double>(bins), most_of_one = 8;
    for (const std::size_t rows : rows_per_bin(cells, make_cuts(cells, bins))) {
      EXPECT_LE(static_cast<double>(rows), share + most_of_one);
      EXPECT_GE(static_cast<double>(rows), share - most_of_one * (std::log(static_cast<double>(bins)) + 1));
    }
  }
}

/// A value of more than two shares leaves the share of the others no larger even when the bin before it had
/// to be closed early, so there is always a bin left for it.
TEST(Cuts, LetAHeavyValueStandAlone) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const std::size_t bins = 3 + stream.below(0, 60);
    const std::vector<float> values = distinct_values(2 * bins + stream.below(1, 500), stream);
    std::vector<float> cells;
    for (std::size_t k = 0; k < values.size(); ++k)
      cells.insert(cells.end(), stream.child("heavy").uniform(k) < 0.05 ? 400 : 1 + stream.below(k + 2, 3),
                   values[k]);
    const auto cuts = make_cuts(shuffled(cells, stream.child("order")), bins);
    const auto rows = rows_per_bin(cells, cuts);
    for (const auto& [value, count] : rows_per_value(cells))
      if (count * bins > 2 * cells.size()) EXPECT_EQ(rows[slow_bin_of(value, cuts) - 1], count) << count;
  }
}

TEST(Cuts, PutMissingAndInfiniteCellsIntoBinZero) {
  const std::vector<float> cuts = make_cuts(std::vector<float>{1, kNan, 2, kInf, 3, -kInf}, 255);
  EXPECT_EQ(cuts, (std::vector<float>{1.5, 2.5}));
  for (const float x : {kNan, kInf, -kInf}) EXPECT_EQ(bin_of(x, cuts), 0);
  EXPECT_EQ(bin_of(kNan, {}), 0);
  EXPECT_EQ(bin_of(kMost, cuts), 3);
  EXPECT_EQ(bin_of(-kMost, cuts), 1);
}

TEST(Cuts, AreThoseOfTheFiniteCellsAlone) {
  const std::vector<float> finite = distinct_values(3000, Stream{2});
  std::vector<float> all;
  for (const float x : finite) all.insert(all.end(), {kNan, x, kInf, -kInf});
  for (const std::size_t bins : {100, 4000}) EXPECT_EQ(make_cuts(all, bins), make_cuts(finite, bins));
}

TEST(Cuts, AreNoneWithoutTwoFiniteValues) {
  EXPECT_TRUE(make_cuts({}, 255).empty());
  EXPECT_TRUE(make_cuts(std::vector<float>(1000, kNan), 255).empty());
  EXPECT_TRUE(make_cuts(std::vector<float>{kInf, kNan, -kInf}, 255).empty());
  EXPECT_TRUE(make_cuts(std::vector<float>(1000, -7), 255).empty());
  EXPECT_TRUE(make_cuts(std::vector<float>{kNan, 4, kNan}, 255).empty());
  EXPECT_TRUE(make_cuts(distinct_values(1000, Stream{1}), 1).empty());
  EXPECT_EQ(bin_of(-7, {}), 1);
}

TEST(Cuts, CountZeroOnceWhateverItsSign) {
  const std::vector<float> cells{-0.0F, 1, 0.0F, -1, -0.0F};
  for (const std::size_t bins : {3, 255, 5000})
    EXPECT_EQ(make_cuts(cells, bins), (std::vector<float>{-0.5, 0.5})) << bins;
  const std::vector<float> cuts = make_cuts(cells, 2);
  ASSERT_EQ(cuts.size(), 1);
  EXPECT_EQ(bin_of(-0.0F, cuts), bin_of(0.0F, cuts));
}

TEST(Cuts, TellNeighbouringFloatsApart) {
  for (const float low : {-kMost, -1.0F, -kLeast, 0.0F, kLeast, 1.0F, 16777216.0F, 3e38F}) {
    SCOPED_TRACE(low);
    const float middle = std::nextafter(low, kInf), high = std::nextafter(middle, kInf);
    const std::vector<float> cells{high, low, middle};
    const std::vector<float> cuts = make_cuts(cells, 255);
    ASSERT_EQ(cuts.size(), 2);
    EXPECT_EQ(bin_of(low, cuts), 1);
    EXPECT_EQ(bin_of(middle, cuts), 2);
    EXPECT_EQ(bin_of(high, cuts), 3);
  }
  const std::vector<float> widest = make_cuts(std::vector<float>{-kMost, kMost}, 255);
  EXPECT_EQ(widest, std::vector<float>{0});
}

TEST(Cuts, ManyNeighbouringFloatsFallIntoBinsOfTheirOwnOrder) {
  std::vector<float> cells{-1e-44F};  // through zero, denormals included
  while (cells.size() < 2000) cells.push_back(std::nextafter(cells.back(), kInf));
  const std::vector<float> cuts = make_cuts(cells, 2000), fewer = make_cuts(cells, 100);
  for (std::size_t k = 0; k < cells.size(); ++k) {
    ASSERT_EQ(bin_of(cells[k], cuts), k + 1);
    ASSERT_EQ(bin_of(cells[k], fewer), 1 + k / 20);
  }
}

TEST(Bins, EqualALookAtEveryCut) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    const std::vector<float> cuts = distinct_values(seed < 20 ? seed : stream.below(0, 3000), stream);
    std::vector<float> asked = distinct_values(200, stream.child("asked"));
    for (std::size_t i = 0; i < 200 && !cuts.empty(); ++i) {
      const float cut = cuts[stream.child("cut").below(i, cuts.size())];
      asked.insert(asked.end(), {cut, std::nextafter(cut, kInf), std::nextafter(cut, -kInf)});
    }
    for (const float x : {kNan, kInf, -kInf, kMost, -kMost, 0.0F, -0.0F, kLeast}) asked.push_back(x);
    for (const float x : asked) ASSERT_EQ(bin_of(x, cuts), slow_bin_of(x, cuts)) << x;
  }
}

/// Of 200,000 rows drawn, the share below a cut has a standard error of at most sqrt(1/4 / 200,000).
TEST(Cuts, OfManyRowsComeFromRowsAllOverTheFile) {
  const std::size_t n = 700'001, bins = 100;
  const double four_errors = 4 * std::sqrt(0.25 / 200'000);
  const std::vector<float> uniform = [&] {
    std::vector<float> cells(n);
    for (std::size_t i = 0; i < n; ++i) cells[i] = static_cast<float>(Stream{3}.uniform(i));
    return cells;
  }();
  std::vector<float> sorted = uniform;
  std::ranges::sort(sorted);
  for (const auto& cells : {uniform, sorted}) {
    const std::vector<float> cuts = make_cuts(cells, bins);
    ASSERT_EQ(cuts.size(), bins - 1);
    for (std::size_t k = 0; k < cuts.size(); ++k) {
      const auto below = std::ranges::lower_bound(sorted, cuts[k]) - sorted.begin();
      EXPECT_NEAR(static_cast<double>(below) / n, static_cast<double>(k + 1) / bins, four_errors) << k;
    }
  }
  EXPECT_EQ(make_cuts(uniform, bins), make_cuts(uniform, bins));
}

TEST(Cuts, OfManyRowsFindEveryOneOfFewValues) {
  std::vector<float> cells(500'000);
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<float>(i % 200);
  cells[123'457] = 1000;  // a single row
  std::vector<float> halfway(199);
  std::iota(halfway.begin(), halfway.end(), 0.5F);
  halfway.push_back((199.0F + 1000.0F) / 2);
  EXPECT_EQ(make_cuts(cells, 201), halfway);
}

TEST(Cuts, OfFewCellsInALongFileComeFromAllOfThem) {
  std::vector<float> cells(1'000'000, std::nanf(""));
  for (std::size_t i = 0; i < 1000; ++i) cells[i * 997] = static_cast<float>(i);
  EXPECT_EQ(make_cuts(cells, 500).size(), 499);
  EXPECT_EQ(make_cuts(cells, 1000).size(), 999);
}

TEST(Cuts, LeaveEveryBinItsLeastRowsAndOnlyDropCuts) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Stream stream{seed};
    std::vector<float> cells(1 + stream.below(0, 3000));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i] = static_cast<float>(std::floor(std::exp(3 * stream.child("x").normal(i))));
      if (stream.child("gap").uniform(i) < 0.1) cells[i] = NAN;
    }
    const std::size_t finite =
        static_cast<std::size_t>(std::ranges::count_if(cells, [](float x) { return std::isfinite(x); }));
    const std::vector<float> all = make_cuts(cells, 255);
    EXPECT_EQ(make_cuts(cells, 255, 1), all);
    for (const std::size_t least : {2, 10, 100, 5000}) {
      const std::vector<float> cuts = make_cuts(cells, 255, least);
      EXPECT_TRUE(std::ranges::includes(all, cuts));
      std::vector<std::size_t> rows(cuts.size() + 2);
      for (const float x : cells) ++rows[bin_of(x, cuts)];
      if (!cuts.empty())
        for (std::size_t bin = 1; bin < rows.size(); ++bin) EXPECT_GE(rows[bin], least) << bin;
      if (finite < 2 * least) EXPECT_TRUE(cuts.empty());
    }
  }
}

TEST(Cuts, JoinABinThatIsTooSmallToTheNext) {
  const std::vector<float> cells{0, 0, 0, 1, 2, 2, 3, 3, 3, 4};
  EXPECT_EQ(make_cuts(cells, 255, 3), (std::vector<float>{0.5F, 2.5F}));
  EXPECT_EQ(make_cuts(cells, 255, 4), (std::vector<float>{1.5F}));
}

}  // namespace
}  // namespace kohort
