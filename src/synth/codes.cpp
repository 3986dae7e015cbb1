#include "synth/codes.hpp"

#include <fmt/format.h>

#include <array>

namespace kohort {
namespace {

constexpr std::array kOffenceGroups{
    OffenceGroup{1, "Property theft"},
    OffenceGroup{2, "Other offences for profit"},
    OffenceGroup{3, "Criminal damage"},
    OffenceGroup{4, "Violence and maltreatment"},
    OffenceGroup{5, "Sexual offences"},
    OffenceGroup{6, "Drug and alcohol offences"},
    OffenceGroup{7, "Public order and integrity violations"},
    OffenceGroup{8, "Traffic offences"},
    OffenceGroup{9, "Other offences"},
};

constexpr std::array kOffences{
    Offence{"101", "Theft from shop", 40},
    Offence{"102", "Theft from dwelling", 8},
    Offence{"103", "Aggravated theft", 14},
    Offence{"104", "Theft of motor vehicle", 8},
    Offence{"105", "Theft from motor vehicle", 9},
    Offence{"106", "Theft of bicycle", 5},
    Offence{"107", "Theft from person", 9},
    Offence{"108", "Attempted theft", 7},
    Offence{"201", "Fraud", 42},
    Offence{"202", "Aggravated fraud", 10},
    Offence{"203", "Handling stolen goods", 20},
    Offence{"204", "Embezzlement", 9},
    Offence{"205", "Tax and accounting offence", 8},
    Offence{"206", "Forgery", 7},
    Offence{"207", "Robbery", 4},
    Offence{"301", "Criminal damage", 62},
    Offence{"302", "Aggravated criminal damage", 14},
    Offence{"303", "Graffiti", 13},
    Offence{"304", "Damage to motor vehicle", 8},
    Offence{"305", "Arson", 3},
    Offence{"401", "Assault", 44},
    Offence{"402", "Assault with bodily harm", 15},
    Offence{"403", "Aggravated bodily harm", 4},
    Offence{"404", "Threats", 21},
    Offence{"405", "Maltreatment in close relations", 9},
    Offence{"406", "Stalking and harassment", 5},
    Offence{"407", "Homicide, completed or attempted", 1},
    Offence{"408", "Deprivation of liberty", 1},
    Offence{"501", "Rape", 22},
    Offence{"502", "Sexual activity with a minor", 18},
    Offence{"503", "Sexually offensive conduct", 30},
    Offence{"504", "Images of sexual abuse of children", 22},
    Offence{"505", "Incest and abuse of position", 8},
    Offence{"601", "Drug use", 36},
    Offence{"602", "Drug possession", 30},
    Offence{"603", "Drug dealing", 12},
    Offence{"604", "Aggravated drug offence", 5},
    Offence{"605", "Doping", 5},
    Offence{"606", "Alcohol offence", 9},
    Offence{"607", "Import of drugs", 3},
    Offence{"701", "Disorderly conduct", 34},
    Offence{"702", "Violence against public servant", 14},
    Offence{"703", "Insulting public servant", 13},
    Offence{"704", "Failure to obey police order", 19},
    Offence{"705", "Carrying a knife or weapon in public", 12},
    Offence{"706", "Trespass", 5},
    Offence{"707", "Identity infringement", 3},
    Offence{"801", "Speeding", 30},
    Offence{"802", "Driving under the influence", 27},
    Offence{"803", "Driving without licence", 25},
    Offence{"804", "Reckless driving", 8},
    Offence{"805", "Leaving the place of an accident", 4},
    Offence{"806", "Vehicle not fit for the road", 6},
    Offence{"901", "Work environment offence", 10},
    Offence{"902", "Environmental offence", 12},
    Offence{"903", "Immigration act offence", 26},
    Offence{"904", "Firearms act offence", 18},
    Offence{"905", "Customs act offence", 14},
    Offence{"906", "Perjury and false report", 9},
    Offence{"907", "Hunting and fishing offence", 11},
};

constexpr std::array kCountries{
    Country{"NO", 0},   Country{"PL", 11},    Country{"SE", 9},       Country{"LT", 5},   Country{"SO", 4.5},
    Country{"DE", 4},   Country{"PK", 3.5},   Country{"IQ", 4},       Country{"SY", 3.5}, Country{"PH", 3},
    Country{"DK", 4},   Country{"IR", 2.5},   Country{"VN", 2},       Country{"TH", 2.5}, Country{"RU", 2.5},
    Country{"TR", 2},   Country{"BA", 2},     Country{"AF", 2},       Country{"ER", 2.5}, Country{"LK", 1.5},
    Country{"GB", 3},   Country{"RO", 2},     Country{"IN", 2},       Country{"XK", 1.5}, Country{"MA", 1},
    Country{"US", 2},   Country{"ET", 1.5},   Country{"CL", 1},       Country{"CN", 1.5}, Country{"EU", 8},
    Country{"ASIA", 4}, Country{"AFRICA", 4}, Country{"AMERICAS", 2},
};

struct County {
  int code, municipalities;
  double thousands;       // inhabitants
  int city;               // number of its large city, 0 for none
  double city_thousands;  // inhabitants of that city
};
constexpr std::array kCounties{
    County{3, 1, 693, 1, 693},   County{11, 23, 480, 3, 143},  County{15, 26, 265, 7, 66},
    County{18, 41, 241, 4, 52},  County{30, 51, 1241, 5, 101}, County{34, 46, 371, 3, 31},
    County{38, 23, 419, 3, 63},  County{42, 25, 307, 4, 111},  County{46, 43, 637, 1, 284},
    County{50, 38, 469, 1, 205}, County{54, 39, 243, 1, 77},
};

/// Inhabitants (in thousands) of municipality `number` of a county: its city as listed, the others falling
/// with their number.
double thousands_of(const County& county, int number) {
  if (number == county.city) return county.city_thousands;
  double others = 0;
  for (int k = 1; k <= county.municipalities; ++k)
    if (k != county.city) others += 1.0 / (k + 2);
  return (county.thousands - county.city_thousands) / (number + 2) / others;
}

Lottery lottery_of_countries() {
  std::vector<double> weights;
  for (const Country& country : kCountries) weights.push_back(country.weight);
  return Lottery{weights};
}

}  // namespace

std::span<const OffenceGroup> offence_groups() { return kOffenceGroups; }
std::span<const Offence> offences() { return kOffences; }
std::span<const Country> countries() { return kCountries; }

Codes make_codes() {
  std::vector<double> inhabitants;
  Codes codes{
      {}, {}, std::vector<std::vector<std::size_t>>(kGroups), Lottery{inhabitants}, lottery_of_countries(),
      {}};
  for (const County& county : kCounties)
    for (int number = 1; number <= county.municipalities; ++number) {
      const double thousands = thousands_of(county, number);
      codes.municipalities.push_back(fmt::format("{:02}{:02}", county.code, number));
      codes.sub_areas.push_back(2 + static_cast<int>(thousands / 40));
      inhabitants.push_back(thousands);
    }
  codes.municipality = Lottery{inhabitants};
  for (std::size_t k = 0; k < kOffences.size(); ++k)
    codes.offences_of[kOffences[k].code[0] - '1'].push_back(k);
  for (const auto& places : codes.offences_of) {
    std::vector<double> weights;
    for (const std::size_t k : places) weights.push_back(kOffences[k].weight);
    codes.offence.emplace_back(weights);
  }
  return codes;
}

}  // namespace kohort
