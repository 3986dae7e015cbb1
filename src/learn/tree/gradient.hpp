#pragma once
// Gradients as whole numbers: sums of whole numbers below 2^53 are exact in a double, so the order of
// summation, and with it the number of threads, leaves no trace in any bit of a tree.

#include <cstddef>
#include <cstdint>
#include <span>

namespace kohort {

/// First and second derivative of the loss: of one row, or summed over rows. In units of GradientUnits, whole
/// numbers.
struct alignas(16) GradientPair {
  double gradient = 0, hessian = 0;

  GradientPair& operator+=(const GradientPair& other) {
    gradient += other.gradient;
    hessian += other.hessian;
    return *this;
  }
  GradientPair& operator-=(const GradientPair& other) {
    gradient -= other.gradient;
    hessian -= other.hessian;
    return *this;
  }
  friend GradientPair operator+(GradientPair a, const GradientPair& b) { return a += b; }
  friend GradientPair operator-(GradientPair a, const GradientPair& b) { return a -= b; }
  bool operator==(const GradientPair& other) const {  // without a jump between the two
    return (gradient == other.gradient) & (hessian == other.hessian);
  }
};

/// What one stands for; powers of two, so that scaling rounds nothing.
struct GradientUnits {
  double gradient = 1, hessian = 1;
};

/// The finest power of two u, not below 2^-1000, with sum / u + numbers <= 2^bits: numbers of that absolute
/// sum, rounded to whole ones of u, then add up to less than 2^bits.
///   numbers  2^(bits-1) at most
/// Throws Error (fit) when the sum is infinite.
double unit_for(double sum, std::size_t numbers, int bits);

/// Veltkamp's splitting, as in Dekker (1971); for numbers below 2^900. Not a cast to float and back: GCC 12
/// drops such pairs of casts where it turns them into vector code.
inline double to_24_bits(double x) {
  const double shifted = x * 0x1.00000008p+29;  // 2^29 + 1
  return shifted - (shifted - x);
}

/// Rounds the gradients of some rows to whole numbers of the finest units in which no sum over any of them
/// leaves the exact range: their absolute sum stays below 2^52. At 500,000 rows a gradient of mean size keeps
/// 32 bits. No unit is below 2^-1000. Throws Error (fit) when the sums are infinite.
GradientUnits round_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients);
/// The same after rounding each number to the 24 bits of a float, as XGBoost's gradients are. A second
/// derivative of 1/2 at a margin of 32 bits is then 1/2, and two rows of it reach a min_child_weight of 1.
GradientUnits round_floats_to_units(std::span<const std::uint32_t> rows, std::span<GradientPair> gradients);

}  // namespace kohort
