#include "learn/linear/lasso.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/linear/residual.hpp"

namespace kohort {
namespace {

/// Coordinate descent on one design.
class Descent {
 public:
  Descent(const LinearDesign& design, std::span<const double> outcome, const LassoSettings& settings)
      : design_(design),
        outcome_(outcome),
        residual_(design, outcome),
        l1_(settings.alpha * settings.l1_ratio * design.total_weight),
        l2_(settings.alpha * (1 - settings.l1_ratio) * design.total_weight),
        beta_(design.numbers.size()) {
    for (std::size_t j = 0; j < beta_.size(); ++j)
      if (design.numbers[j].used && design.numbers[j].norm2 > 0) usable_.push_back(j);
    outcome_norm2_ = residual_.sum([](double r, std::size_t) { return r * r; });
  }

  void start_from(std::span<const double> start) {
    for (const std::size_t j : usable_)
      if (!start.empty() && start[j] != 0) set(j, start[j]);
  }

  LinearFit run(const LassoSettings& settings, const Workers& workers) {
    LinearFit fit;
    while (fit.iterations < settings.max_iter && !fit.converged) {
      workers.check();
      const double change = sweep(usable_);
      const bool last = ++fit.iterations == settings.max_iter;
      if (change < settings.tol || last) {
        fit.gap = gap();
        fit.converged = fit.gap < settings.tol;
      }
      if (!fit.converged && !last) fit.iterations = sweep_active(fit.iterations, settings, workers);
    }
    finish(fit);
    return fit;
  }

 private:
  void set(std::size_t j, double value) {
    residual_.move(j, value - beta_[j]);
    beta_[j] = value;
  }

  /// One pass; returns the largest change over the largest coefficient, as scikit-learn's first test.
  double sweep(std::span<const std::size_t> columns) {
    double largest = 0, largest_change = 0;
    for (const std::size_t j : columns) {
      const double norm2 = design_.numbers[j].norm2;
      const double pull = residual_.slope(j) + norm2 * beta_[j];
      const double value = std::copysign(std::max(std::abs(pull) - l1_, 0.0), pull) / (norm2 + l2_);
      const double change = std::abs(value - beta_[j]);
      if (change > 0) set(j, value);
      largest = std::max(largest, std::abs(value));
      largest_change = std::max(largest_change, change);
    }
    return largest == 0 ? 0 : largest_change / largest;
  }

  /// Sweeps over the non-zero coefficients until they rest; returns the sweeps so far.
  int sweep_active(int iterations, const LassoSettings& settings, const Workers& workers) {
    std::vector<std::size_t> active;
    std::ranges::copy_if(usable_, std::back_inserter(active), [&](std::size_t j) { return beta_[j] != 0; });
    while (iterations < settings.max_iter - 1) {
      workers.check();
      ++iterations;
      if (sweep(active) < settings.tol) break;
    }
    return iterations;
  }

  /// The duality gap over the outcome's sum of squares (scikit-learn, _cd_fast.pyx, enet_coordinate_descent).
  double gap() const {
    if (outcome_norm2_ == 0) return 0;
    double steepest = 0, l1_norm = 0, norm2 = 0;
    for (const std::size_t j : usable_) {
      steepest = std::max(steepest, std::abs(residual_.slope(j) - l2_ * beta_[j]));
      l1_norm += std::abs(beta_[j]);
      norm2 += beta_[j] * beta_[j];
    }
    const double mean = residual_.outcome_mean();
    const double squares = residual_.sum([](double r, std::size_t) { return r * r; });
    const double product = residual_.sum([&](double r, std::size_t i) { return r * (outcome_[i] - mean); });
    const double shrink = steepest > l1_ ? l1_ / steepest : 1;  // makes the residual dual feasible
    const double gap = squares * (1 + shrink * shrink) / 2 + l1_ * l1_norm - shrink * product +
                       l2_ * (1 + shrink * shrink) * norm2 / 2;
    return gap / outcome_norm2_;
  }

  void finish(LinearFit& fit) const {
    fit.intercept = residual_.outcome_mean();
    for (const std::size_t j : usable_) fit.intercept -= beta_[j] * design_.numbers[j].mean;
    fit.beta = beta_;
  }

  const LinearDesign& design_;
  std::span<const double> outcome_;
  Residual residual_;
  double l1_, l2_, outcome_norm2_ = 0;
  std::vector<double> beta_;
  std::vector<std::size_t> usable_;  // columns that vary in the training rows
};

}  // namespace

LinearFit fit_lasso(const LinearDesign& design, std::span<const double> outcome,
                    const LassoSettings& settings, std::span<const double> start, const Workers& workers) {
  Descent descent{design, outcome, settings};
  descent.start_from(start);
  return descent.run(settings, workers);
}

std::vector<std::size_t> from_largest_alpha(std::span<const LassoSettings> settings) {
  std::vector<std::size_t> order(settings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t place) { return settings[place].alpha; });
  return order;
}

void fit_lasso_path(const LinearDesign& design, std::span<const double> outcome,
                    std::span<const LassoSettings> settings, const Workers& workers,
                    const std::function<void(std::size_t, const LinearFit&)>& each) {
  std::vector<double> start;
  for (const std::size_t place : from_largest_alpha(settings)) {
    const LinearFit fit = fit_lasso(design, outcome, settings[place], start, workers);
    start = fit.beta;
    each(place, fit);
  }
}

namespace {

constexpr double kLeastShare = 1e-3;

}  // namespace

double largest_alpha(const LinearDesign& design, std::span<const double> outcome, double l1_ratio) {
  const Residual residual{design, outcome};
  double steepest = 0;
  for (std::size_t j = 0; j < design.numbers.size(); ++j)
    if (design.numbers[j].used && design.numbers[j].norm2 > 0)
      steepest = std::max(steepest, std::abs(residual.slope(j)));
  return steepest / (design.total_weight * std::max(l1_ratio, kLeastShare));
}

LinearModel make_linear_model(const LinearDesign& design, const LinearFit& fit, std::string kind) {
  LinearModel model;
  model.kind = std::move(kind);
  model.intercept = fit.intercept;
  model.notes = design.notes;
  if (fit.separated)
    model.notes.push_back(
        "fitted means of 0 or 1 occur: predictors separate the outcome, and some coefficients have no finite "
        "value; the lasso's have");
  model.converged = fit.converged;
  model.iterations = fit.iterations;
  model.gap = fit.gap;
  const auto& columns = design.cells->columns();
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const ColumnNumbers& n = design.numbers[j];
    const ColumnInfo& info = design.cells->matrix().column(columns[j].source).info;
    if (columns[j].level < 0) {
      if (n.used)
        model.terms.push_back(
            {info, n.median, n.missing, n.negative, n.scale, false, {fit.beta[j]}, {n.mean}});
      continue;
    }
    const auto level = static_cast<std::size_t>(columns[j].level);
    if (level == 0) model.terms.push_back({{info.name, info.kind, {}}, 0, 0, 0, 1, false, {}, {}});
    if (!n.used) continue;
    LinearTerm& term = model.terms.back();
    if (level < info.levels.size())
      term.info.levels.push_back(info.levels[level]);
    else
      term.missing_is_level = true;
    term.coefficients.push_back(fit.beta[j]);
    term.means.push_back(n.mean);
  }
  return model;
}

}  // namespace kohort
