#pragma once
// The draws of one stream in order, and draws from lists with weights.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/stable.hpp"

namespace kohort {

/// Reads a keyed stream place by place. Local to one function: made where it is used, never stored or shared.
class Draws {
 public:
  explicit Draws(Stream stream) : stream_(stream) {}
  double uniform() { return stream_.uniform(next_++); }
  double uniform(double least, double most) { return least + (most - least) * uniform(); }
  double normal() { return stream_.normal(next_++); }
  double exponential(double mean) { return -mean * stable::log1p(-uniform()); }
  bool chance(double probability) { return uniform() < probability; }
  /// A whole number from `least` to `most`, both included.
  int between(int least, int most) {
    return least + static_cast<int>(stream_.below(next_++, static_cast<std::uint64_t>(most - least + 1)));
  }
  int poisson(double mean) { return static_cast<int>(stream_.poisson(next_++, mean)); }
  /// Failures before the first success of mean `mean` (geometric from 0).
  int geometric(double mean) {
    return static_cast<int>(stable::log1p(-uniform()) / stable::log(mean / (1 + mean)));
  }

 private:
  Stream stream_;
  std::uint64_t next_ = 0;
};

/// Picks a place of a list with given weights (not all zero) from one uniform draw. O(log n).
class Lottery {
 public:
  explicit Lottery(std::span<const double> weights) {
    double sum = 0;
    for (const double weight : weights) cumulative_.push_back(sum += weight);
  }
  std::size_t pick(double uniform) const {
    const auto at = std::ranges::upper_bound(cumulative_, uniform * cumulative_.back());
    return std::min<std::size_t>(at - cumulative_.begin(), cumulative_.size() - 1);
  }

 private:
  std::vector<double> cumulative_;
};

}  // namespace kohort
