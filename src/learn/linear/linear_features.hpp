#pragma once
// What the linear kinds make of the predictors beside one column each: settings that `linear` and `lasso`
// share.

#include <string>

#include "learn/settings.hpp"
#include "matrix/linear_terms.hpp"

namespace kohort {

/// degree and interactions together are scikit-learn's PolynomialFeatures.
struct LinearFeatures {
  std::string encoding = "one_hot";
  int degree = 1;
  std::string thresholds = "none", interactions = "none";
};

template <SettingsOf<LinearFeatures> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  visit("encoding", s.encoding, OneOf{{"one_hot", "report"}},
        "of categories: an indicator per level, or (report) codes above 20 levels");
  visit("degree", s.degree, Between{1, 10}, "highest power of each number and count");
  visit("thresholds", s.thresholds, AnyText{},
        "indicators above cuts: none, a number of quantiles of the training rows, or cuts such as age > 17");
  visit("interactions", s.interactions, AnyText{},
        "products: none, all, or some such as age:sex, income:county");
}

inline LinearEncoding encoding_of(const LinearFeatures& features) {
  return features.encoding == "report" ? LinearEncoding::Report : LinearEncoding::OneHot;
}

/// Throws Error (study) on text that is none.
inline TermRecipe recipe_of(const LinearFeatures& features) {
  return parse_terms(features.degree, features.thresholds, features.interactions);
}

}  // namespace kohort
