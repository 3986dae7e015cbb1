#pragma once
// What the kinds of models have in common: settings read and checked, predictions along a path.

#include <array>
#include <span>
#include <vector>

#include "learn/engines.hpp"

namespace kohort {

using Rows = std::span<const std::uint32_t>;
using Points = std::span<const SettingValues>;
using Predictions = std::vector<std::vector<double>>;

inline constexpr std::array kAllObjectives{Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                           Objective::Tweedie};
inline constexpr std::span<const char* const> kNoPath{};

template <class Settings>
Settings read_checked(const SettingValues& values) {
  const auto settings = read_settings<Settings>(values);
  check_settings(settings);
  return settings;
}

/// The settings at one point of a path.
template <class Settings>
Settings read_at(const SettingValues& values, SettingValues point) {
  point.insert(values.begin(), values.end());  // the point's own values stay
  return read_checked<Settings>(point);
}

template <class Settings>
SettingValues complete(const SettingValues& values) {
  return write_settings(read_checked<Settings>(values));
}

inline void any_objective(const SettingValues&, Objective) {}

// The kinds, for the array of them all.
Engine linear_engine();
Engine lasso_engine();
Engine forest_engine();
Engine boosting_engine();

}  // namespace kohort
