#include "synth/lives.hpp"

#include <algorithm>
#include <cmath>

#include "base/stable.hpp"
#include "base/text.hpp"
#include "synth/draws.hpp"

namespace kohort {
namespace {

double to_tenth(double x) { return std::floor(x * 10 + 0.5) / 10; }

/// Level 2-8 by ability; 2 means no more than lower secondary school.
int draw_level(double ability, Draws& draw) {
  const double reach = 0.75 * ability + 0.66 * draw.normal();
  if (reach < -0.85) return 2;
  if (reach < 0.25) return 4;
  if (reach < 0.40) return 5;
  if (reach < 1.15) return 6;
  return reach < 2.2 ? 7 : 8;
}

int age_at_level(int level) {
  constexpr std::array kAge{16, 17, 19, 21, 23, 26, 30};
  return kAge[level - 2];
}

double draw_mark(double ability, Draws& draw) {
  return to_tenth(std::clamp(4.1 + 0.6 * ability + 0.45 * draw.normal(), 1.0, 6.0));
}

Day midsummer(int year) { return days_from_date(year, 6, 20); }

void add_attainments(const Person& person, int level, Draws& draw, Schooling& out) {
  const int field = draw.between(1, 8);
  const int delay = level > 4 ? draw.geometric(1.2) : 0;
  out.attainments.push_back({midsummer(person.birth_year + 16), 20});
  if (level >= 4)
    out.attainments.push_back({midsummer(person.birth_year + 19), out.general_competence ? 40 : 40 + field});
  if (level >= 5)
    out.attainments.push_back(
        {midsummer(person.birth_year + age_at_level(level) + delay), 10 * level + field});
  const int dropped = level == 2 ? draw.between(16, 18) : 0;
  out.last_enrolled_year = person.birth_year + (level == 2 ? dropped : age_at_level(level) + delay - 1);
}

}  // namespace

Schooling schooling(const Person& person) {
  Draws draw{person.stream.child("school")};
  const double ability = person.traits.ability;
  const int level = draw_level(ability, draw);
  Schooling out{};
  out.in_country = present(person, midsummer(person.birth_year + 13)) &&
                   present(person, midsummer(person.birth_year + 16));
  for (double& test : out.tests)
    test = to_tenth(std::clamp(50 + 7 * ability + 7 * draw.normal(), 20.0, 80.0));
  out.lower_marks = draw_mark(ability, draw);
  out.upper_marks = draw_mark(ability, draw);
  out.absence_days = std::floor(6 * stable::exp(0.7 * draw.normal() + 0.35 * person.traits.propensity));
  out.upper_completed = level >= 4;
  out.general_competence = level >= 5 || (level == 4 && draw.chance(0.45));
  add_attainments(person, level, draw, out);
  return out;
}

std::vector<WelfareSpell> welfare_spells(const Person& person) {
  Draws draw{person.stream.child("welfare")};
  const double risk =
      stable::sigmoid(-3.5 + 1.15 * person.traits.adversity + 0.35 * person.traits.propensity);
  std::vector<WelfareSpell> spells;
  if (!draw.chance(risk)) return spells;
  Day start = person.birth + static_cast<Day>(365.25 * 17 * std::sqrt(draw.uniform()));
  const Day grown = person.birth + static_cast<Day>(365.25 * 20);
  for (bool care = false; start < grown;) {
    const Day end = std::min(grown, start + 60 + static_cast<Day>(draw.exponential(600)));
    if (present(person, start) && end < person.death) spells.push_back({start, end, care});
    if (!draw.chance(0.45)) break;
    start = end + static_cast<Day>(draw.exponential(200));
    care = draw.chance(0.3);
  }
  return spells;
}

double price_index(int year) {  // 2 % a year around 2015 = 100
  return std::floor(1000 * stable::exp((year - 2015) * stable::log1p(0.021)) + 0.5) / 10;
}

namespace {

/// Income rises to 45, falls after 62 and is small for pupils.
double income_by_age(int age) {
  if (age < 20) return 0.12;
  if (age < 45) return 0.35 + 0.65 * stable::log1p((age - 20) / 4.0) / stable::log1p(6.25);
  return age < 62 ? 1.0 : std::max(0.62, 1.0 - 0.035 * (age - 62));
}

double highest_level(const Schooling& school, Day day) {
  int code = 10;
  for (const Attainment& one : school.attainments)
    if (one.day <= day) code = one.code;
  return code / 10;
}

/// Lasting states of a person's working life.
struct WorkingLife {
  int disabled_from;  // age; 200: never
  double assistance;  // probability of social assistance in a year at 25
};

WorkingLife draw_working_life(const Person& person, Draws& draw) {
  const Traits& traits = person.traits;
  const double strain = 0.8 * traits.adversity + 0.4 * traits.propensity - 0.5 * traits.ability;
  const bool persistent = traits.career == Career::Persistent;
  const bool disabled = draw.chance(stable::sigmoid(-2.1 + 0.6 * strain + (persistent ? 0.8 : 0)));
  const int from = persistent ? draw.between(25, 55) : draw.between(28, 66);
  return {disabled ? from : 200,
          stable::sigmoid(-4.6 + 0.9 * strain + 0.8 * traits.heterogeneity + (persistent ? 1.6 : 0))};
}

Livelihood draw_year(const Person& person, const Schooling& school, const WorkingLife& life, int year,
                     double level, double saved) {
  Draws draw{person.stream.child("livelihood").child(static_cast<std::uint64_t>(year))};
  const int age = year - person.birth_year;
  Livelihood out{year, 0, 0, false, false, false};
  out.disability_pension = age >= life.disabled_from && age < 67;
  const bool ill = age >= life.disabled_from - 4 && age < life.disabled_from;
  out.work_assessment_allowance =
      year >= 2010 && age >= 18 && age < 67 && !out.disability_pension && draw.chance(ill ? 0.85 : 0.015);
  out.social_assistance = age >= 18 && draw.chance(life.assistance * (age < 30   ? 1.2
                                                                      : age < 50 ? 1
                                                                      : age < 67 ? 0.5
                                                                                 : 0.1));
  const double education = 0.10 * (highest_level(school, days_from_date(year, 12, 31)) - 4);
  const double reduced = (out.disability_pension || out.work_assessment_allowance ? -0.30 : 0) -
                         (out.social_assistance ? 0.5 : 0);
  const double money = 3600 * price_index(year) * income_by_age(age);
  out.income_after_tax = std::floor(money * stable::exp(education + reduced + level + 0.15 * draw.normal()));
  out.wealth = std::floor(out.income_after_tax * std::max(-1.0, 0.12 * (age - 28) + 1.5 * saved));
  return out;
}

}  // namespace

std::vector<Livelihood> livelihoods(const Person& person, const SynthSettings& settings) {
  constexpr int kYoungest = 17;
  Draws draw{person.stream.child("working life")};
  const Schooling school = schooling(person);
  const WorkingLife life = draw_working_life(person, draw);
  const double woman = person.traits.man ? 0 : -0.15;
  const double level =
      woman + 0.12 * person.traits.ability - 0.06 * person.traits.propensity + 0.25 * draw.normal();
  const double saved = draw.normal();
  std::vector<Livelihood> out;
  for (int year = std::max(settings.first_year, person.birth_year + kYoungest); year <= settings.last_year;
       ++year)
    if (present(person, days_from_date(year, 12, 31)))
      out.push_back(draw_year(person, school, life, year, level, saved));
  return out;
}

std::optional<Military> military(const Person& person) {
  const int session = person.birth_year + 18;
  if (!present(person, midsummer(session))) return std::nullopt;
  if (!person.traits.man && person.birth_year < 1997) return std::nullopt;
  Draws draw{person.stream.child("military")};
  const int test =
      static_cast<int>(std::clamp(5 + 1.7 * person.traits.ability + 1.1 * draw.normal(), 1.0, 9.0));
  const double fit = person.traits.career == Career::Persistent ? 0.4 : 1;
  const bool serves = draw.chance((person.traits.man ? 0.45 : 0.12) * fit * (test >= 4 ? 1 : 0.4));
  const int months = draw.chance(0.1) ? draw.between(1, 5) : 12;
  return Military{session, test, session + draw.between(1, 3), serves ? months : 0};
}

double victim_age_effect(int age) {
  if (age < 15) return 0.5;
  if (age < 22) return 1.6;
  return std::max(0.25, 1.6 * stable::exp(-(age - 22) / 27.7));
}

Victimisation victimisation(const Person& person) {
  Draws draw{person.stream.child("victim")};
  constexpr std::array<double, kVictimGroups> kActs{.110, .150, .090, .125, .070};
  constexpr std::array<double, kVictimGroups> kReported{.49, .16, .24, .10, .03};
  constexpr std::array<double, kVictimGroups> kWomen{1.0, 0.9, 0.9, 0.8, 1.7};
  const double exposed = 0.45 * person.traits.propensity + 0.55 * draw.normal();
  const double trust = 0.4 * draw.normal();
  const double mean = (0.45 * 0.45 + 0.55 * 0.55) / 2;
  Victimisation out{};
  for (int g = 0; g < kVictimGroups; ++g) {
    const double sex = person.traits.man ? 2 - kWomen[g] : kWomen[g];
    out.acts_a_year[g] = kActs[g] * sex * stable::exp(exposed - mean);
    out.reported[g] = stable::sigmoid(stable::logit(kReported[g]) + trust);
  }
  return out;
}

}  // namespace kohort
