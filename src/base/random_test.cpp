#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace kohort {
namespace {

TEST(Random, DependsOnSeedStreamAndIndexAlone) {
  const Stream a = Stream{15}.child("boosting").child(3);
  EXPECT_EQ(a.bits(7), Stream{15}.child("boosting").child(3).bits(7));
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 100; ++i) {
    seen.insert(a.bits(i));
    seen.insert(Stream{15}.child("boosting").child(i + 4).bits(7));
    seen.insert(Stream{15}.child("forest").child(3).bits(i));
    seen.insert(Stream{16}.child("boosting").child(3).bits(i));
  }
  EXPECT_EQ(seen.size(), 400u);
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  constexpr int kDraws = 200'000;
  const Stream s{1};
  double u = 0, n = 0, n2 = 0, p = 0, p2 = 0, big = 0;
  for (int i = 0; i < kDraws; ++i) {
    u += s.child("u").uniform(i);
    const double z = s.child("n").normal(i);
    n += z;
    n2 += z * z;
    const auto k = static_cast<double>(s.child("p").poisson(i, 2.5));
    p += k;
    p2 += k * k;
    big += static_cast<double>(s.child("b").poisson(i, 50));
  }
  const double root = std::sqrt(kDraws);  // four standard errors each
  EXPECT_NEAR(u / kDraws, 0.5, 4 * std::sqrt(1.0 / 12) / root);
  EXPECT_NEAR(n / kDraws, 0, 4 / root);
  EXPECT_NEAR(n2 / kDraws, 1, 4 * std::sqrt(2.0) / root);
  EXPECT_NEAR(p / kDraws, 2.5, 4 * std::sqrt(2.5) / root);
  EXPECT_NEAR(p2 / kDraws - p / kDraws * p / kDraws, 2.5, 4 * std::sqrt(2.5 + 2 * 2.5 * 2.5) / root);
  EXPECT_NEAR(big / kDraws, 50, 4 * std::sqrt(50.0) / root);
}

TEST(Random, BelowIsEvenlySpread) {
  int counts[7] = {};
  for (std::uint64_t i = 0; i < 70'000; ++i) ++counts[Stream{2}.below(i, 7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 4 * std::sqrt(10'000 * 6.0 / 7));
}

}  // namespace
}  // namespace kohort
