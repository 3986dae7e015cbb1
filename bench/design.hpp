#pragma once
// The design of linear models as the peers of the benchmarks read it, and objectives on it.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "bench/table.hpp"
#include "learn/linear/glm_loss.hpp"
#include "learn/linear/lasso.hpp"

namespace kohort::bench {

/// The raw table as the program's own matrix, its category columns as categories.
///   most  columns: all, or so many, the municipality and others evenly from all kinds
inline Matrix read_register(const std::string& prefix, std::size_t rows, std::size_t most = kColumns) {
  std::ifstream kinds{prefix + ".cols.tsv"};
  std::vector<std::size_t> picked;
  std::vector<ColumnInfo> infos;
  for (std::size_t j = 0; j < kColumns; ++j) {
    std::string name, kind, levels;
    kinds >> name >> kind >> levels;
    const bool evenly = j * (most - 1) / kColumns != (j + 1) * (most - 1) / kColumns;
    if (most < kColumns && !evenly && name != "municipality") continue;
    picked.push_back(j);
    infos.push_back({.name = name});
    if (kind != "cat") continue;
    infos.back().kind = ColumnKind::Category;
    for (int level = 0; level < std::stoi(levels); ++level)
      infos.back().levels.push_back(std::to_string(level));
  }
  constexpr std::size_t kChunk = 100'000;
  std::vector<std::vector<float>> cells(picked.size(), std::vector<float>(rows));
  for (std::size_t first = 0; first < rows; first += kChunk) {
    const std::size_t count = std::min(kChunk, rows - first);
    const std::vector<float> table = read_rows(prefix + ".x.f32", first, count, kColumns);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t k = 0; k < picked.size(); ++k) cells[k][first + i] = table[i * kColumns + picked[k]];
  }
  MatrixBuilder builder{rows};
  for (std::size_t k = 0; k < picked.size(); ++k) {
    builder.add(std::move(infos[k]), cells[k]);
    cells[k] = {};
  }
  return builder.finish();
}

template <class T>
void write(const std::string& file, const std::vector<T>& values) {
  std::ofstream out{file, std::ios::binary};
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
}

/// The scaled columns that vary as a compressed sparse column matrix, and the penalties.
inline void write_design(const LinearDesign& design, const std::vector<double>& outcome,
                         const std::vector<double>& penalties, const std::string& folder) {
  std::vector<double> data, cells(outcome.size());
  std::vector<int> indices, starts{0};
  for (std::size_t j = 0; j < design.numbers.size(); ++j) {
    if (!design.numbers[j].used || design.numbers[j].norm2 == 0) continue;
    cells.assign(cells.size(), mode_value(design, j));
    add_plain_deviations(design, j, 1, cells);
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (cells[i] != 0) {
        data.push_back(cells[i]);
        indices.push_back(static_cast<int>(i));
      }
    starts.push_back(static_cast<int>(data.size()));
  }
  write(folder + "/data", data);
  write(folder + "/indices", indices);
  write(folder + "/starts", starts);
  write(folder + "/outcome", outcome);
  write(folder + "/penalties", penalties);
}

/// The objective of the LASSO at a fit, from the cells.
inline double lasso_objective(const LinearDesign& design, const std::vector<double>& outcome,
                              const LinearFit& fit, double alpha,
                              Objective objective = Objective::SquaredError) {
  std::vector<double> predicted(outcome.size(), fit.intercept);
  double constant = 0, penalty = 0, loss = 0;
  for (std::size_t j = 0; j < fit.beta.size(); ++j) {
    if (fit.beta[j] == 0) continue;
    add_plain_deviations(design, j, fit.beta[j], predicted);
    constant += fit.beta[j] * mode_value(design, j);
    penalty += std::abs(fit.beta[j]);
  }
  for (std::size_t i = 0; i < outcome.size(); ++i)
    loss += GlmLoss{objective}.at(outcome[i], predicted[i] + constant).loss;
  return loss / static_cast<double>(outcome.size()) + alpha * penalty;
}

}  // namespace kohort::bench
