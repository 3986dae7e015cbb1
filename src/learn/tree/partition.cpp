#include "learn/tree/partition.hpp"

#include <algorithm>

namespace kohort {
namespace {

constexpr std::size_t kBlock = 16'384;  // rows parted at a time

/// A stretch of a node's rows.
struct Block {
  std::size_t parting, begin, end;
  std::size_t left = 0;  // how many of its rows go left
};

std::vector<Block> blocks_of(std::span<const Parting> partings) {
  std::vector<Block> blocks;
  for (std::size_t p = 0; p < partings.size(); ++p)
    for (std::size_t begin = partings[p].begin; begin < partings[p].end; begin += kBlock)
      blocks.push_back({p, begin, std::min(begin + kBlock, partings[p].end)});
  return blocks;
}

/// Left rows to the front of `rows`, the others to `right`; returns how many went left.
template <class CodeOf>
std::size_t deal(std::span<std::uint32_t> rows, std::uint32_t* right,
                 const std::vector<std::uint8_t>& goes_left, CodeOf code_of) {
  std::size_t left = 0;
  for (const std::uint32_t row : rows) {  // both are written and one is kept: no branch to mispredict
    const std::size_t goes = goes_left[code_of(row)];
    rows[left] = row;
    *right = row;
    left += goes;
    right += 1 - goes;
  }
  return left;
}

std::size_t deal_block(const BinnedMatrix& matrix, const Split& split, std::span<std::uint32_t> rows,
                       std::uint32_t* right) {
  const BinnedColumn& column = matrix.column(split.column);
  std::vector<std::uint8_t> goes_left(column.bins + 1);
  for (std::uint32_t code = 0; code <= column.bins; ++code) goes_left[code] = split.goes_left(code) ? 1 : 0;
  return column.with_codes([&](auto code_of) { return deal(rows, right, goes_left, code_of); });
}

}  // namespace

void part_rows(const BinnedMatrix& matrix, std::span<Parting> partings, std::span<std::uint32_t> rows,
               std::span<std::uint32_t> scratch, Workers& workers) {
  std::vector<Block> blocks = blocks_of(partings);
  workers.for_each(blocks.size(), [&](std::size_t b) {
    Block& block = blocks[b];
    block.left = deal_block(matrix, *partings[block.parting].split,
                            rows.subspan(block.begin, block.end - block.begin), &scratch[block.begin]);
  });
  for (Parting& parting : partings) parting.middle = parting.begin;
  for (const Block& block : blocks) partings[block.parting].middle += block.left;

  workers.for_each(partings.size(), [&](std::size_t p) {
    const auto first = std::ranges::lower_bound(blocks, p, {}, &Block::parting);
    std::size_t left = partings[p].begin, right = partings[p].middle;
    for (auto block = first; block != blocks.end() && block->parting == p; ++block) {
      std::copy_n(&rows[block->begin], block->left, &rows[left]);  // forward: never onto rows still to move
      left += block->left;
    }
    for (auto block = first; block != blocks.end() && block->parting == p; ++block) {
      const std::size_t count = block->end - block->begin - block->left;
      std::copy_n(&scratch[block->begin], count, rows.data() + right);  // maybe none, at the end
      right += count;
    }
  });
}

}  // namespace kohort
