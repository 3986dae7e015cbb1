#pragma once
// Units from the highest to the lowest score, and the groups of equal scores: what every rank-based measure
// walks.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kohort {

/// The places of the units from the highest score to the lowest, shape (units). Equal scores stand in order
/// of place (0 and -0 are equal); NaN has a fixed place at an end. O(n log n); at most 2^32 units.
std::vector<std::uint32_t> descending_order(std::span<const double> score);

/// Calls f(first, last) for each run order[first..last) of equal scores, from the highest score to the
/// lowest.
///   order  from descending_order(score), or a part of it
template <class F>
void for_each_tie(std::span<const std::uint32_t> order, std::span<const double> score, F f) {
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first + 1;
    while (last < order.size() && score[order[last]] == score[order[first]]) ++last;
    f(first, last);
    first = last;
  }
}

}  // namespace kohort
