#include "synth/tables.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "synth/careers.hpp"
#include "synth/draws.hpp"
#include "synth/lives.hpp"

namespace kohort {
namespace {

/// A whole number or day that may be missing.
using Whole = std::optional<std::int64_t>;

ColumnType stored_as(const SchemaColumn& column) {
  switch (column.type) {
    case CellType::Id:
      return column.text_id ? ColumnType::Text : ColumnType::Integer;
    case CellType::Year:
    case CellType::Count:
      return ColumnType::Integer;
    case CellType::Date:
      return ColumnType::Date;
    case CellType::Number:
      return ColumnType::Number;
    case CellType::Flag:
      return ColumnType::Flag;
    default:
      return ColumnType::Text;
  }
}

Whole before(Day day, Day end) { return day < end ? Whole{day} : std::nullopt; }

/// What every row of a village is made from.
struct Scribe {
  const Village& village;
  const Codes& codes;
  Day end = end_of_registers(village.settings);

  Whole person_at(int slot) const {
    if (slot < 0) return std::nullopt;
    return village.persons[slot].id;
  }
  /// The last day of a spell that ends before `to`, where it has passed.
  Whole last_day(Day to) const { return before(to - 1, end); }
};

// ---- who and where

void add_person(const Scribe& scribe, const Person& p, Rows& rows) {
  const bool dies_here = present(p, p.death - 1);
  rows.add(p.id, p.birth, p.traits.man ? "1" : "2", std::string(1, p.immigration_category),
           countries()[p.country].code, p.immigrated, scribe.person_at(p.mother), scribe.person_at(p.father),
           dies_here ? before(p.death, scribe.end) : std::nullopt);
}

void add_births(const Scribe& scribe, Rows& rows) {
  const auto& persons = scribe.village.persons;
  std::vector<std::pair<int, int>> births;  // parent, child
  for (int child = 0; child < std::ssize(persons); ++child)
    for (const int parent : {persons[child].mother, persons[child].father})
      if (parent >= 0) births.emplace_back(parent, child);
  std::ranges::sort(births, {}, [&](auto b) {
    return std::tuple{b.first, persons[b.second].birth, b.second};
  });
  for (const auto& [parent, child] : births)
    rows.add(persons[parent].id, persons[child].id, persons[child].birth);
}

/// The days a person moves on, besides those of stays: leaving home, and perhaps once or twice more.
std::vector<Day> draw_moves(const Person& person, Draws& draw) {
  std::vector<Day> moves;
  if (draw.chance(0.75)) moves.push_back(person.birth + static_cast<Day>(365.25 * draw.uniform(18.5, 23)));
  if (draw.chance(0.55)) moves.push_back(person.birth + static_cast<Day>(365.25 * draw.uniform(24, 36)));
  if (draw.chance(0.25)) moves.push_back(person.birth + static_cast<Day>(365.25 * draw.uniform(37, 65)));
  return moves;
}

void add_residence(const Scribe& scribe, const Person& person, Rows& rows) {
  Draws draw{person.stream.child("residence")};
  const std::vector<Day> moves = draw_moves(person, draw);
  auto municipality = static_cast<std::size_t>(person.home);
  const auto add = [&](Day from, Day to) {
    if (from >= scribe.end || from >= to) return;
    const std::string& code = scribe.codes.municipalities[municipality];
    const int sub_area = draw.between(1, scribe.codes.sub_areas[municipality]);
    rows.add(person.id, from, scribe.last_day(to), code,
             code + (sub_area < 10 ? "0" : "") + std::to_string(sub_area));
  };
  for (const Stay& stay : person.stays) {
    Day from = stay.from;
    for (const Day move : moves) {
      if (move <= from || move >= stay.to) continue;
      add(from, move);
      if (draw.chance(0.55)) municipality = scribe.codes.municipality.pick(draw.uniform());
      from = move;
    }
    add(from, stay.to);
  }
}

void add_emigrations(const Scribe& scribe, const Person& person, Rows& rows) {
  for (std::size_t k = 0; k < person.stays.size(); ++k) {
    const Day out = person.stays[k].to;
    if (out >= scribe.end || out == person.death) continue;
    const bool returns = k + 1 < person.stays.size();
    rows.add(person.id, out, returns ? scribe.last_day(person.stays[k + 1].from) : std::nullopt);
  }
}

void add_civil_status(const Scribe& scribe, int slot, Rows& rows) {
  const Person& person = scribe.village.persons[slot];
  const auto add = [&](Day from, Day to, const char* status) {
    if (from < scribe.end && from < to) rows.add(person.id, from, scribe.last_day(to), status);
  };
  const Day from = person.stays.front().from;
  const Couple* couple = person.couple < 0 ? nullptr : &scribe.village.couples[person.couple];
  if (couple == nullptr || !couple->wedding) return add(from, person.death, "1");
  add(from, *couple->wedding, "1");
  add(std::max(from, *couple->wedding), couple->end, "2");
  add(couple->end, person.death, couple->separated ? "4" : "3");
}

void add_households(const Scribe& scribe, int slot, Rows& rows) {
  const Person& person = scribe.village.persons[slot];
  if (person.couple < 0) return;
  const Couple& couple = scribe.village.couples[person.couple];
  const Whole partner = scribe.person_at(couple.man == slot ? couple.woman : couple.man);
  const Day wedding = couple.wedding.value_or(couple.end);
  if (couple.start < std::min(scribe.end, wedding))
    rows.add(person.id, couple.start, scribe.last_day(wedding), "1", partner);
  if (wedding < std::min(scribe.end, couple.end))
    rows.add(person.id, wedding, scribe.last_day(couple.end), "2", partner);
}

// ---- charges, prison, victims

void add_charges(const Scribe& scribe, const std::vector<Case>& cases, Rows& rows) {
  const Day opens = days_from_date(scribe.village.settings.first_year, 1, 1);
  for (const Case& one : cases) {
    if (one.registration < opens || one.registration >= scribe.end) continue;
    int number = 0;
    for (const std::size_t k : one.offences) {
      const std::string_view code = offences()[k].code;
      rows.add(scribe.village.persons[one.slot].id, one.case_id, ++number, one.registration, one.offence,
               code.substr(0, 1), code, one.principal ? "1" : "2");
    }
  }
}

void add_prison(const Scribe& scribe, const std::vector<Case>& cases, Rows& rows) {
  const Day opens = days_from_date(scribe.village.settings.first_year, 1, 1);
  for (const PrisonTerm& term : make_prison_terms(scribe.village, cases))
    if (term.start >= opens && term.start < scribe.end)
      rows.add(scribe.village.persons[term.slot].id, term.start, scribe.last_day(term.end),
               term.open ? "2" : "1");
}

/// One registered victim, before it is numbered.
struct Act {
  Day offence, registration;
  int group;
  std::size_t code;
};

std::vector<Act> registered_acts(const Scribe& scribe, const Person& person) {
  const SynthSettings& settings = scribe.village.settings;
  const Victimisation truth = victimisation(person);
  std::vector<Act> acts;
  for (int year = std::max(settings.first_year - 1, person.birth_year + 1); year <= settings.last_year;
       ++year) {
    const double share = presence(person, year) * victim_age_effect(year - person.birth_year);
    if (share <= 0) continue;
    Draws draw{person.stream.child("acts").child(static_cast<std::uint64_t>(year))};
    for (int g = 0; g < kVictimGroups; ++g)
      for (int k = draw.poisson(share * truth.acts_a_year[g] * truth.reported[g] * kRegistered[g]); k > 0;
           --k) {
        const Day day = days_from_date(year, 1, 1) + draw.between(0, 364);
        const Day known = day + static_cast<Day>(stable::exp(1.5 + 1.3 * draw.normal()));
        acts.push_back(
            {day, known, g, scribe.codes.offences_of[g][scribe.codes.offence[g].pick(draw.uniform())]});
      }
  }
  std::ranges::stable_sort(acts, {}, &Act::offence);
  return acts;
}

void add_victims(const Scribe& scribe, Rows& rows) {
  constexpr std::int64_t kMostCases = 1'000'000,
                         kVictimCases = 500'000;  // of a village; where victims' begin
  std::int64_t case_id = scribe.village.number * kMostCases + kVictimCases;
  const Day opens = days_from_date(scribe.village.settings.first_year, 1, 1);
  for (const Person& person : scribe.village.persons)
    for (const Act& act : registered_acts(scribe, person)) {
      ++case_id;
      if (act.registration < opens || act.registration >= scribe.end || !present(person, act.offence))
        continue;
      const std::string_view code = offences()[act.code].code;
      rows.add(case_id, person.id, act.offence, act.registration, code.substr(0, 1), code);
    }
}

// ---- childhood, school, work

void add_welfare(const Scribe& scribe, const Person& person, Rows& rows) {
  for (const WelfareSpell& spell : welfare_spells(person))
    if (spell.start < scribe.end)
      rows.add(person.id, spell.start, scribe.last_day(spell.end), spell.care ? "2" : "1");
}

void add_livelihood(const Scribe& scribe, const Person& person, TableSet& registers) {
  Rows &income = registers.at("income"), &benefits = registers.at("benefits");
  for (const Livelihood& one : livelihoods(person, scribe.village.settings)) {
    income.add(person.id, one.year, one.income_after_tax, one.wealth);
    if (one.work_assessment_allowance || one.disability_pension || one.social_assistance)
      benefits.add(person.id, one.year, one.work_assessment_allowance, one.disability_pension,
                   one.social_assistance);
  }
}

/// Registers of schools begin in these years of birth: marks from 2002, national tests from 2007.
constexpr int kFirstMarks = 1986, kFirstTests = 1994;

void add_marks(const Scribe& scribe, const Person& person, const Schooling& school, Rows& rows) {
  const int year = person.birth_year;
  const Day lower = days_from_date(year + 16, 6, 20), upper = days_from_date(year + 19, 6, 20);
  const Day tested = days_from_date(year + 13, 9, 20);
  if (!school.in_country || year < kFirstMarks || lower >= scribe.end) return;
  const auto known = [](bool when, auto value) { return when ? std::optional{value} : std::nullopt; };
  const bool has_tests = year >= kFirstTests;
  const bool has_upper = school.upper_completed && upper < scribe.end && present(person, upper);
  rows.add(person.id, known(has_tests, std::int64_t{tested}), known(has_tests, school.tests[0]),
           known(has_tests, school.tests[1]), known(has_tests, school.tests[2]), lower, school.lower_marks,
           known(has_upper, std::int64_t{upper}), known(has_upper, school.upper_marks),
           known(has_upper, static_cast<std::int64_t>(school.absence_days)),
           known(has_upper, static_cast<std::int64_t>(school.general_competence)));
}

void add_schooling(const Scribe& scribe, const Person& person, TableSet& registers) {
  const Schooling school = schooling(person);
  const SynthSettings& settings = scribe.village.settings;
  for (const Attainment& one : school.attainments)
    if (one.day < scribe.end && present(person, one.day))
      registers.at("education").add(person.id, one.day, std::to_string(one.code));
  const int last = std::min(school.last_enrolled_year, settings.last_year);
  for (int year = std::max(settings.first_year, person.birth_year + 16); year <= last; ++year)
    if (present(person, days_from_date(year, 10, 1))) registers.at("enrolment").add(person.id, year, true);
  add_marks(scribe, person, school, registers.at("school"));
}

void add_military(const Scribe& scribe, const Person& person, Rows& rows) {
  const std::optional<Military> one = military(person);
  const SynthSettings& settings = scribe.village.settings;
  if (!one || one->session_year < settings.first_year || one->session_year > settings.last_year) return;
  rows.add(person.id, one->session_year, one->cognitive_test, std::nullopt);
  if (one->service_months > 0 && one->service_year <= settings.last_year &&
      present(person, days_from_date(one->service_year, 12, 31)))
    rows.add(person.id, one->service_year, std::nullopt, one->service_months);
}

// ---- truth

void add_true_person(const Person& person, Rows& rows) {
  const Victimisation victim = victimisation(person);
  const Traits& traits = person.traits;
  std::vector<Rows::Cell> cells{
      person.id,         std::string{traits.career == Career::Persistent ? "persistent" : "occasional"},
      frailty(traits),   traits.adversity,
      traits.propensity, traits.ability};
  for (const double acts : victim.acts_a_year) cells.emplace_back(acts);
  for (const double reported : victim.reported) cells.emplace_back(reported);
  rows.add_cells(cells);
}

void add_true_years(const Scribe& scribe, const Person& person, Rows& rows) {
  for (const PersonYear& one : person_years(person, scribe.village.settings)) {
    if (one.year < scribe.village.settings.first_year) continue;
    const BySet rates = charge_rates(one.case_rates, person.traits.career);
    rows.add(person.id, one.year, one.presence, one.burst, rates[0], rates[1], rates[2], rates[3]);
  }
}

Table shape_of(std::initializer_list<Rows::Shape> shape) { return Rows{shape}.take(); }

}  // namespace

Rows& TableSet::at(std::string_view name) {
  for (auto& [own, rows] : tables_)
    if (own == name) return rows;
  throw Error{ErrorKind::Defect, "there is no table " + std::string{name}, {}, "please report this"};
}

TableSet register_tables(const Schema& schema) {
  TableSet tables;
  for (const RegisterSchema& one : schema.registers) {
    Table table;
    for (const SchemaColumn& column : one.columns)
      table.columns.push_back(make_column(column.name, stored_as(column)));
    tables.shape(one.name, std::move(table));
  }
  return tables;
}

TableSet truth_tables() {
  constexpr ColumnType kInteger = ColumnType::Integer, kNumber = ColumnType::Number;
  TableSet tables;
  tables.shape("persons", shape_of({{"person", kInteger},
                                    {"career", ColumnType::Text},
                                    {"frailty", kNumber},
                                    {"adversity", kNumber},
                                    {"propensity", kNumber},
                                    {"ability", kNumber},
                                    {"acts_1", kNumber},
                                    {"acts_2", kNumber},
                                    {"acts_3", kNumber},
                                    {"acts_4", kNumber},
                                    {"acts_5", kNumber},
                                    {"reported_1", kNumber},
                                    {"reported_2", kNumber},
                                    {"reported_3", kNumber},
                                    {"reported_4", kNumber},
                                    {"reported_5", kNumber}}));
  tables.shape("person_years", shape_of({{"person", kInteger},
                                         {"year", kInteger},
                                         {"presence", kNumber},
                                         {"burst", kNumber},
                                         {"rate_all", kNumber},
                                         {"rate_acquisitive", kNumber},
                                         {"rate_violence", kNumber},
                                         {"rate_property", kNumber}}));
  return tables;
}

void add_village(const Village& village, const Codes& codes, TableSet& registers, TableSet& truth) {
  const Scribe scribe{village, codes};
  const std::vector<Case> cases = make_cases(village, codes);
  add_births(scribe, registers.at("births"));
  add_charges(scribe, cases, registers.at("charges"));
  add_prison(scribe, cases, registers.at("imprisonment"));
  add_victims(scribe, registers.at("victims"));
  for (int slot = 0; slot < std::ssize(village.persons); ++slot) {
    const Person& person = village.persons[slot];
    add_person(scribe, person, registers.at("persons"));
    add_residence(scribe, person, registers.at("residence"));
    add_emigrations(scribe, person, registers.at("emigrations"));
    add_civil_status(scribe, slot, registers.at("civil_status"));
    add_households(scribe, slot, registers.at("households"));
    add_welfare(scribe, person, registers.at("child_welfare"));
    add_livelihood(scribe, person, registers);
    add_schooling(scribe, person, registers);
    add_military(scribe, person, registers.at("military"));
    add_true_person(person, truth.at("persons"));
    add_true_years(scribe, person, truth.at("person_years"));
  }
}

void add_country(const SynthSettings& settings, TableSet& registers) {
  for (int year = settings.first_year; year <= settings.last_year; ++year)
    registers.at("cpi").add(1, year, price_index(year));
}

TableSet country_truth(const SynthSettings& settings) {
  TableSet tables;
  Rows periods{
      {"offence_group", ColumnType::Integer}, {"year", ColumnType::Integer}, {"effect", ColumnType::Number}};
  for (int group = 1; group <= kGroups; ++group)
    for (int year = settings.first_year; year <= settings.last_year; ++year)
      periods.add(group, year, period_effect(group, year));
  Rows ages{{"age", ColumnType::Integer}, {"effect", ColumnType::Number}};
  for (int age = 0; age <= 100; ++age) ages.add(age, victim_age_effect(age));
  Rows groups{{"offence_group", ColumnType::Integer}, {"registered", ColumnType::Number}};
  for (int g = 0; g < kVictimGroups; ++g) groups.add(g + 1, kRegistered[g]);
  tables.shape("period_effects", periods.take());
  tables.shape("victim_ages", ages.take());
  tables.shape("victim_groups", groups.take());
  return tables;
}

}  // namespace kohort
