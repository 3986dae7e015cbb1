#include "registers/schema.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

Schema parse(const std::string& yaml) { return parse_schema(Node::read_text(yaml, "schema.yaml")); }

/// The whole message of the error, or nothing.
std::string complaint(const std::string& yaml) {
  try {
    parse(yaml);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Study);
    return e.what();
  }
  return {};
}

const char* const kCharges = R"(registers:
  persons:
    unit: person
    temporality: fixed
    columns:
      person: {type: id}
      birth_date: {type: date, range: [1850-01-01, 2030-12-31]}
      sex: {type: category, from: GENDER, codes: {1: Man, 2: Woman}}
      death_date: {type: date, known_at: death_date}
  charges:
    meaning: Charges, one row per person, case and offence
    unit: person
    key: [person, case_id]
    temporality: event
    event_date: offence_date
    known_at: registration_date
    delivery_lag: 1
    source: {file: "charges.csv", delimiter: ";", encoding: latin-1, decimal: ","}
    policy: {dangling_link: quarantine, unknown_code: error}
    columns:
      person: {type: id, links: persons}
      case_id: {type: id, text: true, meaning: "The \"case\", as in C:\\x"}
      offence_date: {type: date}
      registration_date: {type: date}
      municipality: {type: category, codes: [{code: "1601", label: Trondheim, to: 2017-12-31}, {code: "5001", from: 2018-01-01}]}
      offence_code: {type: code, codes: ["01A", "01B"], parent_digits: 2}
      offence_group: {type: category, derive: {from: offence_code, first: 2}}
      fine: {type: number, range: [-1e7, inf], missing: ["-99", "."]}
)";

TEST(Schema, ReadsWhatItSays) {
  const Schema schema = parse(kCharges);
  EXPECT_EQ(schema.file, "schema.yaml");
  EXPECT_EQ(schema.register_names(), (std::vector<std::string>{"persons", "charges"}));
  const RegisterSchema& charges = schema.at("charges");
  EXPECT_EQ(charges.key, (std::vector<std::string>{"person", "case_id"}));
  EXPECT_EQ(charges.event_date, "offence_date");
  EXPECT_EQ(charges.delivery_lag, 1);
  EXPECT_EQ(charges.source.delimiter, ';');
  EXPECT_EQ(charges.source.decimal, ',');
  EXPECT_EQ(charges.policy.dangling_link, Treatment::Quarantine);
  EXPECT_EQ(charges.policy.unknown_code, Treatment::Fail);
  EXPECT_EQ(charges.policy.out_of_range, Treatment::Quarantine);
  EXPECT_EQ(charges.at("municipality").codes.at(1).valid_from, parse_date("2018-01-01"));
  EXPECT_EQ(charges.at("offence_group").derive_first, 2);
  EXPECT_EQ(charges.at("fine").missing, (std::vector<std::string>{"-99", "."}));
  EXPECT_EQ(schema.at("persons").at("sex").codes.at(0), (Code{"1", "Man", {}, {}}));
  EXPECT_EQ(schema.at("persons").at("birth_date").least, *parse_date("1850-01-01"));
}

TEST(Schema, IsReadBackFromWhatItWrites) {
  const Schema schema = parse(kCharges);
  const Schema again = parse(write_schema(schema));
  EXPECT_EQ(again.registers, schema.registers);
  EXPECT_EQ(write_schema(again), write_schema(schema));
}

TEST(Schema, GivesEachTypeItsColumn) {
  const Schema schema = parse(kCharges);
  EXPECT_EQ(sql_type(schema.at("charges").at("person")), "BIGINT");
  EXPECT_EQ(sql_type(schema.at("charges").at("case_id")), "VARCHAR");
  EXPECT_EQ(sql_type(schema.at("charges").at("offence_date")), "DATE");
  EXPECT_EQ(sql_type(schema.at("charges").at("fine")), "DOUBLE");
}

TEST(Schema, AFolderWithOddCharactersIsRead) {
  const auto folder = std::filesystem::path{testing::TempDir()} / "b=c it's";
  Rows rows{{"person", ColumnType::Integer}};
  rows.add(7);
  write_parquet(rows.table(), folder / "persons" / "all.parquet");
  Session session{{.folders = {folder}, .temp_folder = {}}};
  EXPECT_EQ(session.read("FROM " + sql_register(folder, parse(kCharges).at("persons"))), rows.table());
}

TEST(Schema, NamesTheNearestKnownKey) {
  EXPECT_EQ(
      complaint("registers:\n  persons:\n    unnit: person\n    columns: {}\n"),
      "schema.yaml:3:5: unknown key 'unnit'\n"
      "    3 |     unnit: person\n"
      "      |     ^\n"
      "   mend: did you mean 'unit'? Known: meaning, unit, key, temporality, event_date, known_at, start, "
      "end, year, delivery_lag, source, policy, columns.");
}

struct Mistake {
  const char *from, *to, *message;
};

TEST(Schema, RefusesWhatDoesNotFitTogether) {
  const std::vector<Mistake> mistakes{
      {"event_date: offence_date", "event_date: offence_day", "register charges has no column 'offence_day'"},
      {"event_date: offence_date", "event_date: fine",
       "must name a column of type date, and fine is of type number"},
      {"event_date: offence_date\n", "delivery_lag: 0\n", "key 'delivery_lag' stands here twice"},
      {"    known_at: registration_date\n", "    start: offence_date\n",
       "of temporality event has no 'start'"},
      {"key: [person, case_id]", "key: [person, case]", "no column 'case'"},
      {"key: [person, case_id]", "key: [person, person]", "stands twice in the key"},
      {"links: persons", "links: people", "no register is called 'people'"},
      {"case_id: {type: id, text: true", "case_id: {type: id, links: persons, text: true", "different types"},
      {"known_at: death_date", "known_at: sex",
       "must name a column of type date, and sex is of type category"},
      {"sex: {type: category", "sex: {type: categorie", "no column type is called 'categorie'"},
      {"sex: {type: category", "sex: {type: number", "a column of type number has no 'codes'"},
      {"to: 2017-12-31", "to: 2017-02-30", "'2017-02-30' is not a date"},
      {"5001\", from: 2018-01-01", "1601\", from: 2017-01-01", "code '1601' stands twice for the same day"},
      {"[1850-01-01, 2030-12-31]", "[2030-12-31, 1850-01-01]", "this range holds no value"},
      {"encoding: latin-1", "encoding: latin-9", "no encoding is called 'latin-9'"},
      {"delimiter: \";\"", "delimiter: \";;\"", "';;' is not a single plain character"},
      {"decimal: \",\"", "decimal: \"x\"", "the decimal sign is . or ,"},
      {"dangling_link: quarantine", "duplicate_key: missing", "no cell can be made missing"},
      {"derive: {from: offence_code", "derive: {from: fine", "nothing can be derived from fine"},
      {"  charges:", "  Persons:", "differ from 'Persons' only in upper and lower case"},
      {"  charges:", "  ../charges:", "'../charges' cannot be the name of a register"},
      {"  charges:", "  quarantine:", "no register may be called 'quarantine'"},
      {"unit: person\n    key", "unit: fine\n    key", "'unit' must name a column of type id"},
  };
  for (const Mistake& mistake : mistakes) {
    std::string yaml = kCharges;
    const std::size_t at = yaml.find(mistake.from);
    ASSERT_NE(at, std::string::npos) << mistake.from;
    yaml.replace(at, std::string{mistake.from}.size(), mistake.to);
    EXPECT_NE(complaint(yaml).find(mistake.message), std::string::npos) << mistake.to << "\n"
                                                                        << complaint(yaml);
  }
}

TEST(Schema, AsksForTheDatesOfItsTemporality) {
  EXPECT_NE(complaint("registers: {a: {unit: p, temporality: event, columns: {p: {type: id}}}}")
                .find("key 'event_date' is missing"),
            std::string::npos);
  EXPECT_NE(complaint("registers: {a: {unit: p, temporality: accumulated, columns: {p: {type: id}}}}")
                .find("key 'year' is missing"),
            std::string::npos);
}

}  // namespace
}  // namespace kohort
