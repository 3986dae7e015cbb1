#include "cohort/predictors.hpp"

#include <gtest/gtest.h>

#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

struct Declared {
  TestFolder folder;
  RegisterStore store = tiny_store(folder);
  Population population = parse_population(yaml("{unit: person}"), store.schema);
  std::vector<PredictorSpec> operator()(const std::string& text) const {
    return parse_predictors(yaml(text), store.schema, population);
  }
  std::string message(const std::string& text, ErrorKind kind = ErrorKind::Study) const {
    try {
      (*this)(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    return "no error";
  }
};

std::vector<std::string> names(const std::vector<PredictorSpec>& specs) {
  std::vector<std::string> result;
  for (const PredictorSpec& spec : specs) result.push_back(spec.column.name);
  return result;
}

TEST(Predictors, ColumnsComeFromTheCodeListInOrder) {
  const Declared declared;
  EXPECT_EQ(
      names(declared("[{from: charges, windows: [1y, ever], split: [total, offence_group], count: true}]")),
      (std::vector<std::string>{"charges_count_1y", "charges_count_1y_group_1", "charges_count_1y_group_4",
                                "charges_count_ever", "charges_count_ever_group_1",
                                "charges_count_ever_group_4"}));
}

TEST(Predictors, SayWhatTheyAre) {
  const Declared declared;
  const PredictorSpec spec = declared(
      "[{from: charges, known_at: registration_date, of: mother, windows: 3y, count: {split: "
      "offence_group}}]")[1];
  EXPECT_EQ(spec.column.name, "mother_charges_count_3y_group_4");
  EXPECT_EQ(spec.column.label, "Mother: Number of charges, last 3 years, offence group 4 (Violence)");
  EXPECT_EQ(spec.column.kind, PredictorKind::Count);
  EXPECT_EQ(spec.column.register_name, "charges");
  EXPECT_EQ(spec.column.relative, "mother");
  EXPECT_EQ(spec.column.window, "3y");
  EXPECT_EQ(spec.column.known_at, "registration_date <= t");
  const PredictorSpec county = declared("[{from: residence, at_index: {of: municipality, digits: 2}}]")[0];
  EXPECT_EQ(county.column.name, "municipality_2digit");
  EXPECT_EQ(county.column.levels, (std::vector<std::string>{"03", "11"}));
}

TEST(Predictors, AnEarlierKnownAtDateIsALeak) {
  const Declared declared;
  EXPECT_EQ(declared.message("[{from: charges, known_at: offence_date, count: true}]", ErrorKind::Leak),
            "study.yaml:1:28: rows of charges are known at registration_date, not at offence_date\n"
            "   mend: leave `known_at` out: the schema decides when a row is known");
}

TEST(Predictors, TheKeyIsThatOfTheColumns) {
  const Declared declared;
  const auto key = [&](const std::string& text) { return predictors_key(declared(text)); };
  const std::string plain = key("[{from: charges, count: true}]");
  EXPECT_EQ(plain, key("[{windows: ever, count: true, known_at: registration_date, from: charges}]"));
  for (const char* other :
       {"[{from: charges, count: true, by: offence_date}]", "[{from: charges, count: true, windows: 1y}]",
        "[{from: charges, count: true, where: verdict}]", "[{from: charges, any: true}]",
        "[{from: charges, count: true, label: accusations}]", "[{from: charges, count: true, of: mother}]"})
    EXPECT_NE(plain, key(other)) << other;
}

TEST(Predictors, MistakesNameTheirPlace) {
  const Declared declared;
  EXPECT_EQ(declared.message("[{from: chargs, count: true}]"),
            "study.yaml:1:9: no register is called 'chargs'\n"
            "    1 | [{from: chargs, count: true}]\n"
            "      |         ^\n"
            "   mend: did you mean 'charges'? Known: persons, residence, charges, prison, income, cpi.");
  for (const char* bad :
       {"[{from: charges, cont: true}]", "[{from: charges}]", "[{from: charges, days: true}]",
        "[{from: charges, count: true, windows: 3m}]", "[{from: charges, count: true, split: fine}]",
        "[{from: cpi, count: true}]", "[{from: charges, of: aunt, count: true}]", "[no-such-set]",
        "[{from: charges, count: true}, {from: charges, count: true}]", "[{from: charges, sum: verdict}]",
        "[{from: charges, at_index: fine}]", "[{from: charges, latest: verdict_date}]",
        "[{from: charges, family: children}]", "[{from: persons, family: age_at_own_birth}]",
        "[{from: income, rank: {of: amount, within: [aage]}}]", "[]"})
    EXPECT_NE(declared.message(bad), "no error") << bad;
}

}  // namespace
}  // namespace kohort
