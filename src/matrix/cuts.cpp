#include "matrix/cuts.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>

#include "base/radix.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

constexpr std::size_t kMostRows =
    200'000;  // looked at for quantiles: an edge then moves by about .1 % of rows

/// A value that occurs, and how often.
struct Run {
  float value;
  std::size_t count;
};

/// The distinct finite values, ascending, unless there are more than `most`.
std::optional<std::vector<float>> few_distinct(std::span<const float> cells, std::size_t most) {
  const std::size_t slots = std::bit_ceil(4 * most + 4);  // open addressing, at most a quarter full
  std::vector<float> slot(slots, NAN), distinct;
  float last = NAN;
  for (const float x : cells) {
    if (x == last || !std::isfinite(x)) continue;
    last = x == 0 ? 0 : x;  // -0 is 0
    std::size_t place = (std::bit_cast<std::uint32_t>(last) * 0x9e3779b97f4a7c15ULL >> 20) & (slots - 1);
    while (!std::isnan(slot[place]) && slot[place] != last) place = (place + 1) & (slots - 1);
    if (slot[place] == last) continue;
    if (distinct.size() == most) return std::nullopt;
    slot[place] = last;
    distinct.push_back(last);
  }
  std::ranges::sort(distinct);
  return distinct;
}

/// The finite cells, or of very many one drawn from each stretch of them: evenly over the file.
std::vector<float> look_at(std::span<const float> cells) {
  std::vector<float> finite;
  std::ranges::copy_if(cells, std::back_inserter(finite), [](float x) { return std::isfinite(x); });
  const std::size_t all = finite.size();
  if (all <= kMostRows) return finite;
  const Stream stream = Stream{0}.child("cuts");
  for (std::size_t i = 0; i < kMostRows; ++i) {  // forward: never onto a cell still to be drawn
    const std::size_t begin = i * all / kMostRows, end = (i + 1) * all / kMostRows;
    finite[i] = finite[begin + stream.below(i, end - begin)];
  }
  finite.resize(kMostRows);
  return finite;
}

/// In ascending order.
void sort_floats(std::vector<float>& values) {
  std::vector<std::uint32_t> keys(values.size());
  std::ranges::transform(values, keys.begin(), ordered_bits);
  radix_sort(keys, std::identity{});
  std::ranges::transform(keys, values.begin(), float_of);
}

std::vector<Run> runs_of(std::vector<float> values) {
  sort_floats(values);
  std::vector<Run> runs;
  for (const float x : values) {
    if (runs.empty() || runs.back().value != x) runs.push_back({x, 0});
    ++runs.back().count;
  }
  return runs;
}

/// A float above `low` and at most `high`, halfway if there is one.
float between(float low, float high) {
  const auto middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
  return middle > low ? middle : high;
}

/// Closes a bin once it holds its share of what is left, and before a value that fills a bin alone.
std::vector<float> quantile_cuts(const std::vector<Run>& runs, std::size_t bins) {
  std::size_t left = 0, held = 0;
  for (const Run& run : runs) left += run.count;
  std::vector<float> cuts;
  for (std::size_t k = 0; k + 1 < runs.size() && cuts.size() + 1 < bins; ++k) {
    held += runs[k].count;
    const std::size_t open = bins - cuts.size();  // this bin and those after it
    const bool full = held * open >= left, next_fills = runs[k + 1].count * open >= left;
    if (!full && !next_fills) continue;
    cuts.push_back(between(runs[k].value, runs[k + 1].value));
    left -= held;
    held = 0;
  }
  return cuts;
}

/// The cuts that leave every bin `least` finite cells.
std::vector<float> join_small_bins(const std::vector<float>& cuts, std::span<const float> cells,
                                   std::size_t least) {
  std::vector<std::size_t> count(cuts.size() + 2);  // by code: missing, then the bins
  for (const float x : cells) ++count[bin_of(x, cuts)];
  std::vector<float> kept;
  std::size_t held = 0;
  for (std::size_t k = 0; k < cuts.size(); ++k) {
    held += count[k + 1];
    if (held < least) continue;
    kept.push_back(cuts[k]);
    held = 0;
  }
  if (held + count.back() < least && !kept.empty()) kept.pop_back();
  return kept;
}

}  // namespace

std::vector<float> make_cuts(std::span<const float> cells, std::size_t bins, std::size_t min_data_in_bin) {
  std::vector<float> cuts;
  if (const auto values = few_distinct(cells, bins)) {
    for (std::size_t k = 1; k < values->size(); ++k) cuts.push_back(between((*values)[k - 1], (*values)[k]));
  } else {
    cuts = quantile_cuts(runs_of(look_at(cells)), bins);
  }
  return min_data_in_bin > 1 ? join_small_bins(cuts, cells, min_data_in_bin) : cuts;
}

std::uint32_t bin_of(float value, std::span<const float> cuts) {
  if (!std::isfinite(value)) return 0;
  const float* base = cuts.data();
  std::size_t n = cuts.size();
  while (n > 1) {  // without branches: the outcome of each comparison is a coin toss
    const std::size_t half = n / 2;
    base += base[half - 1] <= value ? half : 0;
    n -= half;
  }
  const bool above = n == 1 && *base <= value;
  return 1 + static_cast<std::uint32_t>(base - cuts.data()) + (above ? 1 : 0);
}

}  // namespace kohort
