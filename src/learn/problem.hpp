#pragma once
// What is to be learned: an outcome over rows of a matrix.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "matrix/matrix.hpp"

namespace kohort {

/// SquaredError for counts and for probabilities by least squares; Logistic for 0/1 outcomes; Poisson for
/// counts and Tweedie for amounts with many zeros, both with a log link, so that no prediction is negative.
enum class Objective { SquaredError, Logistic, Poisson, Tweedie };

std::string_view to_text(Objective objective);  // "squared_error", "logistic", "poisson", "tweedie"
std::optional<Objective> parse_objective(std::string_view text);

/// Spans must outlive the fit.
struct Problem {
  const Matrix& matrix;
  std::span<const double> outcome;      // shape (matrix rows); only `rows` are read
  std::span<const std::uint32_t> rows;  // training rows, ascending
  Objective objective = Objective::SquaredError;
  std::span<const double> weights{};  // shape (matrix rows), >= 0; empty: all 1
  std::span<const double> offset{};   // shape (matrix rows), on the scale of the margin: the logarithm of an
                                      // exposure under Poisson and Tweedie; empty: 0
  std::span<const std::uint64_t> cluster{};  // shape (matrix rows): rows of equal number go together; empty:
                                             // every row by itself. Read by standard_errors: cluster
};

/// Throws Error (fit) when there are no rows, no columns, a missing or infinite outcome, an outcome other
/// than 0 and 1 under Logistic, a negative one under Poisson and Tweedie, a missing offset, a negative weight
/// or no weight at all; Error (defect) on wrong shapes.
void check_problem(const Problem& problem);

/// The weighted mean of the outcome over the rows.
double mean_outcome(const Problem& problem);

}  // namespace kohort
