#pragma once
// Groups of persons, made from the predictor table of their year.

#include <vector>

#include "analyses/prediction_set.hpp"
#include "study/study_file.hpp"

namespace kohort {

/// The study's groups of the persons of one year, in the study's order.
///   folder  the predictor artifact of that year
std::vector<GroupColumn> read_groups(const std::vector<GroupDeclaration>& declarations,
                                     const std::filesystem::path& folder);

}  // namespace kohort
