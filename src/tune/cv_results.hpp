#pragma once
// The table of a search, as scikit-learn's cv_results_.

#include <cstdint>
#include <vector>

#include "learn/settings.hpp"
#include "store/table.hpp"

namespace kohort {

/// Ranks from 1 for the best mean; ties share the smallest; undefined scores come next, and those that were
/// not scored on all folds last.
///   scores  shape (configurations, folds scored)
std::vector<std::int64_t> rank_scores(const std::vector<std::vector<double>>& scores, std::size_t folds);

/// Missing where a configuration was out of the race.
Table cv_results(const std::vector<SettingValues>& configurations,
                 const std::vector<std::vector<double>>& scores, std::size_t folds);

}  // namespace kohort
