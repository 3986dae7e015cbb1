#pragma once
// What rows of a forest's tree add up to.

#include <cstdint>

#include "learn/tree/forest_split.hpp"

namespace kohort {

/// In whole units: outcome times mass, and in one number the mass (how often drawn times the weight; below
/// 2^38) and 2^38 for each row.
struct alignas(16) ForestCell {
  std::int64_t sum = 0;
  std::uint64_t mass_and_rows = 0;

  static constexpr int kMassBits = 38;
  static ForestCell of_row(std::int64_t sum, std::uint64_t mass) {
    return {sum, mass | std::uint64_t{1} << kMassBits};
  }
  std::uint64_t rows() const { return mass_and_rows >> kMassBits; }
  std::uint64_t mass() const { return mass_and_rows & ((std::uint64_t{1} << kMassBits) - 1); }
  ForestCell& operator+=(const ForestCell& other) {
    sum += other.sum;
    mass_and_rows += other.mass_and_rows;
    return *this;
  }
  ForestSums sums() const {
    return {static_cast<double>(sum), static_cast<double>(mass()), static_cast<double>(rows())};
  }
};

}  // namespace kohort
