#pragma once
// The generator's table as our own engines take it, and the quality of what they learn.

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "assess/metrics.hpp"
#include "bench/table.hpp"
#include "learn/model.hpp"
#include "matrix/binned.hpp"

namespace kohort::bench {

/// The raw table as the program's own matrix, column by column: all are numbers.
inline Matrix read_matrix(const std::string& prefix, std::size_t rows) {
  const std::vector<float> table = read_rows(prefix + ".x.f32", 0, rows, kColumns);
  MatrixBuilder builder{rows};
  std::vector<float> cells(rows);
  for (std::size_t j = 0; j < kColumns; ++j) {
    for (std::size_t i = 0; i < rows; ++i) cells[i] = table[i * kColumns + j];
    builder.add({fmt::format("x{}", j)}, cells);
  }
  return builder.finish();
}

/// A matrix that has the columns' names alone.
inline Matrix named_columns(std::size_t rows) {
  MatrixBuilder builder{rows};
  for (std::size_t j = 0; j < kColumns; ++j) builder.add({fmt::format("x{}", j)}, std::vector<float>(rows));
  return builder.finish();
}

/// Columns in groups of a cache line, so that the row-major table is read once.
inline BinnedMatrix bin_table(const std::vector<float>& table, std::size_t rows, Workers& workers) {
  constexpr std::size_t kGroup = 16;
  std::vector<BinnedColumn> columns(kColumns);
  workers.for_each((kColumns + kGroup - 1) / kGroup, [&](std::size_t g) {
    const std::size_t first = g * kGroup, count = std::min(kGroup, kColumns - first);
    std::vector<std::vector<float>> cells(count, std::vector<float>(rows));
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < count; ++k) cells[k][i] = table[i * kColumns + first + k];
    for (std::size_t k = 0; k < count; ++k) {
      columns[first + k] = make_binned_column(cells[k], 255);
      cells[k] = {};
    }
  });
  return BinnedMatrix{rows, std::move(columns), workers};
}

inline std::vector<double> predictions(const TreeModel& model, const std::vector<float>& table,
                                       std::size_t rows) {
  std::vector<double> predicted(rows);
  std::vector<float> row(kColumns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j)
      row[j] = std::isfinite(table[i * kColumns + j]) ? table[i * kColumns + j] : NAN;
    predicted[i] = model.trees.predict(row);
  }
  return predicted;
}

/// Correlation (target 0) or AUC (target 1) on 50,000 rows held out.
inline double quality_of(const TreeModel& model, const std::string& prefix, std::size_t first,
                         std::size_t target) {
  constexpr std::size_t kHeld = 50'000;
  const std::vector<float> held = read_rows(prefix + ".x.f32", first, kHeld, kColumns);
  const std::vector<double> actual = read_outcome(prefix, first, kHeld, target),
                            predicted = predictions(model, held, kHeld);
  return target == 0 ? pearson_correlation(actual, predicted).value_or(0)
                     : roc_auc(actual, predicted).value_or(0);
}

}  // namespace kohort::bench
