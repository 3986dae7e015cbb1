#include "tune/trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/stable.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

constexpr int kRevision = 1;  // raised when the same search gives other scores

std::vector<ConfigurationGroup> group_configurations(const Engine& engine,
                                                     const std::vector<SettingValues>& configurations) {
  std::map<SettingValues, std::size_t> group_of;
  std::vector<ConfigurationGroup> groups;
  for (std::size_t c = 0; c < configurations.size(); ++c) {
    SettingValues key = engine.complete(configurations[c]), point;
    for (const char* name : engine.path_settings) point.insert(key.extract(name));
    const auto [place, fresh] = group_of.try_emplace(std::move(key), groups.size());
    if (fresh) groups.push_back({place->first, {}, {}});
    ConfigurationGroup& group = groups[place->second];
    group.places.push_back(c);
    group.points.push_back(std::move(point));
  }
  return groups;
}

/// Everything that a score depends on besides settings and fold.
std::string fingerprint_of(const TrialSettings& settings) {
  const Problem& problem = settings.problem;
  Hasher hasher;
  const auto add = [&](const auto& cells) { hasher.add(std::as_bytes(std::span{cells})); };
  for (std::size_t j = 0; j < problem.matrix.columns(); ++j) {
    const MatrixColumn& column = problem.matrix.column(j);
    hasher.add(fmt::format("{}\n{}\n{}\n", column.info.name, to_text(column.info.kind),
                           join(column.info.levels, "\n")));
    add(std::array{column.mode});
    add(column.rows);
    add(column.values);
  }
  for (const std::uint32_t row : problem.rows) {
    const double weight = problem.weights.empty() ? 1 : problem.weights[row];
    const double offset = problem.offset.empty() ? 0 : problem.offset[row];
    add(std::array{problem.outcome[row], weight, offset, static_cast<double>(row)});
  }
  add(settings.folds);
  add(std::array{settings.stream.bits(0)});
  hasher.add(fmt::format("{} {} {} {}", settings.engine.name, to_text(problem.objective),
                         to_text(settings.score), kRevision));
  return hasher.digest();
}

/// The quantile of Student's t: Abramowitz and Stegun (1964), 26.7.5. Within 2 % from two degrees of freedom
/// on, at the levels of a test.
double student_quantile(double p, double freedom) {
  const double z = stable::normal_quantile(p), z2 = z * z, n = freedom;
  const double g1 = (z2 + 1) / 4, g2 = ((5 * z2 + 16) * z2 + 3) / 96,
               g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
               g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
  return z * (1 + g1 / n + g2 / (n * n) + g3 / (n * n * n) + g4 / (n * n * n * n));
}

}  // namespace

double mean_of(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

std::string params_text(const SettingValues& values) {
  std::string text;
  for (const auto& [name, value] : values) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

bool beaten(std::span<const double> best, std::span<const double> other, const Racing& racing) {
  std::vector<double> behind;
  for (std::size_t k = 0; k < best.size(); ++k) behind.push_back(best[k] - other[k]);
  const auto n = static_cast<double>(behind.size());
  const double mean = mean_of(behind);
  double squares = 0;
  for (const double x : behind) squares += (x - mean) * (x - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  return mean > 0 && mean > student_quantile(1 - racing.alpha, n - 1) * error;
}

Trials::Trials(const TrialSettings& settings, Inputs& inputs,
               const std::vector<SettingValues>& configurations, Workers& workers, SearchJournal* journal)
    : scores(configurations.size()),
      settings_(settings),
      inputs_(inputs),
      workers_(workers),
      journal_(journal),
      groups_(group_configurations(settings.engine, configurations)),
      under_way_(groups_.size()) {
  check_problem(settings.problem);
  if (settings.racing &&
      (settings.racing->min_folds < 2 || !(settings.racing->alpha > 0 && settings.racing->alpha < 0.5)))
    throw Error(ErrorKind::Defect, "a race needs two folds and a level between 0 and .5");
  split_rows();
  for (const ConfigurationGroup& group : groups_)
    settings.engine.prepare(inputs, settings.problem.matrix, settings.problem.rows,
                            configurations[group.places.front()], workers);
  if (journal != nullptr) fingerprint_ = fingerprint_of(settings);
}

void Trials::split_rows() {
  const std::span<const int> folds = settings_.folds;
  const std::span<const std::uint32_t> rows = settings_.problem.rows;
  if (folds.size() != rows.size())
    throw Error(ErrorKind::Defect, "a search needs the fold of every training row");
  const int count = folds.empty() ? 0 : *std::ranges::max_element(folds) + 1;
  split_.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < folds.size(); ++i)
    for (std::size_t k = 0; k < split_.size(); ++k) {
      const bool held = folds[i] == static_cast<int>(k);
      (held ? split_[k].held : split_[k].train).push_back(rows[i]);
      if (held) split_[k].held_places.push_back(i);
    }
}

void Trials::run(const std::function<void(std::size_t)>& progress) {
  if (settings_.racing)
    race(progress);
  else
    run_all(progress);
  fill_gaps();
}

void Trials::run_all(const std::function<void(std::size_t)>& progress) {
  for (std::vector<double>& of_folds : scores) of_folds.resize(split_.size());
  workers_.for_each(groups_.size() * split_.size(), [&](std::size_t task) {
    const std::size_t g = task / split_.size();
    run_one(g, task % split_.size());
    if (progress) progress(groups_[g].places.size());
  });
}

/// Fold by fold. A group is out when all its configurations are beaten; until then each of them is scored,
/// for it costs nothing. No predictions are held: those of the best are made at the end.
void Trials::race(const std::function<void(std::size_t)>& progress) {
  std::vector<std::size_t> alive(groups_.size());
  std::iota(alive.begin(), alive.end(), std::size_t{0});
  for (std::size_t k = 0; k < split_.size(); ++k) {
    for (const std::size_t g : alive)
      for (const std::size_t place : groups_[g].places) scores[place].resize(k + 1);
    workers_.for_each(alive.size(), [&](std::size_t a) {
      run_one(alive[a], k);
      if (progress) progress(groups_[alive[a]].places.size());
    });
    const std::vector<std::size_t> before = alive;
    if (std::cmp_greater_equal(k + 1, settings_.racing->min_folds) && k + 1 < split_.size())
      drop_beaten(alive);
    for (const std::size_t g : before)
      if (progress && !std::ranges::binary_search(alive, g))
        progress(groups_[g].places.size() * (split_.size() - k - 1));
  }
  for (const std::size_t g : alive) settle(g);
}

void Trials::drop_beaten(std::vector<std::size_t>& alive) const {
  const std::vector<double>* best = nullptr;
  for (const std::size_t g : alive)
    for (const std::size_t place : groups_[g].places)
      if (best == nullptr || mean_of(scores[place]) > mean_of(*best)) best = &scores[place];
  std::erase_if(alive, [&](std::size_t g) {
    return std::ranges::all_of(groups_[g].places, [&](std::size_t place) {
      return beaten(*best, scores[place], *settings_.racing);
    });
  });
}

std::string Trials::key_of(std::size_t g, std::size_t k) const {
  std::string text = fmt::format("{} {} {}\n", fingerprint_, k, params_text(groups_[g].settings));
  for (const SettingValues& point : groups_[g].points) text += params_text(point) + '\n';
  return hash_text(text);
}

double Trials::score_of_fold(std::size_t k, std::span<const double> predicted) const {
  const Problem& problem = settings_.problem;
  std::vector<double> actual, weights;
  for (const std::uint32_t row : split_[k].held) {
    actual.push_back(problem.outcome[row]);
    if (!problem.weights.empty()) weights.push_back(problem.weights[row]);
  }
  return score_of(settings_.score, actual, predicted, weights);
}

std::vector<std::vector<double>> Trials::predict_fold(std::size_t g, std::size_t k) {
  Problem training = settings_.problem;
  training.rows = split_[k].train;
  return settings_.engine.predict_held(inputs_, training, groups_[g].settings, groups_[g].points,
                                       split_[k].held, settings_.stream.child("fit"), workers_);
}

void Trials::run_one(std::size_t g, std::size_t k) {
  const std::string key = journal_ == nullptr ? std::string{} : key_of(g, k);
  std::optional<std::vector<double>> known;
  if (journal_ != nullptr) known = journal_->find(key);
  std::vector<std::vector<double>> predictions;
  ++fits_;
  if (known) {
    ++fits_before_;
  } else {
    predictions = predict_fold(g, k);
    known.emplace();
    for (const std::vector<double>& predicted : predictions) known->push_back(score_of_fold(k, predicted));
    if (journal_ != nullptr) journal_->add(key, *known);
  }
  const std::lock_guard lock{mutex_};
  for (std::size_t p = 0; p < groups_[g].places.size(); ++p) scores[groups_[g].places[p]][k] = known->at(p);
  if (settings_.racing) return;
  keep(g, k, predictions);
  if (++under_way_[g].done == split_.size()) settle(g);
}

void Trials::keep(std::size_t g, std::size_t k, const std::vector<std::vector<double>>& predictions) {
  if (predictions.empty()) return;
  UnderWay& way = under_way_[g];
  way.predictions.resize(predictions.size(), std::vector<double>(settings_.problem.rows.size()));
  way.held.resize(split_.size());
  way.held[k] = true;
  for (std::size_t p = 0; p < predictions.size(); ++p)
    for (std::size_t i = 0; i < predictions[p].size(); ++i)
      way.predictions[p][split_[k].held_places[i]] = predictions[p][i];
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
    out_of_fold = way.predictions.empty() ? std::vector<double>(settings_.problem.rows.size())
                                          : std::move(way.predictions[p]);
  }
}

/// Folds that the best configuration's predictions lack, since their scores came from the journal or were
/// raced for, are predicted once more.
void Trials::fill_gaps() {
  held_.resize(split_.size());
  workers_.for_each(split_.size(), [&](std::size_t k) {
    if (held_[k]) return;
    const std::vector<double> predicted = predict_fold(*best_group_, k)[best_point_];
    for (std::size_t i = 0; i < predicted.size(); ++i) out_of_fold[split_[k].held_places[i]] = predicted[i];
  });
}

}  // namespace kohort
