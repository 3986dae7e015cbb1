#include "learn/linear/information.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/testing.hpp"

namespace kohort {
namespace {

std::vector<std::size_t> varying(const LinearDesign& design) {
  std::vector<std::size_t> columns;
  for (std::size_t j = 0; j < design.numbers.size(); ++j)
    if (design.numbers[j].used && design.numbers[j].norm2 > 0) columns.push_back(j);
  return columns;
}

/// Rows as a plain matrix: an intercept and the columns about their modes.
std::vector<std::vector<double>> plain_rows(const LinearDesign& design,
                                            const std::vector<std::size_t>& columns) {
  std::vector<std::vector<double>> rows(design.weight.size(), std::vector<double>(columns.size() + 1));
  for (auto& row : rows) row[0] = 1;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    std::vector<double> cells(design.weight.size());
    add_plain_deviations(design, columns[k], 1, cells);
    for (std::size_t i = 0; i < cells.size(); ++i) rows[i][k + 1] = cells[i];
  }
  return rows;
}

TEST(Information, ProductsAreThoseOfPlainRowsOnAnyThreads) {
  const MixedProblem problem{3000};  // more rows than one block has
  const LinearCells cells{problem.matrix};
  const LinearDesign design = make_linear_design(cells, problem.rows);
  const RowDesign x{design, varying(design)};
  const auto rows = plain_rows(design, x.columns());
  std::vector<double> weight, pull;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    weight.push_back(i % 3 == 0 ? 0 : Stream{3}.uniform(i));
    pull.push_back(Stream{4}.normal(i));
  }
  Square want{x.width()};
  std::vector<double> want_slope(x.width());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t a = 0; a < x.width(); ++a) {
      want_slope[a] += pull[i] * rows[i][a];
      for (std::size_t b = a; b < x.width(); ++b) want.row(a)[b] += weight[i] * rows[i][a] * rows[i][b];
    }
  std::vector<Square> had;
  for (const int threads : {1, 2, 7}) {
    Workers workers{threads};
    Square have{x.width()};
    std::vector<double> slope(x.width());
    x.for_each_block(
        workers, [](const DesignBlock&) {},
        [&](std::span<const DesignBlock> blocks) { add_products(blocks, weight, pull, have, slope, workers); });
    for (std::size_t k = 0; k < want.cells.size(); ++k)
      ASSERT_NEAR(have.cells[k], want.cells[k], 1e-11 * (1 + std::abs(want.cells[k])));  // 3 000 roundings
    for (std::size_t k = 0; k < slope.size(); ++k) ASSERT_NEAR(slope[k], want_slope[k], 1e-10);
    had.push_back(have);
  }
  EXPECT_EQ(had[0].cells, had[1].cells);
  EXPECT_EQ(had[0].cells, had[2].cells);
}

TEST(Information, ClustersAreSummedInAnyPortions) {
  const MixedProblem problem{900};
  const LinearCells cells{problem.matrix};
  const LinearDesign design = make_linear_design(cells, problem.rows);
  const RowDesign x{design, varying(design)};
  const auto rows = plain_rows(design, x.columns());
  const std::size_t clusters = 70, width = x.width();
  std::vector<std::uint32_t> cluster;
  std::vector<double> pull, sums(clusters * width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    cluster.push_back(static_cast<std::uint32_t>(Stream{5}.below(i, clusters)));
    pull.push_back(i % 4 == 0 ? 0 : Stream{6}.normal(i));
    for (std::size_t k = 0; k < width; ++k) sums[cluster[i] * width + k] += pull[i] * rows[i][k];
  }
  Workers workers{2};
  const Square whole = cluster_products(x, pull, cluster, clusters, workers);
  const Square portions = cluster_products(x, pull, cluster, clusters, workers, 11 * width);
  for (std::size_t a = 0; a < width; ++a)
    for (std::size_t b = a; b < width; ++b) {
      double want = 0;
      for (std::size_t g = 0; g < clusters; ++g) want += sums[g * width + a] * sums[g * width + b];
      ASSERT_NEAR(whole.row(a)[b], want, 1e-12 * (1 + std::abs(want)) * clusters);  // roundings of each sum
      ASSERT_EQ(portions.row(a)[b], whole.row(a)[b]);
    }
}

/// B'B of a random B, whose columns 2 and 4 are sums of others.
Square dependent_products(std::size_t n) {
  std::vector<std::vector<double>> b(3 * n, std::vector<double>(n));
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (std::size_t j = 0; j < n; ++j) b[i][j] = Stream{9}.normal(i * n + j);
    b[i][2] = b[i][0] - 3 * b[i][1];
    b[i][4] = 0.5 * b[i][2] + b[i][3];
  }
  Square m{n};
  for (const auto& row : b)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i; j < n; ++j) m.row(i)[j] += row[i] * row[j];
  return m;
}

TEST(Cholesky, FindsColumnsThatDependOnThoseBefore) {
  const std::size_t n = 7;
  const Square m = dependent_products(n);
  const Cholesky root{m, 1e-10};
  const std::vector<bool> want{false, false, true, false, true, false, false};
  EXPECT_EQ(root.dependent(), want);

  // On the others it is the inverse: m v = 1, and the solution v b.
  const Square v = root.inverse();
  const auto at = [&](std::size_t i, std::size_t j) { return i <= j ? m.row(i)[j] : m.row(j)[i]; };
  std::vector<double> b;
  for (std::size_t i = 0; i < n; ++i) b.push_back(Stream{10}.normal(i));
  const std::vector<double> x = root.solve(b);
  for (std::size_t i = 0; i < n; ++i) {
    double solution = 0;
    for (std::size_t j = 0; j < n; ++j) {
      solution += v.row(i)[j] * (want[j] ? 0 : b[j]);
      double product = 0;
      for (std::size_t k = 0; k < n; ++k) product += at(i, k) * v.row(k)[j];
      if (!want[i] && !want[j]) EXPECT_NEAR(product, i == j, 1e-12);  // well conditioned: some roundings
      if (want[i] || want[j]) EXPECT_EQ(v.row(i)[j], 0);
    }
    EXPECT_NEAR(x[i], solution, 1e-12);
  }
}

TEST(Cholesky, HasTheDeterminant) {
  Square m{2};
  m.cells = {4, 2, 2, 5};
  EXPECT_NEAR((Cholesky{m, 1e-10}.log_determinant()), std::log(16.0), 1e-14);
}

}  // namespace
}  // namespace kohort
