#include "assess/bands.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

TEST(Bands, DefaultAgeGroupsAreTheReports) {
  EXPECT_EQ(default_age_groups().labels,
            (std::vector<std::string>{"15–17", "18–20", "21–25", "26–30", "31–40", "41–50", "51–60", "61+"}));
}

TEST(Bands, BordersBelongToTheUpperBand) {
  const std::vector<double> ages{14, 15, 17, 17.9, 18, 60, 61, 99, std::nan("")};
  EXPECT_EQ(cut(ages, default_age_groups()), (std::vector<std::int16_t>{-1, 0, 0, 0, 1, 6, 7, 7, -1}));
}

TEST(Bands, OneNumberIsItsOwnLabel) {
  EXPECT_EQ(whole_number_bands(std::array{0, 1, 2}).labels, (std::vector<std::string>{"0", "1", "2+"}));
}

TEST(Bands, RefusesStartsOutOfOrder) {
  EXPECT_THROW(whole_number_bands(std::array{15, 15}), Error);
  EXPECT_THROW(whole_number_bands({}), Error);
}

}  // namespace
}  // namespace kohort
