#include "tune/cv_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "tune/trials.hpp"

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

/// Scores of fold k, missing for those that have none.
Column fold_column(const std::vector<std::vector<double>>& scores, std::size_t k) {
  Column column = make_column(fmt::format("split{}_test_score", k), ColumnType::Number);
  for (const std::vector<double>& of_folds : scores) {
    const bool scored = k < of_folds.size();
    column.numbers().push_back(scored ? of_folds[k] : 0);
    column.missing.push_back(!scored);
  }
  if (std::ranges::find(column.missing, true) == column.missing.end()) column.missing.clear();
  return column;
}

}  // namespace

std::vector<std::int64_t> rank_scores(const std::vector<std::vector<double>>& scores, std::size_t folds) {
  const auto better = [&](const std::vector<double>& a, const std::vector<double>& b) {
    const bool all_a = a.size() == folds, all_b = b.size() == folds;
    if (all_a != all_b) return all_a;
    const double x = mean_of(a), y = mean_of(b);
    return all_a && (x > y || (!std::isnan(x) && std::isnan(y)));
  };
  std::vector<std::int64_t> rank;
  for (const auto& mine : scores)
    rank.push_back(1 + std::ranges::count_if(scores, [&](const auto& other) { return better(other, mine); }));
  return rank;
}

Table cv_results(const std::vector<SettingValues>& configurations,
                 const std::vector<std::vector<double>>& scores, std::size_t folds) {
  Table table;
  for (const std::string& name : setting_names(configurations))
    table.columns.push_back(param_column(name, configurations));
  Column params = make_column("params", ColumnType::Text);
  for (const SettingValues& values : configurations) params.texts().push_back(params_text(values));
  table.columns.push_back(std::move(params));
  for (std::size_t k = 0; k < folds; ++k) table.columns.push_back(fold_column(scores, k));
  std::vector<double> means, deviations;
  for (const std::vector<double>& of_folds : scores) {
    means.push_back(mean_of(of_folds));
    deviations.push_back(deviation_of(of_folds));
  }
  table.columns.push_back(number_column("mean_test_score", std::move(means)));
  table.columns.push_back(number_column("std_test_score", std::move(deviations)));
  Column rank = make_column("rank_test_score", ColumnType::Integer);
  rank.integers() = rank_scores(scores, folds);
  table.columns.push_back(std::move(rank));
  return table;
}

}  // namespace kohort
