#pragma once
// Random forest on binned features. Breiman (2001); names and meanings of scikit-learn's
// RandomForestRegressor and RandomForestClassifier.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "learn/tree/tree_bins.hpp"

namespace kohort {

/// Names and defaults of sklearn.ensemble.RandomForestRegressor, and the two of the bins. Where this engine
/// parts from scikit-learn: thresholds lie between bins; missing values have a direction of their own.
struct ForestSettings {
  int n_estimators = 100;
  std::string criterion = "squared_error";
  std::optional<int> max_depth;
  int min_samples_split = 2;
  int min_samples_leaf = 1;
  std::string max_features = "1.0";
  bool bootstrap = true;
  int max_bin = 256, min_data_in_bin = 1;
  std::string encoding = "report";
};

template <SettingsOf<ForestSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  visit("n_estimators", s.n_estimators, Between{1, 20'000}, "trees");
  visit("criterion", s.criterion,
        OneOf{{"squared_error", "friedman_mse", "poisson", "gini", "entropy", "log_loss"}},
        "what a split improves; gini, entropy and log_loss for yes or no");
  visit("max_depth", s.max_depth, Between{1, 1000}, "most splits between root and leaf; none is no limit");
  visit("min_samples_split", s.min_samples_split, Between{2, 1e9}, "least rows in a node that is split");
  visit("min_samples_leaf", s.min_samples_leaf, Between{1, 1e9}, "least rows in a leaf");
  visit("max_features", s.max_features, FeatureShare{}, "features drawn for each node");
  visit("bootstrap", s.bootstrap, OneOf{{"true", "false"}},
        "draw as many rows as there are for each tree, with replacement");
  visit("max_bin", s.max_bin, Between{2, 65'536}, "most bins of a feature");
  visit("min_data_in_bin", s.min_data_in_bin, Between{1, 1e9},
        "fewest rows of a bin of a feature; smaller ones are joined to their neighbour");
  visit("encoding", s.encoding, OneOf{{"report", "ordinal"}},
        "categories: one-hot up to 20 levels, or codes");
}

/// How many of `features` features max_features stands for, as in scikit-learn: at least 1.
std::size_t features_drawn(const std::string& max_features, std::size_t features);

/// Nothing here depends on more than one setting.
inline void check_settings(const ForestSettings&) {}

/// Throws Error (study) when the criterion does not go with the objective.
void check_criterion(const ForestSettings& settings, Objective objective);

/// The mean of trees grown on bootstrap samples: a mean outcome, or a probability under Logistic.
///   bins    of problem.matrix, with the settings' encoding and max_bin
///   throws  Error (study) when the criterion does not go with the objective; Error (fit) when the numbers
///   allow
///           no fit
/// Trees are grown side by side; the same bits for any number of threads.
TreeModel fit_forest(const TreeBins& bins, const Problem& problem, const ForestSettings& settings,
                     Stream stream, Workers& workers);
TreeModel fit_forest(const Problem& problem, const ForestSettings& settings, Stream stream, Workers& workers);

/// A smaller forest inside a larger: its first trees, cut at a depth (none: no limit) and at nodes of fewer
/// rows.
struct ForestCut {
  int n_estimators = 100;
  std::optional<int> max_depth{};
  int min_samples_split = 2;
  bool operator==(const ForestCut&) const = default;
};

/// Predictions of held rows by every cut, out of one forest, which is never held: shape (cuts, held). They
/// are, bit for bit, those of fit_forest with the cut's settings: every node keeps its mean, and all chance
/// is keyed by tree and path (SPEC T-3). The settings' own n_estimators, max_depth and min_samples_split are
/// not read.
std::vector<std::vector<double>> forest_cuts(const TreeBins& bins, const Problem& problem,
                                             const ForestSettings& settings, std::span<const ForestCut> cuts,
                                             std::span<const std::uint32_t> held, Stream stream,
                                             Workers& workers);

/// Out-of-bag predictions: of each training row by the trees that did not draw it; NaN where all did. Shape
/// (problem.rows). Throws as fit_forest, and Error (study) without bootstrap.
std::vector<double> out_of_bag(const TreeBins& bins, const Problem& problem, const ForestSettings& settings,
                               Stream stream, Workers& workers);

}  // namespace kohort
