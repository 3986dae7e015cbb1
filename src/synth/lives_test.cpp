#include "synth/lives.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace kohort {
namespace {

/// Ten villages: enough for rates, made in a fraction of a second.
std::vector<Person> ten_villages() {
  const Codes codes = make_codes();
  std::vector<Person> persons;
  for (int number = 0; number < 10; ++number)
    for (const Person& person : make_village({.persons = 10'000}, codes, number).persons)
      persons.push_back(person);
  return persons;
}

TEST(Lives, AdversityRaisesWelfareAndLowersMarks) {
  double marks[2] = {}, welfare[2] = {}, persons[2] = {};
  for (const Person& person : ten_villages()) {
    if (std::abs(person.traits.adversity) < 1) continue;
    const int adverse = person.traits.adversity > 0;
    ++persons[adverse];
    marks[adverse] += schooling(person).lower_marks;
    welfare[adverse] += !welfare_spells(person).empty();
  }
  EXPECT_GT(marks[0] / persons[0], marks[1] / persons[1] + 0.5);
  EXPECT_GT(welfare[1] / persons[1], 4 * welfare[0] / persons[0]);
}

TEST(Lives, SchoolingComesInOrderAndLivelihoodsOnlyWhereOneLives) {
  for (const Person& person : ten_villages()) {
    const Schooling school = schooling(person);
    EXPECT_TRUE(std::ranges::is_sorted(school.attainments, {}, &Attainment::day));
    for (const Livelihood& one : livelihoods(person, {})) {
      EXPECT_GT(presence(person, one.year), 0);
      EXPECT_GE(one.income_after_tax, 0);
      EXPECT_FALSE(one.disability_pension && one.work_assessment_allowance);
    }
  }
}

TEST(Lives, VictimsOfAYearAreAsManyAsTheSurveyFound) {
  // Expected shares of persons aged 16-84 in 2014 with at least one act: Poisson with the true rates.
  double any = 0, sexual = 0, persons = 0, reported = 0, acts = 0;
  for (const Person& person : ten_villages()) {
    const int age = 2014 - person.birth_year;
    if (age < 16 || age > 84 || presence(person, 2014) < 1) continue;
    const Victimisation truth = victimisation(person);
    double all = 0;
    for (int g = 0; g < kVictimGroups; ++g) {
      const double rate = truth.acts_a_year[g] * victim_age_effect(age);
      all += rate;
      acts += rate;
      reported += rate * truth.reported[g];
    }
    ++persons;
    any += 1 - std::exp(-all);
    sexual += 1 - std::exp(-truth.acts_a_year[4] * victim_age_effect(age));
  }
  EXPECT_NEAR(any / persons, 0.35, 0.04);  // published 35 %
  EXPECT_NEAR(sexual / persons, 0.07, 0.02);
  EXPECT_NEAR(reported / acts, 0.23, 0.04);
}

}  // namespace
}  // namespace kohort
