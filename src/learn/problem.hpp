#pragma once
// What is to be learned: an outcome over rows of a matrix.

#include <cstdint>
#include <span>

#include "matrix/matrix.hpp"

namespace kohort {

/// SquaredError for counts and for probabilities by least squares; Logistic for 0/1 outcomes.
enum class Objective { SquaredError, Logistic };

/// Spans must outlive the fit.
struct Problem {
  const Matrix& matrix;
  std::span<const double> outcome;      // shape (matrix rows); only `rows` are read
  std::span<const std::uint32_t> rows;  // training rows, ascending
  Objective objective = Objective::SquaredError;
  std::span<const double> weights{};  // shape (matrix rows), >= 0; empty: all 1
};

/// Throws Error (fit) when there are no rows, no columns, a missing or infinite outcome, an outcome other
/// than 0 and 1 under Logistic, a negative weight or no weight at all; Error (defect) on wrong shapes.
void check_problem(const Problem& problem);

/// The weighted mean of the outcome over the rows.
double mean_outcome(const Problem& problem);

}  // namespace kohort
