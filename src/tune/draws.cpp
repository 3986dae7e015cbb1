#include "tune/draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "base/text.hpp"
#include "tune/space.hpp"

namespace kohort {
namespace {

bool on_path(const Engine& engine, std::string_view setting) {
  return std::ranges::find(engine.path_settings, setting) != engine.path_settings.end();
}

std::vector<SettingValues> drawn_of(const SearchSpace& space, int draws, Stream stream) {
  return draws == 0 ? grid(space) : draw_configurations(space, draws, stream);
}

/// Draws of the space, whole paths where that is asked for, with the fixed settings.
std::vector<SettingValues> drawn(const Draws& draws, const SearchSpace& space, int count,
                                 const Engine& engine, Stream stream) {
  std::vector<SettingValues> out;
  if (draws.paths) {
    SearchSpace others, path;
    for (const auto& setting : space.settings)
      (on_path(engine, setting.first) ? path : others).settings.push_back(setting);
    const std::vector<SettingValues> points = grid(path);
    for (const SettingValues& rest : drawn_of(others, count, stream))
      for (SettingValues values : points) {
        values.insert(rest.begin(), rest.end());
        out.push_back(std::move(values));
      }
  } else {
    out = drawn_of(space, count, stream);
  }
  for (SettingValues& values : out) values.insert(draws.fixed.begin(), draws.fixed.end());
  return out;
}

// --- near the best

/// A number to three digits, as text.
std::string three_digits(double x) {
  if (x == 0) return "0";
  const double unit = std::pow(10.0, std::floor(std::log10(std::fabs(x))) - 2);
  return format_number(parse_double(fmt::format("{:.12g}", std::round(x / unit) * unit)).value());
}

/// Whether halves are taken in the logarithm.
bool geometric(const std::vector<std::string>& values) {
  std::vector<double> numbers;
  for (const std::string& text : values)
    if (const auto number = parse_double(text)) numbers.push_back(*number);
  if (numbers.size() < 2) return false;
  const auto [least, most] = std::ranges::minmax(numbers);
  return least > 0 && most / least >= 10;
}

/// Half a step from `from` towards `to`, or away from it.
double half_step(double from, double to, bool logarithm, bool away) {
  const double sign = away ? -0.5 : 0.5;
  return logarithm ? from * stable::exp(sign * stable::log(to / from)) : from + sign * (to - from);
}

struct Near {
  const std::string& setting;
  const SettingValues& best;
  const Engine& engine;

  bool takes(const std::string& text) const {
    SettingValues values = best;
    values[setting] = text;
    try {
      engine.complete(values);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  /// The number as the engine takes it: whole numbers away from the best.
  std::optional<std::string> text_of(double x, double from) const {
    for (std::string text : {three_digits(x), format_number(x < from ? std::floor(x) : std::ceil(x))})
      if (takes(text)) return text;
    return std::nullopt;
  }

  /// Towards the neighbour at one side; outwards where there is none.
  std::optional<std::string> towards(const std::vector<std::string>& values, std::size_t place,
                                     int side) const {
    const auto neighbour = [&](int at) -> const std::string* {
      const bool there = at < 0 ? place > 0 : place + 1 < values.size();
      return there ? &values[at < 0 ? place - 1 : place + 1] : nullptr;
    };
    const bool outwards = neighbour(side) == nullptr;
    const std::string* other = neighbour(outwards ? -side : side);
    if (other == nullptr) return std::nullopt;
    const auto from = parse_double(values[place]), to = parse_double(*other);
    if (from && to) return text_of(half_step(*from, *to, geometric(values), outwards), *from);
    return outwards ? std::nullopt : std::optional{*other};
  }
};

}  // namespace

std::size_t per_draw(const Draws& draws, const Engine& engine) {
  std::size_t points = 1;
  for (const auto& [setting, values] : draws.space.settings)
    if (draws.paths && on_path(engine, setting)) points *= values.size();
  return points;
}

std::vector<SettingValues> first_draws(const Draws& draws, const Engine& engine, Stream stream) {
  return drawn(draws, draws.space, draws.draws, engine, stream);
}

SearchSpace space_near(const SearchSpace& space, const SettingValues& best, const Engine& engine) {
  SearchSpace near;
  for (const auto& [setting, values] : space.settings) {
    const auto place = static_cast<std::size_t>(std::ranges::find(values, best.at(setting)) - values.begin());
    if (place == values.size()) throw Error(ErrorKind::Defect, "the best configuration is not of this space");
    std::vector<std::string> kept{best.at(setting)};
    for (const int side : {-1, 1}) {
      const auto step = Near{setting, best, engine}.towards(values, place, side);
      if (step && std::ranges::find(kept, *step) == kept.end()) kept.push_back(*step);
    }
    near.settings.emplace_back(setting, std::move(kept));
  }
  return near;
}

std::vector<SettingValues> draws_near(const Draws& draws, const Engine& engine, const SettingValues& best,
                                      const std::vector<SettingValues>& tried, Stream stream) {
  if (draws.near == 0) return {};
  const std::set<SettingValues> known{tried.begin(), tried.end()};
  const int more = draws.paths ? 0 : static_cast<int>(tried.size());  // that may turn out to be known
  std::vector<SettingValues> out =
      drawn(draws, space_near(draws.space, best, engine), draws.near + more, engine, stream);
  std::erase_if(out, [&](const SettingValues& values) { return known.contains(values); });
  if (!draws.paths) out.resize(std::min(out.size(), static_cast<std::size_t>(draws.near)));
  return out;
}

}  // namespace kohort
