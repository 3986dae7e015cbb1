#pragma once
// Gradient boosted trees on binned features. Chen and Guestrin (2016), XGBoost.

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

/// Names and defaults of XGBoost 2.x with tree_method=hist.
struct BoostingSettings {
  int n_estimators = 100;
  double learning_rate = 0.3;
  int max_depth = 6, max_leaves = 0;
  std::string grow_policy = "depthwise";
  double min_child_weight = 1;
  double subsample = 1;
  double colsample_bytree = 1, colsample_bylevel = 1, colsample_bynode = 1;
  double gamma = 0, reg_lambda = 1, reg_alpha = 0;
  std::optional<double> max_delta_step;  // none: no limit, 0.7 under Poisson
  double scale_pos_weight = 1;
  double tweedie_variance_power = 1.5;
  std::optional<double> base_score;  // none: estimated from the training outcome
  std::string monotone_constraints;
  std::optional<int> early_stopping_rounds;
  double validation_fraction = 0.1;
  int max_cat_to_onehot = 4, max_cat_threshold = 64;
  int max_bin = 256, min_data_in_bin = 1;
  std::string encoding = "sets";
  std::string engine = "kohort";
};

/// The one list of boosting settings: the parser, the tuner, the report and the manual all walk it.
template <SettingsOf<BoostingSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  const Between share{1e-6, 1}, penalty{0, 1e9};
  visit("n_estimators", s.n_estimators, Between{1, 20'000}, "rounds of boosting");
  visit("learning_rate", s.learning_rate, Between{1e-6, 1}, "shrinkage of each tree's leaf values");
  visit("max_depth", s.max_depth, Between{0, 60}, "most splits between root and leaf; 0 is no limit");
  visit("max_leaves", s.max_leaves, Between{0, 1e6}, "most leaves of a tree; 0 is no limit");
  visit("grow_policy", s.grow_policy, OneOf{{"depthwise", "lossguide"}},
        "level by level, or the node that gains most first");
  visit("min_child_weight", s.min_child_weight, penalty, "least sum of second derivatives in a leaf");
  visit("subsample", s.subsample, share, "share of the rows drawn for each tree");
  visit("colsample_bytree", s.colsample_bytree, share, "share of the features drawn for each tree");
  visit("colsample_bylevel", s.colsample_bylevel, share, "share of those drawn for each level");
  visit("colsample_bynode", s.colsample_bynode, share, "share of those drawn for each node");
  visit("gamma", s.gamma, penalty, "least gain of a split");
  visit("reg_lambda", s.reg_lambda, penalty, "penalty on squared leaf values");
  visit("reg_alpha", s.reg_alpha, penalty, "penalty on absolute leaf values");
  visit("max_delta_step", s.max_delta_step, penalty,
        "largest leaf value before shrinkage; 0 is no limit, none is 0.7 under Poisson and else no limit");
  visit("scale_pos_weight", s.scale_pos_weight, Between{1e-9, 1e9},
        "weight of rows with an event (logistic)");
  visit("tweedie_variance_power", s.tweedie_variance_power, Between{1.001, 1.999},
        "the variance grows with this power of the mean (tweedie)");
  visit("base_score", s.base_score, Between{-1e9, 1e9}, "prediction before the first tree; none: estimated");
  visit("monotone_constraints", s.monotone_constraints, AnyText{},
        "predictors the prediction may only rise (1) or fall (-1) with, as 'age:-1 charges_ever:1'");
  visit("early_stopping_rounds", s.early_stopping_rounds, Between{1, 20'000},
        "stop after so many rounds without gain on training rows set aside; none: never");
  visit("validation_fraction", s.validation_fraction, Between{0.001, 0.9},
        "share of the training rows set aside for early stopping");
  visit("max_cat_to_onehot", s.max_cat_to_onehot, Between{1, 65'534},
        "categories of at most so many levels in a node are split one level against the rest");
  visit("max_cat_threshold", s.max_cat_threshold, Between{1, 65'534},
        "most levels on the smaller side of a split");
  visit("max_bin", s.max_bin, Between{2, 65'535}, "most bins of a feature, one of them for missing");
  visit("min_data_in_bin", s.min_data_in_bin, Between{1, 1e9},
        "fewest rows of a bin of a feature; smaller ones are joined to their neighbour");
  visit("encoding", s.encoding, OneOf{{"sets", "report", "ordinal"}},
        "categories: split by sets of levels; one-hot up to 20 levels and codes above; or codes");
  visit("engine", s.engine, OneOf{{"kohort", "libxgboost"}}, "who grows the trees");
}

/// Throws Error (study) for settings that contradict each other: sets of levels or early stopping with
/// libxgboost.
void check_settings(const BoostingSettings& settings);

/// Fits our own trees. The same bits for any number of threads.
///   bins    of problem.matrix with the settings' encoding and max_bin
///   throws  Error (fit) when the problem allows no fit; Error (study) for a base_score that is no prediction
///   of
///           the objective, or a constraint on a predictor that is not there or is a category; Error
///           (interrupted)
/// Memory: 40 bytes per row of the matrix, and 16 per bin for the histograms in use (64 MiB at most, 4 at
/// least); squared error without weights 32 and 8.
TreeModel fit_boosting(const TreeBins& bins, const Problem& problem, const BoostingSettings& settings,
                       Stream stream, Workers& workers);
/// The same with bins of its own.
TreeModel fit_boosting(const Problem& problem, const BoostingSettings& settings, Stream stream,
                       Workers& workers);

/// Predictions of `held` rows after each of `rounds` (ascending), out of one run: boosting is nested in
/// n_estimators, with early stopping too. Offsets are included. Shape (rounds, held). Bit for bit those of
/// separate fits.
std::vector<std::vector<double>> boosting_path(const TreeBins& bins, const Problem& problem,
                                               BoostingSettings settings, std::span<const int> rounds,
                                               std::span<const std::uint32_t> held, Stream stream,
                                               Workers& workers);

}  // namespace kohort
