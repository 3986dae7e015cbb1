#include "learn/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view text, const std::string& allowed) {
  throw Error(ErrorKind::Study, fmt::format("'{}' is no value of {}", text, name), std::string{name},
              fmt::format("give {}", allowed));
}

bool within(double value, Between range) { return value >= range.least && value <= range.most; }

bool is_none(std::string_view text) { return lower(text) == "none" || text == "~" || lower(text) == "null"; }

}  // namespace

void read_setting(std::string_view name, std::string_view text, Between range, double& value) {
  const std::optional<double> read = parse_double(text);
  if (!read || !within(*read, range)) refuse(name, text, allowed_text(range));
  value = *read;
}

void read_setting(std::string_view name, std::string_view text, Between range, int& value) {
  const std::optional<std::int64_t> read = parse_integer(text);
  if (!read || !within(static_cast<double>(*read), range))
    refuse(name, text, "a whole number, " + allowed_text(range));
  value = static_cast<int>(*read);
}

void read_setting(std::string_view name, std::string_view text, Between range, std::optional<int>& value) {
  value.reset();
  if (!is_none(text)) read_setting(name, text, range, value.emplace());
}

void read_setting(std::string_view name, std::string_view text, Between range, std::optional<double>& value) {
  value.reset();
  if (!is_none(text)) read_setting(name, text, range, value.emplace());
}

void read_setting(std::string_view name, std::string_view text, const OneOf& allowed, bool& value) {
  if (text != "true" && text != "false") refuse(name, text, allowed_text(allowed));
  value = text == "true";
}

void read_setting(std::string_view name, std::string_view text, const OneOf& allowed, std::string& value) {
  if (std::ranges::find(allowed.names, text) == allowed.names.end())
    refuse(name, text, allowed_text(allowed));
  value = text;
}

void read_setting(std::string_view name, std::string_view text, FeatureShare share, std::string& value) {
  const bool whole = parse_integer(text).value_or(0) >= 1;
  const double part = parse_double(text).value_or(0);
  const bool fraction = text.find('.') != std::string_view::npos && part > 0 && part <= 1;
  if (text != "sqrt" && text != "log2" && !whole && !fraction) refuse(name, text, allowed_text(share));
  value = text;
}

void read_setting(std::string_view, std::string_view text, AnyText, std::string& value) { value = text; }

std::string write_setting(int value) { return std::to_string(value); }
std::string write_setting(double value) { return format_number(value); }
std::string write_setting(const std::optional<int>& value) { return value ? write_setting(*value) : "none"; }
std::string write_setting(const std::optional<double>& value) {
  return value ? write_setting(*value) : "none";
}
std::string write_setting(bool value) { return value ? "true" : "false"; }
std::string write_setting(const std::string& value) { return value; }

std::string allowed_text(Between range) {
  return fmt::format("{} to {}", format_number(range.least), format_number(range.most));
}
std::string allowed_text(const OneOf& allowed) { return join(allowed.names, " or "); }
std::string allowed_text(FeatureShare) {
  return "sqrt, log2, a share such as 0.5, or a whole number of features";
}

std::string allowed_text(AnyText) { return "text"; }

void check_names(const SettingValues& values, const std::vector<std::string>& known) {
  for (const auto& [name, text] : values)
    if (std::ranges::find(known, name) == known.end())
      throw Error(ErrorKind::Study, fmt::format("there is no setting '{}'", name), name,
                  suggest(name, known));
}

}  // namespace kohort
