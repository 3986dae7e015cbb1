#include "learn/linear/newton.hpp"

#include <algorithm>
#include <cmath>

#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr double kFlat = 1e-14;  // of a column's square during the fit, where weights near 0 may flatten it

/// The value of row i of a block at coefficients.
double dot(const DesignBlock& block, std::size_t i, std::span<const double> beta) {
  double sum = 0;
  for (std::size_t k = block.begin[i]; k < block.begin[i + 1]; ++k)
    sum += block.value[k] * beta[block.place[k]];
  return sum;
}

/// x' V x of row i of a block.
double quadratic(const DesignBlock& block, std::size_t i, const Square& v) {
  double sum = 0;
  for (std::size_t a = block.begin[i]; a < block.begin[i + 1]; ++a) {
    const double* row = v.row(block.place[a]);
    double inner = 0;
    for (std::size_t b = block.begin[i]; b < block.begin[i + 1]; ++b)
      inner += row[block.place[b]] * block.value[b];
    sum += block.value[a] * inner;
  }
  return sum;
}

/// The expected second derivative of a row's loss.
double information(const GlmLoss& loss, const LossAt& at, double margin) {
  if (loss.objective != Objective::Tweedie) return at.curvature;
  return stable::exp((2 - loss.tweedie_variance_power) * std::clamp(margin, -500.0, 500.0));
}

/// Turns the likelihood into Firth's: each row's pull gets h (1/2 - p), h its leverage. Returns X' (1 + h)
/// information X, the curvature with leverages held: that of a logistic regression with h / 2 more of either
/// outcome in each row (Heinze and Schemper 2002). Steps by the information alone go for ever to and fro
/// about a row of leverage 1. O(rows x entries^2) twice more.
Square penalise(const Regression& of, const RowDesign& x, RegressionPoint& at, const Cholesky& root) {
  const Square inverse = root.inverse();
  at.loss -= root.log_determinant() / 2;
  std::ranges::fill(at.slope, 0.0);
  Square curvature{x.width()};
  std::vector<double> more(at.information.size());
  x.for_each_block(
      of.workers,
      [&](const DesignBlock& block) {
        for (std::size_t i = 0; i < block.rows(); ++i) {
          const std::size_t row = block.first + i;
          if (of.weight(row) == 0) continue;
          const double leverage = at.information[row] * quadratic(block, i, inverse);
          at.pull[row] += leverage * (0.5 - of.loss.mean_of(at.margin[row]));
          more[row] = (1 + leverage) * at.information[row];
        }
      },
      [&](std::span<const DesignBlock> blocks) {
        add_products(blocks, more, at.pull, curvature, at.slope, of.workers);
      });
  return curvature;
}

}  // namespace

RegressionPoint look(const Regression& of, const RowDesign& x, std::vector<double> beta) {
  const std::size_t n = of.design.weight.size();
  RegressionPoint at{.beta = std::move(beta),
                     .margin = std::vector<double>(n),
                     .information = std::vector<double>(n),
                     .pull = std::vector<double>(n),
                     .slope = std::vector<double>(x.width()),
                     .matrix = Square{x.width()}};
  std::vector<double> loss(n);
  x.for_each_block(
      of.workers,
      [&](const DesignBlock& block) {
        for (std::size_t i = 0; i < block.rows(); ++i) {
          const std::size_t row = block.first + i;
          const double w = of.weight(row), margin = dot(block, i, at.beta) + of.offset(row);
          if (w == 0) continue;
          const LossAt here = of.loss.at(of.problem.outcome[row], margin);
          at.margin[row] = margin;
          at.pull[row] = -w * here.slope;
          at.information[row] = w * information(of.loss, here, margin);
          loss[row] = w * here.loss;
        }
      },
      [&](std::span<const DesignBlock> blocks) {
        add_products(blocks, at.information, at.pull, at.matrix, at.slope, of.workers);
      });
  for (const double l : loss) at.loss += l;
  return at;
}

std::vector<double> start_of(const Regression& of, const RowDesign& x) {
  std::vector<double> beta(x.width());
  beta[0] = margin_of_mean(of.loss, of.rows());
  return beta;
}

NewtonFit newton(const Regression& of, const RowDesign& x, const LeastSquaresSettings& solver, bool firth) {
  const auto point_at = [&](std::vector<double> b) {
    of.workers.check();
    RegressionPoint at = look(of, x, std::move(b));
    Cholesky root{at.matrix, kFlat};
    std::optional<Cholesky> curvature;
    if (firth) curvature.emplace(penalise(of, x, at, root), kFlat);
    return NewtonFit{std::move(at), std::move(root), std::move(curvature)};
  };
  NewtonFit now = point_at(start_of(of, x));
  const double rounding =
      of.loss.objective == Objective::SquaredError ? 1e-13 * std::sqrt(2 * now.at.loss) : 1e-11;
  double first = 0;
  for (int k = 0;; ++k) {
    const std::vector<double> step = (now.curvature ? *now.curvature : now.root).solve(now.at.slope);
    double square = 0;
    for (std::size_t j = 0; j < step.size(); ++j) square += step[j] * now.at.slope[j];
    const double length = std::sqrt(std::max(0.0, square));
    first = std::max(first, length);
    now.iterations = k;
    now.gap = first > 0 ? length / first : 0;
    now.converged = length <= std::max(solver.tol * first, rounding);
    if (now.converged || k >= solver.max_iter) return now;
    const double allowed = now.at.loss + 1e-13 * std::abs(now.at.loss);
    double share = 1;
    for (; share > 1e-10; share /= 2) {
      std::vector<double> next = now.at.beta;
      for (std::size_t j = 0; j < next.size(); ++j) next[j] += share * step[j];
      NewtonFit there = point_at(std::move(next));
      if (!(there.at.loss <= allowed)) continue;
      const double gap = now.gap;
      now = std::move(there);
      now.gap = gap;
      break;
    }
    if (share <= 1e-10) return now;  // rounding allows no more
  }
}

}  // namespace kohort
