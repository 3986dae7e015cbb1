#pragma once
// Schooling, welfare and victimisation: what the other registers know of a person, driven by the same
// adversity, propensity and ability as the charges.

#include <array>
#include <optional>
#include <vector>

#include "synth/village.hpp"

namespace kohort {

/// A level of education and the day it was reached. The code has two digits: level 2-8, field 0-9.
struct Attainment {
  Day day;
  int code;
};

/// A way through school; days may lie after the registers end, and only native or early-come persons have
/// marks.
struct Schooling {
  std::vector<Attainment> attainments;  // in order
  int last_enrolled_year;               // the last autumn in school
  bool in_country;                      // schooled here from age 13 on
  std::array<double, 3> tests;          // reading, numeracy, English: mean 50, standard deviation 10
  double lower_marks, upper_marks;      // 1-6
  double absence_days;                  // of upper secondary school
  bool upper_completed, general_competence;
};
Schooling schooling(const Person& person);

/// A spell of child welfare.
struct WelfareSpell {
  Day start, end;
  bool care;  // placed in care; else assistance at home
};
std::vector<WelfareSpell> welfare_spells(const Person& person);

/// What a person lives on in a year; money in kroner of the year.
struct Livelihood {
  int year;
  double income_after_tax, wealth;
  bool work_assessment_allowance, disability_pension, social_assistance;
};
/// One row a year from age 17, for those present on 31 December.
std::vector<Livelihood> livelihoods(const Person& person, const SynthSettings& settings);

/// The consumer price index of a year, 2015 = 100.
double price_index(int year);

struct Military {
  int session_year;
  int cognitive_test;                // 1-9
  int service_year, service_months;  // service_months 0: did not serve
};
/// Men, and women born from 1997 on; nothing for those not called.
std::optional<Military> military(const Person& person);

/// Acts suffered a year and what becomes of them, by group 1-5.
struct Victimisation {
  std::array<double, kVictimGroups> acts_a_year;  // at age_effect 1
  std::array<double, kVictimGroups> reported;     // probability that an act is reported to the police
};
Victimisation victimisation(const Person& person);
/// The factor on acts_a_year at an age; 1 at 35.
double victim_age_effect(int age);
/// The probability that a reported act enters the register with its victim, by group 1-5.
inline constexpr std::array<double, kVictimGroups> kRegistered{.38, .36, .40, .05, .29};

}  // namespace kohort
