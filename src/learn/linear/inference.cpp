#include "learn/linear/inference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "base/student.hpp"

namespace kohort {
namespace {

/// The loss of a row at the mean that equals its outcome.
double saturated(const Regression& of, double y) {
  const double p = of.loss.tweedie_variance_power;
  if (of.loss.objective == Objective::Poisson) return y > 0 ? y - y * stable::log(y) : 0;
  if (of.loss.objective == Objective::Tweedie && y > 0)
    return stable::exp((2 - p) * stable::log(y)) * (1 / (2 - p) + 1 / (p - 1));
  return 0;
}

/// The sum of weight * f(row) over rows of weight above 0.
template <class F>
double weighted_sum(const Regression& of, F f) {
  double sum = 0;
  for (std::size_t i = 0; i < of.design.weight.size(); ++i)
    if (of.weight(i) > 0) sum += of.weight(i) * f(i);
  return sum;
}

double deviance(const Regression& of, const RegressionPoint& at) {
  return 2 * weighted_sum(of, [&](std::size_t i) {
           const double y = of.problem.outcome[i];
           return of.loss.at(y, at.margin[i]).loss - saturated(of, y);
         });
}

/// As R's logLik; none of Tweedie, and of Poisson with outcomes that are no counts.
std::optional<double> log_likelihood(const Regression& of, const RegressionPoint& at, double rows) {
  const auto y = of.problem.outcome;
  switch (of.loss.objective) {
    case Objective::SquaredError: {
      constexpr double kLog2Pi = 1.83787706640934548356;
      double logs = 0;
      for (std::size_t i = 0; i < of.design.weight.size(); ++i)
        if (of.weight(i) > 0) logs += stable::log(of.weight(i));
      return (logs - rows * (kLog2Pi + 1 - stable::log(rows) + stable::log(deviance(of, at)))) / 2;
    }
    case Objective::Logistic:
      return -deviance(of, at) / 2;
    case Objective::Poisson:
      for (std::size_t i = 0; i < of.design.weight.size(); ++i)
        if (of.weight(i) > 0 && y[i] != std::floor(y[i])) return {};
      return -weighted_sum(
          of, [&](std::size_t i) { return of.loss.at(y[i], at.margin[i]).loss + log_gamma(y[i] + 1); });
    case Objective::Tweedie:
      return {};
  }
  return {};
}

/// Pearson's statistic.
double pearson(const Regression& of, const RegressionPoint& at) {
  return weighted_sum(of, [&](std::size_t i) {
    const double mean = of.loss.mean_of(at.margin[i]), left = of.problem.outcome[i] - mean;
    const double power = of.loss.objective == Objective::Tweedie ? of.loss.tweedie_variance_power : 0;
    return left * left * stable::exp(-power * (power > 0 ? at.margin[i] : 0));
  });
}

/// The cluster of each row of weight above 0, numbered as they come, and how many there are.
std::pair<std::vector<std::uint32_t>, std::size_t> numbered_clusters(const Regression& of) {
  std::vector<std::uint32_t> cluster(of.design.weight.size());
  std::unordered_map<std::uint64_t, std::uint32_t> number;
  for (std::size_t i = 0; i < cluster.size(); ++i)
    if (of.weight(i) > 0)
      cluster[i] =
          number.emplace(of.problem.cluster[i], static_cast<std::uint32_t>(number.size())).first->second;
  return {std::move(cluster), number.size()};
}

/// The sum over rows of pull^2 x x', upper triangle: every row is a cluster.
Square row_products(const Regression& of, const RowDesign& x, const RegressionPoint& at) {
  std::vector<double> squares(at.pull.size());
  for (std::size_t i = 0; i < squares.size(); ++i) squares[i] = at.pull[i] * at.pull[i];
  Square sum{x.width()};
  x.for_each_block(
      of.workers, [](const DesignBlock&) {},
      [&](std::span<const DesignBlock> blocks) { add_products(blocks, squares, {}, sum, {}, of.workers); });
  return sum;
}

/// factor * V M V, M given by its upper triangle.
Square sandwich(const Square& v, Square m, double factor, Workers& workers) {
  const std::size_t n = v.size;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) m.row(i)[j] = m.row(j)[i];
  const auto product = [&](const Square& a, const Square& b, double times) {
    Square out{n};
    workers.for_each(n, [&](std::size_t i) {
      for (std::size_t k = 0; k < n; ++k) {
        const double f = times * a.row(i)[k];
        for (std::size_t j = 0; j < n; ++j) out.row(i)[j] += f * b.row(k)[j];
      }
    });
    return out;
  };
  return product(product(v, m, factor), v, 1);
}

/// The covariance of the coefficients about the modes; sets what depends on the kind of standard errors.
Square covariance(const Regression& of, const RowDesign& x, const NewtonFit& fitted, Inference& inference) {
  const auto n = static_cast<double>(inference.observations);
  Square v = fitted.root.inverse();
  if (inference.standard_errors == "model") {
    for (double& cell : v.cells) cell *= inference.dispersion;
    if (of.estimates_dispersion()) inference.freedom = inference.df_residual;
    return v;
  }
  const bool clustered = inference.standard_errors == "cluster";
  inference.clusters = clustered ? numbered_clusters(of).second : inference.observations;
  const auto groups = static_cast<double>(inference.clusters);
  if (groups < 2)
    throw Error(ErrorKind::Fit, "all training rows are in one cluster", "standard_errors",
                "standard errors need two clusters or more");
  double factor = groups / (groups - 1);
  if (of.loss.objective == Objective::SquaredError) factor *= (n - 1) / inference.df_residual;
  if (of.estimates_dispersion()) inference.freedom = clustered ? groups - 1 : inference.df_residual;
  return sandwich(v,
                  clustered ? cluster_products(x, fitted.at.pull, numbered_clusters(of).first,
                                               inference.clusters, of.workers)
                            : row_products(of, x, fitted.at),
                  factor, of.workers);
}

/// The root of a variance; none where there is no such number, or no row left to estimate it from.
std::optional<double> root_of(double variance) {
  if (!(variance >= 0) || std::isinf(variance)) return {};
  return std::sqrt(variance);
}

}  // namespace

Inference infer(const Regression& of, const RowDesign& x, const NewtonFit& fitted,
                const RegressionSettings& settings) {
  Inference out;
  out.standard_errors = settings.standard_errors;
  out.firth = settings.firth;
  for (const double w : of.design.weight) out.observations += w > 0 ? 1 : 0;
  const auto rows = static_cast<double>(out.observations), rank = static_cast<double>(x.width());
  out.df_residual = rows - rank;
  out.deviance = deviance(of, fitted.at);
  out.log_likelihood = log_likelihood(of, fitted.at, rows);
  const RowDesign constant{of.design, {}};
  out.null_deviance = deviance(of, newton(of, constant, settings.solver, false).at);
  const double sigma = of.loss.objective == Objective::SquaredError ? 1 : 0;  // is a parameter, too
  if (out.log_likelihood && !settings.firth) out.aic = 2 * (rank + sigma - *out.log_likelihood);
  if (of.estimates_dispersion()) out.dispersion = pearson(of, fitted.at) / out.df_residual;

  const bool known = !of.estimates_dispersion() || out.df_residual > 0;
  Square v = covariance(of, x, fitted, out);
  if (!known) std::ranges::fill(v.cells, std::numeric_limits<double>::quiet_NaN());
  if (!known) out.dispersion = out.freedom = 0;
  const std::vector<double> to = x.to_intercept();
  double intercept = 0;
  for (std::size_t i = 0; i < to.size(); ++i)
    for (std::size_t j = 0; j < to.size(); ++j) intercept += to[i] * to[j] * v.row(i)[j];
  out.intercept_error = root_of(intercept);
  std::vector<std::optional<double>> of_column(of.design.numbers.size());
  for (std::size_t k = 0; k < x.columns().size(); ++k)
    if (!fitted.root.dependent()[k + 1]) of_column[x.columns()[k]] = root_of(v.row(k + 1)[k + 1]);
  for (std::size_t j = 0; j < of_column.size(); ++j)
    if (of.design.numbers[j].used) out.errors.push_back(of_column[j]);
  return out;
}

}  // namespace kohort
