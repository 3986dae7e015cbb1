#include "tune/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/error.hpp"

namespace kohort {

std::uint64_t combinations(const SearchSpace& space) {
  std::uint64_t product = 1;
  for (const auto& [name, values] : space.settings) {
    if (values.empty())
      throw Error(ErrorKind::Study, "there is no value to try", name, "give at least one value");
    if (product > std::numeric_limits<std::uint64_t>::max() / values.size())
      throw Error(ErrorKind::Study, "the search space has more combinations than can be counted", name,
                  "give fewer values");
    product *= values.size();
  }
  return product;
}

SettingValues combination(const SearchSpace& space, std::uint64_t k) {
  SettingValues values;
  for (std::size_t s = space.settings.size(); s-- > 0;) {
    const auto& [name, choices] = space.settings[s];
    values[name] = choices[k % choices.size()];
    k /= choices.size();
  }
  return values;
}

std::vector<SettingValues> grid(const SearchSpace& space) {
  constexpr std::uint64_t kMost = 1'000'000;
  const std::uint64_t n = combinations(space);
  if (n > kMost)
    throw Error(ErrorKind::Study, fmt::format("the grid has {} combinations", n), {}, "draw some at random");
  std::vector<SettingValues> all;
  for (std::uint64_t k = 0; k < n; ++k) all.push_back(combination(space, k));
  return all;
}

std::vector<SettingValues> draw_configurations(const SearchSpace& space, int draws, Stream stream) {
  if (draws < 1) throw Error(ErrorKind::Study, "a search needs at least one draw", "draws", "give 1 or more");
  const std::uint64_t n = combinations(space);
  const std::uint64_t wanted = std::min(n, static_cast<std::uint64_t>(draws));
  std::vector<SettingValues> drawn;
  std::unordered_set<std::uint64_t> seen;
  for (std::uint64_t i = 0; drawn.size() < wanted; ++i)
    if (const std::uint64_t k = stream.below(i, n); seen.insert(k).second)
      drawn.push_back(combination(space, k));
  return drawn;
}

}  // namespace kohort
