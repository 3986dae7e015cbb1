#include "learn/explain/importance.hpp"

#include <numeric>
#include <set>

#include "learn/explain/coefficients.hpp"

namespace kohort {
namespace {

/// Places of features by how many each predictor has.
template <class Parts, class Width>
std::vector<std::uint32_t> places(const Parts& parts, Detail detail, Width width) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t predictor = 0; const auto& part : parts) out.insert(out.end(), width(part), predictor++);
  if (detail == Detail::Features) std::iota(out.begin(), out.end(), 0U);
  return out;
}

}  // namespace

std::vector<std::string> explained_names(const TreeModel& model, Detail detail) {
  if (detail == Detail::Features) return model.encoding.feature_names();
  std::vector<std::string> names;
  for (const EncodedColumn& column : model.encoding.columns) names.push_back(column.info.name);
  return names;
}

std::vector<std::string> explained_names(const LinearModel& model, Detail detail) {
  std::vector<std::string> names;
  if (detail == Detail::Predictors)
    for (const LinearTerm& term : model.terms) names.push_back(term.info.name);
  if (detail == Detail::Features)
    for (const Coefficient& c : coefficients(model))
      names.push_back(c.level.empty() ? c.predictor : c.predictor + "=" + c.level);
  return names;
}

std::vector<std::uint32_t> explained_places(const TreeModel& model, Detail detail) {
  return places(model.encoding.columns, detail,
                [](const EncodedColumn& column) { return column.features(); });
}

std::vector<std::vector<std::uint32_t>> explained_places(const LinearModel& model, Detail detail) {
  std::vector<std::vector<std::uint32_t>> out;
  for (const std::uint32_t place :
       places(model.terms, detail, [](const LinearTerm& term) { return term.coefficients.size(); }))
    out.push_back({place});
  for (const ProductTerm& product : model.products) {
    std::set<std::uint32_t> terms;
    for (const TermFactor& factor : product.factors) terms.insert(factor.term);
    if (detail == Detail::Features) terms = {static_cast<std::uint32_t>(out.size())};
    out.emplace_back(terms.begin(), terms.end());
  }
  return out;
}

std::vector<SplitImportance> split_importances(const TreeModel& model, Detail detail) {
  const std::vector<std::uint32_t> place = explained_places(model, detail);
  std::vector<SplitImportance> out(explained_names(model, detail).size());
  for (const TreeNode& node : model.trees.nodes) {
    if (node.left < 0) continue;
    SplitImportance& of = out[place[node.feature]];
    ++of.weight;
    of.total_gain += static_cast<double>(node.gain);
    of.total_cover += static_cast<double>(node.cover);
  }
  return out;
}

}  // namespace kohort
