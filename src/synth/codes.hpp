#pragma once
// The code lists of the synthetic registers: municipalities, countries, offences, education. Norwegian in
// shape and size; the municipality codes number each county's municipalities from 1, the offence codes are
// our own.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "synth/draws.hpp"

namespace kohort {

inline constexpr int kGroups = 9;        // offence groups 1-9, after Statistics Norway
inline constexpr int kVictimGroups = 5;  // groups 1-5 have victims

struct OffenceGroup {
  int group;
  std::string_view label;
};
std::span<const OffenceGroup> offence_groups();

/// An offence; the first digit of `code` is its group; `weight`: its share among those of the group.
struct Offence {
  std::string_view code, label;
  double weight;
};
std::span<const Offence> offences();

struct Country {
  std::string_view code;  // ISO 3166, or a part of the world
  double weight;          // share among immigrants
};
std::span<const Country> countries();  // the first is Norway, weight 0

/// The lists made ready for drawing.
struct Codes {
  std::vector<std::string> municipalities;            // four digits: two of the county, two within it
  std::vector<int> sub_areas;                         // how many sub-areas a municipality has
  std::vector<std::vector<std::size_t>> offences_of;  // per group: places in offences()
  Lottery municipality, country;
  std::vector<Lottery> offence;  // per group
};
Codes make_codes();

}  // namespace kohort
