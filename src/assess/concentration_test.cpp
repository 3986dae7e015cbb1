#include "assess/concentration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace kohort {
namespace {

using Numbers = std::vector<double>;

TEST(Concentration, AddsUpFromTheHighestPrediction) {
  const Concentration c = concentration(Numbers{0, 1, 3, 0}, Numbers{0.1, 0.4, 0.3, 0.2});
  EXPECT_EQ(c.actual, (Curve{{0, 0.25, 0.5, 0.75, 1}, {0, 0.25, 1, 1, 1}}));
  EXPECT_NEAR(c.predicted.at(0.5), 0.7, 1e-15);
  EXPECT_EQ(c.perfect, (Curve{{0, 0.25, 0.5, 1}, {0, 0.75, 1, 1}}));
}

TEST(Concentration, EqualPredictionsShareEvenly) {
  const Concentration c = concentration(Numbers{2, 0, 0, 0}, Numbers{1, 1, 1, 1});
  for (const double fraction : {0.0, 0.1, 0.5, 1.0}) {
    EXPECT_EQ(c.actual.at(fraction), fraction);
    EXPECT_EQ(c.predicted.at(fraction), fraction);
  }
  EXPECT_EQ(c.perfect.at(0.25), 1);
}

TEST(Concentration, NegativePredictionsMakeAHump) {
  const Concentration c = concentration(Numbers{1, 1, 0, 0}, Numbers{2, 1, 0, -1});
  EXPECT_EQ(c.predicted.y, (Numbers{0, 1, 1.5, 1.5, 1}));
}

TEST(Concentration, RowOrderIsNothing) {
  Numbers actual, predicted;
  for (std::size_t i = 0; i < 1000; ++i) {
    predicted.push_back(static_cast<double>(Stream{1}.below(i, 30)) - 3);
    actual.push_back(static_cast<double>(Stream{2}.poisson(i, 0.3)));
  }
  const Concentration c = concentration(actual, predicted);
  std::ranges::reverse(actual);
  std::ranges::reverse(predicted);
  const Concentration back = concentration(actual, predicted);
  EXPECT_EQ(back.actual, c.actual);  // whole numbers: sums are exact
  EXPECT_EQ(back.predicted, c.predicted);
  EXPECT_EQ(back.perfect, c.perfect);
}

TEST(Concentration, PerfectBoundsActualAndTheyMeetAtTheEnds) {
  Numbers actual, predicted;
  for (std::size_t i = 0; i < 1000; ++i) {
    predicted.push_back(Stream{3}.uniform(i));
    actual.push_back(static_cast<double>(Stream{4}.poisson(i, predicted[i])));
  }
  const Concentration c = concentration(actual, predicted);
  for (const double fraction : drawing_fractions()) {
    EXPECT_LE(c.actual.at(fraction), c.perfect.at(fraction) + 1e-12);
    EXPECT_GE(c.predicted.at(fraction), fraction - 1e-12);
  }
  EXPECT_EQ(c.actual.at(1.0), 1);
  EXPECT_EQ(c.actual.at(0.0), 0);
}

TEST(Concentration, IsUndefinedWhenNothingHappened) {
  const Concentration c = concentration(Numbers{0, 0}, Numbers{1, 2});
  EXPECT_TRUE(std::isnan(c.actual.at(0.5)));
  EXPECT_NEAR(c.predicted.at(0.5), 2.0 / 3, 1e-15);
}

TEST(Concentration, DrawingFractionsSpanTheWhole) {
  const Numbers fractions = drawing_fractions();
  EXPECT_EQ(fractions.size(), 200u);
  EXPECT_EQ(fractions.front(), 0);
  EXPECT_EQ(fractions.back(), 1);
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
}

}  // namespace
}  // namespace kohort
