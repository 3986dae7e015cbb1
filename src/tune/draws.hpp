#pragma once
// Which configurations a search tries: the grid, random draws, whole paths, and further draws near the best.

#include <vector>

#include "base/random.hpp"
#include "learn/engines.hpp"
#include "learn/settings.hpp"

namespace kohort {

struct Draws {
  SearchSpace space;
  SettingValues fixed{};  // of every configuration; searched settings come from the space
  int draws = 10;         // 0: the whole space
  bool paths = false;     // one draw brings every value of the settings that one fit answers for
  int near = 0;           // further draws near the best of the first
};

/// The first draws. Throws Error (study) on a space without values or fewer than no draws.
/// With paths, `draws` of the other settings, each with all values of the engine's path settings: another
/// distribution than independent draws (fewer different values of the rest, all of the path), at the cost of
/// one fit per draw and fold.
std::vector<SettingValues> first_draws(const Draws& draws, const Engine& engine, Stream stream);

/// How many configurations one draw brings: 1, or with paths the number of points on a path.
std::size_t per_draw(const Draws& draws, const Engine& engine);

/// Draws near the best so far ([N] 3.3.2): settings keep the best's value or go half a step towards a value
/// next to it in the space (space_near). `draws.near` of them, or as many as there are that were not tried.
std::vector<SettingValues> draws_near(const Draws& draws, const Engine& engine, const SettingValues& best,
                                      const std::vector<SettingValues>& tried, Stream stream);

/// Of each setting the best's value, and half a step towards each of its neighbours in the list, to three
/// digits: halfway in the logarithm when all numbers of the list are positive and span a factor of ten, else
/// halfway. From the end of a list as far outwards as inwards. A neighbour that is no number ("none", "log2")
/// comes itself. What the engine does not take is rounded to a whole number, away from the best, or left out.
SearchSpace space_near(const SearchSpace& space, const SettingValues& best, const Engine& engine);

}  // namespace kohort
