#include "matrix/linear_design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>

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

struct LinearCells::Full {
  std::once_flag once;
  std::optional<FullColumns> columns;  // of its own cells
};

LinearCells::LinearCells(const Matrix& matrix, Transform transform, LinearEncoding encoding)
    : matrix_(&matrix), transform_(transform), encoding_(encoding), full_(std::make_shared<Full>()) {
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
      columns_(std::move(further)),
      full_(std::make_shared<Full>()) {}

void LinearCells::hold_full_columns() const {
  if (shared_ != nullptr) shared_->hold_full_columns();
  std::call_once(full_->once, [&] { full_->columns.emplace(LinearColumns{columns_, {}}, rows()); });
}

std::span<const float> LinearCells::full_column(std::size_t j) const {
  if (shared_ == nullptr) return (*full_->columns)[j];
  const std::size_t shared = shared_->columns_.size();
  return j < shared ? shared_->full_column(j) : (*full_->columns)[j - shared];
}

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

namespace {

/// A column's listed cells as deviations from its mode, scaled.
struct Deviations {
  Deviations(const LinearDesign& design, std::size_t j)
      : column(design.cells->columns()[j]),
        per_scale(1 / design.numbers[j].scale),
        mode(mode_value(design, j)),
        missing(design.numbers[j].missing * per_scale - mode),
        negative(design.numbers[j].negative * per_scale - mode),
        full(design.full ? design.cells->full_column(j) : std::span<const float>{}),
        centre(mode * design.numbers[j].scale) {}

  const LinearColumn& column;
  double per_scale, mode, missing, negative;
  std::span<const float> full;  // unscaled, or nothing
  double centre;                // the mode, unscaled

  std::span<const std::uint32_t> rows() const { return column.rows; }
  std::span<const std::uint32_t> missing_rows() const {
    return rows().subspan(column.values.size(), column.missing_end - column.values.size());
  }
  std::span<const std::uint32_t> negative_rows() const { return rows().subspan(column.missing_end); }

  /// f(row, deviation) over cells that are missing or below zero.
  template <class F>
  void each_other(F f) const {
    for (const std::uint32_t row : missing_rows()) f(row, missing);
    for (const std::uint32_t row : negative_rows()) f(row, negative);
  }
  template <class F>
  void each(F f) const {
    for (std::size_t k = 0; k < column.values.size(); ++k)
      f(column.rows[k], column.values[k] * per_scale - mode);
    each_other(f);
  }
};

}  // namespace

double dot_deviations(const LinearDesign& design, std::size_t j, std::span<const double> r) {
  const Deviations x{design, j};
  double sum = 0, missing = 0, negative = 0;
  if (!x.full.empty()) {
    sum = x.per_scale * full_dot(x.full, x.centre, r);
  } else {
    // four sums, for one would wait for each addition
    const std::size_t observed = x.column.values.size(), whole = observed / 4 * 4;
    std::array<double, 4> lanes{};
    const auto term = [&](std::size_t k) {
      return (x.column.values[k] * x.per_scale - x.mode) * r[x.column.rows[k]];
    };
    for (std::size_t k = 0; k < whole; k += 4)
      for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] += term(k + lane);
    for (std::size_t k = whole; k < observed; ++k) lanes[0] += term(k);
    sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  }
  for (const std::uint32_t row : x.missing_rows()) missing += r[row];
  for (const std::uint32_t row : x.negative_rows()) negative += r[row];
  return sum + missing * x.missing + negative * x.negative;
}

void add_deviations(const LinearDesign& design, std::size_t j, double step, std::span<double> r) {
  const Deviations x{design, j};
  const auto add = [&](std::uint32_t row, double deviation) {
    r[row] += step * deviation * design.weight[row];
  };
  if (x.full.empty()) return x.each(add);
  full_add(x.full, x.centre, step * x.per_scale, design.weight, r);
  x.each_other(add);
}

void add_plain_deviations(const LinearDesign& design, std::size_t j, double step, std::span<double> r) {
  const Deviations x{design, j};
  const auto add = [&](std::uint32_t row, double deviation) { r[row] += step * deviation; };
  if (x.full.empty()) return x.each(add);
  full_add(x.full, x.centre, step * x.per_scale, r);
  x.each_other(add);
}

double reweigh(LinearDesign& design, std::size_t j, std::span<const double> r) {
  const Deviations x{design, j};
  double first = 0, second = 0, dot = 0;  // of the listed cells, about the mode
  const auto add = [&](std::uint32_t row, double deviation) {
    const double weighted = design.weight[row] * deviation;
    first += weighted;
    second += weighted * deviation;
    dot += r[row] * deviation;
  };
  if (x.full.empty()) {
    x.each(add);
  } else {
    const FullMoments of = full_moments(x.full, x.centre, design.weight, r);
    first = of.first * x.per_scale;
    second = of.second * x.per_scale * x.per_scale;
    dot = of.dot * x.per_scale;
    x.each_other(add);
  }
  const double shift = first / design.total_weight;  // of the mean from the mode
  design.numbers[j].mean = x.mode + shift;
  design.numbers[j].norm2 = std::max(0.0, second - shift * first);
  return dot;
}

}  // namespace kohort
