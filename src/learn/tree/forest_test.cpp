#include "learn/tree/forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "learn/tree/forest_grow.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

std::vector<double> predict_with(const Problem& problem, const ForestSettings& settings,
                                 std::uint64_t seed = 1) {
  Workers workers{1};
  return predict(fit_forest(problem, settings, Stream{seed}, workers), problem.matrix, problem.rows, workers);
}

TEST(Forest, IsTheMeanOfItsTreesAndNeverLeavesTheOutcomesRange) {
  const MixedProblem p{500};
  ForestSettings settings;
  settings.n_estimators = 40;
  settings.max_features = "sqrt";
  settings.min_samples_leaf = 5;
  double mean = 0;
  for (const double x : predict_with(p.events(), settings)) {
    EXPECT_GE(x, 0);
    EXPECT_LE(x, 1);
    mean += x / 500;
  }
  EXPECT_NEAR(mean, mean_outcome(p.events()), 0.03);
}

TEST(Forest, OneFullTreeWithoutBootstrapGivesLeafMeans) {
  const MixedProblem p{200};
  ForestSettings settings;
  settings.n_estimators = 1;
  settings.max_depth = 1;
  settings.bootstrap = false;
  const std::vector<double> prediction = predict_with(p.counts(), settings);
  const double low = *std::ranges::min_element(prediction);
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < prediction.size(); ++i)
    if (prediction[i] == low) sum += p.count[i], ++n;
  EXPECT_LT(n, 200);
  EXPECT_NEAR(low, sum / n, 1e-6);
}

TEST(Forest, GrownWithoutLimitsLearnsDistinctRowsByHeart) {
  MatrixBuilder builder{64};
  std::vector<float> cells;
  std::vector<double> outcome;
  for (std::size_t i = 0; i < 64; ++i) {
    cells.push_back(static_cast<float>(i));
    outcome.push_back(Stream{2}.normal(i) * 1e6);
  }
  builder.add({"x"}, cells);
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(64);
  ForestSettings settings;
  settings.n_estimators = 1;
  settings.bootstrap = false;
  const std::vector<double> prediction = predict_with({matrix, outcome, rows}, settings);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(prediction[i], static_cast<float>(outcome[i]));
}

TEST(Forest, DrawsTheNumberOfFeaturesThatScikitLearnDraws) {
  EXPECT_EQ(features_drawn("sqrt", 400), 20);
  EXPECT_EQ(features_drawn("sqrt", 446), 21);
  EXPECT_EQ(features_drawn("log2", 400), 8);
  EXPECT_EQ(features_drawn("0.5", 400), 200);
  EXPECT_EQ(features_drawn("1.0", 400), 400);
  EXPECT_EQ(features_drawn("0.01", 3), 1);
  EXPECT_EQ(features_drawn("7", 400), 7);
  EXPECT_EQ(features_drawn("500", 400), 400);
}

TEST(Forest, RefusesACriterionThatDoesNotGoWithTheOutcome) {
  const MixedProblem p{50};
  ForestSettings settings;
  settings.criterion = "entropy";
  try {
    predict_with(p.counts(), settings);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "criterion: entropy is for outcomes of yes or no\n"
                 "   mend: use squared_error, or objective logistic");
  }
  settings.criterion = "poisson";
  std::vector<double> negative = p.count;
  negative[3] = -1;
  EXPECT_THROW(predict_with({p.matrix, negative, p.rows}, settings), Error);
  EXPECT_NO_THROW(predict_with(p.counts(), settings));
}

TEST(Forest, ChoosesWithGiniTheSplitsOfSquaredError) {
  const MixedProblem p{300};
  ForestSettings settings;
  settings.n_estimators = 5;
  const std::vector<double> squared = predict_with(p.events(), settings);
  settings.criterion = "gini";
  EXPECT_EQ(predict_with(p.events(), settings), squared);
  settings.criterion = "log_loss";
  const std::vector<double> log_loss = predict_with(p.events(), settings);
  EXPECT_NE(log_loss, squared);
  settings.criterion = "entropy";
  EXPECT_EQ(predict_with(p.events(), settings), log_loss);
}

TEST(Forest, IsTheSameOnOneTwoAndSevenThreads) {
  const MixedProblem p{800};
  ForestSettings settings;
  settings.n_estimators = 23;
  settings.max_features = "0.4";
  Workers one{1};
  const TreeModel model = fit_forest(p.counts(), settings, Stream{4}, one);
  for (const int threads : {2, 7}) {
    Workers workers{threads};
    EXPECT_EQ(fit_forest(p.counts(), settings, Stream{4}, workers), model) << threads;
  }
}

TEST(Forest, TakesAWeightOfTwoAsARowTwice) {
  const MixedProblem once{150};
  std::vector<std::uint32_t> order;
  std::vector<double> weights, twice_outcome;
  for (std::uint32_t i = 0; i < 150; ++i) {
    weights.push_back(1 + i % 2);
    for (std::uint32_t k = 0; k <= i % 2; ++k) {
      order.push_back(i);
      twice_outcome.push_back(once.count[i]);
    }
  }
  const MixedProblem twice{order.size(), Stream{5}, order};
  ForestSettings settings;
  settings.n_estimators = 1;
  settings.bootstrap = false;
  settings.max_depth = 5;
  Problem weighted = once.counts();
  weighted.weights = weights;
  const std::vector<double> a = predict_with(weighted, settings),
                            b = predict_with({twice.matrix, twice_outcome, twice.rows}, settings);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(b[i], a[order[i]]);
}

TEST(Forest, GrowsScikitLearnsTreesByEveryCriterion) {
  const ReferenceCsv csv{"forest/problem.csv"}, expected{"forest/predictions.csv"};
  MatrixBuilder builder{csv.rows()};
  for (std::size_t j = 0; j + 3 < csv.names.size(); ++j) {
    const std::vector<double> cells = csv.numbers(j);
    builder.add({csv.names[j]}, std::vector<float>(cells.begin(), cells.end()));
  }
  const Matrix matrix = builder.finish();
  const RowList rows = all_rows(csv.rows());
  const std::vector<double> weights = csv.numbers("w");
  ForestSettings settings;
  settings.n_estimators = 1;
  settings.bootstrap = false;
  settings.max_depth = 6;
  settings.min_samples_split = 25;
  settings.min_samples_leaf = 7;
  for (const std::string& name : expected.names) {
    settings.criterion = name;
    const bool classes = name == "gini" || name == "entropy" || name == "log_loss";
    const std::vector<double> outcome = csv.numbers(classes ? "event" : "count"),
                              theirs = expected.numbers(name);
    const Problem problem{matrix, outcome, rows, classes ? Objective::Logistic : Objective::SquaredError,
                          weights};
    const std::vector<double> ours = predict_with(problem, settings);
    for (std::size_t i = 0; i < ours.size(); ++i)
      ASSERT_NEAR(ours[i], theirs[i], 1e-6 * (1 + theirs[i])) << name << ' ' << i;  // leaves are floats
  }
}

// --- against a slow tree

struct SlowForest {
  const TreeBins& bins;
  const Problem& problem;
  ForestRules rules;

  double predict_row(std::uint32_t row, std::vector<std::uint32_t> rows, const std::vector<double>& mass,
                     Stream path, std::size_t depth) const;
};

/// The columns a node looks at: drawn one by one, until enough were and one of them varies.
std::vector<std::uint32_t> columns_of(const SlowForest& f, const std::vector<std::uint32_t>& rows,
                                      Stream path) {
  const BinnedMatrix& matrix = f.bins.binned;
  std::vector<std::uint32_t> order(matrix.columns()), chosen;
  for (std::uint32_t j = 0; j < order.size(); ++j) order[j] = j;
  bool varied = false;
  for (std::size_t k = 0; k < order.size() && (k < f.rules.max_features || !varied); ++k) {
    std::swap(order[k], order[k + path.child("columns").below(k, order.size() - k)]);
    const BinnedColumn& column = matrix.column(order[k]);
    if (std::ranges::any_of(rows, [&](std::uint32_t r) { return column.code(r) != column.code(rows[0]); })) {
      varied = true;
      chosen.push_back(order[k]);
    }
  }
  return chosen;
}

/// Walks one row down a tree that is grown on the way, node by node, from the rows' codes.
double SlowForest::predict_row(std::uint32_t row, std::vector<std::uint32_t> rows,
                               const std::vector<double>& mass, Stream path, std::size_t depth) const {
  const auto sums_of = [&](auto takes) {
    ForestSums sums;
    for (const std::uint32_t r : rows)
      if (takes(r)) sums = sums + ForestSums{mass[r] * problem.outcome[r], mass[r], 1};
    return sums;
  };
  const ForestSums total = sums_of([](std::uint32_t) { return true; });
  const auto leaf = [&] { return static_cast<double>(static_cast<float>(total.sum / total.mass)); };
  const bool pure = std::ranges::all_of(
      rows, [&](std::uint32_t r) { return problem.outcome[r] == problem.outcome[rows[0]]; });
  if (pure || rows.size() < rules.min_samples_split || (rules.max_depth > 0 && depth >= rules.max_depth))
    return leaf();
  ForestSplit best;
  for (const std::uint32_t j : columns_of(*this, rows, path)) {
    const BinnedColumn& column = bins.binned.column(j);
    OccupiedBins occupied;
    occupied.make_room(column.bins);
    for (std::uint32_t c = 0; c <= column.bins; ++c) {
      const ForestSums sums = sums_of([&](std::uint32_t r) { return column.code(r) == c; });
      if (c == 0)
        occupied.missing = sums;
      else if (sums.rows > 0)
        occupied.add(c, sums);
    }
    best_forest_split(occupied, j, column.bins, total, static_cast<double>(rules.min_samples_leaf),
                      rules.criterion, best);
  }
  if (!best.found()) return leaf();
  const auto goes_left = [&](std::uint32_t r) {
    return best.goes_left(bins.binned.column(best.column).code(r));
  };
  const bool left = goes_left(row);
  std::erase_if(rows, [&](std::uint32_t r) { return goes_left(r) != left; });
  return predict_row(row, std::move(rows), mass, path.child(std::uint64_t{left ? 0U : 1U}), depth + 1);
}

/// The rows that a tree draws, and how often each row.
std::vector<double> draws_of(std::size_t rows, Stream tree) {
  std::vector<double> mass(rows);
  for (std::size_t i = 0; i < rows; ++i) ++mass[tree.child("bootstrap").below(i, rows)];
  return mass;
}

/// Node sizes from small to those counted column by column.
TEST(Forest, GrowsTheTreesThatASlowOneGrows) {
  for (const auto& [n, features, leaf] : {std::tuple{60, "0.3", 1}, {700, "sqrt", 1}, {3000, "1.0", 4}}) {
    const MixedProblem p{static_cast<std::size_t>(n)};
    const Problem problem = p.counts();
    Workers workers{1};
    TreeBins bins{p.matrix, CategoryRule::Report, 256, workers};
    bins.mark(workers);
    ForestSettings settings;
    settings.n_estimators = 2;
    settings.max_features = features;
    settings.min_samples_leaf = leaf;
    settings.min_samples_split = 6;
    settings.max_depth = 12;
    const std::vector<double> fast =
        predict(fit_forest(bins, problem, settings, Stream{8}, workers), p.matrix, p.rows, workers);

    const SlowForest slow{bins,
                          problem,
                          {Criterion::SquaredError, features_drawn(features, bins.binned.columns()), 12, 6,
                           static_cast<std::size_t>(leaf)}};
    for (std::uint32_t row = 0; row < p.rows.size(); row += static_cast<std::uint32_t>(n) / 30) {
      double sum = 0;
      for (std::uint64_t t = 0; t < 2; ++t) {
        const Stream tree = Stream{8}.child("tree").child(t);
        const std::vector<double> mass = draws_of(p.rows.size(), tree);
        std::vector<std::uint32_t> drawn;
        for (const std::uint32_t r : p.rows)
          if (mass[r] > 0) drawn.push_back(r);
        sum += slow.predict_row(row, drawn, mass, tree.child("root"), 0);
      }
      ASSERT_EQ(fast[row], sum / 2) << n << ' ' << row;
    }
  }
}

// --- cuts

class EveryProblem : public ::testing::TestWithParam<int> {
 protected:
  EveryProblem() : mixed(GetParam() == 1 ? 90 : 160, Stream{static_cast<std::uint64_t>(GetParam())}) {
    for (std::size_t i = 0; i < mixed.rows.size(); ++i) weights.push_back(0.5 + Stream{9}.uniform(i));
  }
  Problem problem() const {
    Problem p = GetParam() == 1 ? mixed.events() : mixed.counts();
    if (GetParam() == 2) p.weights = weights;
    return p;
  }
  MixedProblem mixed;
  std::vector<double> weights;
};

/// The report's whole grid: 288 settings, six of them grown and the others read off, against a forest of its
/// own for each.
TEST_P(EveryProblem, CutsOfALargeForestAreTheForestsOfTheirOwnSettings) {
  Workers workers{2};
  const Problem all = problem();
  TreeBins bins{all.matrix, CategoryRule::Report, 256, workers};
  bins.mark(workers);
  RowList train, held;
  for (const std::uint32_t row : all.rows) (row % 5 == 0 ? held : train).push_back(row);
  Problem training = all;
  training.rows = train;

  std::vector<ForestCut> cuts;
  for (const int trees : {200, 300, 400, 500})
    for (const std::optional<int> depth : {std::optional{10}, {15}, {20}, {}})
      for (const int split : {2, 5, 10}) cuts.push_back({trees, depth, split});
  for (const int leaf : {1, 5, 10})
    for (const char* features : {"sqrt", "log2"}) {
      ForestSettings settings;
      settings.min_samples_leaf = leaf;
      settings.max_features = features;
      const auto read_off = forest_cuts(bins, training, settings, cuts, held, Stream{3}, workers);
      ASSERT_EQ(read_off.size(), cuts.size());
      for (std::size_t c = 0; c < cuts.size(); ++c) {
        settings.n_estimators = cuts[c].n_estimators;
        settings.max_depth = cuts[c].max_depth;
        settings.min_samples_split = cuts[c].min_samples_split;
        const TreeModel own = fit_forest(bins, training, settings, Stream{3}, workers);
        ASSERT_EQ(read_off[c], predict(own, all.matrix, held, workers)) << leaf << features << c;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Problems, EveryProblem, ::testing::Values(1, 2, 3));

TEST(ForestCuts, MayBeMoreThanAWordOfThem) {
  const MixedProblem p{60};
  Workers workers{1};
  TreeBins bins{p.matrix, CategoryRule::Report, 256, workers};
  bins.mark(workers);
  std::vector<ForestCut> cuts;
  for (int depth = 1; depth <= 70; ++depth) cuts.push_back({3, depth, 2});
  const auto many = forest_cuts(bins, p.counts(), {}, cuts, p.rows, Stream{1}, workers);
  ASSERT_EQ(many.size(), 70);
  EXPECT_EQ(many[69],
            forest_cuts(bins, p.counts(), {}, std::span{cuts}.last(1), p.rows, Stream{1}, workers)[0]);
}

// --- out of bag

TEST(OutOfBag, IsTheMeanOfTheTreesThatLeftARowOut) {
  const MixedProblem p{120};
  Workers workers{2};
  TreeBins bins{p.matrix, CategoryRule::Report, 256, workers};
  bins.mark(workers);
  ForestSettings settings;
  settings.max_features = "sqrt";
  settings.n_estimators = 4;
  const std::vector<double> got = out_of_bag(bins, p.counts(), settings, Stream{6}, workers);
  const TreeModel forest = fit_forest(bins, p.counts(), settings, Stream{6}, workers);
  std::vector<double> sums(120), trees(120);
  for (std::uint64_t t = 0; t < 4; ++t) {
    TreeModel one = forest;
    one.trees.roots = {forest.trees.roots[t]};
    const std::vector<double> tree = predict(one, p.matrix, p.rows, workers);
    const std::vector<double> mass = draws_of(120, Stream{6}.child("tree").child(t));
    for (std::size_t i = 0; i < 120; ++i)
      if (mass[i] == 0) sums[i] += tree[i], ++trees[i];
  }
  std::size_t never = 0;
  for (std::size_t i = 0; i < 120; ++i) {
    if (trees[i] == 0) {
      EXPECT_TRUE(std::isnan(got[i]));
      ++never;
    } else {
      EXPECT_EQ(got[i], sums[i] / trees[i]);
    }
  }
  EXPECT_GT(never, 0) << "4 trees: about 16 % of the rows were drawn by all";
}

TEST(OutOfBag, NeedsABootstrap) {
  const MixedProblem p{20};
  Workers workers{1};
  TreeBins bins{p.matrix, CategoryRule::Report, 256, workers};
  bins.mark(workers);
  ForestSettings settings;
  settings.bootstrap = false;
  EXPECT_THROW(out_of_bag(bins, p.counts(), settings, Stream{1}, workers), Error);
}

}  // namespace
}  // namespace kohort
