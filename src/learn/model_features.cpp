#include "learn/model_features.hpp"

#include <algorithm>
#include <cmath>

#include "learn/linear/product_terms.hpp"

namespace kohort {
namespace {

std::vector<std::string> names_of(const LinearModel& model) {
  std::vector<std::string> names;
  for (const LinearTerm& term : model.terms) {
    if (term.info.kind != ColumnKind::Category) names.push_back(term.info.name);
    for (const std::string& level : term.info.levels) names.push_back(term.info.name + "=" + level);
    if (term.missing_is_level) names.push_back(term.info.name + "=(missing)");
  }
  for (const ProductTerm& product : model.products) names.push_back(name_of(model, product));
  return names;
}

std::vector<std::string> names_of(const TreeModel& model) { return model.encoding.feature_names(); }

/// Writes what one cell is to the coefficients of its term.
void put(const LinearTerm& term, std::span<const std::int32_t> level_of, float x, std::span<double> out) {
  if (term.info.kind != ColumnKind::Category) {
    out[0] = scaled_log(term, x);
    return;
  }
  if (std::isnan(x)) {
    if (term.missing_is_level) out.back() = 1;
  } else if (const std::int32_t level = level_of[static_cast<std::size_t>(x)]; level >= 0) {
    out[static_cast<std::size_t>(level)] = 1;
  }
}

std::vector<double> features_of(const LinearModel& model, const Matrix& matrix,
                                std::span<const std::uint32_t> rows) {
  const std::size_t width = names_of(model).size();
  std::vector<double> features(rows.size() * width);
  std::size_t first = 0;
  std::vector<BoundTerm> terms;
  for (const LinearTerm& term : model.terms) {
    terms.emplace_back(term, matrix);
    const MatrixColumn& cells = find_predictor(matrix, term.info);
    const auto level_of = match_levels(cells.info.levels, term.info.levels);
    for (std::size_t i = 0; i < rows.size(); ++i)
      put(term, level_of, cells.at(rows[i]),
          std::span{features}.subspan(i * width + first, term.coefficients.size()));
    first += term.coefficients.size();
  }
  const BoundProducts bound{model, terms};
  const std::vector<float> values = bound.read(rows);
  for (std::size_t k = 0; k < bound.products.size(); ++k)
    for (std::size_t i = 0; i < rows.size(); ++i)
      features[i * width + first + k] =
          bound.scaled(k, [&](std::size_t f) { return values[f * rows.size() + i]; });
  return features;
}

std::vector<double> features_of(const TreeModel& model, const Matrix& matrix,
                                std::span<const std::uint32_t> rows) {
  const EncodedMatrix encoded{model.encoding, matrix};
  std::vector<float> features(rows.size() * encoded.features());
  encoded.fill(rows, features);
  return {features.begin(), features.end()};
}

}  // namespace

std::vector<std::string> feature_names(const Model& model) {
  return std::visit([](const auto& m) { return names_of(m); }, model);
}

std::vector<double> model_features(const Model& model, const Matrix& matrix,
                                   std::span<const std::uint32_t> rows) {
  check_rows(rows, matrix.rows());
  return std::visit([&](const auto& m) { return features_of(m, matrix, rows); }, model);
}

}  // namespace kohort
