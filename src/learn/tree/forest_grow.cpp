#include "learn/tree/forest_grow.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace kohort {
namespace {

constexpr std::size_t kBatch = 64;        // columns searched in one pass over the rows: a bit each
constexpr std::size_t kWordsPerRow = 24;  // words of a column's bits read in the time one row's line takes

/// A stretch of rows and one of watched rows.
struct Stretch {
  std::size_t begin = 0, end = 0, watched_begin = 0, watched_end = 0;
};

struct Task {
  Stretch at;
  std::size_t depth = 0;
  ForestSums total;
  Stream path{0};
};

/// Where the cells of one drawn column are counted.
struct Slot {
  std::uint32_t column = 0, word = 0;
  std::uint64_t below = 0;  // bits of its word before its own
  std::int64_t shift = 0;   // from histogram place to counting place
  std::uint32_t first = 0;  // counting place of its missing cells, a multiple of 64
};

/// The columns of one pass, ascending, and which bits of a row's line they are.
struct Batch {
  std::vector<Slot> slots;
  std::vector<std::uint64_t> drawn;  // shape (words of a line)
  std::vector<unsigned> offset;      // shape (words): columns drawn in the words before

  void set(std::span<const std::uint32_t> columns, const BinnedMatrix& matrix, std::size_t words);
  std::size_t places = 0;
};

void Batch::set(std::span<const std::uint32_t> columns, const BinnedMatrix& matrix, std::size_t words) {
  slots.clear();
  drawn.assign(words, 0);
  offset.assign(words, 0);
  places = 0;
  for (const std::uint32_t column : columns) {
    const std::uint64_t bit = std::uint64_t{1} << (column % 64);
    if (drawn[column / 64] == 0) offset[column / 64] = static_cast<unsigned>(slots.size());
    drawn[column / 64] |= bit;
    slots.push_back(
        {column, column / 64, bit - 1,
         static_cast<std::int64_t>(places) - static_cast<std::int64_t>(matrix.first_place(column)),
         static_cast<std::uint32_t>(places)});
    places += (matrix.column(column).bins + 1 + 63) / 64 * 64;
  }
}

/// A node's rows and cells, or some of them.
struct NodeRows {
  std::span<const std::uint32_t> row;
  std::span<const ForestCell> cell;

  std::size_t size() const { return row.size(); }
  NodeRows subspan(std::size_t begin, std::size_t count) const {
    return {row.subspan(begin, count), cell.subspan(begin, count)};
  }
};

/// Some rows of a node, a bit each, that lie together.
struct Block {
  static constexpr std::size_t kWords = 64;
  std::size_t first_word = 0;
  std::array<std::uint64_t, kWords> bits{};
  std::array<std::uint32_t, kWords> first{};  // place of each word's first row among `rows`
  NodeRows rows;

  /// Takes rows from place `begin` on; returns the place after the last taken.
  std::size_t take(const NodeRows& from, std::size_t begin) {
    first_word = from.row[begin] / 64;
    std::size_t end = begin;
    for (; end < from.size(); ++end) {
      const std::size_t w = from.row[end] / 64 - first_word;
      if (w >= kWords) break;
      if (bits[w] == 0) first[w] = static_cast<std::uint32_t>(end - begin);
      bits[w] |= std::uint64_t{1} << (from.row[end] % 64);
    }
    rows = from.subspan(begin, end - begin);
    return end;
  }
};

/// Adds a block's rows to the cells of one column, every other one to `twice`, so that none waits for the one
/// before.
template <class Code>
void count_block(const BinnedColumn& column, const Code* codes, const Block& block, ForestCell* out,
                 ForestCell* twice) {
  if (column.dense()) {
    for (std::size_t i = 0; i < block.rows.size(); ++i) {
      out[codes[block.rows.row[i]]] += block.rows.cell[i];
      std::swap(out, twice);
    }
    return;
  }
  const std::size_t words = std::min(Block::kWords, column.listed.cells.size() - block.first_word);
  const std::uint64_t* listed = column.listed.cells.data() + block.first_word;
  const std::uint32_t* rank = column.rank.cells.data() + block.first_word;
  for (std::size_t w = 0; w < words; ++w) {
    const Code* code = codes + rank[w];
    const ForestCell* cell = block.rows.cell.data() + block.first[w];
    for (std::uint64_t hits = listed[w] & block.bits[w]; hits != 0; hits &= hits - 1) {
      const std::uint64_t below = (hits & -hits) - 1;
      out[code[std::popcount(listed[w] & below)]] += cell[std::popcount(block.bits[w] & below)];
      std::swap(out, twice);
    }
  }
}

}  // namespace

struct ForestGrower::State {
  const BinnedMatrix& matrix;
  const RowMarks& marks;
  std::vector<std::uint32_t> order;  // of the columns; as they are between draws
  Batch batch;
  std::vector<ForestCell> cells;       // zero between passes; the second half is a by-pass
  std::vector<std::uint64_t> touched;  // a bit per cell, zero between passes
  std::vector<std::size_t> before;     // room: listed columns before each word of a line
  OccupiedBins bins;

  // of the tree being grown
  ForestRows rows;
  RowList watched, spare_rows;
  std::vector<ForestCell> spare_cells;
  std::vector<std::uint8_t> goes_left;
  std::span<const double> outcome;
  ForestRules rules;
  std::vector<Task> stack;

  State(const BinnedMatrix& m, const RowMarks& r)
      : matrix(m), marks(r), order(m.columns()), before(r.words()) {
    std::iota(order.begin(), order.end(), 0U);
  }

  bool may_split(const Task& task) const;
  ForestSplit find_split(const Task& task);
  void search(const Task& task, std::span<const std::uint32_t> columns, bool first_only, ForestSplit& best,
              bool& varied);
  void count(const NodeRows& some);
  template <class Entry>
  void count_by_row(const NodeRows& some, const Entry* entries);
  void count_by_column(const NodeRows& some);
  void collect(const Slot& slot, const ForestSums& total);
  void split(const Task& task, const ForestSplit& split, bool only_watched);
};

bool ForestGrower::State::may_split(const Task& task) const {
  const std::size_t n = task.at.end - task.at.begin;
  if (rules.max_depth > 0 && task.depth >= rules.max_depth) return false;
  if (n < rules.min_samples_split || n < 2 * rules.min_samples_leaf) return false;
  const double first = outcome[rows.row[task.at.begin]];
  for (std::size_t i = task.at.begin + 1; i < task.at.end; ++i)
    if (outcome[rows.row[i]] != first) return true;
  return false;
}

/// Draws columns for the node and searches them. Where all have one value there, goes on drawing until one
/// has not.
ForestSplit ForestGrower::State::find_split(const Task& task) {
  const Stream draws = task.path.child("columns");
  const std::size_t columns = order.size(), wanted = std::min(rules.max_features, columns);
  std::vector<std::size_t> swaps;
  const auto draw_to = [&](std::size_t n) {
    while (swaps.size() < n) {
      const std::size_t k = swaps.size();
      swaps.push_back(k + draws.below(k, columns - k));
      std::swap(order[k], order[swaps.back()]);
    }
  };
  ForestSplit best;
  bool varied = false;
  for (std::size_t done = 0; done < columns && (done < wanted || !varied);) {
    const std::size_t last = std::min(done + kBatch, done < wanted ? wanted : columns);
    draw_to(last);
    search(task, std::span{order}.subspan(done, last - done), done >= wanted, best, varied);
    done = last;
  }
  while (!swaps.empty()) {
    std::swap(order[swaps.size() - 1], order[swaps.back()]);
    swaps.pop_back();
  }
  return best;
}

/// Searches some columns in the order given; `first_only`: the first that varies alone.
void ForestGrower::State::search(const Task& task, std::span<const std::uint32_t> columns, bool first_only,
                                 ForestSplit& best, bool& varied) {
  std::vector<std::uint32_t> ascending{columns.begin(), columns.end()};
  std::ranges::sort(ascending);
  batch.set(ascending, matrix, marks.words());
  if (cells.size() < 2 * batch.places) {
    cells.resize(2 * batch.places);
    touched.resize(batch.places / 64);
  }
  count(NodeRows{rows.row, rows.cell}.subspan(task.at.begin, task.at.end - task.at.begin));
  for (const std::uint32_t column : columns) {
    const auto slot = std::ranges::lower_bound(batch.slots, column, {}, &Slot::column);
    collect(*slot, task.total);
    if (!bins.varies() || (first_only && varied)) continue;
    varied = true;
    best_forest_split(bins, column, matrix.column(column).bins, task.total,
                      static_cast<double>(rules.min_samples_leaf), rules.criterion, best);
  }
}

/// Adds rows to the cells of the batch's columns, where they are outside the modal bin.
void ForestGrower::State::count(const NodeRows& some) {
  const std::size_t words = (matrix.rows() + 63) / 64;
  if (some.size() * kWordsPerRow > words * batch.slots.size() && batch.places < some.size())
    count_by_column(some);
  else
    matrix.with_entries([&](auto, auto entries) { count_by_row(some, entries.data()); });
}

/// Row by row: finds the drawn columns in each row's line.
template <class Entry>
void ForestGrower::State::count_by_row(const NodeRows& some, const Entry* entries) {
  constexpr std::size_t kFar = 16,
                        kNear = 8;  // rows asked for before they are needed: their lines, their lists
  const std::size_t words = marks.words();
  const std::uint64_t* drawn = batch.drawn.data();
  const unsigned* offset = batch.offset.data();
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (i + kFar < some.size()) __builtin_prefetch(marks.line(some.row[i + kFar]));
    if (i + kNear < some.size()) {
      const Entry* list = entries + marks.line(some.row[i + kNear])[0];
      __builtin_prefetch(list);
      __builtin_prefetch(list + 64 / sizeof(Entry));
      __builtin_prefetch(list + 128 / sizeof(Entry));
    }
    const std::uint64_t* line = marks.line(some.row[i]);
    std::uint64_t hits = 0;
    std::size_t listed = 0;
    for (std::size_t w = 0; w < words; ++w) {
      hits |= extract_bits(line[1 + w], drawn[w]) << offset[w];
      before[w] = listed;
      listed += static_cast<std::size_t>(std::popcount(line[1 + w]));
    }
    const Entry* list = entries + line[0];
    const ForestCell cell = some.cell[i];
    for (; hits != 0; hits &= hits - 1) {
      const Slot& slot = batch.slots[static_cast<std::size_t>(std::countr_zero(hits))];
      const std::size_t rank =
          before[slot.word] + static_cast<std::size_t>(std::popcount(line[1 + slot.word] & slot.below));
      const auto at = static_cast<std::size_t>(static_cast<std::int64_t>(list[rank]) + slot.shift);
      cells[at] += cell;
      touched[at / 64] |= std::uint64_t{1} << (at % 64);
    }
  }
}

/// Block by block of rows, column by column: finds the node's rows in each column's bits.
void ForestGrower::State::count_by_column(const NodeRows& some) {
  for (std::size_t next = 0; next < some.size();) {
    Block block;
    next = block.take(some, next);
    for (const Slot& slot : batch.slots) {
      const BinnedColumn& column = matrix.column(slot.column);
      ForestCell* const out = cells.data() + slot.first;
      if (column.wide.cells.empty())
        count_block(column, column.narrow.cells.data(), block, out, out + batch.places);
      else
        count_block(column, column.wide.cells.data(), block, out, out + batch.places);
    }
  }
  for (std::size_t at = 0; at < batch.places; ++at) {
    cells[at] += cells[at + batch.places];
    cells[at + batch.places] = {};
    touched[at / 64] |= std::uint64_t{cells[at].mass_and_rows != 0} << (at % 64);
  }
}

/// Takes a column's cells, clears them, and gives the modal bin what is left of the total.
void ForestGrower::State::collect(const Slot& slot, const ForestSums& total) {
  const BinnedColumn& column = matrix.column(slot.column);
  bins.make_room(column.bins + 2);
  bins.count = 0;
  bins.missing = {};
  ForestSums rest = total;
  for (std::size_t w = slot.first / 64; w < (slot.first + column.bins + 64) / 64; ++w) {
    for (std::uint64_t word = touched[w]; word != 0; word &= word - 1) {
      const std::size_t at = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
      const ForestSums sums = cells[at].sums();
      if (at == slot.first)
        bins.missing = sums;
      else
        bins.add(static_cast<std::uint32_t>(at - slot.first), sums);
      rest = rest - sums;
      cells[at] = {};
    }
    touched[w] = 0;
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

namespace {

/// Those that go left to the front, each side in its order; returns where the right begins. `goes_left` has
/// an entry for each.
template <class Cell>
std::size_t part(std::span<Cell> cells, std::vector<Cell>& spare,
                 const std::vector<std::uint8_t>& goes_left) {
  std::size_t left = 0, right = 0;
  for (std::size_t i = 0; i < cells.size();
       ++i) {  // both are written and one is kept: no branch to mispredict
    const Cell cell = cells[i];
    cells[left] = cell;
    spare[right] = cell;
    left += goes_left[i];
    right += 1U - goes_left[i];
  }
  std::copy_n(spare.begin(), right, cells.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

}  // namespace

/// Parts the rows of a node and puts its children on the stack.
void ForestGrower::State::split(const Task& task, const ForestSplit& split, bool only_watched) {
  const BinnedColumn& column = matrix.column(split.column);
  const auto decide = [&](std::span<const std::uint32_t> some) {
    column.with_codes([&](auto code_of) {
      for (std::size_t i = 0; i < some.size(); ++i) goes_left[i] = split.goes_left(code_of(some[i])) ? 1 : 0;
    });
  };
  const Stretch& at = task.at;
  const auto here = std::span{rows.row}.subspan(at.begin, at.end - at.begin);
  const auto seen = std::span{watched}.subspan(at.watched_begin, at.watched_end - at.watched_begin);
  decide(here);
  part(std::span{rows.cell}.subspan(at.begin, at.end - at.begin), spare_cells, goes_left);
  const std::size_t middle = at.begin + part(here, spare_rows, goes_left);
  decide(seen);
  const std::size_t watched_middle = at.watched_begin + part(seen, spare_rows, goes_left);
  const Task left{{at.begin, middle, at.watched_begin, watched_middle},
                  task.depth + 1,
                  split.left,
                  task.path.child(std::uint64_t{0})},
      right{{middle, at.end, watched_middle, at.watched_end},
            task.depth + 1,
            task.total - split.left,
            task.path.child(std::uint64_t{1})};
  for (const Task& child : {right, left})
    if (!only_watched || child.at.watched_begin < child.at.watched_end) stack.push_back(child);
}

ForestGrower::ForestGrower(const BinnedMatrix& matrix, const RowMarks& marks)
    : state_(std::make_unique<State>(matrix, marks)) {}
ForestGrower::~ForestGrower() = default;
ForestGrower::ForestGrower(ForestGrower&&) noexcept = default;

void ForestGrower::grow(ForestRows rows, RowList watched, std::span<const double> outcome,
                        const ForestRules& rules, bool only_watched, Stream stream, const Visit& visit) {
  State& s = *state_;
  s.rows = std::move(rows);
  s.watched = std::move(watched);
  s.outcome = outcome;
  s.rules = rules;
  const std::size_t n = s.rows.row.size();
  s.spare_cells.resize(n);
  s.spare_rows.resize(std::max(n, s.watched.size()));
  s.goes_left.resize(s.spare_rows.size());
  ForestCell all;
  for (const ForestCell& cell : s.rows.cell) all += cell;
  const Task root{{0, n, 0, s.watched.size()}, 0, all.sums(), stream.child("root")};
  s.stack = {root};
  while (!s.stack.empty()) {
    const Task task = s.stack.back();
    s.stack.pop_back();
    ForestSplit split;
    if (s.may_split(task)) split = s.find_split(task);
    ForestNode node{
        task.depth, task.total, 0, nullptr,
        std::span{s.watched}.subspan(task.at.watched_begin, task.at.watched_end - task.at.watched_begin)};
    if (split.found()) {
      node.split = &split;
      node.gain = split.score - forest_score(task.total, rules.criterion);
    }
    visit(node);
    if (split.found()) s.split(task, split, only_watched);
  }
}

}  // namespace kohort
