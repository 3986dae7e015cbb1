#pragma once
// Chance as a pure function of (seed, stream, index): no hidden state, so neither threads, restarts nor the
// order of calls can change a draw. Counter-based, after Salmon et al. (2011), "Parallel random numbers: as
// easy as 1, 2, 3"; the mixing function is the 64-bit finaliser of SplitMix64 (Steele, Lea and Flood 2014),
// applied twice.

#include <cstdint>
#include <string_view>

namespace kohort {

/// One keyed stream of random numbers. Copy it freely; it never advances.
///   Stream{15}.child("boosting").child(tree).uniform(row)
class Stream {
 public:
  explicit constexpr Stream(std::uint64_t seed) : key_(mix(seed ^ 0x6b6f686f72740001ULL)) {}

  /// A stream of its own for each name or number; children of different parents never meet.
  constexpr Stream child(std::uint64_t index) const { return Stream{Key{mix(key_ + mix(index + kNumber))}}; }
  constexpr Stream child(std::string_view name) const {
    std::uint64_t h = 0xcbf29ce484222325ULL;  // FNV-1a; mixed below
    for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Stream{Key{mix(key_ + mix(h + kName))}};
  }

  /// 64 random bits for place `index` of this stream.
  constexpr std::uint64_t bits(std::uint64_t index) const { return mix(mix(index + kDraw) + key_); }
  /// Uniform on [0, 1) with 53 bits.
  constexpr double uniform(std::uint64_t index) const {
    return static_cast<double>(bits(index) >> 11) * 0x1.0p-53;
  }
  /// Uniform on 0 .. n-1 (n > 0); bias below n / 2^64.
  constexpr std::uint64_t below(std::uint64_t index, std::uint64_t n) const {
    return high_product(bits(index), n);
  }
  /// Standard normal, by the inverse distribution function (base/stable.hpp): one draw, one index.
  double normal(std::uint64_t index) const;
  /// Poisson with mean `mean` >= 0 by inversion below 30, by rounding a normal above: one draw, one index.
  std::int64_t poisson(std::uint64_t index, double mean) const;

  constexpr bool operator==(const Stream&) const = default;

 private:
  struct Key {
    std::uint64_t value;
  };
  explicit constexpr Stream(Key key) : key_(key.value) {}
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// The upper 64 bits of a * b.
  static constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
    const std::uint64_t middle = ah * bl + ((al * bl) >> 32);
    return ah * bh + (middle >> 32) + (((middle & 0xffffffff) + al * bh) >> 32);
  }
  static constexpr std::uint64_t kNumber = 0x51ULL << 56, kName = 0x52ULL << 56, kDraw = 0x53ULL << 56;

  std::uint64_t key_;
};

}  // namespace kohort
