#pragma once
// What a model's splits say of its predictors: XGBoost's get_score.

#include <cstdint>
#include <string>
#include <vector>

#include "learn/model.hpp"

namespace kohort {

/// Whether a predictor's features (the indicators of a category) are taken together.
enum class Detail { Predictors, Features };

/// The splits on one predictor or feature. Names and meaning are those of XGBoost's importance types.
struct SplitImportance {
  std::uint64_t weight = 0;  // how many splits
  double total_gain = 0;     // what they gained
  double total_cover = 0;    // second derivatives of the rows they split (forests: their mass)

  /// A split's mean; NaN where there is none.
  double gain() const { return total_gain / static_cast<double>(weight); }
  double cover() const { return total_cover / static_cast<double>(weight); }
  bool operator==(const SplitImportance&) const = default;
};

/// Of every predictor (or feature) of a tree model, used or not, in the model's order.
std::vector<SplitImportance> split_importances(const TreeModel& model, Detail detail);

/// The names that go with them, and with contributions (contributions.hpp): of predictors, or of features
/// (linear: of coefficients) as feature_names gives them.
std::vector<std::string> explained_names(const TreeModel& model, Detail detail);
std::vector<std::string> explained_names(const LinearModel& model, Detail detail);

/// For each feature its place among explained_names.
std::vector<std::uint32_t> explained_places(const TreeModel& model, Detail detail);
/// For each coefficient its places, ascending: that of a product is dealt to its predictors in equal parts.
std::vector<std::vector<std::uint32_t>> explained_places(const LinearModel& model, Detail detail);

}  // namespace kohort
