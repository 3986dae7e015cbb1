#include "synth/village.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/text.hpp"

namespace kohort {
namespace {

double correlation(const std::vector<std::pair<double, double>>& pairs) {
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  const auto n = static_cast<double>(pairs.size());
  for (const auto& [a, b] : pairs) x += a / n, y += b / n;
  for (const auto& [a, b] : pairs) xx += (a - x) * (a - x), yy += (b - y) * (b - y), xy += (a - x) * (b - y);
  return xy / std::sqrt(xx * yy);
}

TEST(Village, DependsOnSeedAndNumberAlone) {
  const Codes codes = make_codes();
  const SynthSettings few{.persons = 2500}, many{.persons = 9000};
  const Village alone = make_village(few, codes, 1), among = make_village(many, codes, 1);
  ASSERT_EQ(alone.persons.size(), 1000u);
  for (std::size_t slot = 0; slot < 1000; ++slot) {
    EXPECT_EQ(alone.persons[slot].birth, among.persons[slot].birth);
    EXPECT_EQ(alone.persons[slot].mother, among.persons[slot].mother);
    EXPECT_EQ(alone.persons[slot].traits.propensity, among.persons[slot].traits.propensity);
  }
  EXPECT_EQ(alone.persons.front().id, 1001);
  EXPECT_EQ(make_village(few, codes, 2).persons.size(), 500u);
  const Village other = make_village({.persons = 2500, .seed = 2}, codes, 1);
  EXPECT_NE(other.persons[0].birth, alone.persons[0].birth);
}

TEST(Village, ParentsAreOfTheRightSexAndAgeAndInTheCountry) {
  const Codes codes = make_codes();
  int with_mother = 0, with_father = 0, born_here = 0;
  for (int number = 0; number < 5; ++number) {
    const Village village = make_village({.persons = 5000}, codes, number);
    for (const Person& person : village.persons) {
      born_here += !person.immigrated && person.birth_year >= 1990;
      if (person.mother < 0) continue;
      const Person& mother = village.persons[person.mother];
      EXPECT_FALSE(mother.traits.man);
      EXPECT_TRUE(present(mother, person.birth));
      EXPECT_GE(person.birth - mother.birth, 15 * 365);
      with_mother += person.birth_year >= 1990;
      if (person.father < 0) continue;
      EXPECT_TRUE(village.persons[person.father].traits.man);
      EXPECT_GT(person.birth - village.persons[person.father].birth, 15 * 365);
      with_father += person.birth_year >= 1990;
    }
  }
  EXPECT_GT(with_mother, 0.97 * born_here);
  EXPECT_GT(with_father, 0.85 * born_here);
}

TEST(Village, AdversityRunsInFamilies) {
  const Codes codes = make_codes();
  std::vector<std::pair<double, double>> by_mother;
  double adversity = 0, squares = 0;
  for (int number = 0; number < 10; ++number) {
    const Village village = make_village({.persons = 10000}, codes, number);
    for (const Person& person : village.persons) {
      adversity += person.traits.adversity / 10000;
      squares += person.traits.adversity * person.traits.adversity / 10000;
      if (person.mother >= 0 && person.birth_year >= 1975)
        by_mother.emplace_back(village.persons[person.mother].traits.adversity, person.traits.adversity);
    }
  }
  EXPECT_NEAR(adversity, 0, 0.06);  // persons of a family move together: wider than 4 / sqrt(10000)
  EXPECT_NEAR(squares, 1, 0.09);
  const double error = 1 / std::sqrt(static_cast<double>(by_mother.size()) / 2);  // siblings share a mother
  EXPECT_NEAR(correlation(by_mother), 0.30 + 0.25 * 0.5, 4 * error);
}

TEST(Village, StaysLieWithinLifeAndInOrder) {
  const Village village = make_village({.persons = 1000}, make_codes(), 0);
  for (const Person& person : village.persons) {
    Day last = person.immigrated.value_or(person.birth);
    ASSERT_FALSE(person.stays.empty());
    for (const Stay& stay : person.stays) {
      EXPECT_GE(stay.from, last);
      EXPECT_LT(stay.from, stay.to);
      last = stay.to;
    }
    EXPECT_LE(last, person.death);
    EXPECT_LE(presence(person, 2014), 1);
  }
}

}  // namespace
}  // namespace kohort
