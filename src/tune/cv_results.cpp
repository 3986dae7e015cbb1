#include "tune/cv_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "tune/fold_scores.hpp"

namespace kohort {
namespace {

/// Around the mean, over n: as numpy's.
double deviation_of(std::span<const double> x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double v : x) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

std::vector<std::string> setting_names(const std::vector<SettingValues>& configurations) {
  std::set<std::string> names;
  for (const SettingValues& values : configurations)
    for (const auto& [name, value] : values) names.insert(name);
  return {names.begin(), names.end()};
}

Column number_column(std::string name, std::vector<double> cells) {
  Column column = make_column(std::move(name), ColumnType::Number);
  column.numbers() = std::move(cells);
  return column;
}

Column integer_column(std::string name, std::vector<std::int64_t> cells) {
  Column column = make_column(std::move(name), ColumnType::Integer);
  column.integers() = std::move(cells);
  return column;
}

void drop_unused_missing(Column& column) {
  if (std::ranges::find(column.missing, true) == column.missing.end()) column.missing.clear();
}

Column param_column(const std::string& name, const std::vector<SettingValues>& configurations,
                    const std::vector<CvRow>& rows) {
  Column column = make_column("param_" + name, ColumnType::Text);
  for (const CvRow& row : rows) {
    const SettingValues& values = configurations[row.configuration];
    const auto given = values.find(name);
    column.texts().push_back(given == values.end() ? "" : given->second);
    column.missing.push_back(given == values.end());
  }
  drop_unused_missing(column);
  return column;
}

/// Scores of fold k, missing for those that have none.
Column fold_column(const std::vector<CvRow>& rows, std::size_t k) {
  Column column = make_column(fmt::format("split{}_test_score", k), ColumnType::Number);
  for (const CvRow& row : rows) {
    const bool scored = k < row.scores.size();
    column.numbers().push_back(scored ? row.scores[k] : 0);
    column.missing.push_back(!scored);
  }
  drop_unused_missing(column);
  return column;
}

}  // namespace

std::vector<std::int64_t> rank_scores(const std::vector<CvRow>& rows, std::size_t folds,
                                      std::size_t n_resources) {
  const auto whole = [&](const CvRow& row) {
    return row.scores.size() == folds && row.n_resources == n_resources;
  };
  const auto better = [&](const CvRow& a, const CvRow& b) {
    if (whole(a) != whole(b)) return whole(a);
    const double x = mean_of(a.scores), y = mean_of(b.scores);
    return whole(a) && (x > y || (!std::isnan(x) && std::isnan(y)));
  };
  std::vector<std::int64_t> rank;
  for (const CvRow& mine : rows)
    rank.push_back(1 + std::ranges::count_if(rows, [&](const CvRow& other) { return better(other, mine); }));
  return rank;
}

Table cv_results(const std::vector<SettingValues>& configurations, const std::vector<CvRow>& rows,
                 std::size_t folds, std::size_t n_resources, bool iterations) {
  Table table;
  std::vector<std::int64_t> iter, resources;
  std::vector<double> means, deviations;
  Column params = make_column("params", ColumnType::Text);
  for (const CvRow& row : rows) {
    iter.push_back(row.iter);
    resources.push_back(static_cast<std::int64_t>(row.n_resources));
    means.push_back(mean_of(row.scores));
    deviations.push_back(deviation_of(row.scores));
    params.texts().push_back(params_text(configurations[row.configuration]));
  }
  if (iterations) {
    table.columns.push_back(integer_column("iter", std::move(iter)));
    table.columns.push_back(integer_column("n_resources", std::move(resources)));
  }
  for (const std::string& name : setting_names(configurations))
    table.columns.push_back(param_column(name, configurations, rows));
  table.columns.push_back(std::move(params));
  for (std::size_t k = 0; k < folds; ++k) table.columns.push_back(fold_column(rows, k));
  table.columns.push_back(number_column("mean_test_score", std::move(means)));
  table.columns.push_back(number_column("std_test_score", std::move(deviations)));
  table.columns.push_back(integer_column("rank_test_score", rank_scores(rows, folds, n_resources)));
  return table;
}

}  // namespace kohort
