#pragma once
// A village: up to a thousand persons, their couples and children, made alone from its number.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "synth/charge_model.hpp"
#include "synth/codes.hpp"
#include "synth/settings.hpp"

namespace kohort {

/// Days since 1970-01-01, as everywhere.
using Day = std::int32_t;

/// Days of residence in the country: from `from` up to `to`, which is outside.
struct Stay {
  Day from, to;
};

struct Person {
  std::int64_t id = 0;
  Stream stream{0};  // the person's own chance, a child for each purpose
  Day birth = 0;
  int birth_year = 0;
  std::optional<Day> immigrated;
  char immigration_category = 'A';  // after Statistics Norway, A-G
  std::size_t country = 0;          // of background: a place in countries()
  Day death = 0;                    // may lie after the registers end
  std::vector<Stay> stays;          // in order; empty after the last one begins abroad or with death
  int mother = -1, father = -1;     // slots in the village; -1: not known
  int couple = -1;                  // place in the village's couples; -1: none
  int home = 0;                     // place of the municipality a childhood is spent in
  Traits traits;
};

/// A woman and a man living together from `start` until `end`, married from `wedding` on.
struct Couple {
  int woman, man;
  Day start, end;
  std::optional<Day> wedding;
  bool separated;  // ended by separation, not by a death
};

struct Village {
  std::int64_t number = 0;
  SynthSettings settings;
  Stream stream{0};
  std::vector<Person> persons;  // by slot; ids follow the slots
  std::vector<Couple> couples;
};

/// Makes village `number` of the country. Pure; about a millisecond.
Village make_village(const SynthSettings& settings, const Codes& codes, std::int64_t number);

bool present(const Person& person, Day day);
/// The share of a calendar year a person lives in the country.
double presence(const Person& person, int year);
/// The first day after the registers' last.
Day end_of_registers(const SynthSettings& settings);
/// The partner's slot at the end of `day`, or -1.
int partner_at(const Village& village, int slot, Day day);

}  // namespace kohort
