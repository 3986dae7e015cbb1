#include "assess/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "assess/reference.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

using Span = std::span<const double>;
using reference::number;
constexpr double kTight = 1e-12;  // closed forms and sums of a few hundred terms

struct Problem {
  std::vector<double> count, event, probability, expected, weight;
};

Problem reference_problem() {
  auto c = reference::columns("problem.csv");
  return {c["count"], c["event"], c["probability"], c["expected"], c["weight"]};
}

/// Scores with ties, events and whole weights 1..3.
Problem random_problem(std::size_t units, Stream stream) {
  Problem p;
  for (std::size_t i = 0; i < units; ++i) {
    const double score = static_cast<double>(stream.child("score").below(i, 12) + 1) / 20;
    p.probability.push_back(score);
    p.event.push_back(stream.child("event").uniform(i) < score ? 1 : 0);
    p.weight.push_back(static_cast<double>(stream.child("weight").below(i, 3) + 1));
  }
  return p;
}

TEST(Metrics, AgreeWithScikitLearnOnTiedAndWeightedValues) {
  const Problem p = reference_problem();
  ASSERT_EQ(p.count.size(), 300u);
  const Span none, w = p.weight;
  EXPECT_NEAR(mean_squared_error(p.count, p.expected, none), number("mean_squared_error"), kTight);
  EXPECT_NEAR(neg_mean_squared_error(p.count, p.expected, w), -number("mean_squared_error_weighted"), kTight);
  EXPECT_NEAR(brier_score(p.event, p.probability), number("brier_score"), kTight);
  EXPECT_NEAR(brier_score(p.event, p.probability, w), number("brier_score_weighted"), kTight);
  EXPECT_NEAR(log_loss(p.event, p.probability), number("log_loss"), kTight);
  EXPECT_NEAR(log_loss(p.event, p.probability, w), number("log_loss_weighted"), kTight);
  EXPECT_NEAR(poisson_deviance(p.count, p.expected), number("poisson_deviance"), kTight);
  EXPECT_NEAR(poisson_deviance(p.count, p.expected, w), number("poisson_deviance_weighted"), kTight);
  EXPECT_NEAR(roc_auc(p.event, p.probability).value(), number("roc_auc"), kTight);
  EXPECT_NEAR(roc_auc(p.event, p.probability, w).value(), number("roc_auc_weighted"), kTight);
  EXPECT_NEAR(average_precision(p.event, p.probability).value(), number("average_precision"), kTight);
  EXPECT_NEAR(average_precision(p.event, p.probability, w).value(), number("average_precision_weighted"),
              kTight);
  EXPECT_NEAR(pearson_correlation(p.count, p.expected).value(), number("pearson"), kTight);
}

TEST(Metrics, AucIsTheShareOfPairsRankedRightlyWithTiesHalf) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    const Problem p = random_problem(80, Stream{seed});
    double won = 0, pairs = 0;
    for (std::size_t i = 0; i < 80; ++i)
      for (std::size_t j = 0; j < 80; ++j) {
        if (p.event[i] <= p.event[j]) continue;
        const double w = p.weight[i] * p.weight[j];
        pairs += w;
        won += w * (p.probability[i] > p.probability[j] ? 1 : p.probability[i] == p.probability[j] ? 0.5 : 0);
      }
    EXPECT_NEAR(roc_auc(p.event, p.probability, p.weight).value(), won / pairs, kTight);
  }
}

using MaybeMetric = std::optional<double> (*)(Span, Span, Span);

/// Every metric as one list, so that the properties below hold for each.
std::vector<std::pair<const char*, MaybeMetric>> every_metric() {
  return {{"mse", [](Span a, Span p, Span w) { return std::optional{mean_squared_error(a, p, w)}; }},
          {"brier", [](Span a, Span p, Span w) { return std::optional{brier_score(a, p, w)}; }},
          {"log loss", [](Span a, Span p, Span w) { return std::optional{log_loss(a, p, w)}; }},
          {"poisson", [](Span a, Span p, Span w) { return std::optional{poisson_deviance(a, p, w)}; }},
          {"auc", roc_auc},
          {"average precision", average_precision},
          {"pearson", pearson_correlation}};
}

TEST(Metrics, WeightTwoIsADoubledRow) {
  const Problem p = random_problem(500, Stream{4});
  std::vector<double> event, probability;
  for (std::size_t i = 0; i < p.event.size(); ++i) {
    event.insert(event.end(), static_cast<std::size_t>(p.weight[i]), p.event[i]);
    probability.insert(probability.end(), static_cast<std::size_t>(p.weight[i]), p.probability[i]);
  }
  for (const auto& [name, metric] : every_metric())
    EXPECT_NEAR(metric(p.event, p.probability, p.weight).value(), metric(event, probability, {}).value(),
                kTight)
        << name;
}

TEST(Metrics, OrderOfUnitsIsNothing) {
  const Problem p = random_problem(500, Stream{5});
  const Problem back{{},
                     {p.event.rbegin(), p.event.rend()},
                     {p.probability.rbegin(), p.probability.rend()},
                     {},
                     {p.weight.rbegin(), p.weight.rend()}};
  for (const auto& [name, metric] : every_metric())
    EXPECT_NEAR(metric(p.event, p.probability, p.weight).value(),
                metric(back.event, back.probability, back.weight).value(), kTight)
        << name;
}

TEST(Metrics, SayNothingWhereNothingCanBeSaid) {
  const std::vector<double> zero{0, 0, 0}, one{1, 1, 1}, score{0.1, 0.2, 0.3}, tenth{0.1, 0.1, 0.1};
  EXPECT_FALSE(roc_auc(zero, score));
  EXPECT_FALSE(roc_auc(one, score));
  EXPECT_FALSE(average_precision(zero, score));
  EXPECT_FALSE(pearson_correlation(score, tenth));
  EXPECT_FALSE(pearson_correlation(Span{}, Span{}));
  EXPECT_THROW(roc_auc(zero, Span{score}.first(2)), Error);
}

TEST(Metrics, CorrelationLeavesMissingUnitsOut) {
  const double gap = std::nan("");
  const std::vector<double> a{1, 2, gap, 4, 7}, b{2, 4, 100, 8, gap};
  EXPECT_NEAR(pearson_correlation(a, b).value(), 1, kTight);
}

TEST(Metrics, PoissonDevianceRefusesImpossibleCounts) {
  const std::vector<double> actual{0, 1};
  EXPECT_TRUE(std::isinf(poisson_deviance(actual, std::vector<double>{-0.1, 1})));
  EXPECT_TRUE(std::isinf(poisson_deviance(actual, std::vector<double>{0.1, 0})));
  EXPECT_NEAR(poisson_deviance(actual, std::vector<double>{0, 1}), 0, kTight);
}

}  // namespace
}  // namespace kohort
