#include "assess/deciles.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace kohort {
namespace {

using Numbers = std::vector<double>;

std::array<int, kDeciles> sizes(const std::vector<std::uint8_t>& decile) {
  std::array<int, kDeciles> out{};
  for (const std::uint8_t d : decile) ++out.at(d - 1u);
  return out;
}

TEST(Deciles, FirstIsTheHighestTenth) {
  Numbers predicted(100);
  std::iota(predicted.begin(), predicted.end(), -50.0);
  const auto decile = deciles(predicted, Stream{1});
  EXPECT_EQ(decile[99], 1);
  EXPECT_EQ(decile[90], 1);
  EXPECT_EQ(decile[89], 2);
  EXPECT_EQ(decile[0], 10);
}

TEST(Deciles, HaveEqualSizesWhateverTheTies) {
  const Numbers predicted(1003, 0.5);
  const auto decile = deciles(predicted, Stream{1});
  for (const int size : sizes(decile)) {
    EXPECT_GE(size, 100);
    EXPECT_LE(size, 101);
  }
  EXPECT_EQ(deciles(predicted, Stream{1}), decile);
  EXPECT_NE(deciles(predicted, Stream{2}), decile);
}

TEST(Deciles, LotsPartOnlyEqualPredictions) {
  Numbers predicted(1000, 0.5);
  std::fill(predicted.begin(), predicted.begin() + 150, 0.9);
  const auto decile = deciles(predicted, Stream{1});
  for (std::size_t i = 0; i < 150; ++i) EXPECT_LE(decile[i], 2);
  for (std::size_t i = 150; i < 1000; ++i) EXPECT_GE(decile[i], 2);
  EXPECT_EQ(sizes(decile)[1], 100);
}

TEST(Deciles, CountUnitsByTheirEvents) {
  const std::vector<std::uint8_t> decile{1, 1, 1, 1, 1, 1, 1, 10};
  const Numbers actual{0, 1, 2, 3, 4, 5, 17, 1}, predicted{1, 1, 1, 1, 1, 1, 2, 0.5};
  const auto summary = summarise_deciles(decile, actual, predicted);
  EXPECT_EQ(summary[0].units, 7u);
  EXPECT_EQ(summary[0].with_events, (std::array<std::size_t, kEventClasses>{1, 1, 1, 1, 1, 2}));
  EXPECT_EQ(summary[0].with_any(), 6u);
  EXPECT_EQ(summary[0].predicted_sum, 8);
  EXPECT_EQ(summary[0].actual_sum, 32);
  EXPECT_EQ(summary[9].with_events[1], 1u);
  EXPECT_EQ(summary[4].units, 0u);
}

}  // namespace
}  // namespace kohort
