#pragma once
// Settings of the engines: one list each (`describe`), walked by the parser, the tuner and the manual.

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kohort {

/// Settings as a study writes them: name → value as text ("0.1", "none", "sqrt").
using SettingValues = std::map<std::string, std::string>;

/// What a setting may be.
struct Between {
  double least, most;
};
struct OneOf {
  std::vector<std::string> names;
};
/// Text that the engine reads itself.
struct AnyText {};
/// "sqrt", "log2", a share in (0, 1] written with a point, or a whole number of features.
struct FeatureShare {};

/// Values to search over, per setting, in the order of the report's tables.
struct SearchSpace {
  std::vector<std::pair<std::string, std::vector<std::string>>> settings;
  std::string note{};  // where it departs from the report
  bool operator==(const SearchSpace&) const = default;
};

/// One line of an engine's manual.
struct SettingLine {
  std::string name, default_value, allowed, meaning;
};

/// A settings struct, const or not: what `describe` takes.
template <class T, class Settings>
concept SettingsOf = std::same_as<std::remove_const_t<T>, Settings>;

/// Text to a setting's value and back. They throw Error (study) with what is allowed.
void read_setting(std::string_view name, std::string_view text, Between range, int& value);
void read_setting(std::string_view name, std::string_view text, Between range, double& value);
void read_setting(std::string_view name, std::string_view text, Between range, std::optional<int>& value);
void read_setting(std::string_view name, std::string_view text, Between range, std::optional<double>& value);
void read_setting(std::string_view name, std::string_view text, const OneOf& allowed, bool& value);
void read_setting(std::string_view name, std::string_view text, const OneOf& allowed, std::string& value);
void read_setting(std::string_view name, std::string_view text, FeatureShare, std::string& value);
void read_setting(std::string_view name, std::string_view text, AnyText, std::string& value);

std::string write_setting(int value);
std::string write_setting(double value);
std::string write_setting(const std::optional<int>& value);     // nothing: "none"
std::string write_setting(const std::optional<double>& value);  // nothing: "none"
std::string write_setting(bool value);
std::string write_setting(const std::string& value);

std::string allowed_text(Between range);
std::string allowed_text(const OneOf& allowed);
std::string allowed_text(FeatureShare);
std::string allowed_text(AnyText);

/// Throws Error (study) naming the first setting of `values` that is not among `known`, with the nearest.
void check_names(const SettingValues& values, const std::vector<std::string>& known);

/// The settings as text, in no order but that of their names.
template <class Settings>
SettingValues write_settings(const Settings& settings) {
  SettingValues values;
  describe(settings, [&](const char* name, const auto& value, const auto&, const char*) {
    values[name] = write_setting(value);
  });
  return values;
}

/// Settings out of text; what is not given keeps its default. Throws Error (study).
template <class Settings>
Settings read_settings(const SettingValues& values) {
  Settings settings;
  std::vector<std::string> known;
  describe(settings, [&](const char* name, auto&, const auto&, const char*) { known.emplace_back(name); });
  check_names(values, known);
  describe(settings, [&](const char* name, auto& value, const auto& allowed, const char*) {
    if (const auto given = values.find(name); given != values.end())
      read_setting(name, given->second, allowed, value);
  });
  return settings;
}

/// The manual of an engine's settings, in the order of its list.
template <class Settings>
std::vector<SettingLine> setting_lines() {
  std::vector<SettingLine> lines;
  const Settings defaults;
  describe(defaults, [&](const char* name, const auto& value, const auto& allowed, const char* meaning) {
    lines.push_back({name, write_setting(value), allowed_text(allowed), meaning});
  });
  return lines;
}

}  // namespace kohort
