#include "synth/draws.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "synth/codes.hpp"

namespace kohort {
namespace {

TEST(Draws, HaveTheMomentsOfTheirLaws) {
  constexpr int kDraws = 100'000;
  Draws draw{Stream{3}};
  double waits = 0, tails = 0, faces = 0;
  for (int i = 0; i < kDraws; ++i) {
    waits += draw.exponential(2);
    tails += draw.geometric(2.8);
    faces += draw.between(1, 6);
  }
  const double root = std::sqrt(kDraws);  // four standard errors each
  EXPECT_NEAR(waits / kDraws, 2, 4 * 2 / root);
  EXPECT_NEAR(tails / kDraws, 2.8, 4 * std::sqrt(2.8 * 3.8) / root);
  EXPECT_NEAR(faces / kDraws, 3.5, 4 * std::sqrt(35.0 / 12) / root);
}

TEST(Lottery, PicksByWeightAndNeverWhatHasNone) {
  const std::vector<double> weights{0, 1, 0, 3, 0};
  const Lottery lottery{weights};
  EXPECT_EQ(lottery.pick(0), 1u);
  EXPECT_EQ(lottery.pick(0.2499), 1u);
  EXPECT_EQ(lottery.pick(0.25), 3u);
  EXPECT_EQ(lottery.pick(std::nextafter(1.0, 0.0)), 3u);
}

TEST(Codes, HoldTheMunicipalitiesAndOffencesOfANorwegianRegister) {
  const Codes codes = make_codes();
  EXPECT_EQ(codes.municipalities.size(), 356u);
  int oslo = 0;
  for (int i = 0; i < 1000; ++i)
    oslo += codes.municipalities[codes.municipality.pick((i + 0.5) / 1000)] == "0301";
  EXPECT_EQ(oslo, 129);  // 693 of 5367 thousand
  ASSERT_EQ(codes.offences_of.size(), 9u);
  for (int group = 1; group <= kGroups; ++group)
    for (const std::size_t k : codes.offences_of[group - 1]) EXPECT_EQ(offences()[k].code[0], '0' + group);
}

}  // namespace
}  // namespace kohort
