#pragma once
// Parting the rows of nodes into those that go left and those that go right.

#include <cstdint>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "learn/tree/split.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// One node's rows, begin .. end-1 of a list, and the split to apply.
struct Parting {
  const Split* split;
  std::size_t begin, end;
  std::size_t middle = 0;  // filled in: where the right side begins
};

/// Reorders each node's stretch of `rows`: left side first, both sides in their old order. O(rows).
///   scratch  shape (rows)
void part_rows(const BinnedMatrix& matrix, std::span<Parting> partings, std::span<std::uint32_t> rows,
               std::span<std::uint32_t> scratch, Workers& workers);

}  // namespace kohort
