#include "assess/auc.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "assess/metrics.hpp"
#include "assess/reference.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

using Numbers = std::vector<double>;

TEST(Auc, IntervalAgreesWithPRoc) {
  auto problem = reference::columns("problem.csv");
  auto proc = reference::columns("proc.csv");
  const AucInterval auc = auc_with_interval(problem["event"], problem["probability"]).value();
  EXPECT_NEAR(auc.auc, proc["auc"].at(0), 1e-12);
  EXPECT_NEAR(auc.variance, proc["variance"].at(0), 1e-12);
  EXPECT_NEAR(auc.low, proc["low"].at(0), 1e-12);
  EXPECT_NEAR(auc.high, proc["high"].at(0), 1e-12);
  EXPECT_NEAR(auc.variance, reference::number("delong_variance"), 1e-12);
  EXPECT_NEAR(auc.auc, roc_auc(problem["event"], problem["probability"]).value(), 1e-12);
}

TEST(Auc, IntervalCoversTheTruth) {
  // Binormal scores one standard deviation apart: the true AUC is Phi(1 / sqrt 2) = 0.7602499389065233.
  const int rounds = 1000, units = 200;
  int covered = 0;
  for (int round = 0; round < rounds; ++round) {
    const Stream stream = Stream{6}.child(static_cast<std::uint64_t>(round));
    Numbers actual(units), predicted(units);
    for (std::size_t i = 0; i < units; ++i) {
      actual[i] = i < 80 ? 1 : 0;
      predicted[i] = stream.normal(i) + actual[i];
    }
    const AucInterval auc = auc_with_interval(actual, predicted, 0.9).value();
    covered += auc.low <= 0.7602499389065233 && 0.7602499389065233 <= auc.high ? 1 : 0;
  }
  const double standard_error = std::sqrt(0.9 * 0.1 / rounds);
  EXPECT_NEAR(covered / double{rounds}, 0.9, 4 * standard_error);
}

TEST(Auc, NeedsTwoOfEachKind) {
  EXPECT_FALSE(auc_with_interval(Numbers{1, 0, 0}, Numbers{0.5, 0.2, 0.1}));
  EXPECT_FALSE(auc_with_interval(Numbers{}, Numbers{}));
}

}  // namespace
}  // namespace kohort
