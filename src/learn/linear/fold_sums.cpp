#include "learn/linear/fold_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace kohort {
namespace {

/// to += a * x, each product rounded once.
void add_multiple(double* to, double a, const double* x, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) to[k] = std::fma(a, x[k], to[k]);
}

/// The upper triangle of `products` += the sum over four rows of weight * x x'.
void add_products(double* products, const std::array<const double*, 4>& x,
                  const std::array<double, 4>& weight, std::size_t n) {
  for (std::size_t a = 0; a < n; ++a) {
    const double w0 = weight[0] * x[0][a], w1 = weight[1] * x[1][a], w2 = weight[2] * x[2][a],
                 w3 = weight[3] * x[3][a];
    double* to = products + a * n;
    for (std::size_t b = a; b < n; ++b) {
      const double two = std::fma(w1, x[1][b], w0 * x[0][b]);
      to[b] += std::fma(w3, x[3][b], std::fma(w2, x[2][b], two));
    }
  }
}

/// The listed cells of some slots by column, slots ascending within.
class ByColumn {
 public:
  struct Cell {
    std::size_t cell;  // place in the block
    std::size_t slot;
  };

  ByColumn(const RowBlock& block, std::size_t begin, std::size_t end, std::size_t columns)
      : start_(columns + 1), cells_(block.start[end] - block.start[begin]) {
    for (std::size_t i = block.start[begin]; i < block.start[end]; ++i) ++start_[block.column[i] + 1];
    std::partial_sum(start_.begin(), start_.end(), start_.begin());
    std::vector<std::size_t> place{start_.begin(), start_.end() - 1};
    for (std::size_t slot = begin; slot < end; ++slot)
      for (std::size_t i = block.start[slot]; i < block.start[slot + 1]; ++i)
        cells_[place[block.column[i]]++] = {i, slot};
  }
  std::span<const Cell> of(std::size_t column) const {
    return std::span{cells_}.subspan(start_[column], start_[column + 1] - start_[column]);
  }

 private:
  std::vector<std::size_t> start_;  // shape (columns + 1)
  std::vector<Cell> cells_;
};

void add(std::vector<double>& to, const std::vector<double>& from) {
  for (std::size_t k = 0; k < to.size(); ++k) to[k] += from[k];
}

}  // namespace

std::size_t FoldSums::bytes(const FixedColumns& columns, std::size_t groups) {
  const std::size_t d = columns.dense(), s = columns.size() - d;
  return groups * (d * d + s * d + s * (s + 1) / 2) * sizeof(double);
}

/// Where row `row` of the packed triangle would start had it a place for column 0.
std::size_t FoldSums::packed(std::size_t row) const {
  const std::size_t s = columns_.size() - columns_.dense();
  return row * s - row * (row + 1) / 2;
}

FoldSums::FoldSums(const FixedColumns& columns, const RowGroups& groups, std::span<const double> outcome,
                   std::span<const double> weights, Workers& workers)
    : columns_(columns), groups_(groups.count) {
  const std::size_t d = columns.dense(), s = columns.size() - d;
  for (Sums& sums : groups_) {
    sums.dense.resize(d * d);
    sums.mixed.resize(s * d);
    sums.other.resize(s * (s + 1) / 2);
    sums.column.resize(d + s);
    sums.product.resize(d + s);
  }
  std::vector<double> outcomes(groups.count), mass(groups.count);
  for (std::size_t i = 0; i < groups.of.size(); ++i) {
    if (groups.of[i] < 0) continue;
    const auto g = static_cast<std::size_t>(groups.of[i]);
    const double w = weights.empty() ? 1 : weights[i];
    outcomes[g] += w * outcome[i];
    mass[g] += w;
  }
  for (std::size_t g = 0; g < groups.count; ++g)
    if (mass[g] > 0) groups_[g].shift = outcomes[g] / mass[g];
  RowBlocks blocks{columns, groups};
  RowBlock block;
  while (blocks.next(block))
    workers.for_each(groups.count, [&](std::size_t g) {
      add(groups_[g], block, block.begin[g], block.begin[g + 1], outcome, weights);
    });
}

void FoldSums::add(Sums& sums, const RowBlock& block, std::size_t begin, std::size_t end,
                   std::span<const double> outcome, std::span<const double> weights) const {
  const std::size_t d = columns_.dense();
  const std::vector<double> zeros(d);
  for (std::size_t first = begin; first < end; first += 4) {
    std::array<const double*, 4> x{zeros.data(), zeros.data(), zeros.data(), zeros.data()};
    std::array<double, 4> weight{};
    for (std::size_t slot = first; slot < std::min(end, first + 4); ++slot) {
      x[slot - first] = block.dense.data() + slot * d;
      weight[slot - first] = weights.empty() ? 1 : weights[block.rows[slot]];
    }
    add_products(sums.dense.data(), x, weight, d);
  }
  for (std::size_t slot = begin; slot < end; ++slot) {
    const double w = weights.empty() ? 1 : weights[block.rows[slot]];
    const double y = outcome[block.rows[slot]] - sums.shift;
    const double* dense = block.dense.data() + slot * d;
    sums.weight += w;
    sums.outcome += w * y;
    sums.outcome_squares += w * y * y;
    add_multiple(sums.column.data(), w, dense, d);
    add_multiple(sums.product.data(), w * y, dense, d);
  }
  // Column by column: what is added to stays in the first cache.
  const ByColumn listed{block, begin, end, columns_.size() - d};
  for (std::size_t column = 0; column + d < columns_.size(); ++column) {
    double* to = sums.other.data() + packed(column);
    for (const auto& [cell, slot] : listed.of(column)) {
      const std::uint32_t row = block.rows[slot];
      const double weighted = (weights.empty() ? 1 : weights[row]) * block.value[cell];
      sums.column[d + column] += weighted;
      sums.product[d + column] += weighted * (outcome[row] - sums.shift);
      add_multiple(sums.mixed.data() + column * d, weighted, block.dense.data() + slot * d, d);
      for (std::size_t k = cell; k < block.start[slot + 1]; ++k)
        to[block.column[k]] += weighted * block.value[k];
    }
  }
}

/// The outcome's sums as they were about another shift.
void FoldSums::Sums::move_shift(double to) {
  const double by = shift - to;
  for (std::size_t c = 0; c < product.size(); ++c) product[c] += by * column[c];
  outcome_squares += by * (2 * outcome + by * weight);
  outcome += by * weight;
  shift = to;
}

FoldSums::Sums FoldSums::sum_without(int left_out) const {
  Sums all;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (std::cmp_equal(g, left_out)) continue;
    if (all.column.empty()) {
      all = groups_[g];
      continue;
    }
    const Sums& of = groups_[g];
    kohort::add(all.dense, of.dense);
    kohort::add(all.mixed, of.mixed);
    kohort::add(all.other, of.other);
    all.move_shift(of.shift);
    kohort::add(all.column, of.column);
    kohort::add(all.product, of.product);
    all.weight += of.weight;
    all.outcome += of.outcome;
    all.outcome_squares += of.outcome_squares;
  }
  if (all.weight > 0) all.move_shift(all.shift + all.outcome / all.weight);
  return all;
}

/// The products of every two fixed columns about their means, shape (size, size).
std::vector<double> FoldSums::centred(const Sums& sums) const {
  const std::size_t d = columns_.dense(), n = columns_.size();
  std::vector<double> products(n * n);
  for (std::size_t a = 0; a < n; ++a) {
    const double mean = sums.column[a] / sums.weight;
    for (std::size_t b = a; b < n; ++b) {
      const double sum = b < d   ? sums.dense[a * d + b]
                         : a < d ? sums.mixed[(b - d) * d + a]
                                 : sums.other[packed(a - d) + (b - d)];
      products[a * n + b] = products[b * n + a] = sum - mean * sums.column[b];
    }
  }
  return products;
}

Gram FoldSums::gram(std::span<const ColumnNumbers> numbers, int left_out) const {
  const Sums sums = sum_without(left_out);
  const std::vector<double> fixed = centred(sums);
  const std::size_t n = columns_.size();
  Gram gram;
  gram.total_weight = sums.weight;
  gram.outcome_mean = sums.shift;
  gram.outcome_norm2 = std::max(0.0, sums.outcome_squares);
  std::vector<std::vector<FixedTerm>> terms;
  for (std::size_t j = 0; j < numbers.size(); ++j) {
    if (!numbers[j].used || numbers[j].norm2 <= 0) continue;
    gram.columns.push_back(j);
    gram.means.push_back(numbers[j].mean);
    terms.push_back(columns_.terms(j, numbers[j]));
  }
  const std::size_t p = gram.columns.size();
  gram.products.resize(p * p);
  std::vector<double> row(n);  // a column of the design with every fixed column
  for (std::size_t k = 0; k < p; ++k) {
    std::ranges::fill(row, 0.0);
    double product = 0;
    for (const FixedTerm& term : terms[k]) {
      for (std::size_t c = 0; c < n; ++c) row[c] += term.coefficient * fixed[term.column * n + c];
      product += term.coefficient * sums.product[term.column];
    }
    gram.with_outcome.push_back(product);
    for (std::size_t i = 0; i <= k; ++i) {
      double sum = 0;
      for (const FixedTerm& term : terms[i]) sum += term.coefficient * row[term.column];
      gram.products[i * p + k] = gram.products[k * p + i] = sum;
    }
  }
  return gram;
}

}  // namespace kohort
