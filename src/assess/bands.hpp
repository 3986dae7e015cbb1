#pragma once
// Numbers cut into labelled bands: age groups, mostly.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kohort {

/// Bands of numbers: band k holds start[k] <= value < start[k + 1]; the last one is open.
struct Bands {
  std::vector<double> start;        // ascending
  std::vector<std::string> labels;  // one per band
  bool operator==(const Bands&) const = default;
};

/// Bands of whole numbers, labelled "15–17", "18", "61+".
///   starts  the least value of each band, ascending
///   throws  Error (study) when empty or not ascending
Bands whole_number_bands(std::span<const int> starts);

/// The default age groups: 15–17, 18–20, 21–25, 26–30, 31–40, 41–50, 51–60, 61+.
Bands default_age_groups();

/// The band of each value, shape (values): 0 .. bands-1, or -1 where the value is missing (NaN) or lies below
/// the first band.
std::vector<std::int16_t> cut(std::span<const double> values, const Bands& bands);

}  // namespace kohort
