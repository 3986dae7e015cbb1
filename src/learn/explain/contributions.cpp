#include "learn/explain/contributions.hpp"

#include <algorithm>
#include <cmath>

#include "learn/explain/coefficients.hpp"
#include "learn/model_features.hpp"

namespace kohort {
namespace {

constexpr std::size_t kBlock = 256;  // rows explained at a time: fixed, so that nothing depends on threads

/// Runs f(first row, number of rows) over fixed blocks.
template <class F>
void in_blocks(std::size_t rows, Workers& workers, F f) {
  workers.for_each((rows + kBlock - 1) / kBlock,
                   [&](std::size_t b) { f(b * kBlock, std::min(kBlock, rows - b * kBlock)); });
}

}  // namespace

Explainer::OfTrees::OfTrees(const TreeModel& model, const Matrix& matrix, Detail detail)
    : encoded(model.encoding, matrix),
      shap(model.trees, {explained_places(model, detail), explained_names(model, detail).size()}) {}

void Explainer::OfTrees::explain(std::span<const std::uint32_t> rows, std::span<double> out) const {
  std::vector<float> features(rows.size() * encoded.features());
  encoded.fill(rows, features);
  shap.explain(features, rows.size(), out);
}

Explainer::OfTerms::OfTerms(const Model& from, const Matrix& on, Detail detail) : model(&from), matrix(&on) {
  const auto& linear = std::get<LinearModel>(from);
  for (const LinearTerm& term : linear.terms) find_predictor(on, term.info);
  places = explained_places(linear, detail);
  columns = explained_names(linear, detail).size() + 1;
  bias = linear.intercept;
  for (const Coefficient& c : coefficients(linear)) {
    coefficient.push_back(c.value);
    mean.push_back(c.mean);
    bias += c.value * c.mean;
  }
}

void Explainer::OfTerms::explain(std::span<const std::uint32_t> rows, std::span<double> out) const {
  const std::vector<double> features = model_features(*model, *matrix, rows);
  std::ranges::fill(out, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double* row = &out[i * columns];
    const double* x = &features[i * coefficient.size()];
    for (std::size_t k = 0; k < coefficient.size(); ++k) {
      const double part = coefficient[k] * (x[k] - mean[k]) / static_cast<double>(places[k].size());
      for (const std::uint32_t place : places[k]) row[place] += part;
    }
    row[columns - 1] = bias;
  }
}

std::variant<Explainer::OfTrees, Explainer::OfTerms> Explainer::explained(const Model& model,
                                                                          const Matrix& matrix,
                                                                          Detail detail) {
  if (const auto* trees = std::get_if<TreeModel>(&model)) return OfTrees{*trees, matrix, detail};
  return OfTerms{model, matrix, detail};
}

Explainer::Explainer(const Model& model, const Matrix& matrix, Detail detail)
    : matrix_(&matrix),
      names_(std::visit([&](const auto& m) { return explained_names(m, detail); }, model)),
      of_(explained(model, matrix, detail)) {}

void Explainer::explain_block(std::span<const std::uint32_t> rows, std::span<double> out) const {
  std::visit([&](const auto& of) { of.explain(rows, out); }, of_);
}

std::vector<double> Explainer::explain(std::span<const std::uint32_t> rows, Workers& workers) const {
  check_rows(rows, matrix_->rows());
  std::vector<double> out(rows.size() * columns());
  in_blocks(rows.size(), workers, [&](std::size_t first, std::size_t count) {
    explain_block(rows.subspan(first, count), std::span{out}.subspan(first * columns(), count * columns()));
  });
  return out;
}

std::vector<double> Explainer::mean_absolute(std::span<const std::uint32_t> rows, Workers& workers) const {
  check_rows(rows, matrix_->rows());
  std::vector<std::vector<double>> sums((rows.size() + kBlock - 1) / kBlock);
  in_blocks(rows.size(), workers, [&](std::size_t first, std::size_t count) {
    std::vector<double> values(count * columns());
    explain_block(rows.subspan(first, count), values);
    std::vector<double>& sum = sums[first / kBlock];
    sum.resize(names_.size());
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += std::abs(values[i * columns() + c]);
  });
  std::vector<double> mean(names_.size());
  for (const auto& sum : sums)
    for (std::size_t c = 0; c < mean.size(); ++c) mean[c] += sum[c];
  for (double& value : mean) value /= static_cast<double>(rows.size());
  return mean;
}

}  // namespace kohort
