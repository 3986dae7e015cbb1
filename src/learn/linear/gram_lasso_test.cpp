#include "learn/linear/gram_lasso.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "learn/linear/fold_paths.hpp"
#include "learn/testing.hpp"
#include "matrix/testing.hpp"

namespace kohort {
namespace {

/// Columns of every kind, an outcome that depends on some of them, weights, and four folds.
struct Registers {
  static constexpr std::size_t kRows = 1500;
  Matrix matrix = linear_layouts(kRows, Stream{1});
  LinearCells cells{matrix};
  FixedColumns columns{cells};
  RowList rows;
  std::vector<double> outcome, weights;
  std::vector<int> folds;

  Registers() {
    for (std::uint32_t i = 0; i < kRows; ++i) {
      outcome.push_back(1000 + Stream{2}.normal(i) + 0.4 * matrix.column(0).at(i) +
                        (matrix.column(6).at(i) < 40 ? 2 : 0));
      weights.push_back(0.5 + Stream{4}.uniform(i));
      if (Stream{5}.uniform(i) < 0.1) continue;  // takes no part
      rows.push_back(i);
      folds.push_back(static_cast<int>(Stream{3}.below(i, 4)));
    }
    for (double& y : outcome)
      if (std::isnan(y)) y = 1000;
  }
  Problem problem(bool weighted) const {
    return {.matrix = matrix,
            .outcome = outcome,
            .rows = rows,
            .objective = Objective::SquaredError,
            .weights = weighted ? std::span<const double>{weights} : std::span<const double>{}};
  }
  RowGroups groups() const {
    RowGroups groups{.of = std::vector<std::int32_t>(kRows, kNoGroup), .count = 4};
    for (std::size_t i = 0; i < rows.size(); ++i) groups.of[rows[i]] = folds[i];
    return groups;
  }
  RowList without(int fold) const {
    RowList training;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (folds[i] != fold) training.push_back(rows[i]);
    return training;
  }
};

TEST(FoldSums, GiveTheProductsOfEveryTrainingSet) {
  const Registers r;
  Workers workers{2};
  const FoldSums sums{r.columns, r.groups(), r.outcome, r.weights, workers};
  for (const int left_out : {0, 3, kNoGroup}) {
    const LinearDesign design = make_linear_design(r.cells, r.without(left_out), r.weights);
    const Gram gram = sums.gram(design.numbers, left_out);
    double mean = 0;
    for (std::size_t i = 0; i < Registers::kRows; ++i) mean += design.weight[i] * r.outcome[i];
    mean /= design.total_weight;
    EXPECT_NEAR(gram.outcome_mean, mean, 1e-9);
    EXPECT_NEAR(gram.total_weight, design.total_weight, 1e-9);
    // the columns about their means, cell by cell
    std::vector<std::vector<double>> x;
    for (const std::size_t j : gram.columns) {
      x.emplace_back(Registers::kRows, mode_value(design, j) - design.numbers[j].mean);
      add_plain_deviations(design, j, 1, x.back());
    }
    for (std::size_t a = 0; a < x.size(); a += 3) {
      double with_outcome = 0;
      for (std::size_t i = 0; i < Registers::kRows; ++i)
        with_outcome += design.weight[i] * x[a][i] * (r.outcome[i] - mean);
      ASSERT_NEAR(gram.with_outcome[a], with_outcome, 1e-8) << "column " << gram.columns[a];
      for (std::size_t b = 0; b < x.size(); b += 5) {
        double product = 0;
        for (std::size_t i = 0; i < Registers::kRows; ++i) product += design.weight[i] * x[a][i] * x[b][i];
        // sums about the mode lose up to three digits where the mode is far from the mean
        ASSERT_NEAR(gram.row(a)[b], product, 1e-9) << gram.columns[a] << ", " << gram.columns[b];
      }
    }
  }
}

TEST(GramLasso, FitsWhatTheResidualsGive) {
  const Registers r;
  Workers workers{1};
  for (const bool weighted : {false, true}) {
    const Problem problem = r.problem(weighted);
    const LinearDesign design = make_linear_design(r.cells, r.rows, problem.weights);
    for (const LassoSettings& settings :
         {LassoSettings{.alpha = 0.3, .max_iter = 100'000, .tol = 1e-13},
          LassoSettings{.alpha = 0.02, .max_iter = 100'000, .tol = 1e-13},
          LassoSettings{.alpha = 0.05, .l1_ratio = 0.3, .max_iter = 100'000, .tol = 1e-13}}) {
      const LinearFit want = fit_lasso(design, r.outcome, settings, {}, workers);
      ASSERT_TRUE(want.converged);
      fit_lasso_path_by_sums(design, r.columns, problem, std::array{settings}, workers,
                             [&](std::size_t, const LinearFit& have) {
                               EXPECT_TRUE(have.converged);
                               EXPECT_LT(have.gap, 1e-13);
                               EXPECT_NEAR(have.intercept, want.intercept, 1e-8 * std::abs(want.intercept));
                               for (std::size_t j = 0; j < want.beta.size(); ++j)
                                 EXPECT_NEAR(have.beta[j], want.beta[j], 2e-6) << j;  // gaps of 1e-13
                             });
    }
  }
}

TEST(GramLasso, PredictsEachFoldAsAFitOnTheOthersDoes) {
  const Registers r;
  std::vector<LassoSettings> settings;
  for (const double alpha : {0.02, 0.3, 0.07, 5.0})
    settings.push_back({.alpha = alpha, .max_iter = 100'000, .tol = 1e-13});
  const Problem problem = r.problem(true);
  std::vector<std::vector<std::vector<double>>> first;  // of one thread
  for (const int threads : {1, 2, 7}) {
    Workers workers{threads};
    std::vector<std::vector<std::vector<double>>> predictions;
    const FoldPaths paths{r.columns, problem, r.folds, settings, workers};
    paths.predict(std::array<std::size_t, 4>{0, 1, 2, 3}, workers, [&](std::size_t k, auto of_fold) {
      EXPECT_EQ(k, predictions.size());
      predictions.push_back(std::move(of_fold));
    });
    paths.predict(std::array<std::size_t, 2>{2, 0}, workers, [&](std::size_t k, auto of_fold) {
      EXPECT_EQ(of_fold[0], predictions[k][2]);
      EXPECT_EQ(of_fold[1], predictions[k][0]);
    });
    ASSERT_EQ(predictions.size(), 4);
    if (threads == 1) first = predictions;
    EXPECT_EQ(predictions, first) << "the same bits";
  }
  Workers workers{1};
  for (int fold = 0; fold < 4; ++fold) {
    const RowList training = r.without(fold);
    RowList held;
    for (std::size_t i = 0; i < r.rows.size(); ++i)
      if (r.folds[i] == fold) held.push_back(r.rows[i]);
    const LinearDesign design = make_linear_design(r.cells, training, r.weights);
    fit_lasso_path(design, r.outcome, settings, workers, [&](std::size_t place, const LinearFit& fit) {
      const std::vector<double> want =
          predict(make_linear_model(design, fit, "lasso"), r.matrix, held, workers);
      const std::vector<double>& have = first[static_cast<std::size_t>(fold)][place];
      ASSERT_EQ(have.size(), want.size());
      for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(have[i], want[i], 1e-8 * std::abs(want[i]));
    });
  }
}

TEST(GramLasso, KeepsAFoldOutOfItsOwnFitToTheBit) {
  Registers r;
  const std::array settings{LassoSettings{.alpha = 0.05}};
  Workers workers{1};
  const auto second = [&] {
    std::vector<double> predictions;
    const FoldPaths paths{r.columns, r.problem(false), r.folds, settings, workers};
    paths.predict(std::array<std::size_t, 1>{0}, workers, [&](std::size_t k, auto of_fold) {
      if (k == 2) predictions = of_fold[0];
    });
    return predictions;
  };
  const std::vector<double> before = second();
  for (std::size_t i = 0; i < r.rows.size(); ++i)
    if (r.folds[i] == 2) r.outcome[r.rows[i]] += 1e6;
  EXPECT_EQ(second(), before);
}

TEST(GramLasso, SaysWhenItRanOutOfSweeps) {
  const Registers r;
  Workers workers{1};
  const LinearDesign design = make_linear_design(r.cells, r.rows);
  const std::array settings{LassoSettings{.alpha = 1e-4, .max_iter = 1, .tol = 1e-14}};
  fit_lasso_path_by_sums(design, r.columns, r.problem(false), settings, workers,
                         [&](std::size_t, const LinearFit& fit) {
                           EXPECT_FALSE(fit.converged);
                           EXPECT_EQ(fit.iterations, 1);
                           EXPECT_GT(fit.gap, 1e-14);
                         });
}

TEST(GramLasso, StopsWhenAsked) {
  const Registers r;
  std::stop_source stop;
  Workers workers{1, stop.get_token()};
  stop.request_stop();
  const std::array settings{LassoSettings{}};
  EXPECT_THROW((FoldPaths{r.columns, r.problem(false), r.folds, settings, workers}), Error);
}

}  // namespace
}  // namespace kohort
