#pragma once
// Spans that must speak of the same units.

#include <cstddef>

namespace kohort {

/// Throws Error (defect) when a pair of columns differs in length.
void expect_equal_lengths(std::size_t a, std::size_t b);

}  // namespace kohort
