#pragma once
// Text and numbers without locale: shortest round-trip decimals, '.', -0 as 0, missing as empty.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kohort {

/// The shortest decimal that reads back as the same double; NaN is empty, infinities are inf and -inf.
std::string format_number(double value);
std::string format_number(float value);
/// 12 345 678: thousands set apart for people.
std::string format_count(std::uint64_t value);
/// With what is counted, a noun of one: "1 row", "12 345 rows".
std::string format_count(std::uint64_t value, std::string_view noun);
/// 1.4 GiB, 312 MiB, …
std::string format_bytes(std::uint64_t bytes);
/// 2 h 05 min, 3 min 12 s, 4.1 s.
std::string format_duration(double seconds);

/// Whole-text numbers; nothing when any character is left over.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

std::string_view trim(std::string_view text);
std::string lower(std::string_view text);  // ASCII
std::vector<std::string> split(std::string_view text, char at);
std::string join(const std::vector<std::string>& parts, std::string_view between);
/// Whether bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings);

/// Days since 1970-01-01 of a proleptic Gregorian date, and back. month 1..12, day 1..31.
std::int32_t days_from_date(int year, int month, int day);
struct Date {
  int year, month, day;
  bool operator==(const Date&) const = default;
};
Date date_from_days(std::int32_t days);
/// YYYY-MM-DD; nothing when it is no date of the calendar.
std::optional<std::int32_t> parse_date(std::string_view text);
std::string format_date(std::int32_t days);

}  // namespace kohort
