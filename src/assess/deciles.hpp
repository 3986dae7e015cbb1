#pragma once
// Tenths of the population by prediction, and how many events each unit of a tenth had.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace kohort {

constexpr int kDeciles = 10;
constexpr int kEventClasses = 6;  // 0, 1, 2, 3, 4 events, and 5 or more

/// The decile of each unit, shape (units): 1 for the highest predicted tenth, 10 for the lowest. Sizes differ
/// by one at most. Equal predictions that a border cuts through are parted by lot, the lot of a unit being
/// ties.bits(place): the same units in the same order are parted alike for any number of threads.
std::vector<std::uint8_t> deciles(std::span<const double> predicted, Stream ties);

/// Units of one decile.
struct DecileSummary {
  std::size_t units = 0;
  std::array<std::size_t, kEventClasses> with_events{};  // how many units had so many events
  double predicted_sum = 0, actual_sum = 0;
  std::size_t with_any() const { return units - with_events[0]; }
};

/// What happened in each decile, the highest first.
///   decile     from deciles(), shape (units)
///   actual     events of each unit, shape (units); between whole numbers the lower counts, below 1 is none
std::array<DecileSummary, kDeciles> summarise_deciles(std::span<const std::uint8_t> decile,
                                                      std::span<const double> actual,
                                                      std::span<const double> predicted);

}  // namespace kohort
