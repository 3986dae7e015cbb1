#include "base/error.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kohort {
namespace {

TEST(Error, SaysWhereWhatAndHowToMend) {
  const Error e{ErrorKind::Data, "no column is called 'sex'", "persons.csv:1", "add the column",
                "    1 | person"};
  EXPECT_STREQ(e.what(), "persons.csv:1: no column is called 'sex'\n    1 | person\n   mend: add the column");
  EXPECT_EQ(e.exit_code(), 3);
}

TEST(Error, SuggestsOnlyNearNames) {
  const std::vector<std::string> known{"diagnoses", "prescriptions", "visits"};
  EXPECT_EQ(nearest_name("presciptions", known), "prescriptions");
  EXPECT_EQ(nearest_name("x", known), "");
  EXPECT_EQ(nearest_name("sede", std::vector<std::string>{"study", "seed"}), "seed");
  EXPECT_EQ(suggest("visit", known), "did you mean 'visits'? Known: diagnoses, prescriptions, visits.");
}

}  // namespace
}  // namespace kohort
