#include "tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "tune/cv_results.hpp"

namespace kohort {

SearchResult search(const TrialSettings& settings, Inputs& inputs,
                    const std::vector<SettingValues>& configurations, Workers& workers,
                    const std::function<void(std::size_t)>& progress, SearchJournal* journal) {
  if (configurations.empty())
    throw Error(ErrorKind::Study, "there is no configuration to try", {}, "give at least one");
  Trials trials{settings, inputs, configurations, workers, journal};
  trials.run(progress);
  SearchResult result;
  result.configurations = configurations;
  for (const std::vector<double>& scores : trials.scores) result.mean_score.push_back(mean_of(scores));
  const std::vector<std::int64_t> rank = rank_scores(trials.scores, trials.folds());
  result.best = static_cast<std::size_t>(std::ranges::find(rank, 1) - rank.begin());
  if (std::isnan(result.mean_score[result.best]))
    throw Error(ErrorKind::Fit, fmt::format("{} is not defined in every fold", to_text(settings.score)), {},
                "use fewer folds or another score: a fold may hold outcomes of one kind only");
  result.table = cv_results(configurations, trials.scores, trials.folds());
  result.out_of_fold = std::move(trials.out_of_fold);
  for (const std::vector<double>& scores : trials.scores) result.scores += scores.size();
  result.fits = trials.fits();
  result.fits_before = trials.fits_before();
  return result;
}

std::vector<double> cross_predict(const TrialSettings& settings, Inputs& inputs,
                                  const SettingValues& configuration, Workers& workers) {
  TrialSettings plain = settings;
  plain.racing.reset();
  Trials trials{plain, inputs, {configuration}, workers, nullptr};
  trials.run({});
  return std::move(trials.out_of_fold);
}

}  // namespace kohort
