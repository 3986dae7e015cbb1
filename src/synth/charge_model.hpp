#pragma once
// How often a person is charged: the formulas of docs/methods/synthetic-registers.md, without chance.

#include <array>
#include <string_view>

#include "synth/codes.hpp"

namespace kohort {

/// One number per offence group 1-9, at place group - 1.
using ByGroup = std::array<double, kGroups>;

/// The sets of offence groups whose charges are forecast.
struct OffenceSet {
  std::string_view name;
  std::array<bool, kGroups> holds;  // at place group - 1
};
inline constexpr int kSets = 4;
inline constexpr std::array<OffenceSet, kSets> kOffenceSets{{
    {"all", {true, true, true, true, true, true, true, true, true}},
    {"acquisitive", {true, true, false, false, false, false, false, false, false}},
    {"violence", {false, false, false, true, true, false, false, false, false}},
    {"property", {false, false, true, false, false, false, true, false, false}},
}};
using BySet = std::array<double, kSets>;

/// Most people are charged by occasion if ever; a few offend persistently for years. Moffitt (1993).
enum class Career { Occasional, Persistent };

/// What is lasting in a person.
struct Traits {
  bool man = false;
  double adversity = 0;      // of the childhood; standard normal, runs in families
  double propensity = 0;     // standard normal, correlated with adversity
  double ability = 0;        // standard normal, falls with adversity and propensity
  double heterogeneity = 0;  // standard normal, unrelated to everything observed
  Career career = Career::Occasional;
};

/// The probability of a persistent career.
double persistent_probability(bool man, double propensity);

/// The lasting multiplier of a person's rate (1: a man of average propensity with an occasional career).
double frailty(const Traits& traits);

/// Cases a year, before period effects, at `age` in whole years; 0 below 13.
///   burst  the standard normal state of the year, an AR(1) with coefficient kBurstMemory
double case_rate(const Traits& traits, int age, double burst);
inline constexpr double kBurstMemory = 0.6;

/// What the police and the times did to a group's charges in a year: 1 in 2014. Gentle trends; drug charges
/// rise to 2013 and drop with the directives of 2014 and 2015; every group dips in the pandemic of 2020. The
/// trends go on outside the years named.
double period_effect(int group, int year);

/// Cases a year by main group: case_rate, split over groups by career and age, times the period effects.
ByGroup case_rates(const Traits& traits, int age, double burst, int year);

/// A case holds one charge, or with probability `more` further ones: 1 + geometric of mean `tail`.
struct CaseSize {
  double more, tail;
  double further() const { return more * (1 + tail); }  // expected charges besides the main one
};
CaseSize case_size(Career career);
/// A further charge is of the main charge's group with this probability, else drawn from kFurtherMix.
inline constexpr double kSameGroup = 0.55;
extern const ByGroup kFurtherMix;  // sums to one

/// Expected charges a year in each offence set, given the cases a year by main group.
BySet charge_rates(const ByGroup& case_rates, Career career);

}  // namespace kohort
