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

/// Veltkamp's splitting, as in Dekker (1971); for numbers below 2^900. Not a cast to float and back: GCC 12
/// drops such pairs of casts where it turns them into vector code.
double to_24_bits(double x) {
  const double shifted = x * 0x1.00000008p+29;  // 2^29 + 1
  return shifted - (shifted - x);
}

/// round: from a number of units to a whole one. Units are powers of two: counting in them costs no bit.
template <class Round>
GradientUnits round_each(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients,
                         Round round) {
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
    pair.gradient = round(pair.gradient * per_gradient);
    pair.hessian = round(pair.hessian * per_hessian);
  }
  return units;
}

}  // namespace

GradientUnits round_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients) {
  return round_each(rows, gradients, [](double x) { return std::nearbyint(x); });
}

GradientUnits round_floats_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients) {
  return round_each(rows, gradients, [](double x) { return std::nearbyint(to_24_bits(x)); });
}

}  // namespace kohort
