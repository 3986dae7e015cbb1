#pragma once
// The charges of a village, and the prison terms that follow from them.

#include <vector>

#include "synth/village.hpp"

namespace kohort {

/// What one person is charged with in one case.
struct Case {
  int slot;              // the person, in the village
  std::int64_t case_id;  // shared by those charged together
  Day offence, registration;
  bool principal;                     // false: charged together with a principal offender
  std::vector<std::size_t> offences;  // one a charge, the main one first: places in offences()
};

/// Every case of the village with an offence from the year before the registers' first, by person and
/// offence date. Registration may lie after the registers end.
std::vector<Case> make_cases(const Village& village, const Codes& codes);

/// A stay in prison; `open`: in an open prison.
struct PrisonTerm {
  int slot;
  Day start, end;
  bool open;
};
/// The terms that `cases` (of one village, as made) lead to; a person's do not overlap.
std::vector<PrisonTerm> make_prison_terms(const Village& village, const std::vector<Case>& cases);

/// One calendar year of a person's truth.
struct PersonYear {
  int year;
  double presence;     // share of the year lived in the country
  double burst;        // the transient state, standard normal
  ByGroup case_rates;  // expected cases by main group, presence included
};
/// The years a person can be charged in: from the year before the first, at ages 13 to 95, while present.
std::vector<PersonYear> person_years(const Person& person, const SynthSettings& settings);

}  // namespace kohort
