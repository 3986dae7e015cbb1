#include "learn/release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

#include "base/text.hpp"
#include "learn/linear/product_terms.hpp"
#include "learn/tree/xgboost_json.hpp"

namespace kohort {
namespace {

/// Different persons, listed until they are enough.
class PersonCount {
 public:
  void add(std::uint64_t person, std::uint64_t enough) {
    if (enough_ || (!seen_.empty() && seen_.back() == person)) return;
    seen_.push_back(person);
    if (seen_.size() >= 2 * enough) count(enough);  // of them half at least are dropped, or it is over
  }
  /// Those of another part as well.
  void add(const PersonCount& other, std::uint64_t enough) {
    for (const std::uint64_t person : other.seen_) add(person, enough);
    enough_ = enough_ || other.enough_;
  }
  /// How many, but no more than `enough`.
  std::uint64_t count(std::uint64_t enough) {
    if (enough_) return enough;
    std::ranges::sort(seen_);
    seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
    if (seen_.size() < enough) return seen_.size();
    enough_ = true;
    seen_ = {};
    return enough;
  }

 private:
  std::vector<std::uint64_t> seen_;  // some maybe more than once
  bool enough_ = false;
};

/// The training rows, whose they are, and how many persons a part is to have.
struct Training {
  std::span<const std::uint32_t> rows;
  std::span<const std::uint64_t> persons;
  std::uint64_t minimum;
  void put(std::uint32_t row, PersonCount& part) const {
    part.add(persons.empty() ? row : persons[row], minimum);
  }
};

using Counts = std::vector<PersonCount>;  // a part each

ModelParts tally(std::string what, Counts& counts, std::uint64_t minimum) {
  ModelParts parts{.what = std::move(what)};
  for (PersonCount& part : counts) {
    const std::uint64_t persons = part.count(minimum);
    if (persons == 0) continue;
    parts.least = parts.parts == 0 ? persons : std::min(parts.least, persons);
    parts.too_small += persons < minimum ? 1 : 0;
    ++parts.parts;
  }
  return parts;
}

// --- trees

std::size_t leaf_of(const TreeEnsemble& trees, std::size_t node, std::span<const float> features) {
  while (trees.nodes[node].left >= 0) {
    const TreeNode& at = trees.nodes[node];
    const float x = features[at.feature];
    bool left = x < at.value;
    if (std::isnan(x))
      left = at.missing_left;
    else if (at.first_word >= 0)
      left = !trees.goes_right(at, static_cast<std::size_t>(x));
    node = static_cast<std::size_t>(left ? at.left : at.right);
  }
  return node;
}

/// What the trees ask of one feature, and who answers what: steps or levels, and missing last.
struct Asked {
  std::vector<float> thresholds;  // ascending, each once; empty for a feature split by sets
  bool as_set = false;
  Counts counts;

  PersonCount& part_of(float x) {
    std::size_t place = counts.size() - 1;
    if (!std::isnan(x))
      place = as_set ? static_cast<std::size_t>(x)
                     : static_cast<std::size_t>(std::ranges::upper_bound(thresholds, x) - thresholds.begin());
    return counts[place];
  }
};

std::map<std::uint32_t, Asked> asked_of(const TreeModel& model) {
  const auto features = xgboost_features(model.encoding);
  std::map<std::uint32_t, Asked> asked;
  for (const TreeNode& node : model.trees.nodes) {
    if (node.left < 0) continue;
    Asked& of = asked[node.feature];
    of.as_set = features[node.feature].levels > 0;
    if (!of.as_set) of.thresholds.push_back(node.value);
  }
  for (auto& [feature, of] : asked) {
    std::ranges::sort(of.thresholds);
    of.thresholds.erase(std::unique(of.thresholds.begin(), of.thresholds.end()), of.thresholds.end());
    of.counts.resize((of.as_set ? features[feature].levels : of.thresholds.size() + 1) + 1);
  }
  return asked;
}

/// The column that a feature was made from.
const std::string& column_of(const TreeEncoding& encoding, std::uint32_t feature) {
  const auto next = std::ranges::upper_bound(encoding.columns, feature, {}, &EncodedColumn::first_feature);
  return std::prev(next)->info.name;
}

/// Who is in each node that is a leaf, and who answers what.
struct TreeParts {
  Counts leaves;
  std::map<std::uint32_t, Asked> asked;  // by feature
};

TreeParts count_trees(const TreeModel& model, const Matrix& matrix, const Training& training,
                      Workers& workers) {
  constexpr std::size_t kBlock = 4096;
  const auto rows = training.rows;
  const EncodedMatrix encoded{model.encoding, matrix};
  TreeParts parts{Counts(model.trees.nodes.size()), asked_of(model)};
  std::vector<std::pair<std::uint32_t, Asked*>> features;
  for (auto& [feature, of] : parts.asked) features.emplace_back(feature, &of);
  std::vector<float> cells(std::min(kBlock, rows.size()) * encoded.features());
  const std::size_t trees = model.trees.roots.size();
  for (std::size_t begin = 0; begin < rows.size(); begin += kBlock) {
    const auto block = rows.subspan(begin, std::min(kBlock, rows.size() - begin));
    encoded.fill(block, cells);
    const auto row = [&](std::size_t i) {
      return std::span<const float>{cells}.subspan(i * encoded.features(), encoded.features());
    };
    workers.for_each(trees + features.size(), [&](std::size_t task) {  // each counts into places of its own
      for (std::size_t i = 0; i < block.size(); ++i) {
        if (task < trees)
          training.put(block[i], parts.leaves[leaf_of(model.trees, model.trees.roots[task], row(i))]);
        else
          training.put(block[i],
                       features[task - trees].second->part_of(row(i)[features[task - trees].first]));
      }
    });
  }
  return parts;
}

std::vector<ModelParts> parts_of(const TreeModel& model, const Matrix& matrix, const Training& training,
                                 Workers& workers) {
  TreeParts counted = count_trees(model, matrix, training, workers);
  std::vector<ModelParts> parts{tally("leaves", counted.leaves, training.minimum)};
  for (auto& [feature, of] : counted.asked)
    parts.push_back(tally(
        fmt::format("{} of column '{}'", of.as_set ? "levels" : "steps", column_of(model.encoding, feature)),
        of.counts, training.minimum));
  return parts;
}

/// The thresholds of a feature that leave every step enough persons or nobody, from the lowest upwards; none
/// when all of them together are too few.
std::vector<float> kept_thresholds(const Asked& of, std::uint64_t enough) {
  const auto too_few = [&](PersonCount& step) {
    const std::uint64_t persons = step.count(enough);
    return persons > 0 && persons < enough;
  };
  std::vector<float> kept;
  Counts steps(1);  // between those kept
  for (std::size_t k = 0; k <= of.thresholds.size(); ++k) {
    steps.back().add(of.counts[k], enough);
    if (k == of.thresholds.size() || too_few(steps.back())) continue;
    kept.push_back(of.thresholds[k]);
    steps.emplace_back();
  }
  for (; too_few(steps.back()) && !kept.empty(); kept.pop_back()) {
    const PersonCount last = std::move(steps.back());
    steps.pop_back();
    steps.back().add(last, enough);
  }
  return kept;
}

// --- linear

/// Per level and missing last, or at the most frequent value and off it.
Counts counts_of(const LinearTerm& term, const MatrixColumn& cells, const Training& training) {
  const bool category = one_hot(term);
  const auto level_of = match_levels(cells.info.levels, term.info.levels);
  Counts counts(category ? term.info.levels.size() + 1 : 2);
  for (const std::uint32_t row : training.rows) {
    const float x = cells.at(row);
    if (!category) {
      training.put(row, counts[x == cells.mode || (std::isnan(x) && std::isnan(cells.mode)) ? 0 : 1]);
    } else if (std::isnan(x)) {
      if (term.missing_is_level) training.put(row, counts.back());
    } else if (const std::int32_t level = level_of[static_cast<std::size_t>(x)]; level >= 0) {
      training.put(row, counts[static_cast<std::size_t>(level)]);
    }
  }
  return counts;
}

/// The products of the same predictors, or all thresholds of one.
struct Products {
  std::string what;
  std::vector<std::uint32_t> terms{};   // as they stand in the product
  std::vector<std::uint32_t> places{};  // in the model
  std::vector<float> cuts{};            // of thresholds, ascending
};

std::vector<Products> products_of(const LinearModel& model) {
  std::map<std::pair<bool, std::vector<std::uint32_t>>, Products> by_terms;
  for (std::uint32_t k = 0; k < model.products.size(); ++k) {
    std::vector<std::uint32_t> of;
    for (const TermFactor& factor : model.products[k].factors) of.push_back(factor.term);
    const std::optional<float> cut = model.products[k].factors.front().above;
    Products& products = by_terms[{cut.has_value(), of}];
    products.places.push_back(k);
    if (cut) products.cuts.push_back(*cut);
  }
  std::vector<Products> out;
  for (auto& [key, products] : by_terms) {
    std::vector<std::string> names;
    products.terms = key.second;
    for (const std::uint32_t term : products.terms) names.push_back(model.terms[term].info.name);
    products.what = key.first
                        ? fmt::format("steps between thresholds of column '{}'", names.front())
                        : fmt::format("rows on and off the most frequent value of '{}'", join(names, ":"));
    std::ranges::sort(products.cuts);
    out.push_back(std::move(products));
  }
  return out;
}

/// Observed cells between neighbouring thresholds.
Counts steps_of(const Products& products, const MatrixColumn& cells, const Training& training) {
  Counts counts(products.cuts.size() + 1);
  for (const std::uint32_t row : training.rows)
    if (const float x = cells.at(row); std::isfinite(x))
      training.put(row, counts[static_cast<std::size_t>(std::ranges::lower_bound(products.cuts, x) -
                                                        products.cuts.begin())]);
  return counts;
}

/// Of each product the rows where it is what most frequent values make it, and the others.
Counts counts_of(const Products& products, const BoundProducts& bound, std::span<const BoundTerm> terms,
                 const Training& training) {
  Counts counts;
  for (const std::uint32_t k : products.places) {
    const auto with = [&](auto cell_of) {
      return bound.scaled(k, [&](std::size_t f) {
        const TermFactor& factor = bound.factors[f];
        return terms[factor.term].factor(factor, cell_of(*terms[factor.term].cells));
      });
    };
    const double mode = with([](const MatrixColumn& cells) { return cells.mode; });
    PersonCount on, off;
    for (const std::uint32_t row : training.rows) {
      const bool as_mode = with([&](const MatrixColumn& cells) { return cells.at(row); }) == mode;
      training.put(row, as_mode ? on : off);
    }
    counts.push_back(std::move(on));
    counts.push_back(std::move(off));
  }
  return counts;
}

std::vector<ModelParts> parts_of(const LinearModel& model, const Matrix& matrix, const Training& training,
                                 Workers& workers) {
  const std::vector<Products> products = products_of(model);
  std::vector<ModelParts> parts(model.terms.size() + products.size());
  workers.for_each(model.terms.size(), [&](std::size_t j) {
    const LinearTerm& term = model.terms[j];
    const char* what = one_hot(term) ? "levels" : "cells on and off the most frequent value";
    Counts counts = counts_of(term, find_predictor(matrix, term.info), training);
    parts[j] = tally(fmt::format("{} of column '{}'", what, term.info.name), counts, training.minimum);
  });
  std::vector<BoundTerm> terms;
  for (const LinearTerm& term : model.terms) terms.emplace_back(term, matrix);
  const BoundProducts bound{model, terms};
  workers.for_each(products.size(), [&](std::size_t k) {
    Counts counts = products[k].cuts.empty()
                        ? counts_of(products[k], bound, terms, training)
                        : steps_of(products[k], *terms[products[k].terms.front()].cells, training);
    parts[model.terms.size() + k] = tally(products[k].what, counts, training.minimum);
  });
  return parts;
}

}  // namespace

std::vector<ModelParts> count_parts(const Model& model, const Matrix& matrix,
                                    std::span<const std::uint32_t> rows,
                                    std::span<const std::uint64_t> persons, std::uint64_t minimum,
                                    Workers& workers) {
  check_rows(rows, matrix.rows());
  assert(persons.empty() || persons.size() == matrix.rows());
  const Training training{rows, persons, minimum};
  return std::visit([&](const auto& m) { return parts_of(m, matrix, training, workers); }, model);
}

std::vector<JoinedSteps> join_steps(TreeModel& model, const Matrix& matrix,
                                    std::span<const std::uint32_t> rows,
                                    std::span<const std::uint64_t> persons, std::uint64_t minimum,
                                    Workers& workers) {
  check_rows(rows, matrix.rows());
  const TreeParts counted = count_trees(model, matrix, {rows, persons, minimum}, workers);
  std::map<std::uint32_t, std::vector<float>> kept;
  std::vector<JoinedSteps> joined;
  for (const auto& [feature, of] : counted.asked) {
    if (of.as_set) continue;
    std::vector<float> thresholds = kept_thresholds(of, minimum);
    if (thresholds.empty() || thresholds.size() == of.thresholds.size()) continue;
    joined.push_back(
        {column_of(model.encoding, feature), of.thresholds.size(), of.thresholds.size() - thresholds.size()});
    kept[feature] = std::move(thresholds);
  }
  for (TreeNode& node : model.trees.nodes) {
    const auto found = node.left < 0 ? kept.end() : kept.find(node.feature);
    if (found == kept.end()) continue;
    const auto at = std::ranges::lower_bound(found->second, node.value);
    node.value = at == found->second.end() ? found->second.back() : *at;
  }
  return joined;
}

}  // namespace kohort
