#include "learn/tree/gradient.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr int kPairBits = 51;          // what 24 bits round up in all of them stays below 2^52
constexpr int kLeastExponent = -1000;  // of a unit: one over it stays finite

/// round: from a number of units to a whole one. Units are powers of two: counting in them costs no bit.
template <class Round>
GradientUnits round_each(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients,
                         Round round) {
  double gradient = 0, hessian = 0;
  for (const std::uint32_t row : rows) {
    gradient += std::abs(gradients[row].gradient);
    hessian += std::abs(gradients[row].hessian);
  }
  const GradientUnits units{unit_for(gradient, rows.size(), kPairBits),
                            unit_for(hessian, rows.size(), kPairBits)};
  const double per_gradient = 1 / units.gradient, per_hessian = 1 / units.hessian;
  for (const std::uint32_t row : rows) {
    GradientPair& pair = gradients[row];
    pair.gradient = round(pair.gradient * per_gradient);
    pair.hessian = round(pair.hessian * per_hessian);
  }
  return units;
}

}  // namespace

double unit_for(double sum, std::size_t numbers, int bits) {
  if (!std::isfinite(sum))
    throw Error(ErrorKind::Fit, "the derivatives of the loss are too large to be added up", {},
                "look for extreme outcomes, weights or exposures");
  if (!(sum > 0)) return 1;
  int exponent = 0;
  std::frexp(sum, &exponent);  // sum < 2^exponent
  double unit = std::ldexp(1.0, std::max(exponent - bits, kLeastExponent));
  if (sum / unit + static_cast<double>(numbers) > std::ldexp(1.0, bits)) unit *= 2;
  return unit;
}

GradientUnits round_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients) {
  return round_each(rows, gradients, [](double x) { return std::nearbyint(x); });
}

GradientUnits round_floats_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients) {
  return round_each(rows, gradients, [](double x) { return std::nearbyint(to_24_bits(x)); });
}

}  // namespace kohort
