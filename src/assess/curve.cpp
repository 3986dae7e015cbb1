#include "assess/curve.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace kohort {

double Curve::at(double place) const {
  assert(!x.empty() && x.size() == y.size());
  if (std::isnan(place)) return std::numeric_limits<double>::quiet_NaN();
  const auto above = std::ranges::upper_bound(x, place);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const std::size_t k = static_cast<std::size_t>(above - x.begin());
  if (y[k] == y[k - 1]) return y[k];
  return y[k - 1] + (place - x[k - 1]) / (x[k] - x[k - 1]) * (y[k] - y[k - 1]);
}

std::vector<double> Curve::at(std::span<const double> places) const {
  std::vector<double> out(places.size());
  std::ranges::transform(places, out.begin(), [&](double place) { return at(place); });
  return out;
}

}  // namespace kohort
