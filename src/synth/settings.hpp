#pragma once
// How large a synthetic country is, and how it is cut into pieces that can be made alone.

#include <algorithm>
#include <cstdint>

namespace kohort {

/// What `kohort synth` makes.
struct SynthSettings {
  std::int64_t persons = 30'000;  // persons ever in the registers; about two thirds are residents aged 15-84
  int first_year = 1990;          // first calendar year of the registers
  int last_year = 2020;           // last; nothing known to an authority after its 31 December is written
  std::uint64_t seed = 1;

  bool operator==(const SynthSettings&) const = default;
};

/// Persons live in villages that know nothing of each other: families, partners and co-charged persons share
/// one. A village is a pure function of (settings, its number).
inline constexpr std::int64_t kVillagePersons = 1000;
/// Villages a Parquet file; files are made side by side, each in bounded memory.
inline constexpr std::int64_t kPartVillages = 25;

inline std::int64_t village_count(const SynthSettings& settings) {
  return (settings.persons + kVillagePersons - 1) / kVillagePersons;
}
inline std::int64_t persons_of_village(const SynthSettings& settings, std::int64_t village) {
  return std::min(kVillagePersons, settings.persons - village * kVillagePersons);
}
inline std::int64_t part_count(const SynthSettings& settings) {
  return (village_count(settings) + kPartVillages - 1) / kPartVillages;
}

/// Throws Error (study) when the settings make no country: persons 1 .. 100 million, years 1950 .. 2100 in
/// order.
void check(const SynthSettings& settings);

}  // namespace kohort
