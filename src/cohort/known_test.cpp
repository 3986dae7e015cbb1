#include "cohort/known.hpp"

#include <gtest/gtest.h>

#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

Table as_known(const RegisterStore& store, const std::string& name, const char* date) {
  Session session = open_session(store.folder);
  return session.read("SELECT * FROM " + sql_as_known(store, store.schema.at(name), *parse_date(date)) +
                      " ORDER BY ALL");
}

TEST(AsKnown, EventsAppearOnTheDayTheyAreRegistered) {
  const TestFolder folder;
  const RegisterStore store = tiny_store(folder);
  write_register(store, "charges",
                 "(1, 10, '2014-12-31', '2014-12-01', '1', true, '2015-02-01', 1.0),"
                 "(2, 11, '2015-01-01', '2014-12-01', '1', true, '2015-02-01', 1.0),"
                 "(3, 12, '2014-12-30', '2015-01-01', '1', true, '2015-02-01', 1.0),"
                 "(4, 13, NULL, '2014-12-01', '1', true, '2015-02-01', 1.0)");
  const Table known = as_known(store, "charges", "2014-12-31");
  ASSERT_EQ(known.rows(), 1u);  // registered on the day; not the next day, not before it happened, not never
  EXPECT_EQ(known.at("person").integers()[0], 1);
  EXPECT_TRUE(known.at("verdict").is_missing(0));
  EXPECT_TRUE(known.at("verdict_date").is_missing(0));
  EXPECT_EQ(as_known(store, "charges", "2015-02-01").at("verdict").integers()[0], 1);
}

TEST(AsKnown, SpellsThatEndLaterAreOpen) {
  const TestFolder folder;
  const RegisterStore store = tiny_store(folder);
  write_register(store, "residence",
                 "(1, '2010-01-01', '2014-12-30', '0301'), (2, '2010-01-01', '2015-01-01', '0301'),"
                 "(3, '2015-01-01', NULL, '0301'), (4, '2014-12-31', NULL, '0301')");
  const Table known = as_known(store, "residence", "2014-12-31");
  ASSERT_EQ(known.at("person").integers(), (std::vector<std::int64_t>{1, 2, 4}));
  EXPECT_FALSE(known.at("end_date").is_missing(0));
  EXPECT_TRUE(known.at("end_date").is_missing(1));
}

TEST(AsKnown, AYearIsKnownAtItsEnd) {
  const TestFolder folder;
  const RegisterStore store = tiny_store(folder);
  write_register(store, "income", "(1, 2013, 5.0, false), (1, 2014, 6.0, false)");
  EXPECT_EQ(as_known(store, "income", "2014-12-30").rows(), 1u);
  EXPECT_EQ(as_known(store, "income", "2014-12-31").rows(), 2u);
}

TEST(AsKnown, RulesAreToldInWords) {
  const TestFolder folder;
  const RegisterStore store = tiny_store(folder);
  EXPECT_EQ(known_rule(store.schema.at("charges")), "registration_date <= t");
  EXPECT_EQ(known_rule(store.schema.at("residence")), "start_date <= t; ends after t unknown");
  EXPECT_EQ(known_rule(store.schema.at("income")), "31 December of year <= t");
}

}  // namespace
}  // namespace kohort
