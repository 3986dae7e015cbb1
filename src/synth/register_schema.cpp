#include "synth/register_schema.hpp"

#include <fmt/format.h>

#include "base/document.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

// Read from top to bottom: this is the document, with the long code lists left as <names>.
constexpr std::string_view kDocument = R"(
registers:
  persons:
    meaning: Everyone who lived in the country, one row per person
    unit: person
    key: [person]
    temporality: fixed
    columns:
      person: {type: id}
      birth_date: {type: date, range: [1850-01-01, 2110-12-31]}
      sex: {type: category, codes: {"1": Man, "2": Woman}}
      immigration_category:
        type: category
        codes:
          A: Born in the country to two native-born parents
          B: Immigrant
          C: Born in the country to two immigrant parents
          E: Foreign-born with one native-born parent
          F: Born in the country with one foreign-born parent
          G: Born abroad to two native-born parents
      country_background: {type: category, codes: [<countries>]}
      immigration_date: {type: date, meaning: First immigration, known_at: immigration_date}
      mother: {type: id, links: persons}
      father: {type: id, links: persons}
      death_date: {type: date, known_at: death_date}
  births:
    meaning: Births, one row per parent and child
    unit: person
    key: [person, child]
    temporality: event
    event_date: birth_date
    columns:
      person: {type: id, meaning: The parent, links: persons}
      child: {type: id, links: persons}
      birth_date: {type: date}
  residence:
    meaning: Places of residence, one row per person and spell
    unit: person
    key: [person, start_date]
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      municipality: {type: code, parent_digits: 2, meaning: "County, and number within it", codes: [<municipalities>]}
      sub_area: {type: code, parent_digits: 4, meaning: "Municipality, and number within it"}
  emigrations:
    meaning: Stays abroad, one row per person and stay
    unit: person
    temporality: status
    start: out_date
    end: in_date
    columns:
      person: {type: id, links: persons}
      out_date: {type: date, meaning: First day abroad}
      in_date: {type: date, meaning: Last day abroad}
  civil_status:
    meaning: Civil status, one row per person and spell
    unit: person
    key: [person, start_date]
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      civil_status: {type: category, codes: {"1": Unmarried, "2": Married, "3": Widowed, "4": Divorced}}
  households:
    meaning: Partners living together, one row per person and spell
    unit: person
    key: [person, start_date]
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      partner_status: {type: category, codes: {"1": Cohabiting, "2": Married}}
      partner: {type: id, links: persons}
  charges:
    meaning: Charges, one row per person, case and charge
    unit: person
    key: [person, case_id, charge_number]
    temporality: event
    event_date: offence_date
    known_at: registration_date
    columns:
      person: {type: id, links: persons}
      case_id: {type: id, meaning: Shared by persons charged together}
      charge_number: {type: count, meaning: Number of the charge in the person's case}
      registration_date: {type: date}
      offence_date: {type: date}
      offence_group: {type: category, codes: {<groups>}}
      offence_code: {type: code, parent_digits: 1, codes: {<offences>}}
      role: {type: category, codes: {"1": Principal offender, "2": Co-offender}}
  imprisonment:
    meaning: Prison terms, one row per person and term
    unit: person
    key: [person, start_date]
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      kind: {type: category, codes: {"1": Closed prison, "2": Open prison}}
  child_welfare:
    meaning: Child welfare measures, one row per person and spell
    unit: person
    key: [person, start_date]
    temporality: status
    start: start_date
    end: end_date
    columns:
      person: {type: id, links: persons}
      start_date: {type: date}
      end_date: {type: date}
      kind: {type: category, codes: {"1": Assistance, "2": Care}}
  income:
    meaning: Income and wealth, one row per person and year from age 17
    unit: person
    key: [person, year]
    temporality: accumulated
    year: year
    columns:
      person: {type: id, links: persons}
      year: {type: year}
      income_after_tax: {type: number, meaning: Kroner of the year}
      wealth: {type: number, meaning: "Net, kroner of the year"}
  benefits:
    meaning: Benefits, one row per person and year with any
    unit: person
    key: [person, year]
    temporality: accumulated
    year: year
    columns:
      person: {type: id, links: persons}
      year: {type: year}
      work_assessment_allowance: {type: flag}
      disability_pension: {type: flag}
      social_assistance: {type: flag}
  enrolment:
    meaning: Under education in autumn, one row per person and year enrolled, from age 16
    unit: person
    key: [person, year]
    temporality: accumulated
    year: year
    columns:
      person: {type: id, links: persons}
      year: {type: year}
      enrolled: {type: flag}
  education:
    meaning: Levels of education reached, one row per person and level
    unit: person
    key: [person, attained_date]
    temporality: event
    event_date: attained_date
    columns:
      person: {type: id, links: persons}
      attained_date: {type: date}
      level: {type: code, parent_digits: 1, meaning: "Level 2-8, then field 0-8", codes: [<levels>]}
  school:
    meaning: Tests, marks and absence, one row per person schooled in the country
    unit: person
    key: [person]
    temporality: fixed
    columns:
      person: {type: id, links: persons}
      test_date: {type: date, known_at: test_date}
      test_reading: {type: number, known_at: test_date, meaning: "National test, grade 8: mean 50, standard deviation 10"}
      test_numeracy: {type: number, known_at: test_date}
      test_english: {type: number, known_at: test_date}
      lower_secondary_date: {type: date, known_at: lower_secondary_date}
      lower_secondary_marks: {type: number, range: [1, 6], known_at: lower_secondary_date}
      upper_secondary_date: {type: date, known_at: upper_secondary_date}
      upper_secondary_marks: {type: number, range: [1, 6], known_at: upper_secondary_date}
      upper_secondary_absence: {type: count, meaning: Days, known_at: upper_secondary_date}
      general_study_competence: {type: flag, known_at: upper_secondary_date}
  military:
    meaning: Conscription, one row per person and year of session or service
    unit: person
    key: [person, year]
    temporality: accumulated
    year: year
    columns:
      person: {type: id, links: persons}
      year: {type: year}
      cognitive_test: {type: count, range: [1, 9], meaning: Of the session}
      service_months: {type: count, range: [0, 24]}
  victims:
    meaning: Registered victims, one row per person and case
    unit: person
    key: [case_id]
    temporality: event
    event_date: offence_date
    known_at: registration_date
    columns:
      case_id: {type: id}
      person: {type: id, links: persons}
      offence_date: {type: date}
      registration_date: {type: date}
      offence_group: {type: category, codes: {<groups>}}
      offence_code: {type: code, parent_digits: 1, codes: {<offences>}}
  cpi:
    meaning: Consumer prices, one row per year
    unit: series
    key: [series, year]
    temporality: accumulated
    year: year
    columns:
      series: {type: id, meaning: "1: the consumer price index"}
      year: {type: year}
      index: {type: number, meaning: 2015 is 100}
)";

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", text); }

std::vector<std::string> education_levels() {
  std::vector<std::string> levels{in_quotes("20"), in_quotes("40")};
  for (int level = 4; level <= 8; ++level)
    for (int field = 1; field <= 8; ++field) levels.push_back(in_quotes(std::to_string(10 * level + field)));
  return levels;
}

void fill(std::string& document, std::string_view name, const std::vector<std::string>& entries) {
  const std::string list = join(entries, ", ");
  for (std::size_t at; (at = document.find(name)) != std::string::npos;)
    document.replace(at, name.size(), list);
}

}  // namespace

Schema synthetic_schema(const Codes& codes) {
  std::vector<std::string> background, places, groups, acts;
  for (const Country& country : countries()) background.push_back(in_quotes(country.code));
  for (const std::string& municipality : codes.municipalities) places.push_back(in_quotes(municipality));
  for (const OffenceGroup& one : offence_groups())
    groups.push_back(fmt::format("\"{}\": {}", one.group, in_quotes(one.label)));
  for (const Offence& one : offences())
    acts.push_back(fmt::format("{}: {}", in_quotes(one.code), in_quotes(one.label)));

  std::string document{kDocument};
  fill(document, "<countries>", background);
  fill(document, "<municipalities>", places);
  fill(document, "<groups>", groups);
  fill(document, "<offences>", acts);
  fill(document, "<levels>", education_levels());
  return parse_schema(Node::read_text(document, "schema.yaml"));
}

}  // namespace kohort
