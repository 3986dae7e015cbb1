#pragma once
// What coordinate descent has left to explain, row by row.

#include <span>
#include <utility>
#include <vector>

#include "matrix/linear_design.hpp"

namespace kohort {

/// The residual, held as `weighted` = weight * (residual + shift) so that a sparse column touches its listed
/// cells only; `shift` carries what centring would spread over all rows.
class Residual {
 public:
  /// The outcome about its mean.
  Residual(const LinearDesign& design, std::span<const double> outcome)
      : design_(design), weighted_(design.weight.size()) {
    double sum = 0;
    for (std::size_t i = 0; i < weighted_.size(); ++i)
      if (design.weight[i] > 0) sum += design.weight[i] * outcome[i];
    mean_ = sum / design.total_weight;
    for (std::size_t i = 0; i < weighted_.size(); ++i)
      if (design.weight[i] > 0) weighted_[i] = design.weight[i] * (outcome[i] - mean_);
  }

  /// weight * residual as given, about its mean; the design's means are those under its weights.
  Residual(const LinearDesign& design, std::vector<double> weighted)
      : design_(design), weighted_(std::move(weighted)) {
    for (const double r : weighted_) shift_ += r;
    shift_ /= design.total_weight;
  }

  double outcome_mean() const { return mean_; }

  /// Sum of weight * residual * (column j about its mean).
  double slope(std::size_t j) const {
    return dot_deviations(design_, j, weighted_) - shift_ * design_.total_weight * mean_deviation(j);
  }
  /// Lets the residual follow coefficient j by `change`.
  void move(std::size_t j, double change) {
    add_deviations(design_, j, -change, weighted_);
    shift_ -= change * mean_deviation(j);
  }
  /// The residual of row i, which must have weight.
  double at(std::size_t i) const { return weighted_[i] / design_.weight[i] - shift_; }

  /// The sum of weight * f(residual, row).
  template <class F>
  double sum(F f) const {
    double total = 0;
    for (std::size_t i = 0; i < weighted_.size(); ++i)
      if (design_.weight[i] > 0) total += design_.weight[i] * f(at(i), i);
    return total;
  }

 private:
  double mean_deviation(std::size_t j) const { return design_.numbers[j].mean - mode_value(design_, j); }

  const LinearDesign& design_;
  std::vector<double> weighted_;
  double shift_ = 0, mean_ = 0;
};

}  // namespace kohort
