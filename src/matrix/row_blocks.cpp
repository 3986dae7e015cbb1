#include "matrix/row_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace kohort {
namespace {

constexpr std::uint32_t kBlockRows = 4096, kNoSlot = 0xffffffffU;

}  // namespace

FixedColumns::FixedColumns(const LinearCells& cells) : cells_(&cells), parts_(cells.columns().size()) {
  for (std::uint32_t j = 0; j < cells.columns().size(); ++j) {
    const LinearColumn& column = cells.columns()[j];
    if (column.level >= 0 && column.mode == 1) continue;  // one less the other levels
    const bool mode_observed = std::isfinite(column.mode);
    const double centre = mode_observed ? column.mode : 0;
    if (column.level >= 0) {
      if (!column.rows.empty()) columns_.push_back({j, Part::Present});
      continue;
    }
    if (!column.values.empty()) {
      columns_.push_back({j, Part::Observed, centre});
      if (!mode_observed) columns_.push_back({j, Part::Present});
    }
    if (column.missing_end > column.values.size()) columns_.push_back({j, Part::Missing});
    if (column.rows.size() > column.missing_end) columns_.push_back({j, Part::Negative});
  }
  std::ranges::stable_sort(columns_, std::greater{}, [&](const Column& c) { return listed(c).rows.size(); });
  while (dense_ < columns_.size() && listed(columns_[dense_]).rows.size() * 4 > cells.rows()) ++dense_;
  for (std::uint32_t c = 0; c < columns_.size(); ++c) parts_[columns_[c].from].push_back(c);
}

FixedColumns::Listed FixedColumns::listed(const Column& column) const {
  const LinearColumn& from = cells_->columns()[column.from];
  const std::span rows{from.rows};
  const std::size_t observed = from.values.size(), missing = from.missing_end;
  switch (column.part) {
    case Part::Observed:
      return {rows.first(observed), from.values};
    case Part::Present:
      return {rows.first(observed), {}};
    case Part::Missing:
      return {rows.subspan(observed, missing - observed), {}};
    case Part::Negative:
      return {rows.subspan(missing), {}};
  }
  return {};
}

std::vector<FixedTerm> FixedColumns::terms(std::size_t j, const ColumnNumbers& numbers) const {
  const LinearColumn& column = cells_->columns()[j];
  std::vector<FixedTerm> terms;
  if (column.level >= 0 && column.mode == 1) {
    const std::size_t first = j - static_cast<std::size_t>(column.level);
    for (std::size_t other = first;
         other < parts_.size() && cells_->columns()[other].source == column.source &&
         cells_->columns()[other].level >= 0;
         ++other)
      for (const std::uint32_t part : parts_[other]) terms.push_back({part, -1});
    return terms;
  }
  const double mode = mode_value(column, numbers), per_scale = 1 / numbers.scale;
  for (const std::uint32_t part : parts_[j]) {
    const Column& fixed = columns_[part];
    const double at = fixed.part == Part::Observed   ? per_scale
                      : fixed.part == Part::Missing  ? numbers.missing * per_scale - mode
                      : fixed.part == Part::Negative ? numbers.negative * per_scale - mode
                      : column.level >= 0            ? 1
                                                     : -mode;
    terms.push_back({part, at});
  }
  return terms;
}

RowBlocks::RowBlocks(const FixedColumns& columns, const RowGroups& groups)
    : columns_(columns), groups_(groups), cursor_(columns.size()), slot_(kBlockRows) {
  for (const FixedColumns::Column& column : columns.columns_) listed_.push_back(columns.listed(column));
}

/// Gives the rows from begin to end their slots.
void RowBlocks::deal(RowBlock& block, std::uint32_t begin, std::uint32_t end) {
  block.begin.assign(groups_.count + 1, 0);
  for (std::uint32_t row = begin; row < end; ++row)
    if (groups_.of[row] >= 0) ++block.begin[static_cast<std::size_t>(groups_.of[row]) + 1];
  std::partial_sum(block.begin.begin(), block.begin.end(), block.begin.begin());
  block.rows.resize(block.begin.back());
  std::vector<std::size_t> place{block.begin.begin(), block.begin.end() - 1};
  for (std::uint32_t row = begin; row < end; ++row) {
    std::uint32_t& slot = slot_[row - begin] = kNoSlot;
    if (groups_.of[row] < 0) continue;
    slot = static_cast<std::uint32_t>(place[static_cast<std::size_t>(groups_.of[row])]++);
    block.rows[slot] = row;
  }
}

bool RowBlocks::next(RowBlock& block) {
  const auto rows = static_cast<std::uint32_t>(groups_.of.size());
  if (next_row_ >= rows) return false;
  const std::uint32_t begin = next_row_, end = std::min(rows, begin + kBlockRows);
  next_row_ = end;
  deal(block, begin, end);
  const std::size_t slots = block.rows.size(), dense = columns_.dense();
  block.dense.assign(slots * dense, 0);
  block.start.assign(slots + 1, 0);
  /// f(slot, place among the column's cells) over the block's cells of a column; the cursor stays.
  const auto each = [&](std::size_t c, auto f) {
    const std::span<const std::uint32_t> at = listed_[c].rows;
    std::size_t k = cursor_[c];
    for (; k < at.size() && at[k] < end; ++k)
      if (const std::uint32_t slot = slot_[at[k] - begin]; slot != kNoSlot) f(slot, k);
    return k;
  };
  const auto value = [&](std::size_t c, std::size_t k) {
    return listed_[c].values.empty() ? 1.0 : listed_[c].values[k] - columns_.columns_[c].centre;
  };
  for (std::size_t c = 0; c < dense; ++c)
    cursor_[c] =
        each(c, [&](std::uint32_t slot, std::size_t k) { block.dense[slot * dense + c] = value(c, k); });
  for (std::size_t c = dense; c < columns_.size(); ++c)
    each(c, [&](std::uint32_t slot, std::size_t) { ++block.start[slot + 1]; });
  std::partial_sum(block.start.begin(), block.start.end(), block.start.begin());
  block.column.resize(block.start.back());
  block.value.resize(block.start.back());
  std::vector<std::size_t> place{block.start.begin(), block.start.end() - 1};
  for (std::size_t c = dense; c < columns_.size(); ++c)
    cursor_[c] = each(c, [&](std::uint32_t slot, std::size_t k) {
      block.column[place[slot]] = static_cast<std::uint32_t>(c - dense);
      block.value[place[slot]++] = value(c, k);
    });
  return true;
}

}  // namespace kohort
