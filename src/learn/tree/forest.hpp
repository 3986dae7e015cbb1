#pragma once
// Random forest on binned features. Breiman (2001).

#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "learn/tree/tree_data.hpp"

namespace kohort {

/// Names and defaults of sklearn.ensemble.RandomForestRegressor, and the two of the bins.
/// Where this engine parts from scikit-learn: bootstrap draws 63.2 % of the rows without replacement, the
/// share of distinct rows in a bootstrap sample; thresholds lie between bins; min_samples_split must be 2.
struct ForestSettings {
  int n_estimators = 100;
  std::optional<int> max_depth;
  int min_samples_split = 2;
  int min_samples_leaf = 1;
  std::string max_features = "1.0";
  bool bootstrap = true;
  int max_bin = 256;
  std::string encoding = "report";
};

template <SettingsOf<ForestSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  visit("n_estimators", s.n_estimators, Between{1, 20'000}, "trees");
  visit("max_depth", s.max_depth, Between{1, 1000}, "most splits between root and leaf; none is no limit");
  visit("min_samples_split", s.min_samples_split, Between{2, 1e9}, "least rows in a node that is split");
  visit("min_samples_leaf", s.min_samples_leaf, Between{1, 1e9}, "least rows (sum of weights) in a leaf");
  visit("max_features", s.max_features, FeatureShare{}, "features drawn for each node");
  visit("bootstrap", s.bootstrap, OneOf{{"true", "false"}}, "draw rows for each tree");
  visit("max_bin", s.max_bin, Between{2, 65'536}, "most bins of a feature");
  visit("encoding", s.encoding, OneOf{{"report", "ordinal"}},
        "categories: one-hot up to 20 levels, or codes");
}

/// What max_features says of `features` features, as the share that makes the library draw the number
/// scikit-learn draws: the library cuts the product of share and features, in 32 bits, to a whole number.
double feature_share(const std::string& max_features, std::size_t features);

/// Throws Error (study) for what this engine cannot do: min_samples_split other than 2.
void check_settings(const ForestSettings& settings);

/// The mean of trees grown by squared error, which for 0/1 outcomes chooses Gini's splits and predicts
/// probabilities; so both objectives are one. On one thread; `workers` only stops it, between trees.
///   data    prepared from problem.matrix with the settings' encoding and max_bin; problem.rows are among its
///   rows throws  as check_settings; Error (fit) when the problem allows no fit
TreeModel fit_forest(const TreeData& data, const Problem& problem, const ForestSettings& settings,
                     Stream stream, const Workers& workers);
TreeModel fit_forest(const Problem& problem, const ForestSettings& settings, Stream stream,
                     const Workers& workers);

/// Predictions of `held` rows of data by the forest that fit_forest makes. Shape (held).
std::vector<double> forest_predictions(const TreeData& data, const Problem& problem,
                                       const ForestSettings& settings, std::span<const std::uint32_t> held,
                                       Stream stream, const Workers& workers);

}  // namespace kohort
