#include "learn/tree/histogram.hpp"

#include <algorithm>

namespace kohort {
namespace {

template <class Entry, class Cell>
void add_entries(std::span<const std::uint64_t> starts, std::span<const Entry> entries,
                 std::span<const std::uint32_t> rows, std::span<const Cell> gradients, Cell* out) {
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
    const Cell gradient = gradients[row];
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

template <class Cell>
void add_listed(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
                std::span<const Cell> gradients, std::span<Cell> out) {
  matrix.with_entries(
      [&](auto starts, auto entries) { add_entries(starts, entries, rows, gradients, out.data()); });
}

template <class Cell>
void add_each(std::span<Cell> to, std::span<const Cell> cells) {
  for (std::size_t k = 0; k < to.size(); ++k) to[k] += cells[k];
}

template <class Cell>
void take_each(std::span<Cell> from, std::span<const Cell> cells) {
  for (std::size_t k = 0; k < from.size(); ++k) from[k] -= cells[k];
}

template <class Cell>
bool restore(std::span<Cell> cells, std::uint32_t mode, const Cell& total) {
  Cell sum{};
  for (const Cell& cell : cells) sum += cell;
  cells[mode] = total - sum;
  return sum != Cell{};
}

}  // namespace

void add_rows(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
              std::span<const GradientPair> gradients, std::span<GradientPair> out) {
  add_listed(matrix, rows, gradients, out);
}
void add_rows(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
              std::span<const PackedCell> gradients, std::span<PackedCell> out) {
  add_listed(matrix, rows, gradients, out);
}

void add_cells(std::span<GradientPair> to, std::span<const GradientPair> cells) { add_each(to, cells); }
void add_cells(std::span<PackedCell> to, std::span<const PackedCell> cells) { add_each(to, cells); }
void take_cells(std::span<GradientPair> from, std::span<const GradientPair> cells) { take_each(from, cells); }
void take_cells(std::span<PackedCell> from, std::span<const PackedCell> cells) { take_each(from, cells); }

bool restore_modal_bin(std::span<GradientPair> cells, std::uint32_t mode, const GradientPair& total) {
  return restore(cells, mode, total);
}
bool restore_modal_bin(std::span<PackedCell> cells, std::uint32_t mode, const PackedCell& total) {
  return restore(cells, mode, total);
}

}  // namespace kohort
