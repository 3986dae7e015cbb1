#include "tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "assess/metrics.hpp"
#include "base/error.hpp"

namespace kohort {
namespace {

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

/// Out-of-fold predictions of every configuration, shape (configurations, problem.rows), and the scores of
/// each fold, shape (configurations, folds).
struct Trials {
  std::vector<std::vector<double>> out_of_fold;
  std::vector<std::vector<double>> score;
};

double fold_score(Score score, const Problem& problem, const RowList& held,
                  const std::vector<double>& predicted) {
  std::vector<double> actual, weights;
  for (const std::uint32_t row : held) {
    actual.push_back(problem.outcome[row]);
    if (!problem.weights.empty()) weights.push_back(problem.weights[row]);
  }
  return score_of(score, actual, predicted, weights);
}

Trials run_trials(const Engine& engine, Inputs& inputs, const Problem& problem, std::span<const int> folds,
                  const std::vector<SettingValues>& configurations, Score score, Stream stream,
                  Workers& workers, const std::function<void(std::size_t)>& progress) {
  check_problem(problem);
  const std::vector<Group> groups = group_configurations(engine, configurations);
  const std::vector<FoldRows> split = split_rows(problem, folds);
  for (const Group& group : groups)
    engine.prepare(inputs, problem.matrix, problem.rows, configurations[group.places.front()], workers);

  const std::size_t n = configurations.size();
  Trials trials{std::vector(n, std::vector<double>(problem.rows.size())),
                std::vector(n, std::vector<double>(split.size()))};
  workers.for_each(groups.size() * split.size(), [&](std::size_t task) {
    const Group& group = groups[task / split.size()];
    const std::size_t k = task % split.size();
    const FoldRows& fold = split[k];
    Problem training = problem;
    training.rows = fold.train;
    const auto predictions = engine.predict_held(inputs, training, group.settings, group.points, fold.held,
                                                 stream.child("fit"), workers);
    for (std::size_t g = 0; g < group.places.size(); ++g) {
      const std::size_t c = group.places[g];
      const std::vector<double>& predicted = predictions[g];
      trials.score[c][k] = fold_score(score, problem, fold.held, predicted);
      for (std::size_t i = 0; i < predicted.size(); ++i)
        trials.out_of_fold[c][fold.held_places[i]] = predicted[i];
    }
    if (progress) progress(group.places.size());
  });
  return trials;
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

Table result_table(const std::vector<SettingValues>& configurations, const Trials& trials,
                   const std::vector<double>& mean) {
  Table table;
  for (const std::string& name : setting_names(configurations))
    table.columns.push_back(param_column(name, configurations));
  Column params = make_column("params", ColumnType::Text);
  for (const SettingValues& values : configurations) params.texts().push_back(params_text(values));
  table.columns.push_back(std::move(params));
  for (std::size_t k = 0; k < trials.score.front().size(); ++k) {
    std::vector<double> cells;
    for (const std::vector<double>& scores : trials.score) cells.push_back(scores[k]);
    table.columns.push_back(number_column(fmt::format("split{}_test_score", k), std::move(cells)));
  }
  std::vector<double> deviation;
  for (const std::vector<double>& scores : trials.score) deviation.push_back(deviation_of(scores));
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
                    Workers& workers, const std::function<void(std::size_t)>& progress) {
  if (configurations.empty())
    throw Error(ErrorKind::Study, "there is no configuration to try", {}, "give at least one");
  Trials trials =
      run_trials(engine, inputs, problem, folds, configurations, score, stream, workers, progress);
  SearchResult result;
  result.configurations = configurations;
  for (const std::vector<double>& scores : trials.score) result.mean_score.push_back(mean_of(scores));
  const std::vector<std::int64_t> rank = ranks(result.mean_score);
  result.best = static_cast<std::size_t>(std::ranges::find(rank, 1) - rank.begin());
  if (std::isnan(result.mean_score[result.best]))
    throw Error(ErrorKind::Fit, fmt::format("{} is not defined in every fold", to_text(score)), {},
                "use fewer folds or another score: a fold may hold outcomes of one kind only");
  result.table = result_table(configurations, trials, result.mean_score);
  result.out_of_fold = std::move(trials.out_of_fold[result.best]);
  return result;
}

std::vector<double> cross_predict(const Engine& engine, Inputs& inputs, const Problem& problem,
                                  std::span<const int> folds, const SettingValues& configuration,
                                  Stream stream, Workers& workers) {
  return std::move(run_trials(engine, inputs, problem, folds, {configuration}, Score::NegMeanSquaredError,
                              stream, workers, {})
                       .out_of_fold.front());
}

}  // namespace kohort
