#pragma once
// Models are values: plain structs that know their predictors by name, predict on any matrix that has them,
// and turn into bytes and back.

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/workers.hpp"
#include "learn/problem.hpp"
#include "learn/tree/tree_ensemble.hpp"
#include "matrix/linear_design.hpp"
#include "matrix/matrix.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {

/// One predictor of a linear model with the numbers of its training rows (matrix/linear_design.hpp).
/// Numeric: one coefficient. Category: one per level seen in training; missing counts as a level where it
/// was.
struct LinearTerm {
  ColumnInfo info;  // Category: only the levels seen in training
  double median = 0, missing = 0, negative = 0, scale = 1;
  bool missing_is_level = false;     // Category: the last coefficient belongs to missing cells
  std::vector<double> coefficients;  // on the scaled logarithm, or of each level
  std::vector<double> means;         // of what each multiplies, over the training rows, weighted
  Transform transform = Transform::Log1p;
  bool ordinal = false;  // Category: its one coefficient multiplies the level's place, as that of a number
  bool operator==(const LinearTerm&) const = default;
};

/// Whether a term has a coefficient per level.
inline bool one_hot(const LinearTerm& term) {
  return term.info.kind == ColumnKind::Category && !term.ordinal;
}

/// A numeric cell's logarithm (or itself), or what stands for a missing or negative cell.
double filled_log(const LinearTerm& term, float x);
/// The same as the term's coefficient sees it: scaled.
double scaled_log(const LinearTerm& term, float x);

/// What one predictor brings to a product: its cell as the term sees it before scaling, or an indicator.
struct TermFactor {
  std::uint32_t term = 0;        // the predictor's place in LinearModel::terms
  std::uint32_t level = 0;       // Category: the place of the level's coefficient; 1 in that level, else 0
  std::optional<float> above{};  // number: 1 above this, else 0
  auto operator<=>(const TermFactor&) const = default;
};

/// A power, a threshold or an interaction (matrix/linear_terms.hpp): the coefficient multiplies the product
/// of the factors over `scale`.
struct ProductTerm {
  std::vector<TermFactor> factors;  // a power: the same again
  double scale = 1, coefficient = 0;
  double mean = 0;  // of what the coefficient multiplies, over the training rows, weighted
  bool operator==(const ProductTerm&) const = default;
};

/// What a numeric cell brings to a product.
float number_factor(const LinearTerm& term, const std::optional<float>& above, float x);

/// How sure the coefficients of a regression are, and how well it fits (learn/linear/regression.hpp).
struct Inference {
  std::string standard_errors = "model";  // model, robust, cluster
  bool firth = false;
  std::uint64_t observations = 0;  // training rows of weight above 0
  std::uint64_t clusters = 0;      // 0 under `model`; under `robust` every row is one
  double df_residual = 0;          // observations less coefficients
  double freedom = std::numeric_limits<double>::infinity();  // of Student's t, infinite for the normal
  double dispersion = 1;
  double deviance = 0, null_deviance = 0;
  std::optional<double> log_likelihood, aic;
  std::optional<double> intercept_error;
  std::vector<std::optional<double>>
      errors;  // standard errors in the order of the terms' coefficients, then
               // the products'; none of references and of what depends on others
  bool operator==(const Inference&) const = default;
};

struct LinearModel {
  std::string kind = "lasso";  // "lasso" or "linear"
  Objective objective = Objective::SquaredError;
  double intercept = 0;
  std::vector<LinearTerm> terms;   // columns that were all missing in training are left out …
  std::vector<std::string> notes;  // … and named here
  bool converged = true;
  int iterations = 0;
  double gap = 0;  // duality gap at the end (lasso), relative gradient (linear)
  std::optional<Inference> inference{};
  std::vector<ProductTerm> products{};
  bool operator==(const LinearModel&) const = default;
};

struct TreeModel {
  std::string kind = "boosting";  // "boosting" or "random_forest"
  TreeEncoding encoding;
  TreeEnsemble trees;
  bool operator==(const TreeModel&) const = default;
};

using Model = std::variant<LinearModel, TreeModel>;

/// "age^2", "age > 17", "age:area=N".
std::string name_of(const LinearModel& model, const ProductTerm& product);

const std::string& kind_of(const Model& model);
Objective objective_of(const Model& model);
/// The predictors the model reads, by name.
std::vector<std::string> predictors_of(const Model& model);

/// What happened on the way to a prediction.
struct PredictionNotes {
  std::uint64_t unknown_levels = 0;  // cells holding a level that the model has not seen in training
};

/// The predicted outcome of each row: a mean, or a probability under Logistic. Without offsets: under Poisson
/// and Tweedie the mean for an exposure of one.
///   rows     ascending; returns shape (rows), in their order
///   throws   Error (data) naming a predictor that the matrix lacks or holds as another kind
/// Columns are matched by name, levels by text; a level the model does not know is counted and left out of
/// the sum (linear), missing or in no indicator (trees). The same bits for any number of threads.
std::vector<double> predict(const Model& model, const Matrix& matrix, std::span<const std::uint32_t> rows,
                            Workers& workers, PredictionNotes* notes = nullptr);

/// Where a model comes from, as named texts: software, outcome, rows, seed, settings, in a study also the
/// years it was trained on and its search. Texts are names and counts, never a person's value.
using ModelRecord = std::map<std::string, std::string>;

/// A model and its record in kohort's own format (docs/formats/model.md): the same bytes for the same model
/// and record; every number comes back to the bit.
std::string to_bytes(const Model& model, const ModelRecord& record = {});
/// The model of such bytes, or of XGBoost's JSON (learn/xgboost_model.hpp); told apart by their first letter.
/// Throws Error (data) on any other bytes: damaged, foreign, of another version, or written otherwise than
/// to_bytes would. Takes memory in proportion to the bytes.
Model from_bytes(std::string_view bytes, ModelRecord* record = nullptr);

}  // namespace kohort
