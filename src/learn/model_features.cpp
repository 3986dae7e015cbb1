#include "learn/model_features.hpp"

#include <algorithm>
#include <cmath>

#include "learn/linear/product_terms.hpp"

namespace kohort {
namespace {

std::vector<std::string> names_of(const LinearModel& model) {
  std::vector<std::string> names;
  for (const LinearTerm& term : model.terms) {
    if (!one_hot(term)) names.push_back(term.info.name);
    if (!one_hot(term)) continue;
    for (const std::string& level : term.info.levels) names.push_back(term.info.name + "=" + level);
    if (term.missing_is_level) names.push_back(term.info.name + "=(missing)");
  }
  for (const ProductTerm& product : model.products) names.push_back(name_of(model, product));
  return names;
}

std::vector<std::string> names_of(const TreeModel& model) { return model.encoding.feature_names(); }

std::vector<double> features_of(const LinearModel& model, const Matrix& matrix,
                                std::span<const std::uint32_t> rows) {
  const std::size_t width = names_of(model).size();
  std::vector<double> features(rows.size() * width);
  std::size_t first = 0;
  std::vector<BoundTerm> terms;
  for (const LinearTerm& term : model.terms) {
    terms.emplace_back(term, matrix);
    for (std::size_t i = 0; i < rows.size(); ++i)
      terms.back().put(terms.back().cells->at(rows[i]),
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
