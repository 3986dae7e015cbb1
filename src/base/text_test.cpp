#include "base/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace kohort {
namespace {

TEST(Text, NumbersRoundTripInFewestDigits) {
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(0.1f), "0.1");
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(std::numeric_limits<double>::quiet_NaN()), "");
  EXPECT_EQ(parse_double("1e3"), 1000);
  EXPECT_FALSE(parse_double("1,5"));
  EXPECT_FALSE(parse_double(""));
  EXPECT_EQ(parse_integer("+12"), 12);
  EXPECT_FALSE(parse_integer("12.0"));
}

TEST(Text, DatesAreOfTheCalendar) {
  EXPECT_EQ(parse_date("1970-01-02"), 1);
  EXPECT_FALSE(parse_date("2015-02-29"));
  EXPECT_EQ(format_date(*parse_date("2016-02-29")), "2016-02-29");
  EXPECT_EQ(date_from_days(days_from_date(1899, 12, 31)), (Date{1899, 12, 31}));
}

TEST(Text, KnowsUtf8) {
  for (const char* good : {"", "kommune", "Å", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
                           "\xed\x9f\xbf", "\xee\x80\x80"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad :
       {"\x80", "\xc3", "\xc3(", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "ab\xe2\x82", "\xe2\x82z", "\xf0\x90\x80z"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, ShowsCountsAndSizesForPeople) {
  EXPECT_EQ(format_count(3783996), "3 783 996");
  EXPECT_EQ(format_count(12), "12");
  EXPECT_EQ(format_count(0, "row"), "0 rows");
  EXPECT_EQ(format_count(1, "row"), "1 row");
  EXPECT_EQ(format_count(12345, "row"), "12 345 rows");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_duration(3.14), "3.1 s");
  EXPECT_EQ(format_duration(192), "3 min 12 s");
  EXPECT_EQ(split("a,b,,c", ','), (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_EQ(trim("  x y\r\n"), "x y");
}

}  // namespace
}  // namespace kohort
