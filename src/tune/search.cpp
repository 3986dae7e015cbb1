#include "tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "tune/cv_results.hpp"
#include "tune/trials.hpp"

namespace kohort {
namespace {

/// The rungs of halving, then every configuration that met all rows: `first` of them in the first draws.
std::vector<CvRow> rows_of(const Trials& trials, std::size_t first, std::size_t n) {
  std::vector<CvRow> rows = trials.rungs;
  const int last = rows.empty() ? 0 : rows.back().iter + 1;
  for (std::size_t c = 0; c < trials.scores.size(); ++c)
    if (!trials.scores[c].empty()) rows.push_back({c, trials.scores[c], c < first ? last : last + 1, n});
  return rows;
}

SearchResult result_of(Trials& trials, const TrialSettings& settings, std::size_t first) {
  trials.finish();
  const std::size_t n = settings.problem.rows.size();
  const std::vector<CvRow> rows = rows_of(trials, first, n);
  const std::vector<std::int64_t> rank = rank_scores(rows, trials.folds(), n);
  const CvRow& best = rows[static_cast<std::size_t>(std::ranges::find(rank, 1) - rank.begin())];
  if (std::isnan(mean_of(best.scores)))
    throw Error(ErrorKind::Fit, fmt::format("{} is not defined in every fold", to_text(settings.score)), {},
                "use fewer folds or another score: a fold may hold outcomes of one kind only");
  SearchResult result;
  result.best = best.configuration;
  for (const std::vector<double>& scores : trials.scores) result.mean_score.push_back(mean_of(scores));
  const bool iterations = !trials.rungs.empty() || first < trials.configurations.size();
  result.table = cv_results(trials.configurations, rows, trials.folds(), n, iterations);
  result.out_of_fold = std::move(trials.out_of_fold);
  for (const CvRow& row : rows) result.scores += row.scores.size();
  result.fits = trials.fits();
  result.fits_before = trials.fits_before();
  result.configurations = std::move(trials.configurations);
  return result;
}

}  // namespace

SearchResult search(const TrialSettings& settings, Inputs& inputs,
                    const std::vector<SettingValues>& configurations, Workers& workers,
                    const std::function<void(std::size_t)>& progress, SearchJournal* journal) {
  if (configurations.empty())
    throw Error(ErrorKind::Study, "there is no configuration to try", {}, "give at least one");
  Trials trials{settings, inputs, workers, journal};
  trials.run(configurations, progress);
  return result_of(trials, settings, configurations.size());
}

SearchResult search(const TrialSettings& settings, Inputs& inputs, const Draws& draws, Stream stream,
                    Workers& workers, const std::function<void(std::size_t)>& progress,
                    SearchJournal* journal) {
  Trials trials{settings, inputs, workers, journal};
  const std::vector<SettingValues> first = first_draws(draws, settings.engine, stream);
  trials.run(first, progress);
  trials.run(draws_near(draws, settings.engine, trials.best(), first, stream.child("near")), progress);
  return result_of(trials, settings, first.size());
}

std::vector<double> cross_predict(const TrialSettings& settings, Inputs& inputs,
                                  const SettingValues& configuration, Workers& workers) {
  TrialSettings plain = settings;
  plain.racing.reset();
  plain.halving.reset();
  Trials trials{plain, inputs, workers, nullptr};
  trials.run({configuration}, {});
  trials.finish();
  return std::move(trials.out_of_fold);
}

}  // namespace kohort
