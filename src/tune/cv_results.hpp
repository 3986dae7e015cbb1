#pragma once
// The table of a search, as scikit-learn's cv_results_.

#include <cstdint>
#include <vector>

#include "learn/settings.hpp"
#include "store/table.hpp"

namespace kohort {

/// The scores of one configuration, once per rung that it was fitted on.
struct CvRow {
  std::size_t configuration = 0;  // its place
  std::vector<double> scores{};   // of each fold, or until it was out
  int iter = 0;                   // the rung of halving, else 0; one more for further draws
  std::size_t n_resources = 0;    // rows it was fitted and scored on
};

/// Ranks from 1 for the best mean; ties share the smallest; undefined scores come next, and those that were
/// not scored on all folds and all rows last.
///   n_resources  of those that were scored on all rows
std::vector<std::int64_t> rank_scores(const std::vector<CvRow>& rows, std::size_t folds,
                                      std::size_t n_resources);

/// Missing where a configuration was out of the race. With `iterations` also the columns iter and n_resources
/// of scikit-learn's halving searches.
Table cv_results(const std::vector<SettingValues>& configurations, const std::vector<CvRow>& rows,
                 std::size_t folds, std::size_t n_resources, bool iterations);

}  // namespace kohort
