#include "learn/linear/gram_lasso.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace kohort {
namespace {

/// Coordinate descent on one Gram matrix.
class GramDescent {
 public:
  GramDescent(const Gram& gram, const LassoSettings& settings)
      : gram_(gram),
        l1_(settings.alpha * settings.l1_ratio * gram.total_weight),
        l2_(settings.alpha * (1 - settings.l1_ratio) * gram.total_weight),
        beta_(gram.columns.size()),
        slope_(gram.with_outcome),
        all_(gram.columns.size()) {
    for (std::size_t k = 0; k < all_.size(); ++k) all_[k] = k;
  }

  void start_from(std::span<const double> start) {
    for (const std::size_t k : all_)
      if (!start.empty()) set(k, start[gram_.columns[k]]);
  }

  LinearFit run(const LassoSettings& settings, const Workers& workers) {
    LinearFit fit;
    while (fit.iterations < settings.max_iter && !fit.converged) {
      workers.check();
      const double change = sweep(all_);
      const bool last = ++fit.iterations == settings.max_iter;
      if (change < settings.tol || last) {
        fit.gap = gap();
        fit.converged = fit.gap < settings.tol;
      }
      if (!fit.converged && !last) fit.iterations = sweep_active(fit.iterations, settings, workers);
    }
    return fit;
  }

  /// Coefficients of the design's columns, and the intercept.
  void finish(LinearFit& fit, std::size_t columns) const {
    fit.beta.assign(columns, 0);
    fit.intercept = gram_.outcome_mean;
    for (const std::size_t k : all_) {
      fit.beta[gram_.columns[k]] = beta_[k];
      fit.intercept -= beta_[k] * gram_.means[k];
    }
  }

 private:
  double norm2(std::size_t k) const { return gram_.products[k * all_.size() + k]; }

  void set(std::size_t k, double value) {
    const double change = value - beta_[k];
    if (change == 0) return;
    const double* row = gram_.row(k).data();
    for (std::size_t i = 0; i < slope_.size(); ++i) slope_[i] -= change * row[i];
    beta_[k] = value;
  }

  /// One pass; returns the largest change over the largest coefficient, as scikit-learn's first test.
  double sweep(std::span<const std::size_t> columns) {
    double largest = 0, largest_change = 0;
    for (const std::size_t k : columns) {
      const double pull = slope_[k] + norm2(k) * beta_[k];
      const double value = std::copysign(std::max(std::abs(pull) - l1_, 0.0), pull) / (norm2(k) + l2_);
      const double change = std::abs(value - beta_[k]);
      set(k, value);
      largest = std::max(largest, std::abs(value));
      largest_change = std::max(largest_change, change);
    }
    return largest == 0 ? 0 : largest_change / largest;
  }

  /// Sweeps over the non-zero coefficients until they rest; returns the sweeps so far.
  int sweep_active(int iterations, const LassoSettings& settings, const Workers& workers) {
    std::vector<std::size_t> active;
    std::ranges::copy_if(all_, std::back_inserter(active), [&](std::size_t k) { return beta_[k] != 0; });
    while (iterations < settings.max_iter - 1) {
      workers.check();
      ++iterations;
      if (sweep(active) < settings.tol) break;
    }
    return iterations;
  }

  /// Takes the slopes anew: rounding of many small moves goes out.
  void refresh() {
    slope_ = gram_.with_outcome;
    for (const std::size_t k : all_) {
      if (beta_[k] == 0) continue;
      const double* row = gram_.row(k).data();
      for (std::size_t i = 0; i < slope_.size(); ++i) slope_[i] -= beta_[k] * row[i];
    }
  }

  /// The duality gap over the outcome's sum of squares (scikit-learn, _cd_fast.pyx, enet_coordinate_descent).
  double gap() {
    if (gram_.outcome_norm2 == 0) return 0;
    refresh();
    double steepest = 0, l1_norm = 0, norm2 = 0, explained = 0, left = 0;
    for (const std::size_t k : all_) {
      steepest = std::max(steepest, std::abs(slope_[k] - l2_ * beta_[k]));
      l1_norm += std::abs(beta_[k]);
      norm2 += beta_[k] * beta_[k];
      explained += beta_[k] * gram_.with_outcome[k];
      left += beta_[k] * slope_[k];
    }
    const double product = gram_.outcome_norm2 - explained;     // of residual and outcome
    const double squares = product - left;                      // of the residual
    const double shrink = steepest > l1_ ? l1_ / steepest : 1;  // makes the residual dual feasible
    const double gap = squares * (1 + shrink * shrink) / 2 + l1_ * l1_norm - shrink * product +
                       l2_ * (1 + shrink * shrink) * norm2 / 2;
    return gap / gram_.outcome_norm2;
  }

  const Gram& gram_;
  double l1_, l2_;
  std::vector<double> beta_, slope_;  // slope: products of each column and the residual
  std::vector<std::size_t> all_;
};

}  // namespace

LinearFit fit_gram_lasso(const Gram& gram, std::size_t columns, const LassoSettings& settings,
                         std::span<const double> start, const Workers& workers) {
  GramDescent descent{gram, settings};
  descent.start_from(start);
  LinearFit fit = descent.run(settings, workers);
  descent.finish(fit, columns);
  return fit;
}

void fit_gram_path(const Gram& gram, std::size_t columns, std::span<const LassoSettings> settings,
                   const Workers& workers, const std::function<void(std::size_t, const LinearFit&)>& each) {
  std::vector<double> start;
  for (const std::size_t place : from_largest_alpha(settings)) {
    const LinearFit fit = fit_gram_lasso(gram, columns, settings[place], start, workers);
    start = fit.beta;
    each(place, fit);
  }
}

namespace {

constexpr std::size_t kGroups = 4;  // of a single fit: fixed, only so that several threads may sum

}  // namespace

bool sums_fit(const FixedColumns& columns, std::size_t folds) {
  return FoldSums::bytes(columns, std::max(folds, kGroups)) <= std::size_t{1} << 28;
}

void fit_lasso_path_by_sums(const LinearDesign& design, const FixedColumns& columns, const Problem& problem,
                            std::span<const LassoSettings> settings, Workers& workers,
                            const std::function<void(std::size_t, const LinearFit&)>& each) {
  RowGroups groups{.of = std::vector<std::int32_t>(problem.matrix.rows(), kNoGroup), .count = kGroups};
  for (std::size_t i = 0; i < problem.rows.size(); ++i)
    groups.of[problem.rows[i]] = static_cast<std::int32_t>(i % kGroups);
  const FoldSums sums{columns, groups, problem.outcome, problem.weights, workers};
  fit_gram_path(sums.gram(design.numbers, kNoGroup), design.numbers.size(), settings, workers, each);
}

}  // namespace kohort
