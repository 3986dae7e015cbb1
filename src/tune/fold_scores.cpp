#include "tune/fold_scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

constexpr int kRevision = 4;  // raised when the same search gives other scores

/// Everything that a score depends on besides settings, fold and rows.
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

}  // namespace

std::string params_text(const SettingValues& values) {
  std::string text;
  for (const auto& [name, value] : values) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

std::vector<ConfigurationGroup> group_configurations(const Engine& engine,
                                                     const std::vector<SettingValues>& configurations,
                                                     std::size_t first) {
  std::map<SettingValues, std::size_t> group_of;
  std::vector<ConfigurationGroup> groups;
  for (std::size_t c = first; c < configurations.size(); ++c) {
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

FoldScores::FoldScores(const TrialSettings& settings, const Inputs& inputs, Workers& workers,
                       SearchJournal* journal)
    : settings_(settings), inputs_(inputs), workers_(workers), journal_(journal) {
  split_rows();
  if (settings.halving) order_ = halving_order(rows(), settings.stream.child("halving"));
  if (journal != nullptr) fingerprint_ = fingerprint_of(settings);
}

void FoldScores::split_rows() {
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

std::string FoldScores::key_of(const ConfigurationGroup& group, std::size_t k, std::size_t rows) const {
  std::string text = fmt::format("{} {} {}\n", fingerprint_, k, params_text(group.settings));
  if (rows < this->rows()) text += fmt::format("{} rows\n", rows);
  for (const SettingValues& point : group.points) text += params_text(point) + '\n';
  return hash_text(text);
}

double FoldScores::score_of_fold(std::size_t k, std::span<const double> predicted) const {
  const Problem& problem = settings_.problem;
  std::vector<double> actual, weights;
  for (const std::uint32_t row : split_[k].held) {
    actual.push_back(problem.outcome[row]);
    if (!problem.weights.empty()) weights.push_back(problem.weights[row]);
  }
  return score_of(settings_.score, actual, predicted, weights);
}

std::vector<std::vector<double>> FoldScores::predict_with(const ConfigurationGroup& group, std::size_t k,
                                                          std::span<const std::uint32_t> train) {
  Problem training = settings_.problem;
  training.rows = train;
  return settings_.engine.predict_held(inputs_, training, group.settings, group.points, split_[k].held,
                                       settings_.stream.child("fit"), workers_);
}

std::vector<std::vector<double>> FoldScores::predict(const ConfigurationGroup& group, std::size_t k) {
  return predict_with(group, k, split_[k].train);
}

bool FoldScores::shares_folds(const ConfigurationGroup& group) const {
  const auto shares = settings_.engine.shares_folds;
  return shares != nullptr && shares(inputs_, settings_.problem, group.settings, folds());
}

std::unique_ptr<const FoldPaths> FoldScores::fit_folds(const ConfigurationGroup& group) {
  return settings_.engine.fit_folds(inputs_, settings_.problem, group.settings, group.points, settings_.folds,
                                    workers_);
}

std::unique_ptr<const FoldPaths> FoldScores::score_folds(
    const ConfigurationGroup& group, const std::function<void(std::size_t, const Scored&)>& each) {
  std::vector<std::string> keys(folds());
  std::vector<std::optional<std::vector<double>>> known(folds());
  for (std::size_t k = 0; k < folds() && journal_ != nullptr; ++k) {
    keys[k] = key_of(group, k, rows());
    known[k] = journal_->find(keys[k]);
  }
  fits_ += folds();
  if (std::ranges::all_of(known, [](const auto& scores) { return scores.has_value(); })) {
    fits_before_ += folds();
    for (std::size_t k = 0; k < folds(); ++k) each(k, {*known[k], {}});
    return nullptr;
  }
  auto paths = fit_folds(group);
  std::vector<std::size_t> all(group.points.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  paths->predict(all, workers_, [&](std::size_t k, std::vector<std::vector<double>> predictions) {
    Scored scored{.scores = {}, .predictions = std::move(predictions)};
    for (const std::vector<double>& predicted : scored.predictions)
      scored.scores.push_back(score_of_fold(k, predicted));
    if (journal_ != nullptr && !known[k]) journal_->add(keys[k], scored.scores);
    each(k, scored);
  });
  return paths;
}

FoldScores::Scored FoldScores::score(const ConfigurationGroup& group, std::size_t k) {
  return score(group, k, rows());
}

FoldScores::Scored FoldScores::score(const ConfigurationGroup& group, std::size_t k, std::size_t rows) {
  const std::string key = journal_ == nullptr ? std::string{} : key_of(group, k, rows);
  ++fits_;
  if (journal_ != nullptr)
    if (const auto known = journal_->find(key)) {
      ++fits_before_;
      return {*known, {}};
    }
  Scored scored;
  if (rows == this->rows()) {
    scored.predictions = predict(group, k);
  } else {
    RowList few;
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (order_[i] < rows && settings_.folds[i] != static_cast<int>(k))
        few.push_back(settings_.problem.rows[i]);
    scored.predictions = predict_with(group, k, few);
  }
  for (const std::vector<double>& predicted : scored.predictions)
    scored.scores.push_back(score_of_fold(k, predicted));
  if (journal_ != nullptr) journal_->add(key, scored.scores);
  return scored;
}

}  // namespace kohort
