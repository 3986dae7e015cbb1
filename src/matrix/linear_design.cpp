#include "matrix/linear_design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr float kNegative = -std::numeric_limits<float>::infinity();  // stands for "below zero"

float log_of(float x, Transform transform) {
  if (!std::isfinite(x)) return static_cast<float>(kMissing);
  if (transform == Transform::None) return x;
  return x < 0 ? kNegative : static_cast<float>(stable::log1p(x));
}

/// What a missing cell becomes, rounded as the observed cells are, else a constant column would vary; NaN
/// where the median is missing or below zero.
double filled_log(double median, Transform transform) {
  if (transform == Transform::None) return static_cast<float>(median);
  return median >= 0 ? static_cast<float>(stable::log1p(median)) : kMissing;
}

LinearColumn numeric_column(const MatrixColumn& from, std::uint32_t source, Transform transform) {
  LinearColumn column{.source = source, .mode = log_of(from.mode, transform), .rows = {}, .values = {}};
  std::vector<std::uint32_t> missing, negative;
  column.rows.reserve(from.rows.size());
  for (std::size_t k = 0; k < from.rows.size(); ++k) {
    const float value = log_of(from.values[k], transform);
    if (std::isnan(value)) {
      missing.push_back(from.rows[k]);
    } else if (value == kNegative) {
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

/// A value held by several rows.
struct Repeated {
  double value;
  std::size_t times;
};

/// The median of the values, each `times` over; NaN of none.
double median_of(std::vector<Repeated>& values) {
  std::ranges::sort(values, {}, &Repeated::value);
  std::size_t n = 0;
  for (const Repeated& r : values) n += r.times;
  if (n == 0) return kMissing;
  const auto at = [&](std::size_t place) {
    std::size_t seen = 0;
    for (const Repeated& r : values)
      if ((seen += r.times) > place) return r.value;
    return kMissing;
  };
  return n % 2 == 1 ? at(n / 2) : (at(n / 2 - 1) + at(n / 2)) / 2;
}

/// How many training rows and how much weight each kind of cell has.
struct Tally {
  std::size_t rows = 0;
  double weight = 0;
};

/// Reads one column of one fold.
class ColumnReader {
 public:
  ColumnReader(const LinearDesign& design, std::size_t j, std::span<const char> training, std::size_t rows)
      : design_(design),
        column_(design.cells->columns()[j]),
        from_(design.cells->matrix().column(column_.source)),
        training_(training),
        rows_(rows) {
    const auto observed = column_.values.size();
    for (std::size_t k = 0; k < column_.rows.size(); ++k) {
      const std::uint32_t row = column_.rows[k];
      if (!training_[row]) continue;
      Tally& tally = k < observed ? observed_ : k < column_.missing_end ? missing_ : negative_;
      ++tally.rows;
      tally.weight += design_.weight[row];
    }
    mode_.rows = rows_ - observed_.rows - missing_.rows - negative_.rows;
    mode_.weight = design_.total_weight - observed_.weight - missing_.weight - negative_.weight;
  }

  ColumnNumbers read() {
    ColumnNumbers numbers;
    if (column_.level < 0) {
      numbers.median = raw_median();
      const double filled = filled_log(numbers.median, design_.cells->transform());
      numbers.negative = log_median(filled);
      numbers.missing = std::isnan(filled) ? numbers.negative : filled;
      numbers.used = !std::isnan(numbers.negative);
    } else {
      numbers.used = column_.mode == 1 ? mode_.rows > 0 : observed_.rows > 0;
    }
    if (numbers.used) spread(numbers);
    return numbers;
  }

 private:
  double raw_median() const {
    std::vector<Repeated> finite;
    std::size_t listed = 0;
    for (std::size_t k = 0; k < from_.rows.size(); ++k) {
      if (!training_[from_.rows[k]]) continue;
      ++listed;
      if (std::isfinite(from_.values[k])) finite.push_back({from_.values[k], 1});
    }
    if (std::isfinite(from_.mode)) finite.push_back({from_.mode, rows_ - listed});
    return median_of(finite);
  }

  /// The median of the logarithms once the missing cells hold that of the median.
  double log_median(double filled) const {
    std::vector<Repeated> logs;
    for (std::size_t k = 0; k < column_.values.size(); ++k)
      if (training_[column_.rows[k]]) logs.push_back({column_.values[k], 1});
    if (std::isfinite(column_.mode)) logs.push_back({column_.mode, mode_.rows});
    const std::size_t missing = missing_.rows + (std::isnan(column_.mode) ? mode_.rows : 0);
    if (!std::isnan(filled)) logs.push_back({filled, missing});
    return median_of(logs);
  }

  double filled_mode(const ColumnNumbers& numbers) const {
    if (std::isnan(column_.mode)) return numbers.missing;
    return column_.mode == kNegative ? numbers.negative : column_.mode;
  }

  /// The sum of f(value, rows, weight) over the filled training cells.
  template <class F>
  void each(const ColumnNumbers& numbers, F f) const {
    f(filled_mode(numbers), static_cast<double>(mode_.rows), mode_.weight);
    f(numbers.missing, static_cast<double>(missing_.rows), missing_.weight);
    f(numbers.negative, static_cast<double>(negative_.rows), negative_.weight);
    for (std::size_t k = 0; k < column_.values.size(); ++k)
      if (training_[column_.rows[k]]) f(column_.values[k], 1.0, design_.weight[column_.rows[k]]);
  }

  /// Scale, mean and norm, in two passes.
  void spread(ColumnNumbers& numbers) const {
    const auto n = static_cast<double>(rows_);
    double sum = 0, weighted = 0;
    each(numbers, [&](double value, double rows, double weight) {
      if (rows == 0) return;
      sum += value * rows;
      weighted += value * weight;
    });
    const double mean = sum / n, weighted_mean = weighted / design_.total_weight;
    double squares = 0, weighted_squares = 0;
    each(numbers, [&](double value, double rows, double weight) {
      if (rows == 0) return;
      squares += (value - mean) * (value - mean) * rows;
      weighted_squares += (value - weighted_mean) * (value - weighted_mean) * weight;
    });
    const double variance = squares / n;
    // scikit-learn's bound below which a variance is rounding (StandardScaler, _is_constant_feature)
    const double eps = std::numeric_limits<double>::epsilon();
    const bool constant = variance <= n * eps * variance + (n * mean * eps) * (n * mean * eps);
    numbers.scale = constant || column_.level >= 0 ? 1 : std::sqrt(variance);
    numbers.mean = weighted_mean / numbers.scale;
    numbers.norm2 = constant ? 0 : weighted_squares / (numbers.scale * numbers.scale);
  }

  const LinearDesign& design_;
  const LinearColumn& column_;
  const MatrixColumn& from_;
  std::span<const char> training_;
  std::size_t rows_;
  Tally mode_, observed_, missing_, negative_;
};

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
  std::vector<char> training(cells.rows());
  for (const std::uint32_t row : rows) {
    training[row] = 1;
    design.weight[row] = weights.empty() ? 1 : weights[row];
    design.total_weight += design.weight[row];
  }
  design.numbers.reserve(cells.columns().size());
  for (std::size_t j = 0; j < cells.columns().size(); ++j) {
    design.numbers.push_back(ColumnReader{design, j, training, rows.size()}.read());
    const LinearColumn& column = cells.columns()[j];
    if (!design.numbers.back().used && column.level < 0)
      design.notes.push_back(
          fmt::format("column '{}' has no usable value in the training rows and was dropped",
                      cells.matrix().column(column.source).info.name));
  }
  return design;
}

double mode_value(const LinearDesign& design, std::size_t j) {
  const LinearColumn& column = design.cells->columns()[j];
  const ColumnNumbers& numbers = design.numbers[j];
  const double value = std::isnan(column.mode)    ? numbers.missing
                       : column.mode == kNegative ? numbers.negative
                                                  : static_cast<double>(column.mode);
  return value / numbers.scale;
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
