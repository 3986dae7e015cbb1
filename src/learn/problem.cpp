#include "learn/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

void check_weights(const Problem& problem) {
  if (problem.weights.empty()) return;
  double total = 0;
  for (const std::uint32_t row : problem.rows) {
    const double weight = problem.weights[row];
    if (!(weight >= 0) || std::isinf(weight))
      throw Error(ErrorKind::Fit, "a weight is negative, missing or infinite", {},
                  "give weights of 0 or more");
    total += weight;
  }
  if (total <= 0) throw Error(ErrorKind::Fit, "the weights of all training rows are 0");
}

struct ObjectiveName {
  Objective objective;
  std::string_view text;
};
constexpr std::array kObjectives{
    ObjectiveName{Objective::SquaredError, "squared_error"}, ObjectiveName{Objective::Logistic, "logistic"},
    ObjectiveName{Objective::Poisson, "poisson"}, ObjectiveName{Objective::Tweedie, "tweedie"}};

}  // namespace

std::string_view to_text(Objective objective) {
  return std::ranges::find(kObjectives, objective, &ObjectiveName::objective)->text;
}

std::optional<Objective> parse_objective(std::string_view text) {
  const auto found = std::ranges::find(kObjectives, text, &ObjectiveName::text);
  return found == kObjectives.end() ? std::nullopt : std::optional{found->objective};
}

void check_problem(const Problem& problem) {
  const std::size_t n = problem.matrix.rows();
  if (problem.outcome.size() != n || (!problem.weights.empty() && problem.weights.size() != n) ||
      (!problem.offset.empty() && problem.offset.size() != n) ||
      (!problem.cluster.empty() && problem.cluster.size() != n))
    throw Error(ErrorKind::Defect,
                "outcome, weights, offset and clusters need one value per row of the matrix");
  check_rows(problem.rows, n);
  if (problem.rows.empty())
    throw Error(ErrorKind::Fit, "there are no training rows", {}, "widen the population or its filter");
  if (problem.matrix.columns() == 0)
    throw Error(ErrorKind::Fit, "there are no predictors", {}, "declare at least one predictor");

  const auto count = [&](auto bad) {
    return std::ranges::count_if(problem.rows, [&](std::uint32_t row) { return bad(problem.outcome[row]); });
  };
  const auto missing = count([](double y) { return !std::isfinite(y); });
  if (missing > 0)
    throw Error(ErrorKind::Fit,
                fmt::format("the outcome is missing or infinite in {} training rows", missing), {},
                "leave rows without an outcome out of training");
  const auto other = count([](double y) { return y != 0 && y != 1; });
  if (problem.objective == Objective::Logistic && other > 0)
    throw Error(ErrorKind::Fit, fmt::format("the outcome is neither 0 nor 1 in {} training rows", other), {},
                "use squared error for counts, or declare the outcome as yes or no");
  const auto negative = count([](double y) { return y < 0; });
  if ((problem.objective == Objective::Poisson || problem.objective == Objective::Tweedie) && negative > 0)
    throw Error(ErrorKind::Fit, fmt::format("the outcome is negative in {} training rows", negative), {},
                "use squared error for outcomes below zero");
  if (!problem.offset.empty() && std::ranges::any_of(problem.rows, [&](std::uint32_t row) {
        return !std::isfinite(problem.offset[row]);
      }))
    throw Error(ErrorKind::Fit, "an offset is missing or infinite", {},
                "give every row an exposure above zero");
  check_weights(problem);
}

double mean_outcome(const Problem& problem) {
  double sum = 0, total = 0;
  for (const std::uint32_t row : problem.rows) {
    const double weight = problem.weights.empty() ? 1 : problem.weights[row];
    sum += weight * problem.outcome[row];
    total += weight;
  }
  return sum / total;
}

}  // namespace kohort
