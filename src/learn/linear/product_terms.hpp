#pragma once
// Powers, thresholds and interactions of a linear model: out of a fit, and read on a matrix.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learn/linear/bound_term.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/model.hpp"
#include "matrix/linear_terms.hpp"

namespace kohort {

/// The model out of a fit of design.whole().
LinearModel make_linear_model(const TermedDesign& design, const LinearFit& fit, std::string kind);

/// The predictors that a column of design.whole() is made from: "age", "age:area".
std::string predictors_of(const TermedDesign& design, std::size_t column);

/// The products of a linear model on a matrix. All it is made from must outlive it.
class BoundProducts {
 public:
  /// A product by the places of its factors among `factors`.
  struct Product {
    std::vector<std::uint32_t> factors;
    double scale, coefficient;
  };

  /// terms: those of the model on the matrix, in its order
  BoundProducts(const LinearModel& model, std::span<const BoundTerm> terms);

  /// What every factor is in some rows, ascending: shape (factors, rows).
  std::vector<float> read(std::span<const std::uint32_t> rows) const;
  /// What the coefficient of product k multiplies, given what factor f is: value_of(f).
  template <class ValueOf>
  double scaled(std::size_t k, ValueOf value_of) const {
    float value = 1;  // 32 bits, as in the cells of the design
    for (const std::uint32_t f : products[k].factors) value *= value_of(f);
    return static_cast<double>(value) / products[k].scale;
  }

  std::vector<TermFactor> factors;  // each once
  std::vector<Product> products;

 private:
  std::span<const BoundTerm> terms_;
};

}  // namespace kohort
