#include "matrix/linear_design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

float log_of(float x, Transform transform) {
  if (!std::isfinite(x)) return static_cast<float>(kMissing);
  if (transform == Transform::None) return x;
  return x < 0 ? kBelowZero : static_cast<float>(stable::log1p(x));
}

LinearColumn numeric_column(const MatrixColumn& from, std::uint32_t source, Transform transform) {
  LinearColumn column{.source = source, .mode = log_of(from.mode, transform), .rows = {}, .values = {}};
  std::vector<std::uint32_t> missing, negative;
  column.rows.reserve(from.rows.size());
  for (std::size_t k = 0; k < from.rows.size(); ++k) {
    const float value = log_of(from.values[k], transform);
    if (std::isnan(value)) {
      missing.push_back(from.rows[k]);
    } else if (value == kBelowZero) {
      negative.push_back(from.rows[k]);
    } else {
      column.rows.push_back(from.rows[k]);
      column.values.push_back(value);
    }
  }
  column.rows.insert(column.rows.end(), missing.begin(), missing.end());
  column.missing_end = static_cast<std::uint32_t>(column.rows.size());
  column.rows.insert(column.rows.end(), negative.begin(), negative.end());
  return column;
}

/// The place of a category cell among the indicators: its code, or one past the levels where it is missing.
std::size_t indicator_of(float value, std::size_t levels) {
  return std::isnan(value) ? levels : static_cast<std::size_t>(value);
}

/// One indicator per level, and one for missing. The modal one is 1 where nothing is listed.
void add_indicators(const MatrixColumn& from, std::uint32_t source, std::vector<LinearColumn>& columns) {
  const std::size_t levels = from.info.levels.size(), first = columns.size();
  const std::size_t modal = indicator_of(from.mode, levels);
  for (std::size_t level = 0; level <= levels; ++level)
    columns.push_back({.source = source,
                       .level = static_cast<std::int32_t>(level),
                       .mode = level == modal ? 1.0F : 0.0F,
                       .rows = {},
                       .values = {}});
  for (std::size_t k = 0; k < from.rows.size(); ++k)
    columns[first + indicator_of(from.values[k], levels)].rows.push_back(from.rows[k]);
  columns[first + modal].rows = from.rows;
  for (std::size_t c = first; c < columns.size(); ++c) {
    columns[c].values.assign(columns[c].rows.size(), c == first + modal ? 0.0F : 1.0F);
    columns[c].missing_end = static_cast<std::uint32_t>(columns[c].rows.size());
  }
}

}  // namespace

LinearCells::LinearCells(const Matrix& matrix, Transform transform, LinearEncoding encoding)
    : matrix_(&matrix), transform_(transform), encoding_(encoding) {
  for (std::size_t j = 0; j < matrix.columns(); ++j) {
    const MatrixColumn& from = matrix.column(j);
    const bool codes = encoding == LinearEncoding::Report && from.info.levels.size() > kMostIndicators;
    if (from.info.kind == ColumnKind::Category && !codes)
      add_indicators(from, static_cast<std::uint32_t>(j), columns_);
    else
      columns_.push_back(numeric_column(from, static_cast<std::uint32_t>(j), transform));
  }
}

LinearCells::LinearCells(const LinearCells& shared, std::vector<LinearColumn> further)
    : matrix_(shared.matrix_),
      transform_(shared.transform_),
      encoding_(shared.encoding_),
      shared_(&shared),
      columns_(std::move(further)) {}

std::size_t LinearCells::bytes() const {
  std::size_t sum = 0;
  for (const LinearColumn& c : columns_) sum += c.rows.capacity() * 4 + c.values.capacity() * 4;
  return sum;
}

LinearDesign make_linear_design(const LinearCells& cells, std::span<const std::uint32_t> rows,
                                std::span<const double> weights) {
  check_rows(rows, cells.rows());
  LinearDesign design{&cells, std::vector<double>(cells.rows()), 0, {}, {}};
  RowGroups groups{.of = std::vector<std::int32_t>(cells.rows(), kNoGroup)};
  for (const std::uint32_t row : rows) {
    groups.of[row] = 0;
    design.weight[row] = weights.empty() ? 1 : weights[row];
    design.total_weight += design.weight[row];
  }
  Workers alone{1};
  design.numbers = std::move(column_numbers(cells, groups, std::array{kNoGroup}, weights, alone).front());
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    const LinearColumn& column = cells.columns()[j];
    if (!design.numbers[j].used && column.level < 0)
      design.notes.push_back(
          fmt::format("column '{}' has no usable value in the training rows and was dropped",
                      cells.matrix().column(column.source).info.name));
  }
  return design;
}

double mode_value(const LinearColumn& column, const ColumnNumbers& numbers) {
  const double value = std::isnan(column.mode)     ? numbers.missing
                       : column.mode == kBelowZero ? numbers.negative
                                                   : static_cast<double>(column.mode);
  return value / numbers.scale;
}

double mode_value(const LinearDesign& design, std::size_t j) {
  return mode_value(design.cells->columns()[j], design.numbers[j]);
}

double dot_deviations(const LinearDesign& design, std::size_t j, std::span<const double> r) {
  const LinearColumn& column = design.cells->columns()[j];
  const ColumnNumbers& numbers = design.numbers[j];
  const double mode = mode_value(design, j), per_scale = 1 / numbers.scale;
  const std::size_t observed = column.values.size();
  double sum = 0, missing = 0, negative = 0;
  for (std::size_t k = 0; k < observed; ++k) sum += (column.values[k] * per_scale - mode) * r[column.rows[k]];
  for (std::size_t k = observed; k < column.missing_end; ++k) missing += r[column.rows[k]];
  for (std::size_t k = column.missing_end; k < column.rows.size(); ++k) negative += r[column.rows[k]];
  return sum + missing * (numbers.missing * per_scale - mode) +
         negative * (numbers.negative * per_scale - mode);
}

namespace {

/// f(row, scaled value - mode value) over listed cells.
template <class F>
void each_deviation(const LinearDesign& design, std::size_t j, F f) {
  const LinearColumn& column = design.cells->columns()[j];
  const ColumnNumbers& numbers = design.numbers[j];
  const double mode = mode_value(design, j), per_scale = 1 / numbers.scale;
  const std::size_t observed = column.values.size();
  for (std::size_t k = 0; k < observed; ++k) f(column.rows[k], column.values[k] * per_scale - mode);
  const double missing = numbers.missing * per_scale - mode, negative = numbers.negative * per_scale - mode;
  for (std::size_t k = observed; k < column.missing_end; ++k) f(column.rows[k], missing);
  for (std::size_t k = column.missing_end; k < column.rows.size(); ++k) f(column.rows[k], negative);
}

}  // namespace

void add_deviations(const LinearDesign& design, std::size_t j, double step, std::span<double> r) {
  each_deviation(design, j, [&](std::uint32_t row, double deviation) {
    r[row] += step * deviation * design.weight[row];
  });
}

void add_plain_deviations(const LinearDesign& design, std::size_t j, double step, std::span<double> r) {
  each_deviation(design, j, [&](std::uint32_t row, double deviation) { r[row] += step * deviation; });
}

double reweigh(LinearDesign& design, std::size_t j, std::span<const double> r) {
  double first = 0, second = 0, dot = 0;  // of the listed cells, about the mode
  each_deviation(design, j, [&](std::uint32_t row, double deviation) {
    const double weighted = design.weight[row] * deviation;
    first += weighted;
    second += weighted * deviation;
    dot += r[row] * deviation;
  });
  const double shift = first / design.total_weight;  // of the mean from the mode
  design.numbers[j].mean = mode_value(design, j) + shift;
  design.numbers[j].norm2 = std::max(0.0, second - shift * first);
  return dot;
}

}  // namespace kohort
