#include "synth/charge_model.hpp"

#include <algorithm>

#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr double kMostCasesAYear = 12;

/// Occasional careers: charges rise from 13 to 19 and fall fast to a low floor.
constexpr double kOccasionalRate = 0.067, kOccasionalPeak = 19, kOccasionalFade = 12, kOccasionalFloor = 0.04;
constexpr double kWomenRate = 0.15;
/// Persistent careers: a peak at 22 and a slow fading out.
constexpr double kPersistentRate = 0.50, kPersistentPeak = 22, kPersistentFade = 38;
constexpr double kOccasionalBurst = 0.8, kPersistentBurst = 0.44;  // spreads of the transient state

/// e^(s z - s²/2): a lognormal multiplier of mean one.
double lognormal(double spread, double z) { return stable::exp(spread * z - spread * spread / 2); }

double square(double x) { return x * x; }

double occasional_age(int age) {
  if (age < 13) return 0;
  if (age < kOccasionalPeak) return stable::exp(-square(kOccasionalPeak - age) / 14);
  const double adult =
      kOccasionalFloor + (1 - kOccasionalFloor) * stable::exp(-(age - kOccasionalPeak) / kOccasionalFade);
  return age > 60 ? adult * stable::exp(-(age - 60) / 12.0) : adult;
}

double persistent_age(int age) {
  if (age < 13) return 0;
  if (age < kPersistentPeak) return stable::exp(-square(kPersistentPeak - age) / 30);
  return stable::exp(-square((age - kPersistentPeak) / kPersistentFade));
}

/// Shares of main groups, by career and age: the young steal, damage and fight, the old drive and defraud.
struct GroupMix {
  ByGroup young, grown;  // at 15 and below, at 40 and above; linear between
};
constexpr GroupMix kOccasionalMix{{.22, .03, .07, .15, .03, .17, .14, .15, .04},
                                  {.08, .09, .02, .09, .02, .13, .07, .36, .14}};
constexpr GroupMix kPersistentMix{{.26, .05, .07, .12, .02, .24, .12, .10, .02},
                                  {.17, .08, .03, .08, .01, .33, .09, .17, .04}};

ByGroup group_mix(Career career, int age) {
  const GroupMix& mix = career == Career::Persistent ? kPersistentMix : kOccasionalMix;
  const double grown = std::clamp((age - 15) / 25.0, 0.0, 1.0);
  ByGroup out{};
  for (int g = 0; g < kGroups; ++g) out[g] = (1 - grown) * mix.young[g] + grown * mix.grown[g];
  return out;
}

/// A group's trend: yearly change before 2014 and from 2015 on, and the pandemic's effect on 2020.
struct Trend {
  double before, after, pandemic;
};
constexpr std::array<Trend, kGroups> kTrends{{
    {-.015, -.008, .86},  // property theft
    {+.010, -.010, .93},  // for profit
    {-.015, -.004, .90},  // damage
    {+.005, -.005, .90},  // violence
    {+.020, -.005, .94},  // sexual
    {+.030, -.020, .92},  // drugs and alcohol
    {+.005, -.003, .88},  // public order
    {-.005, -.005, .92},  // traffic
    {+.000, -.010, .95},  // other
}};
constexpr int kDrugGroup = 6;
/// One charge for a simple drug case from 2014, and effort turned to dealers from 2015: the two directives.
double drug_policy(int year) { return year < 2014 ? 1.12 : year == 2014 ? 1.0 : year == 2015 ? 0.93 : 0.88; }

}  // namespace

const ByGroup kFurtherMix{.17, .08, .06, .11, .02, .23, .13, .15, .05};

double persistent_probability(bool man, double propensity) {
  return stable::normal_cdf(-2.95 + (man ? 0.32 : -0.58) + 0.9 * propensity);
}

double frailty(const Traits& traits) {
  if (traits.career == Career::Persistent)
    return (kPersistentRate / kOccasionalRate) *
           lognormal(0.7, 0.8 * traits.propensity + 0.6 * traits.heterogeneity);
  const double sex = traits.man ? 1 : kWomenRate;
  return sex * lognormal(1.1, 0.8 * traits.propensity + 0.6 * traits.heterogeneity);
}

double case_rate(const Traits& traits, int age, double burst) {
  const bool persistent = traits.career == Career::Persistent;
  const double curve = persistent ? persistent_age(age) : occasional_age(age);
  const double state = lognormal(persistent ? kPersistentBurst : kOccasionalBurst, burst);
  return std::min(kMostCasesAYear, kOccasionalRate * frailty(traits) * curve * state);
}

double period_effect(int group, int year) {
  const Trend& trend = kTrends[group - 1];
  const double change = year <= 2014 ? trend.before : trend.after;
  double effect = stable::exp((year - 2014) * stable::log1p(change));
  if (group == kDrugGroup) effect *= drug_policy(year);
  return year == 2020 ? effect * trend.pandemic : effect;
}

ByGroup case_rates(const Traits& traits, int age, double burst, int year) {
  ByGroup rates = group_mix(traits.career, age);
  const double all = case_rate(traits, age, burst);
  for (int g = 0; g < kGroups; ++g) rates[g] *= all * period_effect(g + 1, year);
  return rates;
}

CaseSize case_size(Career career) {
  return career == Career::Persistent ? CaseSize{0.35, 1.8} : CaseSize{0.42, 3.0};
}

BySet charge_rates(const ByGroup& case_rates, Career career) {
  const double further = case_size(career).further();
  BySet rates{};
  for (int s = 0; s < kSets; ++s) {
    double mixed = 0;
    for (int g = 0; g < kGroups; ++g) mixed += kOffenceSets[s].holds[g] ? kFurtherMix[g] : 0;
    for (int g = 0; g < kGroups; ++g) {
      const double own = kOffenceSets[s].holds[g] ? 1 : 0;
      rates[s] += case_rates[g] * (own + further * (kSameGroup * own + (1 - kSameGroup) * mixed));
    }
  }
  return rates;
}

}  // namespace kohort
