#include "assess/isotonic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "assess/reference.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

using Numbers = std::vector<double>;

TEST(Curve, IsStraightBetweenKnotsAndConstantOutside) {
  const Curve curve{{1, 3, 4}, {10, 20, 20}};
  EXPECT_EQ(curve.at(Numbers{0, 1, 1.5, 3, 3.5, 9}), (Numbers{10, 10, 12.5, 20, 20, 20}));
  EXPECT_TRUE(std::isnan(curve.at(std::nan(""))));
}

TEST(Isotonic, PoolsAdjacentViolators) {
  // 1 | 3 2 | 6 4 5 pool to 1, 2.5, 5
  const Curve curve = fit_isotonic(Numbers{1, 2, 3, 4, 5, 6}, Numbers{1, 3, 2, 6, 4, 5});
  EXPECT_EQ(curve, (Curve{{1, 2, 3, 4, 6}, {1, 2.5, 2.5, 5, 5}}));
}

TEST(Isotonic, AveragesEqualPredictionsFirst) {
  const Curve curve = fit_isotonic(Numbers{1, 2, 1, 2}, Numbers{0, 4, 2, 0}, Numbers{1, 3, 1, 1});
  EXPECT_EQ(curve, (Curve{{1, 2}, {1, 3}}));
}

TEST(Isotonic, AgreesWithScikitLearn) {
  auto problem = reference::columns("problem.csv");
  auto numbers = reference::columns("isotonic.csv");
  const Curve plain = fit_isotonic(problem["probability"], problem["event"]);
  const Curve weighted = fit_isotonic(problem["probability"], problem["event"], problem["weight"]);
  const Curve counts = fit_isotonic(problem["expected"], problem["count"]);
  const Numbers& places = numbers["place"];
  ASSERT_EQ(places.size(), 111u);
  for (std::size_t i = 0; i < places.size(); ++i) {
    SCOPED_TRACE(places[i]);
    EXPECT_NEAR(plain.at(places[i]), numbers["plain"][i], 1e-12);  // rounding of short sums
    EXPECT_NEAR(weighted.at(places[i]), numbers["weighted"][i], 1e-12);
    EXPECT_NEAR(counts.at(3 * places[i]), numbers["counts"][i], 1e-12);
  }
}

struct Problem {
  Numbers predicted, actual, weight;
};

Problem random_problem(std::size_t units, Stream stream) {
  Problem p;
  for (std::size_t i = 0; i < units; ++i) {
    p.predicted.push_back(static_cast<double>(stream.child("x").below(i, 60)) / 60);
    p.actual.push_back(static_cast<double>(stream.child("y").poisson(i, p.predicted[i])));
    p.weight.push_back(static_cast<double>(1 + stream.child("w").below(i, 3)));
  }
  return p;
}

/// The fit at each place by the min-max formula: the largest over starts, of the smallest over ends, of the
/// mean between (Barlow et al. 1972).
double min_max(const Problem& p, double place) {
  double best = -INFINITY;
  for (const double start : p.predicted) {
    if (start > place) continue;
    double lowest = INFINITY;
    for (const double end : p.predicted) {
      if (end < place) continue;
      double sum = 0, weight = 0;
      for (std::size_t i = 0; i < p.predicted.size(); ++i)
        if (p.predicted[i] >= start && p.predicted[i] <= end)
          sum += p.weight[i] * p.actual[i], weight += p.weight[i];
      lowest = std::min(lowest, sum / weight);
    }
    best = std::max(best, lowest);
  }
  return best;
}

TEST(Isotonic, EqualsTheMinMaxFormula) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    const Problem p = random_problem(60, Stream{seed});
    const Curve curve = fit_isotonic(p.predicted, p.actual, p.weight);
    for (const double place : p.predicted) EXPECT_NEAR(curve.at(place), min_max(p, place), 1e-12);
  }
}

TEST(Isotonic, KeepsTheTotalAndNeverFalls) {
  const Problem p = random_problem(2000, Stream{4});
  const Curve curve = fit_isotonic(p.predicted, p.actual, p.weight);
  EXPECT_TRUE(std::ranges::is_sorted(curve.y));
  double fitted = 0, happened = 0;
  for (std::size_t i = 0; i < p.actual.size(); ++i) {
    fitted += p.weight[i] * curve.at(p.predicted[i]);
    happened += p.weight[i] * p.actual[i];
  }
  EXPECT_NEAR(fitted, happened, 1e-9);
}

TEST(Isotonic, RowOrderIsNothingAndAWeightIsRepetition) {
  const Problem p = random_problem(500, Stream{5});
  Problem back{{p.predicted.rbegin(), p.predicted.rend()},
               {p.actual.rbegin(), p.actual.rend()},
               {p.weight.rbegin(), p.weight.rend()}};
  const Curve curve = fit_isotonic(p.predicted, p.actual, p.weight);
  EXPECT_EQ(fit_isotonic(back.predicted, back.actual, back.weight), curve);  // whole numbers: sums are exact
  Problem repeated;
  for (std::size_t i = 0; i < p.actual.size(); ++i) {
    repeated.predicted.insert(repeated.predicted.end(), static_cast<std::size_t>(p.weight[i]),
                              p.predicted[i]);
    repeated.actual.insert(repeated.actual.end(), static_cast<std::size_t>(p.weight[i]), p.actual[i]);
  }
  EXPECT_EQ(fit_isotonic(repeated.predicted, repeated.actual), curve);
}

TEST(Isotonic, RefusesNothing) {
  EXPECT_THROW(fit_isotonic(Numbers{}, Numbers{}), Error);
  EXPECT_THROW(fit_isotonic(Numbers{1}, Numbers{1}, Numbers{0}), Error);
}

}  // namespace
}  // namespace kohort
