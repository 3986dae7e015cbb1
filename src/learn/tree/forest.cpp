#include "learn/tree/forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"
#include "learn/tree/forest_grow.hpp"
#include "learn/tree/gradient.hpp"

namespace kohort {
namespace {

using Rows = std::span<const std::uint32_t>;

constexpr int kSumBits = 51;  // of whole numbers: their sums are exact in a double

bool of_classes(const std::string& criterion) {
  return criterion == "gini" || criterion == "entropy" || criterion == "log_loss";
}

Criterion criterion_of(const ForestSettings& settings, const Problem& problem) {
  check_criterion(settings, problem.objective);
  const std::string& name = settings.criterion;
  if (name == "poisson" &&
      std::ranges::any_of(problem.rows, [&](std::uint32_t row) { return problem.outcome[row] < 0; }))
    throw Error(ErrorKind::Fit, "criterion poisson takes no negative outcomes", {}, "use squared_error");
  if (name == "poisson") return Criterion::Poisson;
  return of_classes(name) && name != "gini" ? Criterion::Entropy : Criterion::SquaredError;
}

ForestRules rules_of(const ForestSettings& settings, const Problem& problem, std::size_t features) {
  ForestRules rules;
  rules.criterion = criterion_of(settings, problem);
  rules.max_features = features_drawn(settings.max_features, features);
  rules.max_depth = static_cast<std::size_t>(settings.max_depth.value_or(0));
  rules.min_samples_split = static_cast<std::size_t>(settings.min_samples_split);
  rules.min_samples_leaf = static_cast<std::size_t>(settings.min_samples_leaf);
  return rules;
}

/// The rows of one tree, and those it did not draw.
struct Sample {
  ForestRows rows;
  RowList left_out;
  GradientUnits units;  // of the rows' sums and masses

  double mean(const ForestNode& node) const {
    return node.total.sum * units.gradient / (node.total.mass * units.hessian);
  }
};

/// How often each of n rows is drawn.
std::vector<std::uint32_t> bootstrap(std::size_t n, Stream stream) {
  std::vector<std::uint32_t> draws(n);
  for (std::size_t i = 0; i < n; ++i) ++draws[stream.below(i, n)];
  return draws;
}

/// Grows the trees of one forest.
class Forest {
 public:
  Forest(const TreeBins& bins, const Problem& problem, const ForestSettings& settings, Stream stream,
         Workers& workers)
      : rules(rules_of(settings, problem, bins.binned.columns())),
        problem_(problem),
        settings_(settings),
        stream_(stream),
        workers_(workers) {
    check_problem(problem);
    if (bins.matrix != &problem.matrix || bins.max_bin != settings.max_bin ||
        bins.min_data_in_bin != settings.min_data_in_bin ||
        bins.encoding.rule != parse_category_rule(settings.encoding))
      throw Error(ErrorKind::Defect, "the bins were prepared for another matrix or other settings");
    for (const std::uint32_t row : problem.rows)
      if (problem.weights.empty() || problem.weights[row] > 0) rows_.push_back(row);
    if (!problem.offset.empty())
      throw Error(ErrorKind::Study, "a forest takes no exposure", "exposure",
                  "use kind boosting, lasso or linear");
    if (!bins.marks) throw Error(ErrorKind::Defect, "the bins were not prepared for forests");
    for (int k = 0; k < workers.at_once(); ++k) growers_.emplace_back(bins.binned, *bins.marks);
  }

  /// Grows trees 0 .. n-1, a few side by side. For each: grow(tree, sample, grower, slot) on any thread, then
  /// add(slot) in the order of the trees; slots are 0 .. slots()-1.
  template <class Grow, class Add>
  void grow(int n, Grow grow, Add add) {
    const auto trees = static_cast<std::size_t>(n);
    for (std::size_t first = 0; first < trees; first += slots()) {
      workers_.check();
      const std::size_t some = std::min(slots(), trees - first);
      workers_.for_each(some, [&](std::size_t slot) {
        Sample sample = draw(first + slot);
        grow(sample, growers_[slot], stream_.child("tree").child(first + slot), slot);
      });
      for (std::size_t slot = 0; slot < some; ++slot) add(slot, first + slot + 1);
    }
  }
  std::size_t slots() const { return growers_.size(); }

  ForestRules rules;

 private:
  Sample draw(std::size_t tree) const {
    std::vector<std::uint32_t> draws(rows_.size(), 1);
    if (settings_.bootstrap)
      draws = bootstrap(rows_.size(), stream_.child("tree").child(tree).child("bootstrap"));
    Sample sample;
    std::vector<double> mass;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (draws[i] == 0) {
        sample.left_out.push_back(rows_[i]);
        continue;
      }
      sample.rows.row.push_back(rows_[i]);
      mass.push_back(draws[i] * (problem_.weights.empty() ? 1 : problem_.weights[rows_[i]]));
    }
    fill_cells(std::move(mass), sample);
    return sample;
  }

  /// Whole numbers out of masses and outcomes.
  void fill_cells(std::vector<double> mass, Sample& sample) const {
    const std::span<const std::uint32_t> rows = sample.rows.row;
    GradientUnits& units = sample.units;
    if (!problem_.weights.empty())
      units.hessian =
          unit_for(std::accumulate(mass.begin(), mass.end(), 0.0), mass.size(), ForestCell::kMassBits);
    double sums = 0;
    for (std::size_t i = 0; i < mass.size(); ++i) {
      mass[i] = std::nearbyint(mass[i] / units.hessian);
      sums += mass[i] * std::abs(problem_.outcome[rows[i]]);
    }
    // Outcomes of 0 and 1 need no finer unit, and entropy holds their sum against the mass.
    units.gradient = problem_.objective == Objective::Logistic
                         ? units.hessian
                         : unit_for(sums * units.hessian, mass.size(), kSumBits);
    const double per_unit = units.hessian / units.gradient;
    std::size_t kept = 0;  // a weight may be too small beside the others
    for (std::size_t i = 0; i < mass.size(); ++i) {
      if (mass[i] == 0) continue;
      const double sum = std::nearbyint(mass[i] * problem_.outcome[rows[i]] * per_unit);
      sample.rows.row[kept++] = rows[i];
      sample.rows.cell.push_back(
          ForestCell::of_row(static_cast<std::int64_t>(sum), static_cast<std::uint64_t>(mass[i])));
    }
    sample.rows.row.resize(kept);
  }

  const Problem& problem_;
  const ForestSettings& settings_;
  Stream stream_;
  Workers& workers_;
  RowList rows_;
  std::vector<ForestGrower> growers_;
};

/// Turns nodes as they are met into the nodes of one tree, siblings side by side: XGBoost's library looks for
/// the right child behind the left.
class TreeWriter {
 public:
  TreeWriter(const BinnedMatrix& matrix, const Sample& sample) : nodes(1), matrix_(matrix), sample_(sample) {}

  void add(const ForestNode& from) {
    std::size_t place = 0;
    if (from.depth > 0) {
      Parent& parent = path_[from.depth - 1];
      place = parent.left + parent.met++;
    }
    TreeNode node;
    const GradientUnits& units = sample_.units;
    node.weight = to_float(sample_.mean(from));
    node.cover = to_float(from.total.mass * units.hessian);
    node.value = node.weight;
    if (from.split != nullptr) {
      path_.resize(from.depth);
      path_.push_back({nodes.size(), 0});
      node.left = static_cast<std::int32_t>(nodes.size());
      node.right = node.left + 1;
      nodes.resize(nodes.size() + 2);
      node.feature = from.split->column;
      node.value = matrix_.column(from.split->column).threshold(from.split->last_left);
      node.missing_left = from.split->missing_left;
      node.gain = to_float(from.gain * units.gradient * units.gradient / units.hessian);
    }
    nodes[place] = node;
  }

  std::vector<TreeNode> nodes;

 private:
  struct Parent {
    std::size_t left = 0, met = 0;  // children met so far
  };
  const BinnedMatrix& matrix_;
  const Sample& sample_;
  std::vector<Parent> path_;  // the inner nodes from the root to the one last met
};

/// One tree's values of held rows at every cut of depth and node size.
class CutValues {
 public:
  CutValues(std::span<const ForestCut> cuts, std::size_t held)
      : cuts_(cuts), held_(held), values_(cuts.size() * held) {}

  void add(const ForestNode& node, float value, std::span<const std::uint32_t> place_of) {
    std::uint64_t ended = node.depth == 0 ? 0 : ended_[node.depth - 1];
    for (std::size_t c = 0; c < cuts_.size(); ++c) {
      if ((ended >> c & 1) != 0 || !ends(node, cuts_[c])) continue;
      ended |= std::uint64_t{1} << c;
      for (const std::uint32_t row : node.watched) values_[c * held_ + place_of[row]] = value;
    }
    ended_.resize(node.depth);
    ended_.push_back(ended);
  }
  std::span<const float> of(std::size_t cut) const { return std::span{values_}.subspan(cut * held_, held_); }

  static constexpr std::size_t kMost = 64;  // cuts: a bit each

 private:
  static bool ends(const ForestNode& node, const ForestCut& cut) {
    return node.split == nullptr || (cut.max_depth && std::cmp_less_equal(*cut.max_depth, node.depth)) ||
           node.total.rows < cut.min_samples_split;
  }
  std::span<const ForestCut> cuts_;
  std::size_t held_;
  std::vector<float> values_;         // shape (cuts, held)
  std::vector<std::uint64_t> ended_;  // by depth, of the path to the node last met
};

/// The limits of a forest that holds all cuts.
ForestCut largest(std::span<const ForestCut> cuts) {
  ForestCut all = cuts.front();
  for (const ForestCut& cut : cuts) {
    all.n_estimators = std::max(all.n_estimators, cut.n_estimators);
    all.min_samples_split = std::min(all.min_samples_split, cut.min_samples_split);
    all.max_depth = all.max_depth && cut.max_depth ? std::max(all.max_depth, cut.max_depth) : std::nullopt;
  }
  return all;
}

void set_limits(ForestSettings& settings, const ForestCut& cut) {
  settings.n_estimators = cut.n_estimators;
  settings.max_depth = cut.max_depth;
  settings.min_samples_split = cut.min_samples_split;
}

/// Cuts of depth and node size, without the number of trees; no two alike.
std::vector<ForestCut> shapes_of(std::span<const ForestCut> cuts) {
  std::vector<ForestCut> shapes;
  for (ForestCut cut : cuts) {
    cut.n_estimators = 0;
    if (std::ranges::find(shapes, cut) == shapes.end()) shapes.push_back(cut);
  }
  return shapes;
}

}  // namespace

void check_criterion(const ForestSettings& settings, Objective objective) {
  if (of_classes(settings.criterion) && objective != Objective::Logistic)
    throw Error(ErrorKind::Study, settings.criterion + " is for outcomes of yes or no", "criterion",
                "use squared_error, or objective logistic");
}

std::size_t features_drawn(const std::string& max_features, std::size_t features) {
  const auto all = static_cast<double>(features);
  double drawn = 0;
  if (max_features == "sqrt")
    drawn = std::sqrt(all);
  else if (max_features == "log2")
    drawn = std::log2(all);
  else if (const auto whole = parse_integer(max_features))
    drawn = static_cast<double>(*whole);
  else
    drawn = parse_double(max_features).value() * all;
  return std::clamp<std::size_t>(static_cast<std::size_t>(drawn), 1, features);
}

TreeModel fit_forest(const TreeBins& bins, const Problem& problem, const ForestSettings& settings,
                     Stream stream, Workers& workers) {
  Forest forest{bins, problem, settings, stream, workers};
  TreeEnsemble trees;
  trees.objective = problem.objective;
  trees.average = true;
  std::vector<std::vector<TreeNode>> grown(forest.slots());
  forest.grow(
      settings.n_estimators,
      [&](Sample& sample, ForestGrower& grower, Stream draws, std::size_t slot) {
        TreeWriter writer{bins.binned, sample};
        grower.grow(std::move(sample.rows), {}, problem.outcome, forest.rules, false, draws,
                    [&](const ForestNode& node) { writer.add(node); });
        grown[slot] = std::move(writer.nodes);
      },
      [&](std::size_t slot, std::size_t) {
        const auto first = static_cast<std::int32_t>(trees.nodes.size());
        trees.roots.push_back(static_cast<std::uint32_t>(first));
        for (TreeNode& node : grown[slot]) {
          if (node.left >= 0) node.left += first, node.right += first;
          trees.nodes.push_back(node);
        }
      });
  return {"random_forest", bins.encoding, std::move(trees)};
}

TreeModel fit_forest(const Problem& problem, const ForestSettings& settings, Stream stream,
                     Workers& workers) {
  check_problem(problem);
  TreeBins bins{problem.matrix, parse_category_rule(settings.encoding).value(), settings.max_bin, workers,
                settings.min_data_in_bin};
  bins.mark(workers);
  return fit_forest(bins, problem, settings, stream, workers);
}

std::vector<std::vector<double>> forest_cuts(const TreeBins& bins, const Problem& problem,
                                             const ForestSettings& settings, std::span<const ForestCut> cuts,
                                             Rows held, Stream stream, Workers& workers) {
  if (cuts.size() > CutValues::kMost) {
    auto some = forest_cuts(bins, problem, settings, cuts.first(CutValues::kMost), held, stream, workers);
    std::ranges::move(
        forest_cuts(bins, problem, settings, cuts.subspan(CutValues::kMost), held, stream, workers),
        std::back_inserter(some));
    return some;
  }
  ForestSettings whole = settings;
  set_limits(whole, largest(cuts));
  const std::vector<ForestCut> shapes = shapes_of(cuts);
  Forest forest{bins, problem, whole, stream, workers};
  std::vector<std::uint32_t> place_of(bins.matrix->rows());
  for (std::size_t i = 0; i < held.size(); ++i) place_of[held[i]] = static_cast<std::uint32_t>(i);

  std::vector<CutValues> values(forest.slots(), CutValues{shapes, held.size()});
  std::vector<std::vector<double>> sums(shapes.size(), std::vector<double>(held.size()));
  std::vector<std::vector<double>> out(cuts.size());
  forest.grow(
      whole.n_estimators,
      [&](Sample& sample, ForestGrower& grower, Stream draws, std::size_t slot) {
        grower.grow(
            std::move(sample.rows), {held.begin(), held.end()}, problem.outcome, forest.rules, true, draws,
            [&](const ForestNode& node) { values[slot].add(node, to_float(sample.mean(node)), place_of); });
      },
      [&](std::size_t slot, std::size_t trees) {
        for (std::size_t s = 0; s < shapes.size(); ++s) {
          const std::span<const float> tree = values[slot].of(s);
          for (std::size_t i = 0; i < held.size(); ++i) sums[s][i] += static_cast<double>(tree[i]);
        }
        for (std::size_t c = 0; c < cuts.size(); ++c) {
          if (!std::cmp_equal(cuts[c].n_estimators, trees)) continue;
          const auto s = static_cast<std::size_t>(
              std::ranges::find(shapes, ForestCut{0, cuts[c].max_depth, cuts[c].min_samples_split}) -
              shapes.begin());
          out[c] = sums[s];
          for (double& x : out[c]) x /= static_cast<double>(trees);
        }
      });
  return out;
}

std::vector<double> out_of_bag(const TreeBins& bins, const Problem& problem, const ForestSettings& settings,
                               Stream stream, Workers& workers) {
  if (!settings.bootstrap)
    throw Error(ErrorKind::Study, "without bootstrap no row is left out of a tree", "bootstrap",
                "write bootstrap: true, or validate on folds");
  Forest forest{bins, problem, settings, stream, workers};
  std::vector<std::vector<std::pair<std::uint32_t, float>>> values(forest.slots());
  std::vector<double> sums(bins.matrix->rows());
  std::vector<int> trees(bins.matrix->rows());
  forest.grow(
      settings.n_estimators,
      [&](Sample& sample, ForestGrower& grower, Stream draws, std::size_t slot) {
        values[slot].clear();
        grower.grow(std::move(sample.rows), std::move(sample.left_out), problem.outcome, forest.rules, true,
                    draws, [&](const ForestNode& node) {
                      if (node.split != nullptr) return;
                      const auto value = to_float(sample.mean(node));
                      for (const std::uint32_t row : node.watched) values[slot].emplace_back(row, value);
                    });
      },
      [&](std::size_t slot, std::size_t) {
        for (const auto& [row, value] : values[slot]) {
          sums[row] += static_cast<double>(value);
          ++trees[row];
        }
      });
  std::vector<double> out;
  for (const std::uint32_t row : problem.rows)
    out.push_back(trees[row] == 0 ? std::numeric_limits<double>::quiet_NaN() : sums[row] / trees[row]);
  return out;
}

}  // namespace kohort
