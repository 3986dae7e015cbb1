#pragma once
// Settings of the engines: one list each (`describe`), walked by the parser, the tuner and the manual.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

}  // namespace kohort
