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
#include "learn/tree/tree_data.hpp"

namespace kohort {

/// Names and defaults of XGBoost 2.x with tree_method=hist.
struct BoostingSettings {
  int n_estimators = 100;
  double learning_rate = 0.3;
  int max_depth = 6;
  double min_child_weight = 1;
  double subsample = 1;
  double colsample_bytree = 1, colsample_bylevel = 1, colsample_bynode = 1;
  double gamma = 0, reg_lambda = 1, reg_alpha = 0;
  double max_delta_step = 0, scale_pos_weight = 1;
  std::optional<double> base_score;  // none: estimated from the training outcome, as XGBoost 2.x does
  int max_bin = 256;
  std::string encoding = "report";
};

/// The one list of boosting settings: the parser, the tuner, the report and the manual all walk it.
template <SettingsOf<BoostingSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  const Between share{1e-6, 1}, penalty{0, 1e9};
  visit("n_estimators", s.n_estimators, Between{1, 20'000}, "rounds of boosting");
  visit("learning_rate", s.learning_rate, Between{1e-6, 1}, "shrinkage of each tree's leaf values");
  visit("max_depth", s.max_depth, Between{1, 30}, "most splits between root and leaf");
  visit("min_child_weight", s.min_child_weight, penalty, "least sum of second derivatives in a leaf");
  visit("subsample", s.subsample, share, "share of the rows drawn for each tree");
  visit("colsample_bytree", s.colsample_bytree, share, "share of the features drawn for each tree");
  visit("colsample_bylevel", s.colsample_bylevel, share, "share of those drawn for each level");
  visit("colsample_bynode", s.colsample_bynode, share, "share of those drawn for each node");
  visit("gamma", s.gamma, penalty, "least gain of a split");
  visit("reg_lambda", s.reg_lambda, penalty, "penalty on squared leaf values");
  visit("reg_alpha", s.reg_alpha, penalty, "penalty on absolute leaf values");
  visit("max_delta_step", s.max_delta_step, penalty, "largest leaf value; 0 is no limit");
  visit("scale_pos_weight", s.scale_pos_weight, Between{1e-9, 1e9},
        "weight of rows with an event (logistic)");
  visit("base_score", s.base_score, Between{-1e9, 1e9}, "prediction before the first tree; none: estimated");
  visit("max_bin", s.max_bin, Between{2, 65'536}, "most bins of a feature");
  visit("encoding", s.encoding, OneOf{{"report", "ordinal"}},
        "categories: one-hot up to 20 levels, or codes");
}

/// Fits on one thread; `workers` only stops it, between rounds.
///   data    prepared from problem.matrix with the settings' encoding and max_bin; problem.rows are among its
///   rows throws  Error (fit) when the problem allows no fit; Error (study) for a base_score that is no
///   probability
///           under Logistic; Error (interrupted)
TreeModel fit_boosting(const TreeData& data, const Problem& problem, const BoostingSettings& settings,
                       Stream stream, const Workers& workers);
/// The same with data of its own, made from the problem's rows.
TreeModel fit_boosting(const Problem& problem, const BoostingSettings& settings, Stream stream,
                       const Workers& workers);

/// Predictions of `held` rows of data after each of `rounds` (ascending), out of one run: boosting is nested
/// in n_estimators. Shape (rounds, held). Bit for bit those of separate fits.
std::vector<std::vector<double>> boosting_path(const TreeData& data, const Problem& problem,
                                               BoostingSettings settings, std::span<const int> rounds,
                                               std::span<const std::uint32_t> held, Stream stream,
                                               const Workers& workers);

}  // namespace kohort
