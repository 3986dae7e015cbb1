#include "learn/model.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "base/text.hpp"
#include "learn/linear/bound_term.hpp"
#include "learn/linear/glm_loss.hpp"
#include "learn/linear/product_terms.hpp"

namespace kohort {
namespace {

constexpr std::size_t kBlock = 1024;  // rows predicted at a time: fixed, so that nothing depends on threads

/// Adds one term to a block of rows: its value at the mode, then the difference where a cell is listed.
std::uint64_t add_term(const BoundTerm& term, std::span<const std::uint32_t> rows, std::span<double> sums) {
  const MatrixColumn& cells = *term.cells;
  const double at_mode = term.of(cells.mode);
  const bool mode_unknown = term.unknown(cells.mode);
  std::uint64_t unknown = mode_unknown ? rows.size() : 0;
  for (double& sum : sums) sum += at_mode;
  each_listed(cells, rows, [&](std::size_t i, float x) {
    sums[i] += term.of(x) - at_mode;
    unknown += term.unknown(x) ? 1 : 0;
    unknown -= mode_unknown ? 1 : 0;
  });
  return unknown;
}

/// Adds the products that count to a block of rows.
void add_products(const BoundProducts& bound, std::span<const std::uint32_t> rows, std::span<double> sums) {
  const std::vector<float> values = bound.read(rows);
  for (std::size_t k = 0; k < bound.products.size(); ++k) {
    const double coefficient = bound.products[k].coefficient;
    if (coefficient == 0) continue;
    for (std::size_t i = 0; i < rows.size(); ++i)
      sums[i] += coefficient * bound.scaled(k, [&](std::size_t f) { return values[f * rows.size() + i]; });
  }
}

/// Runs f(block of rows, its slots) over fixed blocks; returns the sum of what f returns.
template <class F>
std::uint64_t in_blocks(std::span<const std::uint32_t> rows, std::span<double> out, Workers& workers, F f) {
  std::vector<std::uint64_t> counts((rows.size() + kBlock - 1) / kBlock);
  workers.for_each(counts.size(), [&](std::size_t b) {
    const std::size_t begin = b * kBlock, size = std::min(kBlock, rows.size() - begin);
    counts[b] = f(rows.subspan(begin, size), out.subspan(begin, size));
  });
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t predict_into(const LinearModel& model, const Matrix& matrix,
                           std::span<const std::uint32_t> rows, std::span<double> out, Workers& workers) {
  std::vector<BoundTerm> terms;
  for (const LinearTerm& term : model.terms) terms.emplace_back(term, matrix);
  const BoundProducts products{model, terms};
  return in_blocks(rows, out, workers, [&](std::span<const std::uint32_t> block, std::span<double> sums) {
    std::uint64_t unknown = 0;
    std::ranges::fill(sums, model.intercept);
    for (const BoundTerm& term : terms) unknown += add_term(term, block, sums);
    add_products(products, block, sums);
    const GlmLoss loss{model.objective};
    for (double& sum : sums) sum = loss.mean_of(sum);
    return unknown;
  });
}

std::uint64_t predict_into(const TreeModel& model, const Matrix& matrix, std::span<const std::uint32_t> rows,
                           std::span<double> out, Workers& workers) {
  const EncodedMatrix encoded{model.encoding, matrix};
  return in_blocks(rows, out, workers, [&](std::span<const std::uint32_t> block, std::span<double> sums) {
    std::vector<float> features(block.size() * encoded.features());
    const std::uint64_t unknown = encoded.fill(block, features);
    for (std::size_t i = 0; i < block.size(); ++i)
      sums[i] = model.trees.predict(std::span{features}.subspan(i * encoded.features(), encoded.features()));
    return unknown;
  });
}

}  // namespace

double filled_log(const LinearTerm& term, float x) {
  if (!std::isfinite(x)) return term.missing;
  if (term.transform == Transform::None) return x;
  return x < 0 ? term.negative : static_cast<float>(stable::log1p(x));  // as in LinearCells
}

double scaled_log(const LinearTerm& term, float x) { return filled_log(term, x) / term.scale; }

float number_factor(const LinearTerm& term, const std::optional<float>& above, float x) {
  const auto value = static_cast<float>(filled_log(term, x));
  if (!above) return value;
  const bool observed = std::isfinite(x) && (x >= 0 || term.transform == Transform::None);
  return (observed ? x > *above : fill_above(value, *above, term.transform)) ? 1.0F : 0.0F;
}

std::string name_of(const LinearModel& model, const ProductTerm& product) {
  std::string name;
  for (std::size_t k = 0; k < product.factors.size();) {
    const TermFactor& factor = product.factors[k];
    const LinearTerm& term = model.terms[factor.term];
    std::size_t power = 0;
    while (k < product.factors.size() && product.factors[k] == factor) ++k, ++power;
    name += (name.empty() ? "" : ":") + term.info.name;
    if (one_hot(term))
      name += "=" + (factor.level < term.info.levels.size() ? term.info.levels[factor.level] : "(missing)");
    if (power > 1) name += "^" + std::to_string(power);
    if (factor.above) name += " > " + format_number(*factor.above);
  }
  return name;
}

const std::string& kind_of(const Model& model) {
  return std::visit([](const auto& m) -> const std::string& { return m.kind; }, model);
}

Objective objective_of(const Model& model) {
  const auto* linear = std::get_if<LinearModel>(&model);
  return linear != nullptr ? linear->objective : std::get<TreeModel>(model).trees.objective;
}

std::vector<std::string> predictors_of(const Model& model) {
  std::vector<std::string> names;
  if (const auto* linear = std::get_if<LinearModel>(&model))
    for (const LinearTerm& term : linear->terms) names.push_back(term.info.name);
  if (const auto* tree = std::get_if<TreeModel>(&model))
    for (const EncodedColumn& column : tree->encoding.columns) names.push_back(column.info.name);
  return names;
}

std::vector<double> predict(const Model& model, const Matrix& matrix, std::span<const std::uint32_t> rows,
                            Workers& workers, PredictionNotes* notes) {
  check_rows(rows, matrix.rows());
  std::vector<double> out(rows.size());
  const std::uint64_t unknown =
      std::visit([&](const auto& m) { return predict_into(m, matrix, rows, out, workers); }, model);
  if (notes != nullptr) notes->unknown_levels += unknown;
  return out;
}

}  // namespace kohort
