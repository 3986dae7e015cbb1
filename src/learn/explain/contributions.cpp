#include "learn/explain/contributions.hpp"

#include <cmath>

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

Explainer::Explainer(const TreeModel& model, const Matrix& matrix, Detail detail)
    : matrix_(&matrix),
      names_(explained_names(model, detail)),
      features_(model.encoding, matrix),
      shap_(model.trees, {explained_places(model, detail), names_.size()}) {}

void Explainer::explain_block(std::span<const std::uint32_t> rows, std::span<double> out) const {
  std::vector<float> features(rows.size() * features_.features());
  features_.fill(rows, features);
  shap_.explain(features, rows.size(), out);
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
