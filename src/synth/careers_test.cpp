#include "synth/careers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/text.hpp"

namespace kohort {
namespace {

constexpr int kVillages = 20;
/// Charges a person and the share charged in 2014, residents aged 15-84, on 200 000 persons.
constexpr double kChargesAPerson = 0.0489, kChargedShare = 0.0161;
/// The fall of true charges from 2016 to 2019, by set, of the residents of 2014, on 200 000 persons.
constexpr BySet kFall{0.153, 0.160, 0.171, 0.171};
const SynthSettings kCountry{.persons = 20'000, .seed = 1};

/// A number of each village: villages are independent, so their spread gives the standard error of a sum.
struct BySample {
  std::vector<double> of;
  double sum() const {
    double all = 0;
    for (const double x : of) all += x;
    return all;
  }
  double standard_error() const {  // of the sum
    const double n = static_cast<double>(of.size()), mean = sum() / n;
    double squares = 0;
    for (const double x : of) squares += (x - mean) * (x - mean);
    return std::sqrt(squares / (n - 1) * n);
  }
};

struct Made {
  Village village;
  std::vector<Case> cases;
};

/// Calls f(village, cases) for each village of one country, made once for all tests.
template <class F>
void for_each_village(F f) {
  static const std::vector<Made> country = [] {
    const Codes codes = make_codes();
    std::vector<Made> made;
    for (int number = 0; number < kVillages; ++number) {
      Village village = make_village(kCountry, codes, number);
      std::vector<Case> cases = make_cases(village, codes);
      made.push_back({std::move(village), std::move(cases)});
    }
    return made;
  }();
  for (const Made& one : country) f(one.village, one.cases);
}

int group_of(std::size_t offence) { return offences()[offence].code[0] - '1'; }

TEST(Careers, ChargesComeAtTheirTrueRates) {
  std::array<BySample, kSets> excess;  // charges less expected charges
  BySet expected{};
  for_each_village([&](const Village& village, const std::vector<Case>& cases) {
    BySet truth{}, seen{};
    for (const Person& person : village.persons)
      for (const PersonYear& year : person_years(person, kCountry)) {
        const BySet rates = charge_rates(year.case_rates, person.traits.career);
        for (int s = 0; s < kSets; ++s) truth[s] += rates[s];
      }
    for (const Case& one : cases)
      for (const std::size_t k : one.offences)
        for (int s = 0; s < kSets; ++s) seen[s] += kOffenceSets[s].holds[group_of(k)];
    for (int s = 0; s < kSets; ++s) excess[s].of.push_back(seen[s] - truth[s]), expected[s] += truth[s];
  });
  for (int s = 0; s < kSets; ++s) {
    SCOPED_TRACE(kOffenceSets[s].name);
    EXPECT_NEAR(excess[s].sum(), 0, 4 * excess[s].standard_error());
    EXPECT_LT(excess[s].standard_error(), 0.1 * expected[s]);  // the test can tell
  }
}

TEST(Careers, CasesHoldTogetherWhoIsChargedTogether) {
  for_each_village([&](const Village& village, const std::vector<Case>& cases) {
    std::map<std::int64_t, std::vector<const Case*>> by_id;
    for (const Case& one : cases) by_id[one.case_id].push_back(&one);
    std::size_t joint = 0;
    for (const auto& [id, members] : by_id) {
      std::set<int> slots;
      int principals = 0;
      for (const Case* one : members) {
        slots.insert(one->slot);
        principals += one->principal;
        EXPECT_EQ(one->offence, members.front()->offence);
        EXPECT_EQ(one->registration, members.front()->registration);
        EXPECT_GE(one->registration, one->offence);
        EXPECT_TRUE(present(village.persons[one->slot], one->offence));
      }
      EXPECT_EQ(principals, 1);
      EXPECT_EQ(slots.size(), members.size());
      EXPECT_LE(members.size(), 4u);
      joint += members.size() > 1;
    }
    EXPECT_GT(joint, by_id.size() / 50);
  });
}

TEST(Careers, RegistrationLagsTwoMonthsOnAverageWithALongTail) {
  double days = 0, cases_seen = 0, late = 0;
  for_each_village([&](const Village&, const std::vector<Case>& cases) {
    for (const Case& one : cases) {
      const double lag = one.registration - one.offence;
      days += lag;
      late += lag > 365;
      ++cases_seen;
    }
  });
  const double mean = 20 * std::exp(1.48 * 1.48 / 2);  // lognormal; a half day is lost to rounding down
  const double deviation = mean * std::sqrt(std::exp(1.48 * 1.48) - 1);
  EXPECT_NEAR(days / cases_seen, mean - 0.5,
              4 * 1.3 * deviation / std::sqrt(cases_seen));  // 1.3: joint cases
  EXPECT_NEAR(late / cases_seen, 0.0250, 4 * 1.3 * std::sqrt(0.025 / cases_seen));
}

/// A village's true charges in a year, by set, of those who were residents aged 15-84 at the end of 2014.
BySet true_charges(const Village& village, int year) {
  BySet charges{};
  for (const Person& person : village.persons) {
    const int age = 2014 - person.birth_year;
    if (age < 15 || age > 84 || !present(person, days_from_date(2014, 12, 31))) continue;
    for (const PersonYear& one : person_years(person, kCountry)) {
      if (one.year != year) continue;
      const BySet own = charge_rates(one.case_rates, person.traits.career);
      for (int s = 0; s < kSets; ++s) charges[s] += own[s];
    }
  }
  return charges;
}

TEST(Careers, TrueChargesFallTenToTwentyPerCentFrom2016To2019InEverySet) {
  std::array<BySample, kSets> rest;  // what of 2019 is not (1 - kFall) times 2016
  BySet at2016{};
  for_each_village([&](const Village& village, const std::vector<Case>&) {
    const BySet before = true_charges(village, 2016), after = true_charges(village, 2019);
    for (int s = 0; s < kSets; ++s)
      rest[s].of.push_back(after[s] - (1 - kFall[s]) * before[s]), at2016[s] += before[s];
  });
  for (int s = 0; s < kSets; ++s) {
    SCOPED_TRACE(kOffenceSets[s].name);
    EXPECT_NEAR(rest[s].sum() / at2016[s], 0, 4 * rest[s].standard_error() / at2016[s]);
  }
}

TEST(Careers, PrisonTermsFollowChargesAndNeverOverlap) {
  std::size_t seen = 0;
  for_each_village([&](const Village& village, const std::vector<Case>& cases) {
    std::set<int> charged;
    for (const Case& one : cases) charged.insert(one.slot);
    int slot = -1;
    Day last = 0;
    for (const PrisonTerm& term : make_prison_terms(village, cases)) {
      EXPECT_TRUE(charged.contains(term.slot));
      EXPECT_LT(term.start, term.end);
      if (term.slot == slot) EXPECT_GT(term.start, last);
      slot = term.slot;
      last = term.end;
      ++seen;
    }
  });
  EXPECT_GT(seen, 100u);
}

/// Published moments of 2014 among residents aged 15-84, on a country of 20 000: what calibration left
/// (docs/methods/synthetic-registers.md), within four standard errors over villages.
TEST(Careers, KeepsTheCalibratedMoments) {
  BySample charges, charged;
  double residents = 0;
  for_each_village([&](const Village& village, const std::vector<Case>& cases) {
    std::map<int, int> of_person;
    for (const Case& one : cases)
      if (date_from_days(one.registration).year == 2014)
        of_person[one.slot] += static_cast<int>(one.offences.size());
    double sum = 0, persons = 0;
    for (const auto& [slot, count] : of_person) {
      const int age = 2014 - village.persons[slot].birth_year;
      if (age < 15 || age > 84 || !present(village.persons[slot], days_from_date(2014, 12, 31))) continue;
      sum += count;
      ++persons;
    }
    for (const Person& person : village.persons) {
      const int age = 2014 - person.birth_year;
      residents += age >= 15 && age <= 84 && present(person, days_from_date(2014, 12, 31));
    }
    charges.of.push_back(sum);
    charged.of.push_back(persons);
  });
  EXPECT_NEAR(charges.sum() / residents, kChargesAPerson, 4 * charges.standard_error() / residents);
  EXPECT_NEAR(charged.sum() / residents, kChargedShare, 4 * charged.standard_error() / residents);
}

}  // namespace
}  // namespace kohort
