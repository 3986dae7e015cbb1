#include "synth/careers.hpp"

#include <algorithm>
#include <cmath>

#include "base/stable.hpp"
#include "base/text.hpp"
#include "synth/draws.hpp"

namespace kohort {
namespace {

constexpr double kJointShare = 0.35;  // cases that look for others to be joined with

/// Days from offence to registration: lognormal, median 20 days, mean two months, a tail of years.
Day draw_lag(Draws& draw) { return static_cast<Day>(stable::exp(stable::log(20.0) + 1.48 * draw.normal())); }

/// A case before it is numbered.
struct Draft {
  Case made;
  int main_group;
  bool joint;
};

std::size_t draw_offence(const Codes& codes, int group, Draws& draw) {
  return codes.offences_of[group][codes.offence[group].pick(draw.uniform())];
}

Draft draw_case(const Person& person, int slot, const PersonYear& truth, const Codes& codes, Draws draw) {
  const Day opens = days_from_date(truth.year, 1, 1), closes = days_from_date(truth.year + 1, 1, 1);
  const Day offence = opens + static_cast<Day>(draw.uniform() * (closes - opens));
  const int group = static_cast<int>(Lottery{truth.case_rates}.pick(draw.uniform()));
  Draft draft{{slot, 0, offence, offence + draw_lag(draw), true, {draw_offence(codes, group, draw)}},
              group,
              draw.chance(kJointShare)};
  const CaseSize size = case_size(person.traits.career);
  const int further = draw.chance(size.more) ? 1 + draw.geometric(size.tail) : 0;
  for (int k = 0; k < further; ++k) {
    const int next =
        draw.chance(kSameGroup) ? group : static_cast<int>(Lottery{kFurtherMix}.pick(draw.uniform()));
    draft.made.offences.push_back(draw_offence(codes, next, draw));
  }
  return draft;
}

void add_cases(const Person& person, int slot, const Village& village, const Codes& codes,
               std::vector<Draft>& drafts) {
  const Stream stream = person.stream.child("cases");
  for (const PersonYear& truth : person_years(person, village.settings)) {
    const Stream year = stream.child(static_cast<std::uint64_t>(truth.year));
    double all = 0;
    for (const double rate : truth.case_rates) all += rate;
    // Drawn over the whole year and kept where the person is present: the same law as drawing within the
    // stays.
    const auto cases = year.child("count").poisson(0, all / truth.presence);
    for (std::int64_t k = 0; k < cases; ++k) {
      Draft draft = draw_case(person, slot, truth, codes, Draws{year.child(static_cast<std::uint64_t>(k))});
      if (present(person, draft.made.offence)) drafts.push_back(std::move(draft));
    }
  }
}

/// Gives `other` the case of `leader`, unless it could not have been there.
bool join(const Village& village, const Draft& leader, Draft& other) {
  const Person &a = village.persons[leader.made.slot], &b = village.persons[other.made.slot];
  if (leader.made.slot == other.made.slot || std::abs(a.birth - b.birth) > 12 * 365) return false;
  if (std::abs(leader.made.offence - other.made.offence) > 366 || !present(b, leader.made.offence))
    return false;
  other.made.case_id = leader.made.case_id;
  other.made.offence = leader.made.offence;
  other.made.registration = leader.made.registration;
  other.made.principal = false;
  return true;
}

/// Joins cases of a kind that look for others, two to four persons a case: nobody gains or loses a charge, so
/// true rates stay what they are.
void join_cases(const Village& village, std::vector<Draft>& drafts) {
  std::vector<std::size_t> seeking;
  for (std::size_t k = 0; k < drafts.size(); ++k)
    if (drafts[k].joint) seeking.push_back(k);
  std::ranges::stable_sort(seeking, {}, [&](std::size_t k) {
    return std::pair{drafts[k].main_group, drafts[k].made.offence};
  });
  const Stream stream = village.stream.child("joint");
  for (std::size_t at = 0; at < seeking.size();) {
    const Draft& leader = drafts[seeking[at]];
    const std::size_t most = 2 + stream.below(at, 3);
    std::vector<int> members{leader.made.slot};
    std::size_t next = at + 1;
    for (; next < seeking.size() && members.size() < most; ++next) {
      Draft& other = drafts[seeking[next]];
      if (other.main_group != leader.main_group ||
          std::ranges::find(members, other.made.slot) != members.end())
        break;
      if (!join(village, leader, other)) break;
      members.push_back(other.made.slot);
    }
    at = next;
  }
}

std::vector<PersonYear> years_of(const Person& person, int first, int last) {
  std::vector<PersonYear> out;
  const Stream stream = person.stream.child("burst");
  const double renewal = std::sqrt(1 - kBurstMemory * kBurstMemory);
  double burst = stream.normal(static_cast<std::uint64_t>(first));
  for (int year = first; year <= last; ++year) {
    if (year > first)
      burst = kBurstMemory * burst + renewal * stream.normal(static_cast<std::uint64_t>(year));
    const double share = presence(person, year);
    if (share <= 0) continue;
    out.push_back({year, share, burst, case_rates(person.traits, year - person.birth_year, burst, year)});
    for (double& rate : out.back().case_rates) rate *= share;
  }
  return out;
}

/// The chance that a case ends in prison rises with the cases before it.
double prison_probability(int earlier_cases) { return 0.02 + 0.035 * std::min(earlier_cases, 8); }

}  // namespace

std::vector<PersonYear> person_years(const Person& person, const SynthSettings& settings) {
  constexpr int kYoungest = 13, kOldest = 95;
  const int first = std::max(settings.first_year - 1, person.birth_year + kYoungest);
  return years_of(person, first, std::min(settings.last_year, person.birth_year + kOldest));
}

std::vector<Case> make_cases(const Village& village, const Codes& codes) {
  std::vector<Draft> drafts;
  for (int slot = 0; slot < std::ssize(village.persons); ++slot)
    add_cases(village.persons[slot], slot, village, codes, drafts);
  std::ranges::stable_sort(drafts, {}, [](const Draft& d) { return std::pair{d.made.slot, d.made.offence}; });
  constexpr std::int64_t kMostCases = 1'000'000;  // of a village
  for (std::size_t k = 0; k < drafts.size(); ++k)
    drafts[k].made.case_id = village.number * kMostCases + static_cast<std::int64_t>(k) + 1;
  join_cases(village, drafts);

  std::vector<Case> cases;
  for (Draft& draft : drafts) cases.push_back(std::move(draft.made));
  std::ranges::stable_sort(cases, {}, [](const Case& c) { return std::pair{c.slot, c.offence}; });
  return cases;
}

std::vector<PrisonTerm> make_prison_terms(const Village& village, const std::vector<Case>& cases) {
  std::vector<PrisonTerm> terms;
  int slot = -1, earlier = 0;
  for (const Case& one : cases) {
    if (one.slot != slot) earlier = 0;
    slot = one.slot;
    const Person& person = village.persons[slot];
    Draws draw{person.stream.child("prison").child(static_cast<std::uint64_t>(one.case_id))};
    if (!draw.chance(prison_probability(earlier++))) continue;
    Day start = one.registration + 150 + static_cast<Day>(draw.exponential(200));
    if (!terms.empty() && terms.back().slot == slot) start = std::max(start, terms.back().end + 1);
    const Day days = 14 + static_cast<Day>(draw.exponential(110));
    if (start - person.birth < 15 * 366 || !present(person, start) || start + days >= person.death) continue;
    terms.push_back({slot, start, start + days, draw.chance(days < 90 ? 0.6 : 0.25)});
  }
  return terms;
}

}  // namespace kohort
