#include "tune/trials.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.hpp"

namespace kohort {

std::size_t fits_side_by_side(std::size_t fits, std::size_t threads, std::size_t rows) {
  constexpr std::size_t kRowsForThreads = 50'000;  // below, a thread of a fit waits more than it works
  const std::size_t rest = fits % threads;
  return rows >= kRowsForThreads && 2 * rest <= threads ? fits - rest : fits;
}

Trials::Trials(const TrialSettings& settings, Inputs& inputs, Workers& workers, SearchJournal* journal)
    : settings_(settings),
      inputs_(inputs),
      workers_(workers),
      fits_((check_problem(settings.problem), settings), inputs, workers, journal) {
  if (settings.racing && settings.halving)
    throw Error(ErrorKind::Study, "a search is raced or halved, not both", {}, "choose one");
  if (settings.racing) check(*settings.racing);
  if (settings.halving) check(*settings.halving);
}

Trials::Groups Trials::add(const std::vector<SettingValues>& added) {
  const std::size_t first = configurations.size();
  configurations.insert(configurations.end(), added.begin(), added.end());
  scores.resize(configurations.size());
  Groups fresh;
  for (ConfigurationGroup& group : group_configurations(settings_.engine, configurations, first)) {
    settings_.engine.prepare(inputs_, settings_.problem.matrix, settings_.problem.rows,
                             configurations[group.places.front()], workers_);
    fresh.push_back(groups_.size());
    groups_.push_back(std::move(group));
  }
  under_way_.resize(groups_.size());
  return fresh;
}

void Trials::run(const std::vector<SettingValues>& added, const ProgressOf& progress) {
  const bool first = groups_.empty();
  Groups fresh = add(added);
  fresh = run_together(fresh, progress);
  if (fresh.empty()) return;
  if (settings_.racing) {
    race(std::move(fresh), progress);
  } else {
    if (settings_.halving && first) fresh = halve(std::move(fresh), progress);
    run_all(fresh, progress);
  }
}

void Trials::for_each_fit(std::size_t fits, std::size_t rows, const std::function<void(std::size_t)>& fit) {
  const std::size_t side_by_side =
      fits_side_by_side(fits, static_cast<std::size_t>(workers_.threads()), rows);
  workers_.for_each(side_by_side, fit);
  for (std::size_t task = side_by_side; task < fits; ++task) {
    workers_.check();
    fit(task);
  }
  workers_.check();
}

void Trials::run_all(const Groups& groups, const ProgressOf& progress) {
  for (const std::size_t g : groups)
    for (const std::size_t place : groups_[g].places) scores[place].resize(folds());
  for_each_fit(groups.size() * folds(), fits_.rows(), [&](std::size_t task) {
    const std::size_t g = groups[task / folds()];
    run_one(g, task % folds());
    if (progress) progress(groups_[g].places.size());
  });
}

/// Fold by fold. A group is out when all its configurations are beaten; until then each of them is scored,
/// for it costs nothing. No predictions are held: those of the best are made at the end.
void Trials::race(Groups alive, const ProgressOf& progress) {
  for (std::size_t k = 0; k < folds() && !alive.empty(); ++k) {
    for (const std::size_t g : alive)
      for (const std::size_t place : groups_[g].places) scores[place].resize(k + 1);
    for_each_fit(alive.size(), fits_.rows(), [&](std::size_t a) {
      run_one(alive[a], k);
      if (progress) progress(groups_[alive[a]].places.size());
    });
    const Groups before = alive;
    if (std::cmp_greater_equal(k + 1, settings_.racing->min_folds) && k + 1 < folds()) drop_beaten(alive);
    for (const std::size_t g : before)
      if (progress && !std::ranges::binary_search(alive, g))
        progress(groups_[g].places.size() * (folds() - k - 1));
  }
  for (const std::size_t g : alive) settle(g);
}

void Trials::drop_beaten(Groups& alive) const {
  const std::size_t scored = scores[groups_[alive.front()].places.front()].size();
  const auto so_far = [&](std::size_t place) { return std::span{scores[place]}.first(scored); };
  std::span<const double> best;
  if (best_group_) best = so_far(best_place_);
  for (const std::size_t g : alive)
    for (const std::size_t place : groups_[g].places)
      if (best.empty() || mean_of(so_far(place)) > mean_of(best)) best = so_far(place);
  std::erase_if(alive, [&](std::size_t g) {
    return std::ranges::all_of(
        groups_[g].places, [&](std::size_t place) { return beaten(best, scores[place], *settings_.racing); });
  });
}

/// All rungs but the last, which fits all rows. Returns the groups that are left for it: a group is as good
/// as its best configuration.
Trials::Groups Trials::halve(Groups alive, const ProgressOf& progress) {
  const std::vector<std::size_t> rows = halving_rows(alive.size(), fits_.rows(), *settings_.halving);
  for (std::size_t rung = 0; rung + 1 < rows.size(); ++rung) {
    std::vector<std::vector<std::vector<double>>> scored(alive.size());  // (groups, folds, points)
    for (auto& of_folds : scored) of_folds.resize(folds());
    for_each_fit(alive.size() * folds(), rows[rung], [&](std::size_t task) {
      const std::size_t a = task / folds(), k = task % folds();
      scored[a][k] = fits_.score(groups_[alive[a]], k, rows[rung]).scores;
    });
    std::vector<std::pair<double, std::size_t>> order;  // less the best mean, place among the alive
    for (std::size_t a = 0; a < alive.size(); ++a) {
      double best = -std::numeric_limits<double>::infinity();
      for (std::size_t p = 0; p < groups_[alive[a]].places.size(); ++p) {
        CvRow row{groups_[alive[a]].places[p], {}, static_cast<int>(rung), rows[rung]};
        for (std::size_t k = 0; k < folds(); ++k) row.scores.push_back(scored[a][k][p]);
        best = std::fmax(best, mean_of(row.scores));
        rungs.push_back(std::move(row));
      }
      order.emplace_back(-best, a);
    }
    std::ranges::sort(order);
    const std::size_t kept = halving_kept(alive.size(), *settings_.halving);
    Groups left;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::size_t g = alive[order[i].second];
      if (i < kept)
        left.push_back(g);
      else if (progress)
        progress(groups_[g].places.size() * folds());
    }
    std::ranges::sort(left);
    alive = std::move(left);
  }
  return alive;
}

/// Groups whose folds the engine does together, for less than racing or halving would save. Returns the
/// others.
Trials::Groups Trials::run_together(const Groups& groups, const ProgressOf& progress) {
  Groups others;
  for (const std::size_t g : groups) {
    if (!fits_.shares_folds(groups_[g])) {
      others.push_back(g);
      continue;
    }
    for (const std::size_t place : groups_[g].places) scores[place].resize(folds());
    auto paths = fits_.score_folds(groups_[g], [&](std::size_t k, const FoldScores::Scored& scored) {
      take(g, k, scored, true);
      if (progress) progress(groups_[g].places.size());
    });
    if (best_group_ == g) best_paths_ = std::move(paths);
    workers_.check();
  }
  return others;
}

void Trials::run_one(std::size_t g, std::size_t k) {
  take(g, k, fits_.score(groups_[g], k), !settings_.racing);
}

void Trials::take(std::size_t g, std::size_t k, const FoldScores::Scored& scored, bool hold) {
  const std::lock_guard lock{mutex_};
  for (std::size_t p = 0; p < groups_[g].places.size(); ++p)
    scores[groups_[g].places[p]][k] = scored.scores.at(p);
  if (!hold) return;
  keep(g, k, scored.predictions);
  if (++under_way_[g].done == folds()) settle(g);
}

/// A long path over many rows is not held: what turns out the best is predicted once more.
void Trials::keep(std::size_t g, std::size_t k, const std::vector<std::vector<double>>& predictions) {
  if (predictions.empty() || predictions.size() * fits_.rows() > settings_.most_held) return;
  UnderWay& way = under_way_[g];
  way.predictions.resize(predictions.size(), std::vector<double>(fits_.rows()));
  way.held.resize(folds());
  way.held[k] = true;
  for (std::size_t p = 0; p < predictions.size(); ++p)
    for (std::size_t i = 0; i < predictions[p].size(); ++i)
      way.predictions[p][fits_.held_places(k)[i]] = predictions[p][i];
}

/// A group is through: only the best configuration's predictions are of use from here on.
void Trials::settle(std::size_t g) {
  UnderWay way = std::exchange(under_way_[g], {});
  for (std::size_t p = 0; p < groups_[g].places.size(); ++p) {
    const std::size_t place = groups_[g].places[p];
    const double mean = mean_of(scores[place]);
    const bool better = mean > best_mean_ || (mean == best_mean_ && place < best_place_);
    if (best_group_ && !better) continue;
    best_mean_ = std::isnan(mean) ? -std::numeric_limits<double>::infinity() : mean;
    best_place_ = place;
    best_group_ = g;
    best_point_ = p;
    held_ = way.held;
    out_of_fold = way.predictions.empty() ? std::vector<double>(fits_.rows()) : std::move(way.predictions[p]);
  }
}

/// Folds that the best configuration's predictions lack, since they were not held or their scores came from
/// the journal, are predicted once more.
void Trials::finish() {
  held_.resize(folds());
  std::vector<std::size_t> lacking;
  for (std::size_t k = 0; k < folds(); ++k)
    if (!held_[k]) lacking.push_back(k);
  if (lacking.empty()) return;
  const ConfigurationGroup& group = groups_[best_group_.value()];
  const auto fill = [&](std::size_t k, const std::vector<double>& predicted) {
    for (std::size_t i = 0; i < predicted.size(); ++i) out_of_fold[fits_.held_places(k)[i]] = predicted[i];
  };
  if (fits_.shares_folds(group)) {
    if (!best_paths_) best_paths_ = fits_.fit_folds(group);
    best_paths_->predict(std::array{best_point_}, workers_,
                         [&](std::size_t k, const auto& predictions) { fill(k, predictions[0]); });
    return;
  }
  for_each_fit(lacking.size(), fits_.rows(), [&](std::size_t task) {
    fill(lacking[task], fits_.predict(group, lacking[task])[best_point_]);
  });
}

}  // namespace kohort
