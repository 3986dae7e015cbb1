#include "learn/explain/dealt_predictions.hpp"

#include <algorithm>
#include <cmath>

#include "base/stable.hpp"
#include "learn/explain/importance.hpp"
#include "learn/linear/bound_term.hpp"
#include "learn/linear/glm_loss.hpp"
#include "learn/linear/product_terms.hpp"
#include "learn/tree/loss.hpp"

namespace kohort {
namespace {

using Rows = std::span<const std::uint32_t>;
using Deals = std::span<const std::vector<std::uint32_t>>;

constexpr std::size_t kBlock = 512;  // rows at a time: fixed, so that nothing depends on threads

/// The prediction out of a row's leaves, added up as TreeEnsemble::predict does.
double prediction(const TreeEnsemble& trees, std::span<const float> leaves) {
  if (trees.average) {
    double sum = 0;
    for (const float leaf : leaves) sum += static_cast<double>(leaf);
    return sum / static_cast<double>(leaves.size());
  }
  float margin = trees.base_margin;
  for (const float leaf : leaves) margin += leaf;
  return static_cast<double>(prediction_of(margin, trees.objective));
}

/// Predictions of a block of rows by a tree model.
class DealtTrees {
 public:
  DealtTrees(const TreeModel& model, const Matrix& matrix)
      : trees_(model.trees),
        encoded_(model.encoding, matrix),
        columns_(model.encoding.columns),
        predictor_of_(explained_places(model, Detail::Predictors)) {}

  /// Rows first .. first + count - 1 of every deal of every predictor.
  void predict(Rows rows, std::size_t first, std::size_t count, Rows predictors, Deals deals,
               std::span<std::vector<double>> out) const {
    const std::size_t width = encoded_.features();
    std::vector<float> features(count * width);
    encoded_.fill(rows.subspan(first, count), features);
    Row row{{},
            std::vector<float>(trees_.roots.size()),
            std::vector<std::vector<std::uint32_t>>(columns_.size())};
    for (std::size_t i = 0; i < count; ++i) {
      row.features = std::span{features}.subspan(i * width, width);
      walk_all(row);
      const double own = prediction(trees_, row.leaves);
      for (std::vector<double>& predictions : out) predictions[first + i] = own;
      for (std::size_t p = 0; p < predictors.size(); ++p)
        deal(rows, first + i, predictors[p], deals, row, out.subspan(p * deals.size(), deals.size()));
    }
  }

 private:
  struct Row {
    std::span<float> features;  // as the matrix has them, but while `deal` tries other cells
    std::vector<float> leaves;  // by tree
    std::vector<std::vector<std::uint32_t>> met;  // by predictor: the trees on whose path it is split on
  };

  /// The row's leaves. Only trees that meet a predictor on the row's own path can change with it.
  void walk_all(Row& row) const {
    for (auto& trees : row.met) trees.clear();
    for (std::uint32_t t = 0; t < trees_.roots.size(); ++t) {
      const TreeNode* node = &trees_.nodes[trees_.roots[t]];
      while (node->left >= 0) {
        std::vector<std::uint32_t>& met = row.met[predictor_of_[node->feature]];
        if (met.empty() || met.back() != t) met.push_back(t);
        node = &trees_.child(*node, row.features);
      }
      row.leaves[t] = node->value;
    }
  }

  /// One row, one predictor: predictions where another cell changes a feature.
  void deal(Rows rows, std::size_t place, std::uint32_t predictor, Deals deals, Row& row,
            std::span<std::vector<double>> out) const {
    const std::vector<std::uint32_t>& met = row.met[predictor];
    if (met.empty()) return;
    const EncodedColumn& column = columns_[predictor];
    const std::span<float> features = row.features.subspan(column.first_feature, column.features());
    const std::vector<float> own(features.begin(), features.end());
    const auto walk = [&] {
      for (const std::uint32_t tree : met)
        row.leaves[tree] = trees_.leaf_value(trees_.roots[tree], row.features);
    };
    for (std::size_t d = 0; d < deals.size(); ++d) {
      encoded_.put(predictor, encoded_.cells(predictor).at(rows[deals[d][place]]), row.features);
      if (std::ranges::equal(features, own, same)) continue;
      walk();
      out[d][place] = prediction(trees_, row.leaves);
    }
    std::ranges::copy(own, features.begin());
    walk();
  }
  static bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

  const TreeEnsemble& trees_;
  EncodedMatrix encoded_;
  std::span<const EncodedColumn> columns_;
  std::vector<std::uint32_t> predictor_of_;  // by feature
};

/// The same by a linear model.
class DealtTerms {
 public:
  DealtTerms(const LinearModel& model, const Matrix& matrix, std::vector<double> own)
      : model_(model), own_(std::move(own)), terms_(bound(model, matrix)), products_(model, terms_) {
    products_of_.resize(terms_.size());
    for (std::uint32_t k = 0; k < products_.products.size(); ++k)
      if (products_.products[k].coefficient != 0)
        for (const std::uint32_t f : products_.products[k].factors) {
          std::vector<std::uint32_t>& of = products_of_[products_.factors[f].term];
          if (of.empty() || of.back() != k) of.push_back(k);
        }
  }
  DealtTerms(const DealtTerms&) = delete;
  DealtTerms& operator=(const DealtTerms&) = delete;

  void predict(Rows rows, std::size_t first, std::size_t count, Rows predictors, Deals deals,
               std::span<std::vector<double>> out) const {
    const std::vector<float> factors = products_.read(rows.subspan(first, count));
    for (std::size_t i = first; i < first + count; ++i) {
      const auto factor = [&](std::size_t f) { return factors[f * count + i - first]; };
      double margin = model_.intercept;
      for (const BoundTerm& term : terms_) margin += term.of(term.cells->at(rows[i]));
      for (std::size_t k = 0; k < products_.products.size(); ++k)
        margin += products_.products[k].coefficient * products_.scaled(k, factor);
      for (std::size_t p = 0; p < predictors.size(); ++p) {
        const BoundTerm& term = terms_[predictors[p]];
        const double own = added_by(predictors[p], term.cells->at(rows[i]), factor);
        for (std::size_t d = 0; d < deals.size(); ++d) {
          const double other = added_by(predictors[p], term.cells->at(rows[deals[d][i]]), factor);
          out[p * deals.size() + d][i] = other == own ? own_[i] : prediction_of(margin + (other - own));
        }
      }
    }
  }

 private:
  static std::vector<BoundTerm> bound(const LinearModel& model, const Matrix& matrix) {
    std::vector<BoundTerm> terms;
    for (const LinearTerm& term : model.terms) terms.emplace_back(term, matrix);
    return terms;
  }
  /// What a predictor adds with a cell x: its term and the products it is in, whose other factors stay.
  template <class FactorOf>
  double added_by(std::uint32_t predictor, float x, FactorOf factor) const {
    double sum = terms_[predictor].of(x);
    for (const std::uint32_t k : products_of_[predictor])
      sum += products_.products[k].coefficient * products_.scaled(k, [&](std::size_t f) {
        const TermFactor& at = products_.factors[f];
        return at.term == predictor ? terms_[predictor].factor(at, x) : factor(f);
      });
    return sum;
  }
  double prediction_of(double margin) const { return GlmLoss{model_.objective}.mean_of(margin); }

  const LinearModel& model_;
  std::vector<double> own_;  // predictions of the rows as they are
  std::vector<BoundTerm> terms_;
  BoundProducts products_;
  std::vector<std::vector<std::uint32_t>> products_of_;  // by predictor: those that count
};

}  // namespace

std::vector<std::vector<double>> dealt_predictions(const Model& model, const Matrix& matrix, Rows rows,
                                                   Rows predictors, Deals deals, Workers& workers) {
  check_rows(rows, matrix.rows());
  std::vector<std::vector<double>> out(predictors.size() * deals.size(), std::vector<double>(rows.size()));
  const auto in_blocks = [&](const auto& dealt) {
    workers.for_each((rows.size() + kBlock - 1) / kBlock, [&](std::size_t b) {
      const std::size_t first = b * kBlock;
      dealt.predict(rows, first, std::min(kBlock, rows.size() - first), predictors, deals, out);
    });
  };
  if (const auto* linear = std::get_if<LinearModel>(&model))
    in_blocks(DealtTerms{*linear, matrix, predict(model, matrix, rows, workers)});
  else
    in_blocks(DealtTrees{std::get<TreeModel>(model), matrix});
  return out;
}

}  // namespace kohort
