#include "learn/linear/product_terms.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kohort {
namespace {

/// Whether a column of a design holds the codes of a category.
bool is_code(const LinearDesign& design, std::size_t j) {
  const LinearColumn& column = design.cells->columns()[j];
  return column.level < 0 && design.numbers[j].used &&
         design.cells->matrix().column(column.source).info.kind == ColumnKind::Category;
}

/// For each column of a design the factor that it is in make_linear_model's model.
std::vector<TermFactor> factors_of(const LinearDesign& design) {
  const LinearColumns columns = design.cells->columns();
  std::vector<TermFactor> factors(columns.size());
  std::uint32_t terms = 0, level = 0;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (columns[j].level < 0) {
      if (design.numbers[j].used) factors[j].term = terms++;
      continue;
    }
    if (columns[j].level == 0) ++terms, level = 0;
    if (design.numbers[j].used) factors[j] = {.term = terms - 1, .level = level++};
  }
  return factors;
}

}  // namespace

LinearModel make_linear_model(const TermedDesign& design, const LinearFit& fit, std::string kind) {
  LinearModel model = make_linear_model(design.base, fit, std::move(kind));
  const std::vector<TermFactor> factors = factors_of(design.base);
  for (std::size_t j = 0; j < factors.size(); ++j)
    if (is_code(design.base, j)) model.terms[factors[j].term].ordinal = true;
  const std::size_t first = factors.size();
  for (std::size_t k = 0; k < design.products.size(); ++k) {
    const ColumnNumbers& numbers = design.whole().numbers[first + k];
    ProductTerm product{{}, numbers.scale, fit.beta[first + k], numbers.mean};
    for (const LinearFactor& factor : design.products[k]) {
      product.factors.push_back(factors[factor.column]);
      product.factors.back().above = factor.above;
    }
    model.products.push_back(std::move(product));
  }
  return model;
}

std::string predictors_of(const TermedDesign& design, std::size_t column) {
  const LinearColumns columns = design.base.cells->columns();
  const auto name = [&](std::size_t j) {
    return design.base.cells->matrix().column(columns[j].source).info.name;
  };
  if (column < columns.size()) return name(column);
  std::vector<std::string> names;
  for (const LinearFactor& factor : design.products[column - columns.size()])
    names.push_back(name(factor.column));
  return join(names, ":");
}

BoundProducts::BoundProducts(const LinearModel& model, std::span<const BoundTerm> terms) : terms_(terms) {
  for (const ProductTerm& product : model.products)
    factors.insert(factors.end(), product.factors.begin(), product.factors.end());
  std::ranges::sort(factors);
  factors.erase(std::unique(factors.begin(), factors.end()), factors.end());
  for (const ProductTerm& product : model.products) {
    products.push_back({{}, product.scale, product.coefficient});
    for (const TermFactor& factor : product.factors)
      products.back().factors.push_back(
          static_cast<std::uint32_t>(std::ranges::lower_bound(factors, factor) - factors.begin()));
  }
}

std::vector<float> BoundProducts::read(std::span<const std::uint32_t> rows) const {
  std::vector<float> values(factors.size() * rows.size());
  for (std::size_t f = 0; f < factors.size(); ++f) {
    const BoundTerm& term = terms_[factors[f].term];
    const std::span<float> out = std::span{values}.subspan(f * rows.size(), rows.size());
    std::ranges::fill(out, term.factor(factors[f], term.cells->mode));
    each_listed(*term.cells, rows, [&](std::size_t i, float x) { out[i] = term.factor(factors[f], x); });
  }
  return values;
}

}  // namespace kohort
