#pragma once
// Successive halving: many configurations on few rows, few on all.

#include <cstddef>
#include <vector>

#include "base/random.hpp"

namespace kohort {

/// Jamieson and Talwalkar (2016), with rows as the resource, as scikit-learn's HalvingRandomSearchCV
/// (min_resources="exhaust"): each rung fits `factor` times as many rows as the one before and keeps one
/// configuration in `factor`; the last fits all rows.
struct Halving {
  int factor = 3;
  std::size_t min_resources = 1000;  // rows of the first rung, at least
};

/// Throws Error (defect) unless the factor is two or more and there is a row.
void check(const Halving& halving);

/// Rows of each rung, ascending; the last is `rows`. As many rungs as bring the candidates down to fewer than
/// `factor`, or as min_resources allows; one at least.
std::vector<std::size_t> halving_rows(std::size_t candidates, std::size_t rows, const Halving& halving);

/// How many of so many go on to the next rung: one in `factor`, rounded up.
std::size_t halving_kept(std::size_t candidates, const Halving& halving);

/// A random order of n rows: the place of each. A rung of m rows takes those with places below m, so that it
/// holds all rows of the rungs before.
std::vector<std::uint32_t> halving_order(std::size_t n, Stream stream);

}  // namespace kohort
