#include "base/random.hpp"

#include <cmath>

#include "base/stable.hpp"

namespace kohort {

double Stream::normal(std::uint64_t index) const {
  const double u = (static_cast<double>(bits(index) >> 12) + 0.5) * 0x1.0p-52;  // strictly inside (0, 1)
  return stable::normal_quantile(u);
}

std::int64_t Stream::poisson(std::uint64_t index, double mean) const {
  if (mean <= 0) return 0;
  if (mean >= 30)
    return static_cast<std::int64_t>(std::max(0.0, std::floor(mean + std::sqrt(mean) * normal(index) + 0.5)));
  double u = uniform(index);
  double probability = stable::exp(-mean);
  std::int64_t k = 0;
  while (u >= probability && k < 1000) {
    u -= probability;
    ++k;
    probability *= mean / static_cast<double>(k);
  }
  return k;
}

}  // namespace kohort
