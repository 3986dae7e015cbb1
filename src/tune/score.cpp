#include "tune/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "assess/metrics.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::pair<Score, std::string_view>, 6> kScores{{
    {Score::NegMeanSquaredError, "neg_mean_squared_error"},
    {Score::NegMeanPoissonDeviance, "neg_mean_poisson_deviance"},
    {Score::RocAuc, "roc_auc"},
    {Score::AveragePrecision, "average_precision"},
    {Score::NegBrierScore, "neg_brier_score"},
    {Score::NegLogLoss, "neg_log_loss"},
}};

}  // namespace

std::string_view to_text(Score score) {
  return std::ranges::find(kScores, score, &std::pair<Score, std::string_view>::first)->second;
}

Score parse_score(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [score, text] : kScores) {
    if (name == text) return score;
    known.emplace_back(text);
  }
  throw Error(ErrorKind::Study, fmt::format("there is no score '{}'", name), "score", suggest(name, known));
}

double score_of(Score score, std::span<const double> outcome, std::span<const double> prediction,
                std::span<const double> weights) {
  switch (score) {
    case Score::NegMeanSquaredError:
      return neg_mean_squared_error(outcome, prediction, weights);
    case Score::NegMeanPoissonDeviance:
      return -poisson_deviance(outcome, prediction, weights);
    case Score::RocAuc:
      return roc_auc(outcome, prediction, weights).value_or(kUndefined);
    case Score::AveragePrecision:
      return average_precision(outcome, prediction, weights).value_or(kUndefined);
    case Score::NegBrierScore:
      return -brier_score(outcome, prediction, weights);
    case Score::NegLogLoss:
      return -log_loss(outcome, prediction, weights);
  }
  return kUndefined;
}

double mean_of(std::span<const double> scores) {
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

}  // namespace kohort
