#include "learn/tree/forest_count.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace kohort {
namespace {

constexpr std::size_t kWordsPerRow = 24;  // words of a column's bits read in the time one row's line takes
constexpr std::size_t kLanes = 4;  // cells of each place, by turns: no addition waits for the one before

/// Some rows of the matrix, a bit each, that lie together.
struct Block {
  static constexpr std::size_t kWords = 64;
  std::size_t first_word = 0, words = 0;
  std::array<std::uint64_t, kWords> bits{};
  std::span<const std::uint32_t> rows;

  /// Takes rows from place `begin` on; returns the place after the last taken.
  std::size_t take(std::span<const std::uint32_t> from, std::size_t begin) {
    first_word = from[begin] / 64;
    std::size_t end = begin;
    for (; end < from.size(); ++end) {
      const std::size_t w = from[end] / 64 - first_word;
      if (w >= kWords) break;
      bits[w] |= std::uint64_t{1} << (from[end] % 64);
      words = w + 1;
    }
    rows = from.subspan(begin, end - begin);
    return end;
  }
};

/// Adds a block's rows to one column's cells: to lane[0][code] and so on.
template <class Code>
void count_block(const BinnedColumn& column, const Code* codes, const Block& block, const ForestCell* cells,
                 std::array<ForestCell*, kLanes> lane) {
  if (column.dense()) {
    const std::size_t fours = block.rows.size() / kLanes * kLanes;
    for (std::size_t i = 0; i < fours; i += kLanes)
      for (std::size_t k = 0; k < kLanes; ++k) {
        const std::uint32_t row = block.rows[i + k];
        lane[k][codes[row]] += cells[row];
      }
    for (const std::uint32_t row : block.rows.subspan(fours)) lane[0][codes[row]] += cells[row];
    return;
  }
  const std::uint64_t* listed = column.listed.cells.data() + block.first_word;
  const std::uint32_t* rank = column.rank.cells.data() + block.first_word;
  for (std::size_t w = 0; w < block.words; ++w) {
    const Code* code = codes + rank[w];
    const ForestCell* first = cells + (block.first_word + w) * 64;
    for (std::uint64_t hits = listed[w] & block.bits[w]; hits != 0; hits &= hits - 1) {
      const std::uint64_t below = (hits & -hits) - 1;
      lane[0][code[std::popcount(listed[w] & below)]] += first[std::countr_zero(hits)];
      std::swap(lane[0], lane[1]);  // two do where a hit takes longer to find
    }
  }
}

}  // namespace

ForestCounts::ForestCounts(const BinnedMatrix& matrix)
    : matrix_(matrix), drawn_((matrix.columns() + 63) / 64), offset_(drawn_.size()), before_(drawn_.size()) {}

void ForestCounts::set(std::span<const std::uint32_t> columns) {
  slots_.clear();
  std::ranges::fill(drawn_, 0);
  size_ = 0;
  for (const std::uint32_t column : columns) {
    const std::uint32_t word = column / 64;
    const std::uint64_t bit = std::uint64_t{1} << (column % 64);
    if (drawn_[word] == 0) offset_[word] = static_cast<unsigned>(slots_.size());
    drawn_[word] |= bit;
    slots_.push_back({column, word, bit - 1, size_, matrix_.first_place(column)});
    size_ += (matrix_.column(column).bins + 1 + 63) / 64 * 64;
  }
  if (cells_.size() < kLanes * size_) {
    cells_.resize(kLanes * size_);
    touched_.resize(size_ / 64);
  }
}

bool ForestCounts::by_column(std::size_t rows) const {
  const std::size_t words = (matrix_.rows() + 63) / 64;
  return rows * kWordsPerRow > words * slots_.size() && size_ < rows;
}

void ForestCounts::add(std::span<const std::uint32_t> rows, const ForestCell* cells) {
  for (std::size_t next = 0; next < rows.size();) {
    Block block;
    next = block.take(rows, next);
    for (const Slot& slot : slots_) {
      std::array<ForestCell*, kLanes> lane;
      for (std::size_t k = 0; k < kLanes; ++k) lane[k] = &cells_[k * size_ + slot.first];
      const BinnedColumn& column = matrix_.column(slot.column);
      if (column.wide.cells.empty())
        count_block(column, column.narrow.cells.data(), block, cells, lane);
      else
        count_block(column, column.wide.cells.data(), block, cells, lane);
    }
  }
  for (std::size_t k = 1; k < kLanes; ++k)
    for (std::size_t at = 0; at < size_; ++at) cells_[at] += std::exchange(cells_[k * size_ + at], {});
  mark();
}

template <class Entry>
void ForestCounts::add(const ForestLines<Entry>& from, std::span<const std::uint32_t> places,
                       const ForestCell* cells) {
  constexpr std::size_t kFar = 16, kNear = 8;  // rows asked for before they are needed: lines, lists
  const std::uint64_t* const drawn = drawn_.data();
  const unsigned* const offset = offset_.data();
  std::size_t* const before = before_.data();
  ForestCell* const out = cells_.data();
  const auto pass = [&](auto touch) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i + kFar < places.size()) __builtin_prefetch(from.line(places[i + kFar]));
      if (i + kNear < places.size()) {
        const auto* list = reinterpret_cast<const char*>(from.list(places[i + kNear]));
        for (std::size_t ahead = 0; ahead < 192; ahead += 64) __builtin_prefetch(list + ahead);
      }
      const std::uint64_t* const line = from.line(places[i]);
      std::uint64_t hits = 0;
      std::size_t listed = 0;
      for (std::size_t w = 0; w < from.words; ++w) {
        hits |= extract_bits(line[1 + w], drawn[w]) << offset[w];
        before[w] = listed;
        listed += static_cast<std::size_t>(std::popcount(line[1 + w]));
      }
      const Entry* const list = from.entries + line[0];
      const ForestCell cell = cells[places[i]];
      for (; hits != 0; hits &= hits - 1) {
        const Slot& slot = slots_[static_cast<std::size_t>(std::countr_zero(hits))];
        const std::size_t rank =
            before[slot.word] + static_cast<std::size_t>(std::popcount(line[1 + slot.word] & slot.below));
        const std::size_t at = slot.first + (list[rank] - slot.histogram);
        out[at] += cell;
        touch(at);
      }
    }
  };
  if (places.size() < size_ / 8) {
    pass([&](std::size_t at) { touched_[at / 64] |= std::uint64_t{1} << (at % 64); });
  } else {
    pass([](std::size_t) {});
    mark();
  }
}

template void ForestCounts::add(const ForestLines<std::uint16_t>&, std::span<const std::uint32_t>,
                                const ForestCell*);
template void ForestCounts::add(const ForestLines<std::uint32_t>&, std::span<const std::uint32_t>,
                                const ForestCell*);

void ForestCounts::mark() {
  for (std::size_t at = 0; at < size_; ++at)
    touched_[at / 64] |= std::uint64_t{cells_[at].mass_and_rows != 0} << (at % 64);
}

void ForestCounts::take(std::size_t k, const ForestSums& total, OccupiedBins& bins) {
  const BinnedColumn& column = matrix_.column(slots_[k].column);
  const std::size_t first = slots_[k].first, last = first + column.bins;
  bins.make_room(column.bins + 2);
  bins.count = 0;
  bins.missing = {};
  ForestSums rest = total;
  for (std::size_t w = first / 64; w <= last / 64; ++w)
    for (std::uint64_t mine = std::exchange(touched_[w], 0); mine != 0; mine &= mine - 1) {
      const std::size_t at = w * 64 + static_cast<std::size_t>(std::countr_zero(mine));
      const ForestSums sums = std::exchange(cells_[at], {}).sums();
      if (at == first)
        bins.missing = sums;
      else
        bins.add(static_cast<std::uint32_t>(at - first), sums);
      rest = rest - sums;
    }
  if (rest.rows == 0) return;
  if (column.mode == 0) {
    bins.missing = rest;
    return;
  }
  bins.add(column.mode, rest);
  for (std::size_t i = bins.count - 1; i > 0 && bins.code[i - 1] > bins.code[i]; --i) {
    std::swap(bins.code[i - 1], bins.code[i]);
    std::swap(bins.sum[i - 1], bins.sum[i]);
    std::swap(bins.mass[i - 1], bins.mass[i]);
    std::swap(bins.rows[i - 1], bins.rows[i]);
  }
}

}  // namespace kohort
