#include "matrix/folds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.hpp"

namespace kohort {
namespace {

const std::vector<double> kEdges{0, 1, 2, 4};

struct Units {
  std::vector<std::uint64_t> id;
  std::vector<double> outcome;
};

Units units(std::size_t n, std::uint64_t per_cluster) {
  Units u;
  const Stream stream{3};
  for (std::size_t i = 0; i < n; ++i) {
    u.id.push_back(1000 + i / per_cluster);
    u.outcome.push_back(static_cast<double>(stream.poisson(i, 0.8)));
  }
  return u;
}

TEST(Bands, CountTheEdgesAtOrBelow) {
  EXPECT_EQ(band_of(0, kEdges), 1);
  EXPECT_EQ(band_of(1, kEdges), 2);
  EXPECT_EQ(band_of(3, kEdges), 3);
  EXPECT_EQ(band_of(4, kEdges), 4);
  EXPECT_EQ(band_of(900, kEdges), 4);
}

TEST(Folds, HoldTheirShareOfEveryBand) {
  const Units u = units(1003, 1);
  const std::vector<int> fold = deal_folds(u.id, u.outcome, kEdges, 10, Stream{1});
  std::map<int, std::map<int, int>> count;  // band, fold
  for (std::size_t i = 0; i < fold.size(); ++i) ++count[band_of(u.outcome[i], kEdges)][fold[i]];
  for (const auto& [band, of] : count) {
    int most = 0, least = 1 << 30;
    for (int f = 0; f < 10; ++f) {
      const int n = of.contains(f) ? of.at(f) : 0;
      most = std::max(most, n);
      least = std::min(least, n);
    }
    EXPECT_LE(most - least, 1) << "band " << band;
  }
}

TEST(Folds, NeverSplitACluster) {
  const Units u = units(999, 3);
  const std::vector<int> fold = deal_folds(u.id, u.outcome, kEdges, 7, Stream{1});
  std::map<std::uint64_t, std::set<int>> folds_of;
  for (std::size_t i = 0; i < fold.size(); ++i) folds_of[u.id[i]].insert(fold[i]);
  for (const auto& [id, folds] : folds_of) EXPECT_EQ(folds.size(), 1);
}

TEST(Folds, DoNotDependOnTheOrderOfRows) {
  Units u = units(500, 2);
  const std::vector<int> fold = deal_folds(u.id, u.outcome, kEdges, 5, Stream{9});
  std::ranges::reverse(u.id);
  std::ranges::reverse(u.outcome);
  std::vector<int> reversed = deal_folds(u.id, u.outcome, kEdges, 5, Stream{9});
  std::ranges::reverse(reversed);
  EXPECT_EQ(fold, reversed);
}

TEST(Folds, DifferByStream) {
  const Units u = units(500, 1);
  EXPECT_NE(deal_folds(u.id, u.outcome, kEdges, 5, Stream{1}),
            deal_folds(u.id, u.outcome, kEdges, 5, Stream{2}));
}

TEST(Folds, RefuseMoreFoldsThanClustersAndMissingOutcomes) {
  const std::vector<std::uint64_t> id{1, 1, 2};
  const std::vector<double> y{0, 1, 0};
  try {
    deal_folds(id, y, kEdges, 3, Stream{1});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "folds: 2 units cannot fill 3 folds\n   mend: ask for fewer folds or a larger population");
    EXPECT_EQ(e.kind(), ErrorKind::Study);
  }
  EXPECT_THROW(deal_folds(id, y, kEdges, 1, Stream{1}), Error);
  const std::vector<double> missing{0, std::nan(""), 0};
  EXPECT_THROW(deal_folds(id, missing, kEdges, 2, Stream{1}), Error);
}

}  // namespace
}  // namespace kohort
