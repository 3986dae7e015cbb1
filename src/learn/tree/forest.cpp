#include "learn/tree/forest.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace kohort {
namespace {

/// The number of features that max_features stands for, as in scikit-learn.
double feature_count(const std::string& text, double features) {
  if (text == "sqrt") return std::max(1.0, std::floor(std::sqrt(features)));
  if (text == "log2") return std::max(1.0, std::floor(std::log2(features)));
  if (const auto whole = parse_integer(text)) return std::min(features, static_cast<double>(*whole));
  return std::max(1.0, std::floor(parse_double(text).value() * features));
}

}  // namespace

double feature_share(const std::string& max_features, std::size_t features) {
  const auto all = static_cast<double>(features);
  return std::min(1.0, (feature_count(max_features, all) + 0.5) / all);
}

}  // namespace kohort
