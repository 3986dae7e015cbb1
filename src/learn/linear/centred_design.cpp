#include "learn/linear/centred_design.hpp"

#include <numeric>

namespace kohort {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void add(std::span<double> to, double step, std::span<const double> v) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += step * v[i];
}

}  // namespace

CentredDesign::CentredDesign(const LinearDesign& design) : design_(design) {
  for (std::size_t j = 0; j < design.numbers.size(); ++j)
    if (design.numbers[j].used && design.numbers[j].norm2 > 0) columns_.push_back(j);
}

std::vector<double> CentredDesign::forward(std::span<const double> p) const {
  std::vector<double> rows(design_.weight.size());
  double shift = 0;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    add_deviations(design_, columns_[k], p[k], rows);
    shift += p[k] * mean_deviation(columns_[k]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] -= design_.weight[i] * shift;
  return rows;
}

std::vector<double> CentredDesign::back(std::span<const double> r) const {
  const double sum = std::accumulate(r.begin(), r.end(), 0.0);
  std::vector<double> slope(columns_.size());
  for (std::size_t k = 0; k < columns_.size(); ++k)
    slope[k] = dot_deviations(design_, columns_[k], r) - sum * mean_deviation(columns_[k]);
  return slope;
}

Solution conjugate_gradients(const CentredDesign& design, std::span<const double> weight,
                             std::span<double> residual, double goal, int max_iter, const Workers& workers) {
  Solution solution{.x = std::vector<double>(design.columns().size())};
  std::vector<double> gradient = design.back(residual), direction = gradient;
  solution.first = solution.last = dot(gradient, gradient);
  while (solution.last > goal && solution.iterations < max_iter) {
    workers.check();
    ++solution.iterations;
    const std::vector<double> image = design.forward(direction);  // times weight
    double curvature = 0;
    for (std::size_t i = 0; i < weight.size(); ++i)
      if (weight[i] > 0) curvature += image[i] * image[i] / weight[i];
    if (curvature <= 0) break;
    const double step = solution.last / curvature;
    add(solution.x, step, direction);
    add(residual, -step, image);
    gradient = design.back(residual);
    const double next = dot(gradient, gradient);
    for (std::size_t k = 0; k < direction.size(); ++k)
      direction[k] = gradient[k] + next / solution.last * direction[k];
    solution.last = next;
  }
  return solution;
}

}  // namespace kohort
