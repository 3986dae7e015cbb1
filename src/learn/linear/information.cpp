#include "learn/linear/information.hpp"

#include <algorithm>
#include <cmath>

#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr std::size_t kBatch = 16;            // blocks held at a time
constexpr std::size_t kBlockCells = 400'000;  // of a dense block
constexpr std::size_t kMostRows = 1024;       // of a block

/// Calls f(row, deviation) for the cells of a column among rows [from, to).
template <class F>
void each_cell(const LinearDesign& design, std::size_t j, std::size_t from, std::size_t to, F f) {
  const LinearColumn& column = design.cells->columns()[j];
  const ColumnNumbers& numbers = design.numbers[j];
  const double mode = mode_value(design, j);
  const auto section = [&](std::size_t begin, std::size_t end, auto value) {
    const auto rows = column.rows.begin();
    const auto first = std::lower_bound(rows + static_cast<std::ptrdiff_t>(begin),
                                        rows + static_cast<std::ptrdiff_t>(end), from);
    for (auto k = static_cast<std::size_t>(first - rows); k < end && column.rows[k] < to; ++k)
      if (const double deviation = value(k) - mode; deviation != 0) f(column.rows[k], deviation);
  };
  const std::size_t observed = column.values.size();
  section(0, observed, [&](std::size_t k) { return column.values[k] / numbers.scale; });
  section(observed, column.missing_end, [&](std::size_t) { return numbers.missing / numbers.scale; });
  section(column.missing_end, column.rows.size(),
          [&](std::size_t) { return numbers.negative / numbers.scale; });
}

}  // namespace

RowDesign::RowDesign(const LinearDesign& design, std::vector<std::size_t> columns)
    : design_(design), columns_(std::move(columns)) {}

std::vector<double> RowDesign::to_intercept() const {
  std::vector<double> at{1};
  for (const std::size_t j : columns_) at.push_back(-mode_value(design_, j));
  return at;
}

DesignBlock RowDesign::block(std::size_t first, std::size_t rows) const {
  DesignBlock block{.first = first, .begin = std::vector<std::uint32_t>(rows + 1), .place = {}, .value = {}};
  std::vector<std::uint32_t> next(rows, 1);  // the intercept's entry
  for (const std::size_t j : columns_)
    each_cell(design_, j, first, first + rows, [&](std::size_t row, double) { ++next[row - first]; });
  for (std::size_t i = 0; i < rows; ++i) block.begin[i + 1] = block.begin[i] + next[i];
  block.place.resize(block.begin.back());
  block.value.resize(block.begin.back());
  for (std::size_t i = 0; i < rows; ++i) {
    block.value[block.begin[i]] = 1;
    next[i] = block.begin[i] + 1;
  }
  for (std::size_t k = 0; k < columns_.size(); ++k)
    each_cell(design_, columns_[k], first, first + rows, [&](std::size_t row, double deviation) {
      const std::uint32_t at = next[row - first]++;
      block.place[at] = static_cast<std::uint32_t>(k + 1);
      block.value[at] = deviation;
    });
  return block;
}

void RowDesign::for_each_block(Workers& workers, const std::function<void(const DesignBlock&)>& f,
                               const std::function<void(std::span<const DesignBlock>)>& then) const {
  const std::size_t rows = design_.weight.size();
  const std::size_t step = std::clamp<std::size_t>(kBlockCells / width(), 16, kMostRows);
  std::vector<DesignBlock> batch;
  for (std::size_t first = 0; first < rows; first += kBatch * step) {
    batch.resize(std::min(kBatch, (rows - first + step - 1) / step));
    workers.for_each(batch.size(), [&](std::size_t b) {
      const std::size_t begin = first + b * step;
      batch[b] = block(begin, std::min(step, rows - begin));
      f(batch[b]);
    });
    then(batch);
  }
}

void add_products(std::span<const DesignBlock> blocks, std::span<const double> weight,
                  std::span<const double> pull, Square& sum, std::span<double> slope, Workers& workers) {
  const std::size_t stripe = std::max<std::size_t>(16, (sum.size + 63) / 64);
  workers.for_each((sum.size + stripe - 1) / stripe, [&](std::size_t s) {
    const std::size_t from = s * stripe, to = from + stripe;
    for (const DesignBlock& block : blocks)
      for (std::size_t i = 0; i < block.rows(); ++i) {
        const double w = weight[block.first + i], u = slope.empty() ? 0 : pull[block.first + i];
        if (w == 0 && u == 0) continue;
        const std::size_t end = block.begin[i + 1];
        const auto places = block.place.begin();
        const auto first = std::lower_bound(places + block.begin[i], places + block.begin[i + 1], from);
        for (auto a = static_cast<std::size_t>(first - places); a < end && block.place[a] < to; ++a) {
          double* row = sum.row(block.place[a]);
          const double weighted = w * block.value[a];
          for (std::size_t b = a; b < end; ++b) row[block.place[b]] += weighted * block.value[b];
          if (!slope.empty()) slope[block.place[a]] += u * block.value[a];
        }
      }
  });
}

namespace {

/// What is not 0 of rows of `width` numbers.
DesignBlock entries_of(std::span<const double> rows, std::size_t width) {
  DesignBlock block{.first = 0, .begin = {0}, .place = {}, .value = {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != 0) {
      block.place.push_back(static_cast<std::uint32_t>(i % width));
      block.value.push_back(rows[i]);
    }
    if ((i + 1) % width == 0) block.begin.push_back(static_cast<std::uint32_t>(block.place.size()));
  }
  return block;
}

}  // namespace

Square cluster_products(const RowDesign& x, std::span<const double> pull,
                        std::span<const std::uint32_t> cluster, std::size_t clusters, Workers& workers,
                        std::size_t cells) {
  const std::size_t width = x.width(), at_once = std::max<std::size_t>(1, cells / width);
  Square products{width};
  for (std::size_t from = 0; from < clusters; from += at_once) {
    const std::size_t count = std::min(at_once, clusters - from);
    std::vector<double> sums(count * width);
    x.for_each_block(
        workers, [](const DesignBlock&) {},
        [&](std::span<const DesignBlock> blocks) {
          for (const DesignBlock& block : blocks)
            for (std::size_t i = 0; i < block.rows(); ++i) {
              const std::size_t row = block.first + i;
              if (pull[row] == 0 || cluster[row] < from || cluster[row] >= from + count) continue;
              double* sum = &sums[(cluster[row] - from) * width];
              for (std::size_t k = block.begin[i]; k < block.begin[i + 1]; ++k)
                sum[block.place[k]] += pull[row] * block.value[k];
            }
        });
    const DesignBlock entries = entries_of(sums, width);
    add_products({&entries, 1}, std::vector<double>(count, 1.0), {}, products, {}, workers);
  }
  return products;
}

Cholesky::Cholesky(Square matrix, double tolerance) : root_(std::move(matrix)), dependent_(root_.size) {
  const std::size_t n = root_.size;
  std::vector<double> diagonal(n);
  for (std::size_t k = 0; k < n; ++k) diagonal[k] = root_.row(k)[k];
  for (std::size_t k = 0; k < n; ++k) {
    double* pivot = root_.row(k);
    dependent_[k] = !(pivot[k] > tolerance * diagonal[k]);
    if (dependent_[k]) {
      std::fill(pivot + k, pivot + n, 0.0);
      continue;
    }
    const double root = std::sqrt(pivot[k]);
    for (std::size_t j = k; j < n; ++j) pivot[j] /= root;
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = pivot[i];
      if (factor == 0) continue;
      double* row = root_.row(i);
      for (std::size_t j = i; j < n; ++j) row[j] -= factor * pivot[j];
    }
  }
}

std::vector<double> Cholesky::solve(std::span<const double> b) const {
  const std::size_t n = root_.size;
  std::vector<double> x(b.begin(), b.end());
  for (std::size_t k = 0; k < n; ++k) {  // R' y = b
    const double* row = root_.row(k);
    x[k] = dependent_[k] ? 0 : x[k] / row[k];
    for (std::size_t j = k + 1; j < n; ++j) x[j] -= row[j] * x[k];
  }
  for (std::size_t k = n; k-- > 0;) {  // R x = y
    if (dependent_[k]) continue;
    const double* row = root_.row(k);
    double sum = x[k];
    for (std::size_t j = k + 1; j < n; ++j) sum -= row[j] * x[j];
    x[k] = sum / row[k];
  }
  return x;
}

Square Cholesky::inverse() const {
  const std::size_t n = root_.size;
  Square of_root{n}, inverse{n};  // of_root: the inverse of the upper triangle
  for (std::size_t i = n; i-- > 0;) {
    if (dependent_[i]) continue;
    const double* row = root_.row(i);
    double* out = of_root.row(i);
    for (std::size_t k = i + 1; k < n; ++k) {
      if (row[k] == 0) continue;
      const double* below = of_root.row(k);
      for (std::size_t j = k; j < n; ++j) out[j] -= row[k] * below[j];
    }
    out[i] = 1;
    for (std::size_t j = i; j < n; ++j) out[j] /= row[i];
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = j; k < n; ++k) sum += of_root.row(i)[k] * of_root.row(j)[k];
      inverse.row(i)[j] = inverse.row(j)[i] = sum;
    }
  return inverse;
}

double Cholesky::log_determinant() const {
  double sum = 0;
  for (std::size_t k = 0; k < root_.size; ++k)
    if (!dependent_[k]) sum += 2 * stable::log(root_.row(k)[k]);
  return sum;
}

}  // namespace kohort
