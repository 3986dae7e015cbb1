#include "learn/model_features.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

Model fitted(const char* kind, const MixedProblem& p, const SettingValues& settings) {
  Workers workers{1};
  return fit_model(engine(kind), p.counts(), settings, Stream{1}, workers);
}

TEST(ModelFeatures, CoefficientsTimesFeaturesAreThePrediction) {
  const MixedProblem p{200};
  const Model model = fitted("lasso", p, {{"alpha", "0.01"}});
  const auto& linear = std::get<LinearModel>(model);
  std::vector<double> coefficients;
  for (const LinearTerm& term : linear.terms)
    coefficients.insert(coefficients.end(), term.coefficients.begin(), term.coefficients.end());
  const std::size_t width = coefficients.size();
  const std::vector<std::string> names = feature_names(model);
  ASSERT_EQ(names.size(), width);
  EXPECT_EQ(std::ranges::count(names, "area=S"), 1);
  const std::vector<double> features = model_features(model, p.matrix, p.rows);
  Workers workers{1};
  const std::vector<double> predicted = predict(model, p.matrix, p.rows, workers);
  for (std::size_t i = 0; i < p.rows.size(); ++i) {
    double sum = linear.intercept;
    for (std::size_t j = 0; j < width; ++j) sum += coefficients[j] * features[i * width + j];
    ASSERT_NEAR(sum, predicted[i], 1e-12);
  }
}

TEST(ModelFeatures, TreesSplitTheFeaturesToThePrediction) {
  const MixedProblem p{200};
  const Model model = fitted("boosting", p, {{"n_estimators", "20"}});
  const std::size_t width = feature_names(model).size();
  const TreeEnsemble& trees = std::get<TreeModel>(model).trees;
  const std::vector<double> features = model_features(model, p.matrix, p.rows);
  Workers workers{1};
  const std::vector<double> predicted = predict(model, p.matrix, p.rows, workers);
  for (std::size_t i = 0; i < p.rows.size(); ++i) {
    const std::vector<float> row{features.begin() + static_cast<std::ptrdiff_t>(i * width),
                                 features.begin() + static_cast<std::ptrdiff_t>((i + 1) * width)};
    ASSERT_EQ(trees.predict(row), predicted[i]);
  }
}

TEST(ModelFeatures, MissingStaysMissingForTreesAndIsFilledForLinearModels) {
  const MixedProblem p{200};
  const std::size_t income = p.matrix.find("income");
  std::uint32_t row = 0;
  while (!std::isnan(p.matrix.column(income).at(row))) ++row;
  for (const auto& [kind, missing] : {std::pair{"boosting", true}, {"lasso", false}}) {
    const Model model = fitted(kind, p, {});
    const auto names = feature_names(model);
    const auto place = static_cast<std::size_t>(std::ranges::find(names, "income") - names.begin());
    const RowList one{row};
    EXPECT_EQ(std::isnan(model_features(model, p.matrix, one)[place]), missing) << kind;
  }
}

}  // namespace
}  // namespace kohort
