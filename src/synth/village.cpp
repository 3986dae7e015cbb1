#include "synth/village.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/stable.hpp"
#include "base/text.hpp"
#include "synth/draws.hpp"

namespace kohort {
namespace {

constexpr double kYear = 365.25;
Day years(double n) { return static_cast<Day>(n * kYear); }

// ---- who comes, when, and until when

/// Age structure of the first year, ten years a step.
constexpr std::array kStock{.127, .140, .155, .147, .127, .090, .098, .080, .036};
/// Newcomers of each later year per person of the stock.
constexpr double kBirths = 0.0141, kImmigrants = 0.0090;
constexpr double kStockImmigrants = 0.05;

enum class Arrival { Stock, Birth, Immigration };

Arrival draw_arrival(const SynthSettings& settings, Draws& draw) {
  const double later = settings.last_year - settings.first_year + 1;
  const std::array weights{1.0, later * kBirths, later * kImmigrants};
  return static_cast<Arrival>(Lottery{weights}.pick(draw.uniform()));
}

double draw_immigration_age(Draws& draw) {
  if (draw.chance(0.2)) return draw.uniform(0, 16);
  return std::clamp(27 + 8 * draw.normal(), 16.0, 70.0);
}

void draw_birth(const SynthSettings& settings, Person& person) {
  Draws draw{person.stream.child("arrival")};
  const Day opens = days_from_date(settings.first_year, 1, 1), closes = end_of_registers(settings);
  const Arrival arrival = draw_arrival(settings, draw);
  const Day came = opens + static_cast<Day>(draw.uniform() * (closes - opens));
  if (arrival == Arrival::Birth) person.birth = came;
  if (arrival == Arrival::Immigration) {
    person.immigrated = came;
    person.birth = came - years(draw_immigration_age(draw));
  }
  if (arrival == Arrival::Stock) {
    const double decade = static_cast<double>(Lottery{kStock}.pick(draw.uniform()));
    person.birth = opens - 1 - years(10 * (decade + draw.uniform()));
    if (draw.chance(kStockImmigrants))
      person.immigrated = person.birth + static_cast<Day>(draw.uniform() * (opens - 1 - person.birth));
  }
  person.birth_year = date_from_days(person.birth).year;
}

/// Gompertz (1825): the hazard at age x is a e^(bx); conditional on living at `alive`.
Day draw_death(const Person& person, Day alive) {
  constexpr double b = 0.092;
  const double a = person.traits.man ? 4.4e-5 : 3.3e-5;
  const double age = std::max(0, alive - person.birth) / kYear;
  Draws draw{person.stream.child("death")};
  const double age_at_death = stable::log(stable::exp(b * age) + draw.exponential(b / a)) / b;
  return std::max(alive, person.birth + years(std::min(age_at_death, 110.0))) + 1;
}

/// Residence from birth or immigration to death, with at most one stay abroad.
std::vector<Stay> draw_stays(const Person& person, const SynthSettings& settings) {
  Draws draw{person.stream.child("emigration")};
  const Day from = person.immigrated.value_or(person.birth);
  if (!draw.chance(person.immigrated ? 0.25 : 0.03)) return {{from, person.death}};
  const Day opens = days_from_date(settings.first_year, 1, 1);
  const Day adult = person.immigrated ? from : std::max(opens, person.birth + years(18));
  const Day out = std::max(adult, opens) + 30 + static_cast<Day>(draw.exponential(6 * kYear));
  if (out >= person.death) return {{from, person.death}};
  const Day back = out + years(draw.uniform(0.5, 5));
  if (!draw.chance(0.3) || back >= person.death) return {{from, out}};
  return {{from, out}, {back, person.death}};
}

Person draw_person(const Village& village, std::int64_t slot) {
  Person person;
  person.id = village.number * kVillagePersons + slot + 1;
  person.stream = village.stream.child(static_cast<std::uint64_t>(slot));
  person.traits.man = person.stream.child("sex").uniform(0) < 0.506;
  draw_birth(village.settings, person);
  const Day opens = days_from_date(village.settings.first_year, 1, 1);
  person.death = draw_death(person, std::max(opens, person.immigrated.value_or(person.birth)));
  person.stays = draw_stays(person, village.settings);
  return person;
}

// ---- couples

/// Slots of one sex by birth.
std::vector<int> by_birth(const Village& village, bool men) {
  std::vector<int> slots;
  for (int slot = 0; slot < std::ssize(village.persons); ++slot)
    if (village.persons[slot].traits.man == men) slots.push_back(slot);
  std::ranges::sort(slots, {}, [&](int slot) { return std::pair{village.persons[slot].birth, slot}; });
  return slots;
}

/// Those of `slots` (by birth) born from `from` up to `to`.
std::span<const int> born_between(const Village& village, const std::vector<int>& slots, Day from, Day to) {
  const auto birth = [&](int slot) { return village.persons[slot].birth; };
  const auto first = std::ranges::lower_bound(slots, from, {}, birth);
  return {first, std::ranges::lower_bound(first, slots.end(), to, {}, birth)};
}

Couple draw_couple(const Village& village, int woman, int man, Draws& draw) {
  const Person &w = village.persons[woman], &m = village.persons[man];
  const Day arrived = std::max(w.immigrated.value_or(w.birth), m.immigrated.value_or(m.birth));
  const Day start = std::max({w.birth + years(draw.uniform(19, 31)), m.birth + years(19), arrived + 90});
  const Day parted = draw.chance(0.38) ? start + years(1 + draw.exponential(11)) : start + years(200);
  const Day end = std::min({parted, w.death, m.death});
  Couple couple{woman, man, start, std::max(start, end), std::nullopt, parted == end};
  const Day wedding = start + years(draw.exponential(2.5));
  if (draw.chance(0.68) && wedding < end) couple.wedding = wedding;
  return couple;
}

/// Women in order of birth each take a man of about their age who is free.
void pair_up(Village& village) {
  const std::vector<int> women = by_birth(village, false), men = by_birth(village, true);
  for (const int woman : women) {
    Draws draw{village.persons[woman].stream.child("couple")};
    if (!draw.chance(0.88)) continue;
    const Day birth = village.persons[woman].birth;
    std::vector<int> free;
    for (const int man : born_between(village, men, birth - years(8), birth + years(2)))
      if (village.persons[man].couple < 0) free.push_back(man);
    if (free.empty()) continue;
    const int man = free[draw.between(0, static_cast<int>(free.size()) - 1)];
    const Couple couple = draw_couple(village, woman, man, draw);
    if (couple.start >= couple.end) continue;
    village.persons[woman].couple = village.persons[man].couple = static_cast<int>(village.couples.size());
    village.couples.push_back(couple);
  }
}

// ---- parents and what is inherited

struct Births {
  std::vector<int> children;  // by slot of the mother
  std::vector<Day> last_birth;
};

/// How likely a woman is the mother of a child born on `day`, up to a factor: her age, her children so far.
double motherhood(const Village& village, const Births& births, int woman, Day day) {
  constexpr std::array kByParity{1.0, 2.4, 0.9, 0.35, 0.15};
  const Person& person = village.persons[woman];
  if (!present(person, day) || (births.children[woman] > 0 && day - births.last_birth[woman] < 330)) return 0;
  const double age = (day - person.birth) / kYear;
  const bool together = person.couple >= 0 && village.couples[person.couple].start <= day &&
                        day < village.couples[person.couple].end;
  return stable::exp(-(age - 29) * (age - 29) / 50) * kByParity[std::min(births.children[woman], 4)] *
         (together ? 1 : 0.15);
}

int draw_mother(const Village& village, const std::vector<int>& women, const Births& births, Day day,
                Draws& draw) {
  const auto candidates = born_between(village, women, day - years(45), day - years(16));
  std::vector<double> weights;
  double sum = 0;
  for (const int woman : candidates) sum += weights.emplace_back(motherhood(village, births, woman, day));
  return sum > 0 ? candidates[Lottery{weights}.pick(draw.uniform())] : -1;
}

/// The mother's partner at conception; else any man of her age, or none known.
int draw_father(const Village& village, const std::vector<int>& men, int mother, Day day, Draws& draw) {
  const Person& person = village.persons[mother];
  if (person.couple >= 0) {
    const Couple& couple = village.couples[person.couple];
    if (couple.start <= day && day < couple.end + 270) return couple.man;
  }
  if (draw.chance(0.25)) return -1;
  std::vector<int> candidates;
  for (const int man : born_between(village, men, person.birth - years(8), person.birth + years(3)))
    if (present(village.persons[man], day - 270) && village.persons[man].birth < day - years(16))
      candidates.push_back(man);
  return candidates.empty() ? -1 : candidates[draw.between(0, static_cast<int>(candidates.size()) - 1)];
}

/// The parents of those born in the country since the end of the war; earlier links are not in the registers.
void draw_parents(Village& village, int slot, const std::vector<int>& women, const std::vector<int>& men,
                  Births& births) {
  Person& person = village.persons[slot];
  if (person.immigrated || person.birth_year < 1945) return;
  Draws draw{person.stream.child("parents")};
  person.mother = draw_mother(village, women, births, person.birth, draw);
  if (person.mother < 0) return;
  person.father = draw_father(village, men, person.mother, person.birth, draw);
  ++births.children[person.mother];
  births.last_birth[person.mother] = person.birth;
}

/// Adversity runs in families: weight .30 on each parent's adversity and .25 on each parent's propensity keep
/// the variance one when parents are unrelated.
void draw_traits(Village& village, Person& person) {
  Draws draw{person.stream.child("traits")};
  Traits& traits = person.traits;
  constexpr double kOwn = 0.545;  // 1 - 2 (.30² + .25² + 2 · .30 · .25 · .5)
  double inherited = 0, own = 1;
  for (const int parent : {person.mother, person.father}) {
    if (parent < 0) continue;
    const Traits& theirs = village.persons[parent].traits;
    inherited += 0.30 * theirs.adversity + 0.25 * theirs.propensity;
    own -= (1 - kOwn) / 2;
  }
  traits.adversity = inherited + std::sqrt(own) * draw.normal();
  traits.propensity = 0.5 * traits.adversity + std::sqrt(0.75) * draw.normal();
  traits.ability = -0.35 * traits.adversity - 0.25 * traits.propensity + 0.852 * draw.normal();
  traits.heterogeneity = draw.normal();
  if (draw.chance(persistent_probability(traits.man, traits.propensity))) traits.career = Career::Persistent;
}

/// Immigration category and country of background follow from the parents; the childhood home is the
/// mother's.
void draw_origin(const Village& village, const Codes& codes, Person& person) {
  Draws draw{person.stream.child("origin")};
  person.home = static_cast<int>(codes.municipality.pick(draw.uniform()));
  const std::size_t abroad = codes.country.pick(draw.uniform());
  if (person.immigrated) {
    const double kind = draw.uniform();
    person.immigration_category = kind < 0.92 ? 'B' : kind < 0.97 ? 'E' : 'G';
    person.country = person.immigration_category == 'G' ? 0 : abroad;
    return;
  }
  if (person.mother < 0) return;
  const Person& mother = village.persons[person.mother];
  const bool foreign_father =
      person.father >= 0 && village.persons[person.father].immigration_category == 'B';
  const bool foreign_mother = mother.immigration_category == 'B';
  person.home = mother.home;
  if (foreign_mother && (foreign_father || person.father < 0))
    person.immigration_category = 'C';
  else if (foreign_mother || foreign_father)
    person.immigration_category = 'F';
  if (foreign_mother)
    person.country = mother.country;
  else if (foreign_father)
    person.country = village.persons[person.father].country;
}

}  // namespace

Village make_village(const SynthSettings& settings, const Codes& codes, std::int64_t number) {
  Village village{number,
                  settings,
                  Stream{settings.seed}.child("village").child(static_cast<std::uint64_t>(number)),
                  {},
                  {}};
  for (std::int64_t slot = 0; slot < persons_of_village(settings, number); ++slot)
    village.persons.push_back(draw_person(village, slot));
  pair_up(village);

  const std::vector<int> women = by_birth(village, false), men = by_birth(village, true);
  std::vector<int> all(village.persons.size());
  for (int slot = 0; slot < std::ssize(all); ++slot) all[slot] = slot;
  std::ranges::sort(all, {}, [&](int slot) { return std::pair{village.persons[slot].birth, slot}; });
  Births births{std::vector<int>(all.size()), std::vector<Day>(all.size())};
  for (const int slot : all) {
    draw_parents(village, slot, women, men, births);
    draw_traits(village, village.persons[slot]);
    draw_origin(village, codes, village.persons[slot]);
  }
  return village;
}

bool present(const Person& person, Day day) {
  return std::ranges::any_of(person.stays, [&](Stay stay) { return stay.from <= day && day < stay.to; });
}

double presence(const Person& person, int year) {
  const Day from = days_from_date(year, 1, 1), to = days_from_date(year + 1, 1, 1);
  double days = 0;
  for (const Stay& stay : person.stays)
    days += std::max(0, std::min(to, stay.to) - std::max(from, stay.from));
  return days / (to - from);
}

Day end_of_registers(const SynthSettings& settings) { return days_from_date(settings.last_year + 1, 1, 1); }

int partner_at(const Village& village, int slot, Day day) {
  const Person& person = village.persons[slot];
  if (person.couple < 0) return -1;
  const Couple& couple = village.couples[person.couple];
  if (day < couple.start || day >= couple.end) return -1;
  return couple.man == slot ? couple.woman : couple.man;
}

}  // namespace kohort
