#pragma once
// What each predictor adds to the prediction of a row, beside what the model says of nobody in particular
// (docs/methods/explanation.md).

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/workers.hpp"
#include "learn/explain/importance.hpp"
#include "learn/explain/tree_shap.hpp"
#include "learn/model.hpp"

namespace kohort {

/// Explains predictions of one model on one matrix, both of which must outlive it.
///   boosting  Shapley values of the margin: the prediction itself under squared error, its logit or
///             logarithm under the other objectives
///   forest    Shapley values of the prediction
///   linear    coefficient × (feature − its mean over the training rows); of an interaction each predictor
///   has
///             an equal part
/// A row's contributions and the bias add up to its margin (forest: prediction).
class Explainer {
 public:
  /// Throws Error (data) naming a predictor that the matrix lacks or holds as another kind.
  Explainer(const Model& model, const Matrix& matrix, Detail detail);

  /// Of the columns but the last, which is the bias.
  const std::vector<std::string>& names() const { return names_; }
  /// Predictors (or features) and the bias.
  std::size_t columns() const { return names_.size() + 1; }

  /// Contributions of some rows, ascending, and the bias: shape (rows, columns), row-major. The same bits for
  /// any number of threads, and for a row in any company.
  std::vector<double> explain(std::span<const std::uint32_t> rows, Workers& workers) const;

  /// The mean over rows of each column's absolute contribution, shape (names). Holds a block of rows per
  /// thread, not all.
  std::vector<double> mean_absolute(std::span<const std::uint32_t> rows, Workers& workers) const;

 private:
  struct OfTrees {
    EncodedMatrix encoded;
    TreeShap shap;

    OfTrees(const TreeModel& model, const Matrix& matrix, Detail detail);
    void explain(std::span<const std::uint32_t> rows, std::span<double> out) const;
  };
  struct OfTerms {
    const Model* model;
    const Matrix* matrix;
    std::vector<double> coefficient, mean;
    std::vector<std::vector<std::uint32_t>> places;  // of each coefficient
    double bias;
    std::size_t columns;

    OfTerms(const Model& model, const Matrix& matrix, Detail detail);
    void explain(std::span<const std::uint32_t> rows, std::span<double> out) const;
  };
  static std::variant<OfTrees, OfTerms> explained(const Model& model, const Matrix& matrix, Detail detail);
  void explain_block(std::span<const std::uint32_t> rows, std::span<double> out) const;

  const Matrix* matrix_;
  std::vector<std::string> names_;
  std::variant<OfTrees, OfTerms> of_;
};

}  // namespace kohort
