#include "learn/tree/loss.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

constexpr Objective kObjectives[] = {Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                     Objective::Tweedie};

/// A matrix of n rows; losses read none of its cells.
Matrix rows_only(std::size_t n) {
  MatrixBuilder builder{n};
  builder.add({"x"}, std::vector<float>(n));
  return builder.finish();
}

/// Outcomes that suit the objective, with weights and offsets.
struct LossProblem {
  Matrix matrix;
  std::vector<double> outcome, weights, offset;
  RowList rows;
  Objective objective;

  LossProblem(std::size_t n, Objective of, Stream stream) : matrix(rows_only(n)), objective(of) {
    for (std::size_t i = 0; i < n; ++i) {
      const double draw = stream.child("y").uniform(i);
      const auto count = static_cast<double>(stream.child("k").poisson(i, 0.8));
      switch (objective) {
        case Objective::SquaredError:
          outcome.push_back(10 * draw - 4);
          break;
        case Objective::Logistic:
          outcome.push_back(draw < 0.3 ? 1 : 0);
          break;
        case Objective::Poisson:
          outcome.push_back(count);
          break;
        case Objective::Tweedie:
          outcome.push_back(count * (0.5 + draw));
      }
      weights.push_back(stream.child("w").uniform(i) < 0.1 ? 0 : 3 * stream.child("w").uniform(i));
      offset.push_back(stream.child("o").normal(i) / 2);
      if (i % 5 != 0) rows.push_back(static_cast<std::uint32_t>(i));
    }
  }
  Problem plain() const { return {matrix, outcome, rows, objective}; }
  Problem weighted() const { return {matrix, outcome, rows, objective, weights}; }
  Problem with_offset() const { return {matrix, outcome, rows, objective, weights, offset}; }
};

std::vector<GradientPair> gradients_at(const Problem& problem, const LossSettings& settings,
                                       const std::vector<float>& margins) {
  Workers workers{1};
  std::vector<GradientPair> out(margins.size());
  fill_gradients(problem, settings, problem.rows, margins, out, workers);
  return out;
}

/// The slope of f at 0 by Richardson's rule: the error is h^4 / 30 times the fifth derivative.
template <class F>
double slope(F f) {
  constexpr float kStep = 0x1.0p-6F;  // of margins in 32 bits: exact
  const auto central = [&](float h) { return (f(h) - f(-h)) / (2 * double{h}); };
  return (4 * central(kStep / 2) - central(kStep)) / 3;
}

LossSettings some_settings() {
  LossSettings settings;
  settings.scale_pos_weight = 2.5;
  settings.max_delta_step = 0;  // Poisson's second derivative is then that of the loss
  settings.tweedie_variance_power = 1.3;
  return settings;
}

/// Derivatives of one row's loss, whose mean is the loss itself. XGBoost's squared error has half of ours.
TEST(Loss, HasTheGradientsAndHessiansOfItsMean) {
  const LossSettings settings = some_settings();
  for (const Objective objective : kObjectives) {
    const LossProblem p{40, objective, Stream{1}};
    const double part = objective == Objective::SquaredError ? 0.5 : 1;
    for (const std::uint32_t row : p.rows) {
      for (const float margin : {-2.5F, -0.5F, 0.0F, 0.75F, 2.0F}) {
        SCOPED_TRACE(std::string{to_text(objective)} + ", row " + std::to_string(row) + ", margin " +
                     std::to_string(margin));
        const RowList one{row};
        Problem problem = p.weighted();
        problem.rows = one;
        const auto at = [&](float h) { return std::vector<float>(p.matrix.rows(), margin + h); };
        const double weight =
            objective == Objective::Logistic && p.outcome[row] == 1 ? 2.5 * p.weights[row] : p.weights[row];
        const GradientPair here = gradients_at(problem, settings, at(0))[row];
        const double gradient = slope([&](float h) { return mean_loss(p.plain(), settings, one, at(h)); });
        const double hessian =
            slope([&](float h) { return gradients_at(problem, settings, at(h))[row].gradient; });
        // (2^-6)^4 / 30 times a fifth derivative of at most 2^5 times the largest exponential, e^3.4 * 5
        const double tolerance = 1e-7 * (1 + weight);
        EXPECT_NEAR(here.gradient, weight * part * gradient, tolerance);
        EXPECT_NEAR(here.hessian, hessian, tolerance);
      }
    }
  }
}

TEST(Loss, OfPoissonTakesTheHessianMaxDeltaStepFurther) {
  const LossProblem p{40, Objective::Poisson, Stream{2}};
  LossSettings settings;
  for (const double step : {0.0, 0.7, 2.0}) {
    settings.max_delta_step = step;
    for (const float margin : {-3.0F, 0.0F, 1.5F}) {
      const auto pairs = gradients_at(p.weighted(), settings, std::vector<float>(p.matrix.rows(), margin));
      for (const std::uint32_t row : p.rows) {
        const double expected = p.weights[row] * std::exp(double{margin} + step);
        EXPECT_NEAR(pairs[row].hessian, expected, 1e-14 * expected);  // exp within 2 units in the last place
      }
    }
  }
  EXPECT_EQ(LossSettings{}.max_delta_step, 0.7);
}

TEST(Loss, WritesTheRowsOfTheProblemAloneOnAnyNumberOfThreads) {
  for (const Objective objective : kObjectives) {
    const LossProblem p{30'000, objective, Stream{3}};  // several blocks
    std::vector<float> margins(p.matrix.rows());
    for (std::size_t i = 0; i < margins.size(); ++i) margins[i] = static_cast<float>(Stream{4}.normal(i));
    const auto expected = gradients_at(p.with_offset(), {}, margins);
    for (const int threads : {2, 7}) {
      Workers workers{threads};
      std::vector<GradientPair> out(margins.size(), {77, 78});
      fill_gradients(p.with_offset(), {}, p.rows, margins, out, workers);
      for (std::size_t i = 0; i < out.size(); ++i)
        ASSERT_EQ(out[i], i % 5 == 0 ? (GradientPair{77, 78}) : expected[i]) << i;
    }
  }
}

TEST(Loss, StaysFiniteAtFarMargins) {
  const std::vector<double> event{1}, none{0};
  const RowList rows{0};
  const LossProblem p{1, Objective::Logistic, Stream{1}};
  for (const float margin : {-800.0F, 800.0F}) {
    for (const auto& outcome : {event, none}) {
      const Problem one{p.matrix, outcome, rows, Objective::Logistic};
      const GradientPair pair = gradients_at(one, {}, {margin})[0];
      EXPECT_GE(pair.hessian, 1e-16);
      EXPECT_NEAR(pair.gradient, (margin > 0 ? 1 : 0) - outcome[0], 1e-15);
      const double lost = (margin > 0) == (outcome[0] == 1) ? 0 : 800;
      EXPECT_EQ(mean_loss(one, {}, rows, std::vector<float>{margin}), lost);
    }
  }
}

TEST(MeanLoss, IsTheWeightedMeanOfTheRowsAsked) {
  for (const Objective objective : kObjectives) {
    const LossProblem p{200, objective, Stream{6}};
    const LossSettings settings = some_settings();
    std::vector<float> margins(200);
    for (std::size_t i = 0; i < 200; ++i) margins[i] = static_cast<float>(Stream{7}.normal(i));
    const RowList some{1, 4, 6, 77, 199};
    double sum = 0, weights = 0;
    for (const std::uint32_t row : some) {
      const bool event = objective == Objective::Logistic && p.outcome[row] == 1;
      const double weight = p.weights[row] * (event ? settings.scale_pos_weight : 1);
      sum += weight * mean_loss(p.plain(), settings, RowList{row}, margins);
      weights += weight;
    }
    EXPECT_NEAR(mean_loss(p.weighted(), settings, some, margins), sum / weights, 1e-13 * (1 + sum));
  }
  const std::vector<double> y{1, 0, 3};
  const Matrix matrix = rows_only(3);
  const RowList rows{0, 1, 2};
  const std::vector<float> margins{0.5F, -1, 2};
  EXPECT_DOUBLE_EQ(mean_loss({matrix, y, rows}, {}, rows, margins), (0.25 + 1 + 1) / 3);
  const RowList two{0, 1};
  EXPECT_NEAR(mean_loss({matrix, y, two, Objective::Logistic}, {}, two, margins),
              -(std::log(1 / (1 + std::exp(-0.5))) + std::log(1 - 1 / (1 + std::exp(1.0)))) / 2, 1e-14);
  EXPECT_NEAR(mean_loss({matrix, y, rows, Objective::Poisson}, {}, rows, margins),
              (std::exp(0.5) - 0.5 + std::exp(-1.0) + std::exp(2.0) - 6) / 3, 1e-14);
}

TEST(Packing, IsForSquaredErrorWithoutWeightsOfMillionsOfRows) {
  for (const Objective objective : kObjectives) {
    const LossProblem p{20, objective, Stream{1}};
    EXPECT_EQ(packs(p.plain()), objective == Objective::SquaredError);
    EXPECT_FALSE(packs(p.weighted()));
    EXPECT_FALSE(packs(p.with_offset())) << "it has weights too";
  }
  const LossProblem p{20, Objective::SquaredError, Stream{1}};
  Problem problem = p.plain();
  problem.offset = p.offset;
  EXPECT_TRUE(packs(problem));
  RowList many(1 << 22);
  problem.rows = many;
  EXPECT_FALSE(packs(problem));
  many.pop_back();
  problem.rows = many;
  EXPECT_TRUE(packs(problem));
}

/// Gradients of squared error at margin 0.
struct Packed {
  Matrix matrix;
  std::vector<double> outcome;
  RowList rows;
  std::vector<PackedCell> cells;
  Gradients<PackedCell> gradients;

  explicit Packed(const std::vector<double>& of, int threads = 1)
      : matrix(rows_only(of.size())), outcome(of), rows(all_rows(of.size())), cells(of.size()) {
    for (double& y : outcome) y = -y;
    Workers workers{threads};
    gradients =
        whole_gradients({matrix, outcome, rows}, {}, rows, std::vector<float>(of.size()), cells, workers);
  }
  double whole(std::size_t i) const { return gradients.code.sum(cells[i]).gradient; }
  /// The sum of all gradients above zero, or of all below, whichever is larger: no sum is farther from zero.
  double largest_sum() const {
    double above = 0, below = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) (whole(i) > 0 ? above : below) += std::abs(whole(i));
    return std::max(above, below);
  }
};

std::vector<double> drawn_gradients(std::size_t n, double spread, Stream stream) {
  std::vector<double> all;
  for (std::size_t i = 0; i < n; ++i)
    all.push_back(std::exp(spread * stream.child("size").uniform(i)) * stream.child("g").normal(i));
  return all;
}

TEST(PackedGradients, AreFloatsInWholeUnitsAsFineAsCellsAllow) {
  for (const std::size_t n : {1, 40, 5000, 70'000}) {
    for (const double spread : {0.0, 3.0, 30.0}) {
      SCOPED_TRACE(std::to_string(n) + " rows, spread " + std::to_string(spread));
      const std::vector<double> exact = drawn_gradients(n, spread, Stream{n});
      const Packed p{exact};
      const double unit = p.gradients.units.gradient;
      EXPECT_EQ(p.gradients.units.hessian, 1);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(p.gradients.code.sum(p.cells[i]).hessian, 1);
        ASSERT_LE(std::abs(p.whole(i) * unit - static_cast<float>(exact[i])), unit / 2) << i;
      }
      const double room = std::ldexp(1.0, p.gradients.code.gradient_bits());
      EXPECT_LT(p.largest_sum(), room);
      EXPECT_GE(p.largest_sum() + double(n), room / 2 * (1 - 0x1p-23));
    }
  }
}

TEST(PackedGradients, StayInRangeWhenEachIsRoundedUp) {
  const double third = 1.0 / 3 - 0x1p-50;  // three of them are less than 1, of the floats next to them more
  ASSERT_GT(static_cast<float>(third), 1.0 / 3);
  for (const double size : {third, -third, third * 0x1p-40}) {
    const Packed p{{size, size, size}};
    EXPECT_LT(p.largest_sum(), std::ldexp(1.0, p.gradients.code.gradient_bits()));
    EXPECT_EQ(p.whole(0) * p.gradients.units.gradient, static_cast<float>(size));
  }
}

TEST(PackedGradients, ThatAreAllZeroOrAllEqualOrHugeAreKept) {
  for (const double size : {0.0, 1.0, -3.0, 1e30, 1e-30}) {
    const Packed p{std::vector<double>(5, size)};
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_EQ(p.whole(i) * p.gradients.units.gradient, static_cast<float>(size));
  }
  EXPECT_THROW(Packed({1e308, 1e308}), Error);
  EXPECT_THROW(Packed({-INFINITY, 1}), Error);
}

TEST(PackedGradients, AreTheSameOnAnyNumberOfThreadsAndThoseOfTheRowsAlone) {
  const std::vector<double> exact = drawn_gradients(30'000, 3, Stream{4});
  const Packed one{exact}, seven{exact, 7};
  EXPECT_EQ(one.cells, seven.cells);
  EXPECT_EQ(one.gradients.units.gradient, seven.gradients.units.gradient);
  Workers workers{1};
  std::vector<PackedCell> cells(exact.size(), {77});
  const RowList some{3, 5, 29'999};
  whole_gradients({one.matrix, one.outcome, one.rows}, {}, some, std::vector<float>(exact.size()), cells,
                  workers);
  for (std::size_t i = 0; i < cells.size(); ++i)
    ASSERT_EQ(cells[i] == PackedCell{77}, i != 3 && i != 5 && i != 29'999) << i;
}

double weighted_mean(const LossProblem& p, const std::vector<double>& values) {
  double sum = 0, weights = 0;
  for (const std::uint32_t row : p.rows) {
    sum += p.weights[row] * values[row];
    weights += p.weights[row];
  }
  return sum / weights;
}

TEST(BaseScore, OfSquaredErrorIsTheMeanOfWhatOffsetsLeave) {
  const LossProblem p{500, Objective::SquaredError, Stream{8}};
  std::vector<double> left = p.outcome;
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= p.offset[i];
  EXPECT_NEAR(estimate_base_score(p.weighted(), {}), weighted_mean(p, p.outcome), 1e-12);
  EXPECT_NEAR(estimate_base_score(p.with_offset(), {}), weighted_mean(p, left), 1e-12);
  EXPECT_NEAR(estimate_base_score(p.plain(), {}), mean_outcome(p.plain()), 1e-12);
}

/// At margin 0 all probabilities are 1/2: the step is (share of events - 1/2) / (1/4).
TEST(BaseScore, OfLogisticIsOneNewtonStep) {
  const LossProblem p{500, Objective::Logistic, Stream{9}};
  const auto after_step = [](double share) { return 1 / (1 + std::exp(-4 * (share - 0.5))); };
  EXPECT_NEAR(estimate_base_score(p.plain(), {}), after_step(mean_outcome(p.plain())), 1e-13);
  const double share = weighted_mean(p, p.outcome);
  EXPECT_NEAR(estimate_base_score(p.weighted(), {}), after_step(share), 1e-13);
  LossSettings settings;
  settings.scale_pos_weight = 3;
  EXPECT_NEAR(estimate_base_score(p.weighted(), settings), after_step(3 * share / (1 + 2 * share)), 1e-13);
}

TEST(BaseScore, OfALogLinkIsTheRateOfEvents) {
  for (const Objective objective : {Objective::Poisson, Objective::Tweedie}) {
    const LossProblem p{500, objective, Stream{10}};
    EXPECT_NEAR(estimate_base_score(p.weighted(), {}), weighted_mean(p, p.outcome), 1e-13);
  }
  const LossProblem p{500, Objective::Poisson, Stream{10}};
  std::vector<double> exposure;
  for (const double offset : p.offset) exposure.push_back(std::exp(offset));
  EXPECT_NEAR(estimate_base_score(p.with_offset(), {}),
              weighted_mean(p, p.outcome) / weighted_mean(p, exposure), 1e-13);
}

TEST(BaseScore, OfALogLinkIsTheConstantOfLeastLoss) {
  for (const Objective objective : {Objective::Poisson, Objective::Tweedie}) {
    for (const double power : {1.1, 1.5, 1.9}) {
      SCOPED_TRACE(std::string{to_text(objective)} + ", power " + std::to_string(power));
      const LossProblem p{500, objective, Stream{11}};
      LossSettings settings;
      settings.tweedie_variance_power = power;
      const Problem problem = p.with_offset();
      const double constant = std::log(estimate_base_score(problem, settings));
      std::vector<float> margins;
      for (const double offset : p.offset) margins.push_back(static_cast<float>(constant + offset));
      double sum = 0, size = 0;
      for (const GradientPair& pair : gradients_at(problem, settings, margins)) {
        sum += pair.gradient;
        size += pair.hessian;
      }
      EXPECT_NEAR(sum, 0, 1e-7 * size);  // margins in 32 bits
    }
  }
}

TEST(BaseScore, IsAboveZeroWithoutEvents) {
  const Matrix matrix = rows_only(2);
  const std::vector<double> none(2);
  const RowList rows{0, 1};
  EXPECT_EQ(estimate_base_score({matrix, none, rows, Objective::Poisson}, {}), 1e-16);
  EXPECT_EQ(estimate_base_score({matrix, none, rows, Objective::Tweedie}, {}), 1e-16);
  EXPECT_NEAR(estimate_base_score({matrix, none, rows, Objective::Logistic}, {}), 1 / (1 + std::exp(2.0)),
              1e-15);
}

TEST(Margin, BelongsToItsPrediction) {
  for (const float margin : {-5.0F, -0.3F, 0.0F, 1.0F, 4.0F}) {
    EXPECT_EQ(prediction_of(margin, Objective::SquaredError), margin);
    EXPECT_FLOAT_EQ(prediction_of(margin, Objective::Logistic), 1 / (1 + std::exp(-margin)));
    for (const Objective objective : {Objective::Poisson, Objective::Tweedie})
      EXPECT_FLOAT_EQ(prediction_of(margin, objective), std::exp(margin));
    for (const Objective objective : kObjectives)  // a probability of .98 has lost 50 of its 2^24 parts
      EXPECT_NEAR(margin_of(prediction_of(margin, objective), objective), margin, 1e-5);
  }
}

TEST(Margin, OfNoPredictionIsRefused) {
  const auto message = [](double base_score, Objective objective) -> std::string {
    try {
      margin_of(base_score, objective);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::Study);
      return e.what();
    }
    return "none";
  };
  for (const double base : {0.0, 1.0, -0.1, 2.0, std::nan("")})
    EXPECT_EQ(message(base, Objective::Logistic),
              "base_score: base_score is no probability\n   mend: give a value between 0 and 1");
  for (const double base : {0.0, -1.0, std::nan("")})
    for (const Objective objective : {Objective::Poisson, Objective::Tweedie})
      EXPECT_EQ(message(base, objective),
                "base_score: base_score is no mean count\n   mend: give a value above 0");
  EXPECT_EQ(message(-3, Objective::SquaredError), "none");
}

}  // namespace
}  // namespace kohort
