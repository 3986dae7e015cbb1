#include "cohort/population.hpp"

#include <gtest/gtest.h>

#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

RegisterStore five_persons(const TestFolder& folder) {
  const RegisterStore store = tiny_store(folder);
  write_register(store, "persons",
                 "(5, '1999-12-31', '1', NULL, NULL, NULL, NULL),"          // 15 on the day
                 "(4, '2000-01-01', '1', NULL, NULL, NULL, NULL),"          // 14
                 "(3, '1950-06-01', '2', NULL, NULL, NULL, '2014-12-31'),"  // died on the day
                 "(2, '1950-06-01', '2', NULL, NULL, NULL, '2015-01-01'),"  // dies later: not known
                 "(1, '1980-06-01', '1', NULL, NULL, NULL, NULL)");         // moved abroad
  write_register(
      store, "residence",
      "(1, '1980-06-01', '2013-05-05', '0301'), (2, '1950-06-01', '2014-12-31', '0301'),"
      "(3, '1950-06-01', NULL, '0301'), (4, '2000-01-01', NULL, '0301'), (5, '1999-12-31', NULL, '1101')");
  return store;
}

std::vector<std::int64_t> units_of(const RegisterStore& store, const std::string& declaration, int year) {
  Session session = open_session(store.folder);
  const Population population = parse_population(yaml(declaration), store.schema);
  return session.read(population_sql(store, population, year)).at("unit").integers();
}

TEST(Population, HoldsWhoIsAliveAndPresentAsKnownOnTheDay) {
  const TestFolder folder;
  const RegisterStore store = five_persons(folder);
  EXPECT_EQ(units_of(store, "{unit: person}", 2014), (std::vector<std::int64_t>{2, 4, 5}));
  EXPECT_EQ(units_of(store, "{unit: person, where: age between 15 and 84}", 2014),
            (std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(units_of(store, "{unit: person, where: municipality = 1101 and sex = 1}", 2014),
            (std::vector<std::int64_t>{5}));
  EXPECT_EQ(units_of(store, "{unit: person, present: []}", 2014), (std::vector<std::int64_t>{1, 2, 4, 5}));
  EXPECT_EQ(units_of(store, "{unit: person, resident: {register: residence}, at: 06-30}", 2012),
            (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST(Population, EntersAndLeavesByDatesOfTheRegister) {
  const TestFolder folder;
  const RegisterStore store = five_persons(folder);
  EXPECT_EQ(units_of(store, "{unit: person, present: [], from: birth_date, until: [death_date]}", 1980),
            (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(Population, IsWrittenOrderedWithAges) {
  const TestFolder folder;
  const RegisterStore store = five_persons(folder);
  Session session = open_session(folder.path());
  const Population population = parse_population(yaml("{unit: person}"), store.schema);
  EXPECT_EQ(write_population(session, store, population, 2014, folder / "units.parquet"), 3);
  EXPECT_EQ(to_csv(read_parquet(folder / "units.parquet")), "unit,age\n2,64\n4,14\n5,15\n");
  EXPECT_THROW(write_population(session, store, population, 1900, folder / "none.parquet"), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "none.parquet"));
}

TEST(Population, RefusesWhatTheSchemaDoesNotHave) {
  const TestFolder folder;
  const RegisterStore store = tiny_store(folder);
  for (const char* bad : {"{unit: firm}", "{unit: person, present: [charges]}", "{unit: person, at: 02-30}",
                          "{unit: person, until: [sex]}", "{unit: person, where: income > 3}",
                          "{unit: person, were: x}", "{unit: person, register: charges}"})
    EXPECT_THROW(parse_population(yaml(bad), store.schema), Error) << bad;
}

}  // namespace
}  // namespace kohort
