#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/linear/lasso.hpp"

namespace kohort {
namespace {

/// The centred, weighted design as a linear map: coefficients to rows and back.
class CentredDesign {
 public:
  explicit CentredDesign(const LinearDesign& design) : design_(design) {
    for (std::size_t j = 0; j < design.numbers.size(); ++j)
      if (design.numbers[j].used && design.numbers[j].norm2 > 0) columns_.push_back(j);
  }
  const std::vector<std::size_t>& columns() const { return columns_; }

  /// weight * (x - mean) p, shape (matrix rows).
  std::vector<double> forward(std::span<const double> p) const {
    std::vector<double> rows(design_.weight.size());
    double shift = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      add_deviations(design_, columns_[k], p[k], rows);
      shift += p[k] * mean_deviation(columns_[k]);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] -= design_.weight[i] * shift;
    return rows;
  }

  /// (x - mean)' r for weighted rows r, shape (columns()).
  std::vector<double> back(std::span<const double> r) const {
    const double sum = std::accumulate(r.begin(), r.end(), 0.0);
    std::vector<double> slope(columns_.size());
    for (std::size_t k = 0; k < columns_.size(); ++k)
      slope[k] = dot_deviations(design_, columns_[k], r) - sum * mean_deviation(columns_[k]);
    return slope;
  }

  /// A squared gradient this small is rounding: of outcomes that do not vary there is nothing else.
  double rounding(std::span<const double> outcome) const {
    double columns = 0, outcomes = 0;
    for (const std::size_t j : columns_) columns += design_.numbers[j].norm2;
    for (std::size_t i = 0; i < outcome.size(); ++i)
      if (design_.weight[i] > 0) outcomes += design_.weight[i] * outcome[i] * outcome[i];
    constexpr double kRelative = 1e-14;
    return kRelative * kRelative * columns * outcomes;
  }

 private:
  double mean_deviation(std::size_t j) const { return design_.numbers[j].mean - mode_value(design_, j); }
  const LinearDesign& design_;
  std::vector<std::size_t> columns_;
};

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void add(std::span<double> to, double step, std::span<const double> v) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += step * v[i];
}

}  // namespace

LinearFit fit_least_squares(const LinearDesign& design, std::span<const double> outcome,
                            const LeastSquaresSettings& settings, const Workers& workers) {
  const CentredDesign x{design};
  const std::vector<double>& weight = design.weight;
  double mean = 0;
  for (std::size_t i = 0; i < weight.size(); ++i)
    if (weight[i] > 0) mean += weight[i] * outcome[i];
  mean /= design.total_weight;
  std::vector<double> residual(weight.size());  // times weight
  for (std::size_t i = 0; i < weight.size(); ++i)
    if (weight[i] > 0) residual[i] = weight[i] * (outcome[i] - mean);

  std::vector<double> b(x.columns().size());
  std::vector<double> gradient = x.back(residual), direction = gradient;
  const double first = dot(gradient, gradient);
  double now = first;
  LinearFit fit;
  const double goal = std::max(settings.tol * settings.tol * first, x.rounding(outcome));
  while (now > goal && fit.iterations < settings.max_iter) {
    workers.check();
    ++fit.iterations;
    const std::vector<double> image = x.forward(direction);  // times weight
    double curvature = 0;
    for (std::size_t i = 0; i < weight.size(); ++i)
      if (weight[i] > 0) curvature += image[i] * image[i] / weight[i];
    if (curvature <= 0) break;
    const double step = now / curvature;
    add(b, step, direction);
    add(residual, -step, image);
    gradient = x.back(residual);
    const double next = dot(gradient, gradient);
    for (std::size_t k = 0; k < b.size(); ++k) direction[k] = gradient[k] + next / now * direction[k];
    now = next;
  }

  fit.converged = now <= goal;
  fit.gap = first > 0 ? std::sqrt(now / first) : 0;
  fit.intercept = mean;
  fit.beta.resize(design.numbers.size());
  for (std::size_t k = 0; k < b.size(); ++k) {
    fit.beta[x.columns()[k]] = b[k];
    fit.intercept -= b[k] * design.numbers[x.columns()[k]].mean;
  }
  fit.residual.resize(weight.size());
  for (std::size_t i = 0; i < weight.size(); ++i)
    if (weight[i] > 0) fit.residual[i] = residual[i] / weight[i];
  return fit;
}

}  // namespace kohort
