#pragma once
// Configurations out of a search space: all of them, or random draws.

#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "learn/settings.hpp"

namespace kohort {

/// The number of combinations; throws Error (study) when a setting has no value or the product overflows.
std::uint64_t combinations(const SearchSpace& space);
/// Combination k of the grid, 0 .. combinations-1; the last setting turns fastest.
SettingValues combination(const SearchSpace& space, std::uint64_t k);
/// The whole grid.
std::vector<SettingValues> grid(const SearchSpace& space);
/// Random draws without replacement; draw k depends on the stream and the space alone, never on the number of
/// draws. All combinations, in random order, when there are no more than `draws`.
std::vector<SettingValues> draw_configurations(const SearchSpace& space, int draws, Stream stream);

}  // namespace kohort
