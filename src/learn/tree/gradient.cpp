#include "learn/tree/gradient.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr int kExactBits = 52;
constexpr int kLeastExponent = -1000;  // of a unit: one over it stays finite

/// The power of two u for which sum / u lies just below 2^51: rounding each number can then not reach 2^52.
double unit_for(double sum, std::size_t numbers) {
  if (!(sum > 0)) return 1;
  int exponent = 0;
  std::frexp(sum, &exponent);  // sum < 2^exponent
  const double room = std::ldexp(1.0, kExactBits - 1);
  double unit = std::ldexp(1.0, std::max(exponent - kExactBits + 1, kLeastExponent));
  while (sum / unit + static_cast<double>(numbers) > 2 * room) unit *= 2;
  return unit;
}

}  // namespace

GradientUnits round_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients) {
  double gradient = 0, hessian = 0;
  for (const std::uint32_t row : rows) {
    gradient += std::abs(gradients[row].gradient);
    hessian += std::abs(gradients[row].hessian);
  }
  if (!std::isfinite(gradient) || !std::isfinite(hessian))
    throw Error(ErrorKind::Fit, "the derivatives of the loss are too large to be added up", {},
                "look for extreme outcomes, weights or exposures");
  const GradientUnits units{unit_for(gradient, rows.size()), unit_for(hessian, rows.size())};
  const double per_gradient = 1 / units.gradient, per_hessian = 1 / units.hessian;
  for (const std::uint32_t row : rows) {
    GradientPair& pair = gradients[row];
    pair.gradient = std::nearbyint(pair.gradient * per_gradient);
    pair.hessian = std::nearbyint(pair.hessian * per_hessian);
  }
  return units;
}

}  // namespace kohort
