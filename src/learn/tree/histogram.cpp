#include "learn/tree/histogram.hpp"

#include <algorithm>

namespace kohort {
namespace {

template <class Entry>
void add_entries(std::span<const std::uint64_t> starts, std::span<const Entry> entries,
                 std::span<const std::uint32_t> rows, std::span<const GradientPair> gradients,
                 GradientPair* out) {
  constexpr std::size_t kAhead = 8;  // rows asked for before they are needed
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) {
      const std::uint32_t ahead = rows[i + kAhead];
      const Entry* line = entries.data() + starts[ahead];
      __builtin_prefetch(line);
      __builtin_prefetch(line + 64 / sizeof(Entry));
      __builtin_prefetch(line + 128 / sizeof(Entry));
      __builtin_prefetch(&gradients[ahead]);
    }
    const std::uint32_t row = rows[i];
    const GradientPair gradient = gradients[row];
    const Entry* entry = entries.data() + starts[row];
    const Entry* const end = entries.data() + starts[row + 1];
    for (; entry + 4 <= end; entry += 4) {  // places of one row differ, so none waits for another
      out[entry[0]] += gradient;
      out[entry[1]] += gradient;
      out[entry[2]] += gradient;
      out[entry[3]] += gradient;
    }
    for (; entry < end; ++entry) out[*entry] += gradient;
  }
}

}  // namespace

void add_rows(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
              std::span<const GradientPair> gradients, std::span<GradientPair> out) {
  matrix.with_entries(
      [&](auto starts, auto entries) { add_entries(starts, entries, rows, gradients, out.data()); });
}

bool restore_modal_bin(std::span<GradientPair> cells, std::uint32_t mode, const GradientPair& total) {
  GradientPair sum{};
  for (const GradientPair& cell : cells) sum += cell;
  cells[mode] = total - sum;
  return sum != GradientPair{};
}

}  // namespace kohort
