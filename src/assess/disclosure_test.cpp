#include "assess/disclosure.hpp"

#include <gtest/gtest.h>

namespace kohort {
namespace {

TEST(Disclosure, SmallIsFromOneToTheMinimumLessOne) {
  EXPECT_FALSE(is_small(0));
  EXPECT_TRUE(is_small(1));
  EXPECT_TRUE(is_small(4));
  EXPECT_FALSE(is_small(5));
  EXPECT_TRUE(is_small(9, 10));
}

TEST(Disclosure, ALoneHiddenCellGetsACompanion) {
  const std::vector<std::int64_t> persons{90, 8, 0, 3};
  std::vector<char> hidden{0, 0, 0, 1};
  hide_a_second(persons, hidden);
  EXPECT_EQ(hidden, (std::vector<char>{0, 1, 0, 1}));
}

TEST(Disclosure, NothingOrTwoHiddenStayAsTheyAre) {
  const std::vector<std::int64_t> persons{90, 8, 2, 3};
  for (const std::vector<char>& before : {std::vector<char>{0, 0, 0, 0}, std::vector<char>{0, 0, 1, 1}}) {
    std::vector<char> hidden = before;
    hide_a_second(persons, hidden);
    EXPECT_EQ(hidden, before);
  }
}

}  // namespace
}  // namespace kohort
