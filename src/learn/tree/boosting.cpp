#include "learn/tree/boosting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>

#include "base/error.hpp"
#include "base/text.hpp"
#include "learn/tree/grow.hpp"
#include "learn/tree/loss.hpp"

namespace kohort {
namespace {

using Rows = std::span<const std::uint32_t>;

/// -1, 0 or 1 for every feature; empty when nothing is constrained.
std::vector<int> read_constraints(const std::string& text, const TreeEncoding& encoding) {
  std::vector<int> directions;
  for (const std::string& entry : split(text, ' ')) {
    if (entry.empty()) continue;
    const std::size_t colon = entry.rfind(':');
    const std::string name = entry.substr(0, colon), way = colon == entry.npos ? "" : entry.substr(colon + 1);
    if (way != "1" && way != "-1" && way != "0")
      throw Error(ErrorKind::Study, fmt::format("'{}' gives no direction", entry), "monotone_constraints",
                  "write a predictor, a colon and 1 or -1");
    std::vector<std::string> known;
    for (const EncodedColumn& column : encoding.columns) known.push_back(column.info.name);
    const auto found = std::ranges::find(known, name);
    if (found == known.end())
      throw Error(ErrorKind::Study, fmt::format("there is no predictor '{}'", name), "monotone_constraints",
                  suggest(name, known));
    const EncodedColumn& column = encoding.columns[static_cast<std::size_t>(found - known.begin())];
    if (column.info.kind == ColumnKind::Category)
      throw Error(ErrorKind::Study, fmt::format("'{}' is a category", name), "monotone_constraints",
                  "constrain numbers only: levels have no order");
    directions.resize(encoding.features());
    directions[column.first_feature] = way == "1" ? 1 : way == "-1" ? -1 : 0;
  }
  return directions;
}

LossSettings loss_settings(const BoostingSettings& s) {
  return {s.scale_pos_weight, s.max_delta_step.value_or(0.7), s.tweedie_variance_power};
}

GrowRules grow_rules(const BoostingSettings& s, Objective objective, std::span<const int> monotone) {
  GrowRules rules;
  const double step = objective == Objective::Poisson ? 0.7 : 0;
  rules.split = {s.reg_lambda,
                 s.reg_alpha,
                 s.min_child_weight,
                 s.max_delta_step.value_or(step),
                 s.max_cat_to_onehot,
                 s.max_cat_threshold,
                 monotone};
  rules.gamma = s.gamma;
  rules.max_depth = s.max_depth;
  rules.max_leaves = s.max_leaves;
  rules.lossguide = s.grow_policy == "lossguide";
  rules.colsample_bytree = s.colsample_bytree;
  rules.colsample_bylevel = s.colsample_bylevel;
  rules.colsample_bynode = s.colsample_bynode;
  return rules;
}

/// Rows whose draw is below the share, and the others.
std::pair<RowList, RowList> draw_rows(Rows rows, double share, Stream stream) {
  std::pair<RowList, RowList> drawn;
  drawn.first.reserve(rows.size());
  for (const std::uint32_t row : rows)
    (stream.uniform(row) < share ? drawn.first : drawn.second).push_back(row);
  return drawn;
}

RowList with_weight(const Problem& problem) {
  RowList rows;
  for (const std::uint32_t row : problem.rows)
    if (problem.weights.empty() || problem.weights[row] > 0) rows.push_back(row);
  return rows;
}

RowList merged(Rows a, Rows b) {
  RowList rows;
  rows.reserve(a.size() + b.size());
  std::ranges::set_union(a, b, std::back_inserter(rows));
  return rows;
}

/// Puts the set of levels that go right at a node after those of other nodes; returns its first word, or -1
/// when all levels go left.
std::int32_t append_set(TreeEnsemble& out, const Split& split, const TreeBins& bins) {
  const auto owner =
      std::ranges::upper_bound(bins.encoding.columns, split.column, {}, &EncodedColumn::first_feature) - 1;
  const std::size_t levels = owner->info.levels.size(), first = out.levels.size();
  std::vector<std::uint64_t> words((levels + 63) / 64);
  for (std::size_t level = 0; level < levels; ++level)
    if (!split.goes_left(bins.binned.column(split.column).level_code(level)))
      words[level / 64] |= std::uint64_t{1} << (level % 64);
  if (std::ranges::count(words, 0U) == std::ssize(words)) return -1;
  out.levels.insert(out.levels.end(), words.begin(), words.end());
  return static_cast<std::int32_t>(first);
}

/// Puts a grown tree among the nodes of an ensemble; leaf(node) gives a leaf's value.
template <class Leaf>
void append(TreeEnsemble& out, const GrownTree& tree, const TreeBins& bins, const GradientUnits& units,
            Leaf leaf) {
  const auto offset = static_cast<std::int32_t>(out.nodes.size());
  out.roots.push_back(static_cast<std::uint32_t>(offset));
  for (const GrownNode& from : tree.nodes) {
    TreeNode node;
    node.cover = to_float(from.sum.hessian * units.hessian);
    node.weight = to_float(from.value);
    if (from.left < 0) {
      node.value = leaf(from);
    } else {
      const BinnedColumn& column = bins.binned.column(from.split.column);
      node.left = offset + from.left;
      node.right = offset + from.right;
      node.feature = from.split.column;
      node.gain = to_float(from.split.gain * units.gradient * units.gradient / units.hessian);
      node.missing_left = from.split.goes_left(0);
      node.value =
          column.category ? std::numeric_limits<float>::max() : column.threshold(from.split.last_left);
      if (column.category) node.first_word = append_set(out, from.split, bins);
    }
    out.nodes.push_back(node);
  }
}

/// Watches the loss of rows set aside.
struct EarlyStop {
  int patience = 0, best_round = 0;
  double best = std::numeric_limits<double>::infinity();

  /// True when the round is the best so far.
  bool improves(int round, double loss) {
    if (!(loss < best)) return false;
    best = loss;
    best_round = round;
    return true;
  }
  bool over(int round) const { return patience > 0 && round - best_round >= patience; }
};

/// Boosts round by round. After each calls then(round, tree, best): the tree, and whether the rows set aside
/// were never predicted better (always true without early stopping). Cell: what histograms are made of.
template <class Cell>
class Run {
 public:
  Run(const TreeBins& bins, const Problem& problem, const BoostingSettings& settings, Rows held,
      Stream stream, Workers& workers)
      : bins_(bins),
        problem_(problem),
        settings_(settings),
        loss_(loss_settings(settings)),
        stream_(stream),
        workers_(workers),
        monotone_(read_constraints(settings.monotone_constraints, bins.encoding)),
        grower_(bins.binned, grow_rules(settings, problem.objective, monotone_), workers),
        train_(with_weight(problem)),
        margins_(bins.matrix->rows()),
        gradients_(bins.matrix->rows()) {
    if (settings.early_stopping_rounds) {
      stop_.patience = *settings.early_stopping_rounds;
      std::tie(aside_, train_) = draw_rows(train_, settings.validation_fraction, stream.child("validation"));
      if (train_.empty() || aside_.empty())
        throw Error(ErrorKind::Fit, "too few rows to set some aside for early stopping", {},
                    "raise validation_fraction, or leave early_stopping_rounds out");
    }
    watched_ = merged(aside_, held);
    trees.objective = problem.objective;
    trees.tweedie_variance_power = settings.tweedie_variance_power;
    trees.base_score =
        static_cast<float>(settings.base_score ? *settings.base_score : estimate_base_score(problem, loss_));
    trees.base_margin = margin_of(trees.base_score, problem.objective);
    std::ranges::fill(margins_, trees.base_margin);
    if (!problem.offset.empty())
      for (const RowList* rows : {&train_, &watched_})
        for (const std::uint32_t row : *rows) margins_[row] += static_cast<float>(problem.offset[row]);
  }

  template <class Then>
  void boost(Then then) {
    for (int round = 1; round <= settings_.n_estimators && !stop_.over(round - 1); ++round) {
      workers_.check();
      const Stream draws = stream_.child("round").child(static_cast<std::uint64_t>(round));
      RowList grown_on = train_, others = watched_;
      if (settings_.subsample < 1) {
        auto [drawn, left_out] = draw_rows(train_, settings_.subsample, draws.child("rows"));
        grown_on = std::move(drawn);
        others = merged(left_out, watched_);
      }
      const Gradients<Cell> gradients =
          whole_gradients(problem_, loss_, grown_on, margins_, std::span{gradients_}, workers_);
      units = gradients.units;
      const GrownTree tree = grower_.grow(std::move(grown_on), gradients, problem_.weights, draws);
      add_to_margins(tree, std::move(others));
      const bool best =
          stop_.patience == 0 || stop_.improves(round, mean_loss(problem_, loss_, aside_, margins_));
      then(round, tree, best);
    }
  }

  float leaf(const GrownNode& node) const {
    return static_cast<float>(settings_.learning_rate) * to_float(node.value);
  }
  const std::vector<float>& margins() const { return margins_; }

  TreeEnsemble trees;   // without nodes
  GradientUnits units;  // of the last round

 private:
  void add_to_margins(const GrownTree& tree, RowList others) {
    workers_.for_each(tree.nodes.size(), [&](std::size_t n) {
      const GrownNode& node = tree.nodes[n];
      if (node.left >= 0) return;
      for (std::size_t i = node.begin; i < node.end; ++i) margins_[tree.rows[i]] += leaf(node);
    });
    route(tree, bins_.binned, std::move(others), workers_, [&](const GrownNode& node, Rows rows) {
      for (const std::uint32_t row : rows) margins_[row] += leaf(node);
    });
  }

  const TreeBins& bins_;
  const Problem& problem_;
  const BoostingSettings& settings_;
  LossSettings loss_;
  Stream stream_;
  Workers& workers_;
  std::vector<int> monotone_;
  TreeGrower<Cell> grower_;
  RowList train_, aside_, watched_;
  EarlyStop stop_;
  std::vector<float> margins_;
  std::vector<Cell> gradients_;
};

void check_bins(const TreeBins& bins, const Problem& problem, const BoostingSettings& settings) {
  check_problem(problem);
  check_settings(settings);
  if (bins.matrix != &problem.matrix || bins.max_bin != settings.max_bin ||
      bins.min_data_in_bin != settings.min_data_in_bin ||
      bins.encoding.rule != parse_category_rule(settings.encoding))
    throw Error(ErrorKind::Defect, "the bins were prepared for another matrix or other settings");
}

template <class Cell>
TreeModel fit(const TreeBins& bins, const Problem& problem, const BoostingSettings& settings, Stream stream,
              Workers& workers) {
  Run<Cell> run{bins, problem, settings, {}, stream, workers};
  TreeEnsemble trees = run.trees;
  std::size_t nodes = 0, roots = 0, levels = 0;  // at the best round
  run.boost([&](int, const GrownTree& tree, bool best) {
    append(trees, tree, bins, run.units, [&](const GrownNode& node) { return run.leaf(node); });
    if (!best) return;
    nodes = trees.nodes.size();
    roots = trees.roots.size();
    levels = trees.levels.size();
  });
  trees.nodes.resize(nodes);
  trees.roots.resize(roots);
  trees.levels.resize(levels);
  return {"boosting", bins.encoding, std::move(trees)};
}

template <class Cell>
std::vector<std::vector<double>> path_of(const TreeBins& bins, const Problem& problem,
                                         const BoostingSettings& settings, std::span<const int> rounds,
                                         Rows held, Stream stream, Workers& workers) {
  Run<Cell> run{bins, problem, settings, held, stream, workers};
  std::vector<std::vector<double>> path;
  std::vector<double> now(held.size());
  const auto read = [&] {
    for (std::size_t i = 0; i < held.size(); ++i)
      now[i] = prediction_of(run.margins()[held[i]], problem.objective);
  };
  run.boost([&](int round, const GrownTree&, bool best) {
    const bool wanted = std::ranges::find(rounds, round) != rounds.end();
    if (settings.early_stopping_rounds ? best : wanted) read();
    if (wanted) path.push_back(now);
  });
  path.resize(rounds.size(), now);  // stopped early: more rounds change nothing
  return path;
}

}  // namespace

void check_settings(const BoostingSettings& settings) {
  if (settings.engine != "libxgboost") return;
  if (settings.encoding == "sets")
    throw Error(ErrorKind::Study, "libxgboost does not split categories by sets here", "encoding",
                "write encoding: report, or leave engine out");
  if (settings.early_stopping_rounds)
    throw Error(ErrorKind::Study, "libxgboost does not stop early here", "early_stopping_rounds",
                "leave engine out");
  if (settings.min_data_in_bin > 1)
    throw Error(ErrorKind::Study, "libxgboost joins no bins", "min_data_in_bin", "leave engine out");
  if (!settings.monotone_constraints.empty())
    throw Error(ErrorKind::Study, "libxgboost takes no constraints here", "monotone_constraints",
                "leave engine out");
}

TreeModel fit_boosting(const TreeBins& bins, const Problem& problem, const BoostingSettings& settings,
                       Stream stream, Workers& workers) {
  check_bins(bins, problem, settings);
  const auto fit_with = packs(problem) ? fit<PackedCell> : fit<GradientPair>;
  return fit_with(bins, problem, settings, stream, workers);
}

TreeModel fit_boosting(const Problem& problem, const BoostingSettings& settings, Stream stream,
                       Workers& workers) {
  check_problem(problem);
  const TreeBins bins{problem.matrix, parse_category_rule(settings.encoding).value(), settings.max_bin,
                      workers, settings.min_data_in_bin};
  return fit_boosting(bins, problem, settings, stream, workers);
}

std::vector<std::vector<double>> boosting_path(const TreeBins& bins, const Problem& problem,
                                               BoostingSettings settings, std::span<const int> rounds,
                                               Rows held, Stream stream, Workers& workers) {
  settings.n_estimators = rounds.back();
  check_bins(bins, problem, settings);
  const auto path_with = packs(problem) ? path_of<PackedCell> : path_of<GradientPair>;
  return path_with(bins, problem, settings, rounds, held, stream, workers);
}

}  // namespace kohort
