#include "assess/bands.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.hpp"

namespace kohort {

Bands whole_number_bands(std::span<const int> starts) {
  if (starts.empty() || std::ranges::adjacent_find(starts, std::ranges::greater_equal{}) != starts.end())
    throw Error{ErrorKind::Study,
                "bands need ascending starts",
                {},
                "list the least value of each band, such as [15, 18, 21, 26]"};
  Bands bands;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const std::string low = std::to_string(starts[k]);
    bands.start.push_back(starts[k]);
    if (k + 1 == starts.size())
      bands.labels.push_back(low + "+");
    else if (starts[k + 1] - 1 == starts[k])
      bands.labels.push_back(low);
    else
      bands.labels.push_back(low + "–" + std::to_string(starts[k + 1] - 1));
  }
  return bands;
}

Bands default_age_groups() { return whole_number_bands(std::array{15, 18, 21, 26, 31, 41, 51, 61}); }

std::vector<std::int16_t> cut(std::span<const double> values, const Bands& bands) {
  std::vector<std::int16_t> out(values.size());
  std::ranges::transform(values, out.begin(), [&](double value) {
    if (!(value >= bands.start.front())) return std::int16_t{-1};  // NaN too
    const auto above = std::ranges::upper_bound(bands.start, value);
    return static_cast<std::int16_t>(above - bands.start.begin() - 1);
  });
  return out;
}

}  // namespace kohort
