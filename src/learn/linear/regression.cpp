#include "learn/linear/regression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "learn/linear/contrasts.hpp"
#include "learn/linear/inference.hpp"
#include "learn/linear/product_terms.hpp"

namespace kohort {
namespace {

constexpr std::size_t kMostCoefficients = 3'000;
constexpr double kDependent = 1e-10;  // of a column's square: what others leave of it

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
  const Cholesky root{look(of, x, start_of(of, x)).matrix, kDependent};
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
  const std::vector<std::size_t> columns = contrast_columns(terms, settings.reference);
  check_size(columns.size() + 1);
  std::vector<std::string> notes;
  const RowDesign x{design, independent(of, terms, columns, notes)};
  const NewtonFit fitted = newton(of, x, settings.solver, settings.firth);

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
  fit.separated = !settings.firth && at_the_edge(of.loss, of.rows(), fitted.at.margin);
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
