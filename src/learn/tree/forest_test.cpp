#include "learn/tree/forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

TEST(Forest, IsTheMeanOfItsTreesAndNeverLeavesTheOutcomesRange) {
  const MixedProblem p{500};
  Workers workers{1};
  ForestSettings settings;
  settings.n_estimators = 40;
  settings.max_features = "sqrt";
  settings.min_samples_leaf = 5;
  const std::vector<double> prediction =
      predict(fit_forest(p.events(), settings, Stream{1}, workers), p.matrix, p.rows, workers);
  double mean = 0;
  for (const double x : prediction) {
    EXPECT_GE(x, -1e-6);
    EXPECT_LE(x, 1 + 1e-6);
    mean += x / 500;
  }
  EXPECT_NEAR(mean, mean_outcome(p.events()), 0.03);
}

TEST(Forest, OneFullTreeWithoutBootstrapGivesLeafMeans) {
  const MixedProblem p{200};
  Workers workers{1};
  ForestSettings settings;
  settings.n_estimators = 1;
  settings.max_depth = 1;
  settings.bootstrap = false;
  const std::vector<double> prediction =
      predict(fit_forest(p.counts(), settings, Stream{1}, workers), p.matrix, p.rows, workers);
  const double low = *std::ranges::min_element(prediction);
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < prediction.size(); ++i)
    if (prediction[i] == low) sum += p.count[i], ++n;
  EXPECT_LT(n, 200);
  EXPECT_NEAR(low, sum / n, 1e-6);
}

TEST(Forest, DrawsTheNumberOfFeaturesThatMaxFeaturesSays) {
  const auto drawn = [](const std::string& text, std::size_t features) {  // as libxgboost's ColumnSampler
    return static_cast<int>(static_cast<float>(feature_share(text, features)) * static_cast<float>(features));
  };
  for (int features = 1; features < 600; ++features)
    for (int k = 1; k <= features; ++k)
      ASSERT_EQ(drawn(std::to_string(k), static_cast<std::size_t>(features)), k) << features;
  EXPECT_EQ(drawn("sqrt", 400), 20);
  EXPECT_EQ(drawn("log2", 400), 8);
  EXPECT_EQ(drawn("0.5", 400), 200);
  EXPECT_EQ(drawn("1.0", 400), 400);
  EXPECT_EQ(drawn("0.01", 3), 1);
}

TEST(Forest, RefusesTheSettingItsEngineCannotDo) {
  try {
    ForestSettings settings;
    settings.min_samples_split = 5;
    check_settings(settings);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "min_samples_split: the forest of this version cannot keep small nodes from being split\n"
                 "   mend: leave it at 2 and set min_samples_leaf instead");
    EXPECT_EQ(e.kind(), ErrorKind::Study);
  }
}

}  // namespace
}  // namespace kohort
