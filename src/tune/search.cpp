#include "tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "assess/metrics.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

constexpr int kRevision = 1;  // raised when the same search gives other scores
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::pair<Score, std::string_view>, 6> kScores{{
    {Score::NegMeanSquaredError, "neg_mean_squared_error"},
    {Score::NegMeanPoissonDeviance, "neg_mean_poisson_deviance"},
    {Score::RocAuc, "roc_auc"},
    {Score::AveragePrecision, "average_precision"},
    {Score::NegBrierScore, "neg_brier_score"},
    {Score::NegLogLoss, "neg_log_loss"},
}};

/// Configurations that one fit answers for: equal but for the engine's path settings.
struct Group {
  SettingValues settings;             // without the path settings
  std::vector<std::size_t> places;    // among the configurations
  std::vector<SettingValues> points;  // on the path, one for each place
};

std::vector<Group> group_configurations(const Engine& engine,
                                        const std::vector<SettingValues>& configurations) {
  std::map<SettingValues, std::size_t> group_of;
  std::vector<Group> groups;
  for (std::size_t c = 0; c < configurations.size(); ++c) {
    SettingValues key = engine.complete(configurations[c]), point;
    for (const char* name : engine.path_settings) point.insert(key.extract(name));
    const auto [place, fresh] = group_of.try_emplace(std::move(key), groups.size());
    if (fresh) groups.push_back({place->first, {}, {}});
    Group& group = groups[place->second];
    group.places.push_back(c);
    group.points.push_back(std::move(point));
  }
  return groups;
}

/// The rows of each fold and the rest, as rows of the matrix.
struct FoldRows {
  RowList train, held;
  std::vector<std::size_t> held_places;  // among problem.rows
};

std::vector<FoldRows> split_rows(const Problem& problem, std::span<const int> folds) {
  if (folds.size() != problem.rows.size())
    throw Error(ErrorKind::Defect, "a search needs the fold of every training row");
  const int count = folds.empty() ? 0 : *std::ranges::max_element(folds) + 1;
  std::vector<FoldRows> split(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < folds.size(); ++i)
    for (std::size_t k = 0; k < split.size(); ++k) {
      const bool held = folds[i] == static_cast<int>(k);
      (held ? split[k].held : split[k].train).push_back(problem.rows[i]);
      if (held) split[k].held_places.push_back(i);
    }
  return split;
}

double fold_score(Score score, const Problem& problem, const RowList& held,
                  const std::vector<double>& predicted) {
  std::vector<double> actual, weights;
  for (const std::uint32_t row : held) {
    actual.push_back(problem.outcome[row]);
    if (!problem.weights.empty()) weights.push_back(problem.weights[row]);
  }
  return score_of(score, actual, predicted, weights);
}

double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

/// Around the mean, over n: as numpy's.
double deviation_of(const std::vector<double>& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double v : x) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

/// Ranks from 1 for the best; ties share the smallest; undefined scores come last.
std::vector<std::int64_t> ranks(const std::vector<double>& mean) {
  const auto better = [](double a, double b) { return a > b || (!std::isnan(a) && std::isnan(b)); };
  std::vector<std::int64_t> rank;
  for (const double mine : mean)
    rank.push_back(1 + std::ranges::count_if(mean, [&](double other) { return better(other, mine); }));
  return rank;
}

std::string params_text(const SettingValues& values) {
  std::string text;
  for (const auto& [name, value] : values) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

/// Everything that a score depends on besides settings and fold.
std::string fingerprint_of(const Engine& engine, const Problem& problem, std::span<const int> folds,
                           Score score, Stream stream) {
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
  add(folds);
  add(std::array{stream.bits(0)});
  hasher.add(fmt::format("{} {} {} {}", engine.name, to_text(problem.objective), to_text(score), kRevision));
  return hasher.digest();
}

/// One search: groups of configurations times folds.
class Trials {
 public:
  Trials(const Engine& engine, Inputs& inputs, const Problem& problem, std::span<const int> folds,
         const std::vector<SettingValues>& configurations, Score score, Stream stream, Workers& workers,
         SearchJournal* journal)
      : engine_(engine),
        inputs_(inputs),
        problem_(problem),
        score_(score),
        stream_(stream),
        workers_(workers),
        journal_(journal),
        groups_(group_configurations(engine, configurations)),
        split_(split_rows(problem, folds)) {
    for (const Group& group : groups_)
      engine.prepare(inputs, problem.matrix, problem.rows, configurations[group.places.front()], workers);
    if (journal != nullptr) fingerprint_ = fingerprint_of(engine, problem, folds, score, stream);
    scores.assign(configurations.size(), std::vector<double>(split_.size()));
    under_way_.resize(groups_.size());
  }

  void run(const std::function<void(std::size_t)>& progress) {
    workers_.for_each(groups_.size() * split_.size(), [&](std::size_t task) {
      const std::size_t g = task / split_.size(), k = task % split_.size();
      run_one(g, k);
      if (progress) progress(groups_[g].places.size());
    });
    fill_gaps();
  }

  std::vector<std::vector<double>> scores;  // shape (configurations, folds)
  std::vector<double> out_of_fold;          // of the best configuration
  std::atomic<std::size_t> fits_before = 0;
  std::size_t fits() const { return groups_.size() * split_.size(); }

 private:
  /// Out-of-fold predictions of one group, shape (points, problem.rows), and the folds that are in them.
  struct UnderWay {
    std::vector<std::vector<double>> predictions;
    std::vector<bool> held;
    std::size_t done = 0;  // folds
  };

  std::string key_of(std::size_t g, std::size_t k) const {
    std::string text = fmt::format("{} {} {}\n", fingerprint_, k, params_text(groups_[g].settings));
    for (const SettingValues& point : groups_[g].points) text += params_text(point) + '\n';
    return hash_text(text);
  }

  std::vector<std::vector<double>> predict_fold(std::size_t g, std::size_t k) {
    Problem training = problem_;
    training.rows = split_[k].train;
    return engine_.predict_held(inputs_, training, groups_[g].settings, groups_[g].points, split_[k].held,
                                stream_.child("fit"), workers_);
  }

  void run_one(std::size_t g, std::size_t k) {
    const Group& group = groups_[g];
    const std::string key = journal_ == nullptr ? std::string{} : key_of(g, k);
    std::optional<std::vector<double>> known;
    if (journal_ != nullptr) known = journal_->find(key);
    std::vector<std::vector<double>> predictions;
    if (known) {
      ++fits_before;
    } else {
      predictions = predict_fold(g, k);
      known.emplace();
      for (const std::vector<double>& predicted : predictions)
        known->push_back(fold_score(score_, problem_, split_[k].held, predicted));
      if (journal_ != nullptr) journal_->add(key, *known);
    }
    const std::lock_guard lock{mutex_};
    for (std::size_t p = 0; p < group.places.size(); ++p) scores[group.places[p]][k] = known->at(p);
    keep(under_way_[g], group, k, predictions);
    if (++under_way_[g].done == split_.size()) settle(g);
  }

  void keep(UnderWay& way, const Group& group, std::size_t k,
            const std::vector<std::vector<double>>& predictions) {
    if (predictions.empty()) return;
    way.predictions.resize(group.places.size(), std::vector<double>(problem_.rows.size()));
    way.held.resize(split_.size());
    way.held[k] = true;
    for (std::size_t p = 0; p < predictions.size(); ++p)
      for (std::size_t i = 0; i < predictions[p].size(); ++i)
        way.predictions[p][split_[k].held_places[i]] = predictions[p][i];
  }

  /// A group is through: only the best configuration's predictions are of use from here on.
  void settle(std::size_t g) {
    UnderWay way = std::exchange(under_way_[g], {});
    const Group& group = groups_[g];
    for (std::size_t p = 0; p < group.places.size(); ++p) {
      const std::size_t place = group.places[p];
      const double mean = mean_of(scores[place]);
      const bool first = !best_group_;
      if (!first && !(mean > best_mean_ || (mean == best_mean_ && place < best_place_))) continue;
      best_mean_ = std::isnan(mean) ? -std::numeric_limits<double>::infinity() : mean;
      best_place_ = place;
      best_group_ = g;
      best_point_ = p;
      held_ = way.held;
      out_of_fold = way.predictions.empty() ? std::vector<double>(problem_.rows.size()) : way.predictions[p];
    }
  }

  /// Folds of the best configuration whose scores came from the journal are predicted once more.
  void fill_gaps() {
    held_.resize(split_.size());
    workers_.for_each(split_.size(), [&](std::size_t k) {
      if (held_[k]) return;
      const std::vector<double> predicted = predict_fold(*best_group_, k)[best_point_];
      for (std::size_t i = 0; i < predicted.size(); ++i) out_of_fold[split_[k].held_places[i]] = predicted[i];
    });
  }

  const Engine& engine_;
  Inputs& inputs_;
  const Problem& problem_;
  Score score_;
  Stream stream_;
  Workers& workers_;
  SearchJournal* journal_;
  std::vector<Group> groups_;
  std::vector<FoldRows> split_;
  std::string fingerprint_;

  std::mutex mutex_;
  std::vector<UnderWay> under_way_;  // by group
  std::optional<std::size_t> best_group_;
  std::size_t best_place_ = 0, best_point_ = 0;
  double best_mean_ = 0;
  std::vector<bool> held_;  // folds that out_of_fold has
};

std::vector<std::string> setting_names(const std::vector<SettingValues>& configurations) {
  std::map<std::string, bool> names;
  for (const SettingValues& values : configurations)
    for (const auto& [name, value] : values) names[name] = true;
  std::vector<std::string> out;
  for (const auto& [name, there] : names) out.push_back(name);
  return out;
}

Column number_column(std::string name, std::vector<double> cells) {
  Column column = make_column(std::move(name), ColumnType::Number);
  column.numbers() = std::move(cells);
  return column;
}

Column param_column(const std::string& name, const std::vector<SettingValues>& configurations) {
  Column column = make_column("param_" + name, ColumnType::Text);
  for (const SettingValues& values : configurations) {
    const auto given = values.find(name);
    column.texts().push_back(given == values.end() ? "" : given->second);
    column.missing.push_back(given == values.end());
  }
  if (std::ranges::find(column.missing, true) == column.missing.end()) column.missing.clear();
  return column;
}

Table result_table(const std::vector<SettingValues>& configurations,
                   const std::vector<std::vector<double>>& all_scores, const std::vector<double>& mean) {
  Table table;
  for (const std::string& name : setting_names(configurations))
    table.columns.push_back(param_column(name, configurations));
  Column params = make_column("params", ColumnType::Text);
  for (const SettingValues& values : configurations) params.texts().push_back(params_text(values));
  table.columns.push_back(std::move(params));
  for (std::size_t k = 0; k < all_scores.front().size(); ++k) {
    std::vector<double> cells;
    for (const std::vector<double>& scores : all_scores) cells.push_back(scores[k]);
    table.columns.push_back(number_column(fmt::format("split{}_test_score", k), std::move(cells)));
  }
  std::vector<double> deviation;
  for (const std::vector<double>& scores : all_scores) deviation.push_back(deviation_of(scores));
  table.columns.push_back(number_column("mean_test_score", mean));
  table.columns.push_back(number_column("std_test_score", std::move(deviation)));
  Column rank = make_column("rank_test_score", ColumnType::Integer);
  rank.integers() = ranks(mean);
  table.columns.push_back(std::move(rank));
  return table;
}

}  // namespace

std::string_view to_text(Score score) {
  return std::ranges::find(kScores, score, &std::pair<Score, std::string_view>::first)->second;
}

Score parse_score(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [score, text] : kScores) {
    if (name == text) return score;
    known.emplace_back(text);
  }
  throw Error(ErrorKind::Study, fmt::format("there is no score '{}'", name), "score", suggest(name, known));
}

double score_of(Score score, std::span<const double> outcome, std::span<const double> prediction,
                std::span<const double> weights) {
  switch (score) {
    case Score::NegMeanSquaredError:
      return neg_mean_squared_error(outcome, prediction, weights);
    case Score::NegMeanPoissonDeviance:
      return -poisson_deviance(outcome, prediction, weights);
    case Score::RocAuc:
      return roc_auc(outcome, prediction, weights).value_or(kUndefined);
    case Score::AveragePrecision:
      return average_precision(outcome, prediction, weights).value_or(kUndefined);
    case Score::NegBrierScore:
      return -brier_score(outcome, prediction, weights);
    case Score::NegLogLoss:
      return -log_loss(outcome, prediction, weights);
  }
  return kUndefined;
}

SearchResult search(const Engine& engine, Inputs& inputs, const Problem& problem, std::span<const int> folds,
                    const std::vector<SettingValues>& configurations, Score score, Stream stream,
                    Workers& workers, const std::function<void(std::size_t)>& progress,
                    SearchJournal* journal) {
  if (configurations.empty())
    throw Error(ErrorKind::Study, "there is no configuration to try", {}, "give at least one");
  check_problem(problem);
  Trials trials{engine, inputs, problem, folds, configurations, score, stream, workers, journal};
  trials.run(progress);
  SearchResult result;
  result.configurations = configurations;
  for (const std::vector<double>& scores : trials.scores) result.mean_score.push_back(mean_of(scores));
  const std::vector<std::int64_t> rank = ranks(result.mean_score);
  result.best = static_cast<std::size_t>(std::ranges::find(rank, 1) - rank.begin());
  if (std::isnan(result.mean_score[result.best]))
    throw Error(ErrorKind::Fit, fmt::format("{} is not defined in every fold", to_text(score)), {},
                "use fewer folds or another score: a fold may hold outcomes of one kind only");
  result.table = result_table(configurations, trials.scores, result.mean_score);
  result.out_of_fold = std::move(trials.out_of_fold);
  result.fits = trials.fits();
  result.fits_before = trials.fits_before;
  return result;
}

std::vector<double> cross_predict(const Engine& engine, Inputs& inputs, const Problem& problem,
                                  std::span<const int> folds, const SettingValues& configuration,
                                  Stream stream, Workers& workers) {
  check_problem(problem);
  Trials trials{engine, inputs,  problem, folds, {configuration}, Score::NegMeanSquaredError,
                stream, workers, nullptr};
  trials.run({});
  return std::move(trials.out_of_fold);
}

}  // namespace kohort
