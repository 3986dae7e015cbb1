#pragma once
// Whether the registers reach the outcome years that a study asks for.

#include "study/plan.hpp"

namespace kohort {

/// Throws Error (study), naming the line of the analysis, when an outcome year is not among the years its
/// register has rows of: everybody's outcome would silently be zero.
void require_covered(const Study& study, const Plan& plan, const RegisterStore& registers);

}  // namespace kohort
