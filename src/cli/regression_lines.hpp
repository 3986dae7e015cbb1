#pragma once
// A regression for the terminal.

#include <string>
#include <vector>

#include "learn/model.hpp"

namespace kohort {

/// How well it fits, in a line; none for a model without standard errors.
std::vector<std::string> fit_lines(const Model& model);
/// That, and its coefficients with standard errors, tests and intervals, in columns; none for a model without
/// them.
std::vector<std::string> regression_lines(const Model& model);

}  // namespace kohort
