#pragma once
// What a histogram adds up: the sum of the gradients of some rows, as a pair of doubles or, where every
// second derivative is 1, as one integer.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "learn/tree/gradient.hpp"

namespace kohort {

/// A sum of gradients (high bits, two's complement) and the number of rows it is over (low bits), whose
/// second derivatives are all 1. How many bits each has is CellCode's. Half a pair's memory, and one addition
/// for two.
struct PackedCell {
  std::uint64_t bits = 0;  // sums are modulo 2^64

  PackedCell& operator+=(const PackedCell& other) {
    bits += other.bits;
    return *this;
  }
  PackedCell& operator-=(const PackedCell& other) {
    bits -= other.bits;
    return *this;
  }
  friend PackedCell operator-(PackedCell a, const PackedCell& b) { return a -= b; }
  bool operator==(const PackedCell&) const = default;
};

/// How the sums of one tree are written as cells. Cells add up and subtract as the sums they stand for.
template <class Cell>
class CellCode;

template <>
class CellCode<GradientPair> {
 public:
  GradientPair cell(const GradientPair& sum) const { return sum; }
  GradientPair sum(const GradientPair& cell) const { return cell; }
};

/// With c bits for the count, a sum G over C rows is the integer G 2^c + C. When C < 2^c and |G| < 2^(63-c),
/// that lies in (-2^63, 2^63) and is of no other G and C; so a cell whose rows were added and taken away in
/// any order, modulo 2^64, is the cell of what is left, whatever lay between.
template <>
class CellCode<PackedCell> {
 public:
  static constexpr std::size_t kMostRows = (1 << 22) - 1;  // a gradient of mean size keeps 19 bits there

  /// For trees of at most so many rows, kMostRows or fewer.
  explicit CellCode(std::size_t rows = 0)
      : count_bits_(std::max(kLeastCountBits, static_cast<int>(std::bit_width(rows)))) {}

  /// Sums of gradients must lie between -2 and 2 to this power, 51 at most.
  int gradient_bits() const { return 63 - count_bits_; }

  PackedCell cell(const GradientPair& sum) const {
    return {(static_cast<std::uint64_t>(static_cast<std::int64_t>(sum.gradient)) << count_bits_) +
            static_cast<std::uint64_t>(sum.hessian)};
  }
  GradientPair sum(const PackedCell& cell) const {
    const std::uint64_t gradient = (cell.bits ^ kSign) >> count_bits_;  // plus 2^(63-c): below 2^52
    const std::uint64_t count = cell.bits & ((std::uint64_t{1} << count_bits_) - 1);
    return {std::bit_cast<double>(k2To52 | gradient) - zero_, std::bit_cast<double>(k2To52 | count) - 0x1p52};
  }

 private:
  // The mantissa of 2^52 + x is x, for whole x below 2^52: no conversion of integers, and in vector code.
  static constexpr std::uint64_t k2To52 = std::bit_cast<std::uint64_t>(0x1p52);
  static constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  static constexpr int kLeastCountBits = 12;

  int count_bits_;
  double zero_ = 0x1p52 + static_cast<double>(kSign >> count_bits_);  // what a gradient sum of 0 reads as
};

/// The derivatives one tree is grown on.
template <class Cell>
struct Gradients {
  std::span<const Cell> of_row{};  // shape (rows of the matrix)
  CellCode<Cell> code{};
  GradientUnits units{};
};

}  // namespace kohort
