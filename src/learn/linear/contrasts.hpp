#pragma once
// Which level of each category the others are compared with.

#include <cstddef>
#include <string>
#include <vector>

#include "matrix/linear_terms.hpp"

namespace kohort {

/// The columns of a design that take part in a regression, ascending: all that vary but the reference of each
/// category and its products with one other predictor, whose own column says the same (R's treatment
/// contrasts).
///   reference  levels to compare with, as race=White;sex=Female; without it each category's first
///   throws     Error (study) on a level that no training row has
std::vector<std::size_t> contrast_columns(const TermedDesign& terms, const std::string& reference);

}  // namespace kohort
