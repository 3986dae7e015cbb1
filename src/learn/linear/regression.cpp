#include "learn/linear/regression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "base/student.hpp"
#include "base/text.hpp"
#include "learn/linear/glm_loss.hpp"
#include "learn/linear/information.hpp"
#include "learn/linear/product_terms.hpp"

namespace kohort {
namespace {

constexpr std::size_t kMostCoefficients = 3'000;
constexpr double kDependent = 1e-10;  // of a column's square: what others leave of it
constexpr double kFlat = 1e-14;       // the same during the fit, where weights near 0 may flatten a column

// --- what is fitted

/// The level that the others of a category are compared with: its column of the design, by column of the
/// matrix.
using References = std::unordered_map<std::uint32_t, std::size_t>;

References references(const LinearDesign& design, const std::string& asked) {
  const auto& columns = design.cells->columns();
  const Matrix& matrix = design.cells->matrix();
  References chosen;
  for (std::size_t j = 0; j < columns.size(); ++j)
    if (columns[j].level >= 0 && design.numbers[j].used) chosen.emplace(columns[j].source, j);
  for (const std::string& pair : split(asked, ';')) {
    if (trim(pair).empty()) continue;
    const std::size_t cut = pair.find('=');
    if (cut == std::string::npos)
      throw Error(ErrorKind::Study, fmt::format("'{}' is no reference level", pair), "reference",
                  "write column=level, several with a semicolon between them");
    const std::string name{trim(std::string_view{pair}.substr(0, cut))};
    const std::string level{trim(std::string_view{pair}.substr(cut + 1))};
    bool found = false;
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const ColumnInfo& info = matrix.column(columns[j].source).info;
      const auto code = static_cast<std::size_t>(std::max(columns[j].level, 0));
      if (columns[j].level < 0 || !design.numbers[j].used || info.name != name ||
          code >= info.levels.size() || info.levels[code] != level)
        continue;
      chosen[columns[j].source] = j;
      found = true;
    }
    if (!found)
      throw Error(ErrorKind::Study,
                  fmt::format("no category '{}' has the level '{}' in the training rows", name, level),
                  "reference", "name a category among the predictors and one of its levels");
  }
  return chosen;
}

/// The columns that take part: all but the references and their products with one other
/// predictor, whose own column says the same (R's contrasts).
std::vector<std::size_t> taking_part(const TermedDesign& terms, const References& references) {
  const LinearDesign& design = terms.whole();
  const auto is_reference = [&](std::size_t j) {
    const auto reference = references.find(design.cells->columns()[j].source);
    return reference != references.end() && reference->second == j;
  };
  const std::size_t own = terms.base.numbers.size();
  std::vector<std::size_t> kept;
  for (std::size_t j = 0; j < design.numbers.size(); ++j) {
    if (!design.numbers[j].used) continue;
    const bool left_out =
        j < own ? is_reference(j)
                : terms.products[j - own].size() == 2 &&
                      std::ranges::any_of(terms.products[j - own], [&](const LinearFactor& factor) {
                        return is_reference(factor.column);
                      });
    if (!left_out) kept.push_back(j);
  }
  return kept;
}

struct Regression {
  const LinearDesign& design;
  const Problem& problem;
  GlmLoss loss;
  Workers& workers;

  double weight(std::size_t row) const { return design.weight[row]; }
  double offset(std::size_t row) const { return problem.offset.empty() ? 0 : problem.offset[row]; }
  /// The expected second derivative of a row's loss.
  double information(const LossAt& at, double margin) const {
    if (loss.objective != Objective::Tweedie) return at.curvature;
    return stable::exp((2 - loss.tweedie_variance_power) * std::clamp(margin, -500.0, 500.0));
  }
  bool estimates_dispersion() const {
    return loss.objective == Objective::SquaredError || loss.objective == Objective::Tweedie;
  }
};

// --- the fit

/// A point and what the likelihood looks like there.
struct Point {
  std::vector<double> beta;         // shape (width): about the modes, the intercept first
  std::vector<double> margin;       // shape (matrix rows), offsets included
  std::vector<double> information;  // of each row, times its weight
  std::vector<double> pull;         // - weight * slope of the loss; under Firth with its correction
  std::vector<double> slope;        // X' pull
  Square matrix;                    // X' information X, upper triangle
  double loss = 0;                  // what is minimised
};

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

Point look(const Regression& of, const RowDesign& x, std::vector<double> beta) {
  const std::size_t n = of.design.weight.size();
  Point at{.beta = std::move(beta),
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
          at.information[row] = w * of.information(here, margin);
          loss[row] = w * here.loss;
        }
      },
      [&](std::span<const DesignBlock> blocks) {
        add_products(blocks, at.information, at.pull, at.matrix, at.slope, of.workers);
      });
  for (const double l : loss) at.loss += l;
  return at;
}

/// Turns the likelihood into Firth's: each row's pull gets h (1/2 - p), h its leverage. Returns X' (1 + h)
/// information X, the curvature with leverages held: that of a logistic regression with h / 2 more of either
/// outcome in each row (Heinze and Schemper 2002). Steps by the information alone go for ever to and fro
/// about a row of leverage 1. O(rows x entries^2) twice more.
Square penalise(const Regression& of, const RowDesign& x, Point& at, const Cholesky& root) {
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

struct Fitted {
  Point at;
  Cholesky root;                        // of the information there
  std::optional<Cholesky> curvature{};  // that steps go by under Firth
  bool converged = false;
  int iterations = 0;
  double gap = 0;  // the last step over the first, in standard errors
};

/// The intercept alone, near enough to start from.
double start_of(const Regression& of) {
  double sum = 0, exposure = 0;
  const bool log_link = of.loss.objective == Objective::Poisson || of.loss.objective == Objective::Tweedie;
  for (std::size_t i = 0; i < of.design.weight.size(); ++i) {
    if (of.weight(i) == 0) continue;
    sum += of.weight(i) * of.problem.outcome[i];
    exposure += of.weight(i) * (log_link ? stable::exp(of.offset(i)) : 1);
  }
  constexpr double kEdge = 1e-12;  // stands for a mean of 0, or of 1 under Logistic
  const double mean = sum / exposure;
  if (of.loss.objective == Objective::SquaredError) return mean;
  if (log_link) return stable::log(std::max(mean, kEdge));
  return stable::logit(std::clamp(mean, kEdge, 1 - kEdge));
}

/// Newton's method from `beta`, steps halved until they help.
Fitted newton(const Regression& of, const RowDesign& x, std::vector<double> beta,
              const RegressionSettings& settings, bool firth) {
  const auto point_at = [&](std::vector<double> b) {
    of.workers.check();
    Point at = look(of, x, std::move(b));
    Cholesky root{at.matrix, kFlat};
    std::optional<Cholesky> curvature;
    if (firth) curvature.emplace(penalise(of, x, at, root), kFlat);
    return Fitted{std::move(at), std::move(root), std::move(curvature)};
  };
  Fitted now = point_at(std::move(beta));
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
    now.converged = length <= std::max(settings.solver.tol * first, rounding);
    if (now.converged || k >= settings.solver.max_iter) return now;
    const double allowed = now.at.loss + 1e-13 * std::abs(now.at.loss);
    double share = 1;
    for (; share > 1e-10; share /= 2) {
      std::vector<double> next = now.at.beta;
      for (std::size_t j = 0; j < next.size(); ++j) next[j] += share * step[j];
      Fitted there = point_at(std::move(next));
      if (!(there.at.loss <= allowed)) continue;
      const double gap = now.gap;
      now = std::move(there);
      now.gap = gap;
      break;
    }
    if (share <= 1e-10) return now;  // rounding allows no more
  }
}

// --- what is said of the fit

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

double deviance(const Regression& of, const Point& at) {
  return 2 * weighted_sum(of, [&](std::size_t i) {
           const double y = of.problem.outcome[i];
           return of.loss.at(y, at.margin[i]).loss - saturated(of, y);
         });
}

/// As R's logLik; none of Tweedie, and of Poisson with outcomes that are no counts.
std::optional<double> log_likelihood(const Regression& of, const Point& at, double rows) {
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
double pearson(const Regression& of, const Point& at) {
  return weighted_sum(of, [&](std::size_t i) {
    const double mean = of.loss.mean_of(at.margin[i]), left = of.problem.outcome[i] - mean;
    const double power = of.loss.objective == Objective::Tweedie ? of.loss.tweedie_variance_power : 0;
    return left * left * stable::exp(-power * (power > 0 ? at.margin[i] : 0));
  });
}

/// Whether some fitted mean is all but 0, or all but 1 under Logistic.
bool at_the_edge(const Regression& of, const Point& at) {
  if (of.loss.objective == Objective::SquaredError) return false;
  constexpr double kEdge = 1e-7;  // of the overall mean
  const double mean =
      weighted_sum(of, [&](std::size_t i) { return of.problem.outcome[i]; }) / of.design.total_weight;
  for (std::size_t i = 0; i < at.margin.size(); ++i) {
    if (of.weight(i) == 0) continue;
    const double fitted = of.loss.mean_of(at.margin[i] - of.offset(i));
    if (fitted < kEdge * mean) return true;
    if (of.loss.objective == Objective::Logistic && 1 - fitted < kEdge * (1 - mean)) return true;
  }
  return false;
}

// --- clusters

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
Square row_products(const Regression& of, const RowDesign& x, const Point& at) {
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

// --- all of it

/// The covariance of the coefficients about the modes; sets what depends on the kind of standard errors.
Square covariance(const Regression& of, const RowDesign& x, const Fitted& fitted, Inference& inference) {
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

Inference infer(const Regression& of, const RowDesign& x, const Fitted& fitted,
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
  out.null_deviance = deviance(of, newton(of, constant, {start_of(of)}, settings, false).at);
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

/// Names, each once, in their order: at most twenty.
class NameList {
 public:
  explicit NameList(const TermedDesign& design) : design_(design) {}
  void add(std::size_t column) {
    const std::string name = predictors_of(design_, column);
    if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
  }
  bool empty() const { return names_.empty(); }
  std::string text() const {
    constexpr std::size_t kMost = 20;
    if (names_.size() <= kMost) return join(names_, ", ");
    const std::vector<std::string> first{names_.begin(), names_.begin() + kMost};
    return fmt::format("{} and {} more", join(first, ", "), names_.size() - kMost);
  }

 private:
  const TermedDesign& design_;
  std::vector<std::string> names_;
};

/// The columns that do not depend linearly on those before them; the others are named in `notes`.
std::vector<std::size_t> independent(const Regression& of, const TermedDesign& terms,
                                     const std::vector<std::size_t>& columns,
                                     std::vector<std::string>& notes) {
  const RowDesign x{of.design, columns};
  std::vector<double> beta(x.width());
  beta[0] = start_of(of);
  const Cholesky root{look(of, x, std::move(beta)).matrix, kDependent};
  std::vector<std::size_t> kept;
  NameList names{terms};
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (root.dependent()[k + 1])
      names.add(columns[k]);
    else
      kept.push_back(columns[k]);
  }
  const std::size_t left_out = columns.size() - kept.size();
  if (left_out > 0)
    notes.push_back(
        left_out == 1
            ? fmt::format("1 coefficient was left out, for columns before it determine it: {}", names.text())
            : fmt::format("{} coefficients were left out, for columns before them determine them: {}",
                          left_out, names.text()));
  return kept;
}

/// Says which numbers have gaps: they are filled, and standard errors do not know.
void note_gaps(const Regression& of, const TermedDesign& terms, const std::vector<std::size_t>& columns,
               std::vector<std::string>& notes) {
  NameList names{terms};
  for (const std::size_t j : columns) {
    const LinearColumn& column = of.design.cells->columns()[j];
    if (column.level >= 0) continue;
    bool gaps = std::isnan(column.mode);
    for (std::size_t k = column.values.size(); k < column.missing_end && !gaps; ++k)
      gaps = of.weight(column.rows[k]) > 0;
    if (gaps) names.add(j);
  }
  if (!names.empty())
    notes.push_back("missing cells take their column's median, and standard errors do not count that: " +
                    names.text());
}

void check_size(std::size_t coefficients) {
  if (coefficients > kMostCoefficients)
    throw Error(
        ErrorKind::Budget,
        fmt::format("standard errors and Firth's penalty need all pairs of coefficients, and there are {}",
                    coefficients),
        "standard_errors",
        fmt::format("fit at most {} coefficients, or leave standard_errors, firth and reference out",
                    kMostCoefficients));
}

}  // namespace

void check(const RegressionSettings& settings, Objective objective) {
  if (settings.firth && objective != Objective::Logistic)
    throw Error(ErrorKind::Study,
                fmt::format("Firth's penalty is for objective logistic, not {}", to_text(objective)), "firth",
                "leave it out, or use objective logistic");
  if (settings.firth && settings.standard_errors != "none" && settings.standard_errors != "model")
    throw Error(ErrorKind::Study,
                fmt::format("Firth's penalty has no standard errors of kind {}", settings.standard_errors),
                "standard_errors", "use model");
}

LinearModel fit_regression(const TermedDesign& terms, const Problem& problem,
                           const RegressionSettings& settings, Workers& workers) {
  const LinearDesign& design = terms.whole();
  check(settings, problem.objective);
  if (settings.standard_errors == "cluster" && problem.cluster.empty())
    throw Error(ErrorKind::Study, "standard errors by cluster need clusters", "standard_errors",
                "name their column with --cluster");
  const Regression of{design, problem, {problem.objective, settings.solver.tweedie_variance_power}, workers};
  const std::vector<std::size_t> columns = taking_part(terms, references(terms.base, settings.reference));
  check_size(columns.size() + 1);
  std::vector<std::string> notes;
  const RowDesign x{design, independent(of, terms, columns, notes)};
  std::vector<double> beta(x.width());
  beta[0] = start_of(of);
  const Fitted fitted = newton(of, x, std::move(beta), settings, settings.firth);

  LinearFit fit;
  fit.beta.resize(design.numbers.size());
  fit.intercept = fitted.at.beta[0];
  const std::vector<double> to = x.to_intercept();
  for (std::size_t k = 0; k < x.columns().size(); ++k) {
    fit.beta[x.columns()[k]] = fitted.at.beta[k + 1];
    fit.intercept += fitted.at.beta[k + 1] * to[k + 1];
  }
  fit.converged = fitted.converged;
  fit.iterations = fitted.iterations;
  fit.gap = fitted.gap;
  fit.separated = !settings.firth && at_the_edge(of, fitted.at);
  LinearModel model = make_linear_model(terms, fit, "linear");
  model.objective = problem.objective;
  model.notes.insert(model.notes.end(), notes.begin(), notes.end());
  if (settings.standard_errors == "none") return model;
  note_gaps(of, terms, x.columns(), model.notes);
  model.inference = infer(of, x, fitted, settings);
  return model;
}

ModelRecord fit_record(const Model& model) {
  const auto* linear = std::get_if<LinearModel>(&model);
  if (linear == nullptr || !linear->inference) return {};
  const Inference& of = *linear->inference;
  ModelRecord record{{"fit.observations", std::to_string(of.observations)},
                     {"fit.df_residual", format_number(of.df_residual)},
                     {"fit.dispersion", format_number(of.dispersion)},
                     {"fit.deviance", format_number(of.deviance)},
                     {"fit.null_deviance", format_number(of.null_deviance)}};
  if (of.log_likelihood) record["fit.log_likelihood"] = format_number(*of.log_likelihood);
  if (of.aic) record["fit.aic"] = format_number(*of.aic);
  if (of.standard_errors == "cluster") record["fit.clusters"] = std::to_string(of.clusters);
  return record;
}

LinearModel per_unit(LinearModel model) {
  std::size_t place = 0;
  for (LinearTerm& term : model.terms) {
    for (std::size_t k = 0; k < term.coefficients.size(); ++k, ++place) {
      term.coefficients[k] /= term.scale;
      term.means[k] *= term.scale;
      if (model.inference && model.inference->errors[place]) *model.inference->errors[place] /= term.scale;
    }
    if (!one_hot(term)) term.transform = Transform::None;
    term.scale = 1;
  }
  for (ProductTerm& product : model.products) {
    product.coefficient /= product.scale;
    product.mean *= product.scale;
    if (model.inference && model.inference->errors[place]) *model.inference->errors[place] /= product.scale;
    product.scale = 1;
    ++place;
  }
  return model;
}

}  // namespace kohort
