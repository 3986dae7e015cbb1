#include "synth/charge_model.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace kohort {
namespace {

TEST(ChargeModel, RisesToNineteenAndFallsAndMenLead) {
  const Traits man{.man = true}, woman{.man = false};
  EXPECT_EQ(case_rate(man, 12, 0), 0);
  EXPECT_LT(case_rate(man, 15, 0), case_rate(man, 19, 0));
  EXPECT_GT(case_rate(man, 19, 0), 5 * case_rate(man, 50, 0));
  EXPECT_NEAR(case_rate(woman, 19, 0), 0.15 * case_rate(man, 19, 0), 1e-15);
  EXPECT_LT(persistent_probability(true, 0), persistent_probability(true, 2));
  EXPECT_LT(persistent_probability(false, 1), persistent_probability(true, 1));
}

TEST(ChargeModel, HasAPolicyOfDrugsAndAPandemic) {
  for (int group = 1; group <= kGroups; ++group) {
    SCOPED_TRACE(group);
    EXPECT_EQ(period_effect(group, 2014), 1);
    EXPECT_LT(period_effect(group, 2019), period_effect(group, 2016));
    EXPECT_LT(period_effect(group, 2020), 0.96 * period_effect(group, 2019));
    const double change = period_effect(group, 2016) / period_effect(group, 2013);
    EXPECT_EQ(change < 0.85, group == 6);  // the directives of 2014 and 2015, on drugs alone
  }
}

TEST(ChargeModel, SplitsChargesOverSetsLikeTheCasesAndTheirFurtherCharges) {
  EXPECT_NEAR(std::accumulate(kFurtherMix.begin(), kFurtherMix.end(), 0.0), 1, 1e-12);
  ByGroup cases{};
  cases[3] = 2;  // two cases a year whose main charge is of violence
  const double further = case_size(Career::Occasional).further();
  const BySet rates = charge_rates(cases, Career::Occasional);
  EXPECT_NEAR(rates[0], 2 * (1 + further), 1e-12);
  EXPECT_NEAR(rates[1], 2 * further * 0.45 * (kFurtherMix[0] + kFurtherMix[1]), 1e-12);
  EXPECT_NEAR(rates[2], 2 * (1 + further * (0.55 + 0.45 * (kFurtherMix[3] + kFurtherMix[4]))), 1e-12);
}

}  // namespace
}  // namespace kohort
