#pragma once
// Small cells: which rows of a table would tell about too few persons.

#include <cstdint>
#include <span>
#include <vector>

namespace kohort {

constexpr std::int64_t kMinimumCell = 5;

/// Whether a count of persons is too small to publish: from 1 to minimum - 1. None is no disclosure here.
constexpr bool is_small(std::int64_t persons, std::int64_t minimum = kMinimumCell) {
  return persons > 0 && persons < minimum;
}

/// Secondary suppression within one set of cells that add up to a known total: while exactly one cell is
/// hidden it could be computed from the others, so the smallest shown cell that is not empty is hidden too.
///   persons  the cells of the set
///   hidden   which are hidden already, shape (cells); added to
/// Hundepool et al. (2012), Statistical Disclosure Control, for a table of one dimension.
void hide_a_second(std::span<const std::int64_t> persons, std::span<char> hidden);

}  // namespace kohort
