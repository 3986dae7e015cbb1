#include "learn/linear/glm.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "base/stable.hpp"
#include "learn/linear/centred_design.hpp"
#include "learn/linear/residual.hpp"

namespace kohort {
namespace {

using Columns = std::vector<std::size_t>;

/// A point of the fit: coefficients, margins, and the loss's expansion there.
struct Point {
  double intercept = 0;
  std::vector<double> beta;    // shape (columns)
  std::vector<double> margin;  // shape (matrix rows), offsets included
  std::vector<double> pull;    // - weight * slope of the loss; 0 outside the training rows
  double loss = 0;             // summed with weights

  /// Takes the expansion at the margins; curvatures times weights become the weights of `expanded`.
  void expand(const GlmData& data, LinearDesign& expanded) {
    loss = data.loss.expand(data.outcome, margin, data.design.weight, pull, expanded.weight);
    expanded.total_weight = sum_of(expanded.weight);
    pull_sum = sum_of(pull);
  }
  double pull_sum = 0;

 private:
  static double sum_of(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
};

/// The best intercept alone, by Newton steps that are halved until they help.
Point without_predictors(const GlmData& data, LinearDesign& expanded) {
  const std::size_t n = data.design.weight.size();
  Point point{.beta = std::vector<double>(data.design.numbers.size()),
              .margin = std::vector<double>(n),
              .pull = std::vector<double>(n)};
  point.intercept = margin_of_mean(data.loss, data.rows());
  for (std::size_t i = 0; i < n; ++i)
    point.margin[i] = point.intercept + (data.offset.empty() ? 0 : data.offset[i]);
  point.expand(data, expanded);
  bool any = false;  // without an event the best intercept is at minus infinity
  for (std::size_t i = 0; i < n; ++i) any = any || (data.design.weight[i] > 0 && data.outcome[i] != 0);
  if (!any) return point;
  for (int k = 0; k < 100; ++k) {
    const double before = point.loss;
    double step = point.pull_sum / expanded.total_weight, gone = 0;
    do {
      point.intercept += step - gone;
      for (double& margin : point.margin) margin += step - gone;
      point.expand(data, expanded);
      gone = step;
      step /= 2;
    } while (point.loss > before && std::abs(step) > 1e-12);
    if (std::abs(gone) <= 1e-12) break;
  }
  return point;
}

/// What a Newton step adds.
struct Step {
  double intercept = 0;
  std::vector<double> beta;    // shape (columns), 0 where nothing changes
  std::vector<double> margin;  // shape (matrix rows)

  /// Fills `margin` and turns the intercept of centred columns into that of the columns themselves.
  void spread(const LinearDesign& expanded) {
    std::ranges::fill(margin, 0.0);
    double constant = intercept;
    for (std::size_t j = 0; j < beta.size(); ++j) {
      if (beta[j] == 0) continue;
      add_plain_deviations(expanded, j, beta[j], margin);
      intercept -= beta[j] * expanded.numbers[j].mean;
      constant -= beta[j] * (expanded.numbers[j].mean - mode_value(expanded, j));
    }
    for (double& m : margin) m += constant;
  }
};

struct Penalty {
  double l1 = 0, l2 = 0;  // times the total weight

  double of(double b) const { return l1 * std::abs(b) + l2 * b * b / 2; }
  /// How far a coefficient is from optimal, given the slope of the gain.
  double violation(double slope, double b) const {
    if (b == 0) return std::max(0.0, std::abs(slope) - l1);
    return std::abs(slope - l2 * b - std::copysign(l1, b));
  }
};

/// Goes along a step as far as it helps (Armijo 1966) and expands there; false, and back, when it does not.
bool advance(const GlmData& data, Point& point, LinearDesign& expanded, const Step& step,
             const Penalty& penalty) {
  const auto penalised = [&](double length) {
    double sum = 0;
    for (std::size_t j = 0; j < step.beta.size(); ++j)
      sum += penalty.of(point.beta[j] + length * step.beta[j]);
    return sum;
  };
  double gone = 0;
  const auto go_to = [&](double length) {
    for (std::size_t i = 0; i < step.margin.size(); ++i) point.margin[i] += (length - gone) * step.margin[i];
    gone = length;
    point.expand(data, expanded);
  };
  const double now = point.loss + penalised(0), rounding = 1e-13 * std::abs(now);
  double promised = penalised(1) - penalised(0);
  for (std::size_t i = 0; i < step.margin.size(); ++i) promised -= point.pull[i] * step.margin[i];
  for (double length = 1; length > 1e-10; length /= 2) {
    go_to(length);
    if (!(point.loss + penalised(length) <= now + 1e-4 * length * promised + rounding)) continue;
    point.intercept += length * step.intercept;
    for (std::size_t j = 0; j < step.beta.size(); ++j) point.beta[j] += length * step.beta[j];
    return true;
  }
  go_to(0);
  return false;
}

/// The expanded loss plus the penalty by coordinate descent: a weighted LASSO whose residual starts as the
/// point's pull.
class Expansion {
 public:
  Expansion(const LinearDesign& expanded, const Point& point, const Penalty& penalty)
      : design_(expanded),
        penalty_(penalty),
        start_(point.beta),
        beta_(point.beta),
        residual_(expanded, std::vector<double>{point.pull}) {}

  /// One pass; returns the largest violation met, as the step it made times the curvature.
  double sweep(const Columns& columns) {
    double largest = 0;
    for (const std::size_t j : columns) {
      const double curvature = design_.numbers[j].norm2 + penalty_.l2;
      if (curvature <= 0) continue;
      const double pull = residual_.slope(j) + design_.numbers[j].norm2 * beta_[j];
      const double value = std::copysign(std::max(std::abs(pull) - penalty_.l1, 0.0), pull) / curvature;
      const double change = value - beta_[j];
      if (change == 0) continue;
      residual_.move(j, change);
      beta_[j] = value;
      largest = std::max(largest, std::abs(change) * curvature);
    }
    return largest;
  }

  /// Sweeps until no violation is above `goal`; returns the sweeps.
  int descend(const Columns& columns, double goal, int most, const Workers& workers) {
    int sweeps = 0;
    for (bool far = true; far && sweeps < most; ++sweeps) {
      workers.check();
      far = sweep(columns) > goal;
    }
    return sweeps;
  }

  void read(const Point& point, Step& step) const {
    step.intercept = point.pull_sum / design_.total_weight;
    for (std::size_t j = 0; j < beta_.size(); ++j) step.beta[j] = beta_[j] - start_[j];
    step.spread(design_);
  }

 private:
  const LinearDesign& design_;
  Penalty penalty_;
  std::vector<double> start_, beta_;
  Residual residual_;
};

/// The design, its sums run over full columns.
LinearDesign with_full_columns(LinearDesign design) {
  design.cells->hold_full_columns();
  design.full = true;
  return design;
}

/// Columns that vary in the training rows.
Columns varying(const LinearDesign& design) {
  Columns columns;
  for (std::size_t j = 0; j < design.numbers.size(); ++j)
    if (design.numbers[j].used && design.numbers[j].norm2 > 0) columns.push_back(j);
  return columns;
}

LinearFit fit_of(const Point& point) {
  LinearFit fit;
  fit.intercept = point.intercept;
  fit.beta = point.beta;
  fit.margin = point.margin;
  return fit;
}

}  // namespace

struct GlmPath::State {
  GlmData data;
  const Workers& workers;
  LinearDesign expanded;  // the data's, its weights those of the expansion
  Point point;            // always expanded
  Step step;
  Columns usable;
  std::vector<double> slope;        // of each column at the point, as of the last look at all
  double l1_before = 0;             // the penalty that those slopes belong to
  std::vector<double> beta_before;  // at the penalty before that one
  double l1_step = 0;               // how far that was
  double steepest = 0;              // of the model without predictors

  State(const GlmData& d, const Workers& w)
      : data(d),
        workers(w),
        expanded(with_full_columns(d.design)),
        usable(varying(d.design)),
        slope(d.design.numbers.size()) {
    point = without_predictors(data, expanded);
    step.beta.resize(point.beta.size());
    step.margin.resize(point.margin.size());
    look_at(usable);
    for (const std::size_t j : usable) steepest = std::max(steepest, std::abs(slope[j]));
    l1_before = steepest;
  }

  void look_at(const Columns& columns) {
    for (const std::size_t j : columns)
      slope[j] = dot_deviations(expanded, j, point.pull) + mode_value(expanded, j) * point.pull_sum;
  }
  /// The same, and means and norms under the weights of the expansion.
  void weigh(const Columns& columns) {
    for (const std::size_t j : columns)
      slope[j] = reweigh(expanded, j, point.pull) + mode_value(expanded, j) * point.pull_sum;
  }

  double violation(const Columns& columns, const Penalty& penalty) const {
    double largest = std::abs(point.pull_sum);
    for (const std::size_t j : columns)
      largest = std::max(largest, penalty.violation(slope[j], point.beta[j]));
    return largest;
  }

  /// The sequential strong rule: what may be non-zero at this penalty.
  Columns screen(const Penalty& penalty) const {
    Columns kept;
    std::ranges::copy_if(usable, std::back_inserter(kept), [&](std::size_t j) {
      return point.beta[j] != 0 || std::abs(slope[j]) >= 2 * penalty.l1 - l1_before;
    });
    return kept;
  }

  /// Goes on along the line through the last two fits, where that helps: coefficients are nearly linear in
  /// the penalty. Those that would change sign stop at 0.
  void go_on(const Penalty& penalty) {
    const double share = l1_step > 0 ? (l1_before - penalty.l1) / l1_step : 0;
    std::vector<double> before = point.beta;
    if (share > 0 && share < 2) {
      for (std::size_t j = 0; j < before.size(); ++j) {
        const double to = before[j] + share * (before[j] - beta_before[j]);
        step.beta[j] = to * before[j] > 0 ? to - before[j] : -before[j];
      }
      step.intercept = 0;
      step.spread(expanded);
      advance(data, point, expanded, step, penalty);
    }
    beta_before = std::move(before);
  }

  /// Those that are not 0, or not optimal at 0.
  Columns moving(const Columns& columns, const Penalty& penalty) const {
    Columns kept;
    std::ranges::copy_if(columns, std::back_inserter(kept), [&](std::size_t j) {
      return point.beta[j] != 0 || penalty.violation(slope[j], 0) > 0;
    });
    return kept;
  }

  /// Newton steps on some columns until no violation is above `goal`; false when none helps any more.
  bool solve(const Columns& columns, const Penalty& penalty, double goal, int most, int& sweeps) {
    for (;;) {
      weigh(columns);
      const double worst = violation(columns, penalty);
      if (worst <= goal) return true;
      if (sweeps >= most) return false;
      Expansion expansion{expanded, point, penalty};
      sweeps +=
          expansion.descend(moving(columns, penalty), std::max(worst / 10, goal / 2), most - sweeps, workers);
      expansion.read(point, step);
      if (!advance(data, point, expanded, step, penalty)) return false;  // back where the slopes are of
    }
  }
};

GlmPath::GlmPath(const GlmData& data, const Workers& workers)
    : state_(std::make_unique<State>(data, workers)) {}
GlmPath::~GlmPath() = default;

double GlmPath::largest_alpha(double l1_ratio) const {
  constexpr double kLeastShare = 1e-3;  // of a ridge, as glmnet's
  return state_->steepest / (state_->data.design.total_weight * std::max(l1_ratio, kLeastShare));
}

LinearFit GlmPath::fit(const LassoSettings& settings) {
  State& s = *state_;
  const double per_alpha = settings.alpha * s.data.design.total_weight;
  const Penalty penalty{per_alpha * settings.l1_ratio, per_alpha * (1 - settings.l1_ratio)};
  const double goal = settings.tol * s.steepest;
  s.go_on(penalty);
  Columns columns = s.screen(penalty);
  int sweeps = 0;
  for (bool helps = true; helps;) {
    helps = s.solve(columns, penalty, goal, settings.max_iter, sweeps);
    Columns others;
    std::ranges::set_difference(s.usable, columns, std::back_inserter(others));
    s.look_at(others);
    std::erase_if(others, [&](std::size_t j) { return penalty.violation(s.slope[j], 0) <= goal; });
    if (others.empty()) break;
    columns.insert(columns.end(), others.begin(), others.end());
    std::ranges::sort(columns);
  }
  s.l1_step = s.l1_before - penalty.l1;
  s.l1_before = penalty.l1;
  LinearFit fit = fit_of(s.point);
  fit.iterations = sweeps;
  const double worst = s.violation(s.usable, penalty);
  fit.gap = s.steepest > 0 ? worst / s.steepest : 0;
  fit.converged = worst <= goal;
  return fit;
}

LinearFit fit_penalised_glm(const GlmData& data, const LassoSettings& settings, const Workers& workers) {
  constexpr double kStep = 4;  // between penalties on the way down
  GlmPath path{data, workers};
  LassoSettings loose = settings;
  loose.tol = std::max(settings.tol, 1e-2);
  for (loose.alpha = path.largest_alpha(settings.l1_ratio) / kStep; loose.alpha > kStep * settings.alpha;
       loose.alpha /= kStep)
    path.fit(loose);
  return path.fit(settings);
}

void fit_glm_path(const GlmData& data, std::span<const LassoSettings> settings, const Workers& workers,
                  const std::function<void(std::size_t, const LinearFit&)>& each) {
  GlmPath path{data, workers};
  for (const std::size_t place : from_largest_alpha(settings)) each(place, path.fit(settings[place]));
}

LinearFit fit_glm(const GlmData& data, const LeastSquaresSettings& settings, const Workers& workers) {
  LinearDesign expanded = with_full_columns(data.design);
  const Columns columns = varying(data.design);
  Point point = without_predictors(data, expanded);
  Step step{.beta = std::vector<double>(point.beta.size()),
            .margin = std::vector<double>(point.margin.size())};
  double first = 0, now = 0;
  int iterations = 0;
  for (;;) {
    workers.check();
    for (const std::size_t j : columns) reweigh(expanded, j, point.pull);
    const CentredDesign x{expanded};
    step.intercept = point.pull_sum / expanded.total_weight;
    std::vector<double> residual = point.pull;
    for (std::size_t i = 0; i < residual.size(); ++i) residual[i] -= expanded.weight[i] * step.intercept;
    now = 0;
    for (const double g : x.back(residual)) now += g * g;
    now = std::hypot(std::sqrt(now), point.pull_sum);
    first = std::max(first, now);
    if (now <= settings.tol * first || iterations >= settings.max_iter) break;
    const double share = std::min(0.1, std::sqrt(now / first));  // Dembo and Steihaug (1983)
    // exact arithmetic needs one iteration a column; where rounding asks for more, a shorter step will do
    const int most = std::min(settings.max_iter - iterations, 2 * static_cast<int>(columns.size()) + 10);
    const Solution solved =
        conjugate_gradients(x, expanded.weight, residual, share * share * now * now, most, workers);
    iterations += std::max(1, solved.iterations);  // a step of the intercept alone counts, too
    std::ranges::fill(step.beta, 0.0);
    for (std::size_t k = 0; k < solved.x.size(); ++k) step.beta[x.columns()[k]] = solved.x[k];
    step.spread(expanded);
    if (!advance(data, point, expanded, step, {})) break;
  }
  LinearFit fit = fit_of(point);
  fit.iterations = iterations;
  fit.gap = first > 0 ? now / first : 0;
  fit.converged = now <= settings.tol * first;
  fit.separated = at_the_edge(data.loss, data.rows(), point.margin);
  return fit;
}

}  // namespace kohort
