#include "tune/permutation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/explain/dealt_predictions.hpp"

namespace kohort {
namespace {

/// Predictions of the rows scored.
class Scorer {
 public:
  explicit Scorer(const ScoredRows& of) : score_(of.score) {
    for (const std::uint32_t row : of.rows) {
      outcome_.push_back(of.outcome[row]);
      if (!of.weights.empty()) weights_.push_back(of.weights[row]);
      if (!of.exposure.empty()) exposure_.push_back(of.exposure[row]);
    }
  }

  double operator()(std::vector<double> predictions) const {
    for (std::size_t i = 0; i < exposure_.size(); ++i) predictions[i] *= exposure_[i];
    return score_of(score_, outcome_, predictions, weights_);
  }

 private:
  Score score_;
  std::vector<double> outcome_, weights_, exposure_;
};

PermutationImportance summary(std::span<const double> lost) {
  const auto n = static_cast<double>(lost.size());
  PermutationImportance out;
  for (const double value : lost) out.mean += value / n;
  for (const double value : lost) out.sd += (value - out.mean) * (value - out.mean) / n;
  out.sd = std::sqrt(out.sd);
  return out;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> deal_rows(std::size_t n, int n_repeats, Stream stream) {
  std::vector<std::vector<std::uint32_t>> deals(static_cast<std::size_t>(n_repeats));
  for (std::size_t repeat = 0; repeat < deals.size(); ++repeat) {
    const Stream draw = stream.child(repeat);
    std::vector<std::uint32_t>& deal = deals[repeat];
    deal.resize(n);
    std::iota(deal.begin(), deal.end(), 0U);
    for (std::size_t k = n; k > 1; --k) std::swap(deal[k - 1], deal[draw.below(k, k)]);  // Fisher and Yates
  }
  return deals;
}

std::vector<PermutationImportance> permutation_importance(const Model& model, const ScoredRows& scored,
                                                          std::span<const std::vector<std::uint32_t>> deals,
                                                          Workers& workers, std::size_t held) {
  const Scorer score{scored};
  const double before = score(predict(model, scored.matrix, scored.rows, workers));
  const std::size_t predictors = predictors_of(model).size(),
                    each = std::max<std::size_t>(1, scored.rows.size() * deals.size()),
                    at_once = std::max<std::size_t>(1, held / each);
  std::vector<PermutationImportance> out(predictors);
  for (std::size_t first = 0; first < predictors; first += at_once) {
    std::vector<std::uint32_t> some(std::min(at_once, predictors - first));
    std::iota(some.begin(), some.end(), static_cast<std::uint32_t>(first));
    auto dealt = dealt_predictions(model, scored.matrix, scored.rows, some, deals, workers);
    std::vector<double> lost(dealt.size());
    workers.for_each(dealt.size(), [&](std::size_t k) { lost[k] = before - score(std::move(dealt[k])); });
    for (std::size_t p = 0; p < some.size(); ++p)
      out[first + p] = summary(std::span{lost}.subspan(p * deals.size(), deals.size()));
  }
  return out;
}

}  // namespace kohort
