#include "learn/tree/forest_grow.hpp"

#include <algorithm>
#include <numeric>

#include "base/memory.hpp"
#include "learn/tree/forest_copy.hpp"
#include "learn/tree/forest_count.hpp"

namespace kohort {
namespace {

constexpr std::size_t kCopyShare = 16;  // in a large matrix, a node of at most one row in so many is copied

/// A stretch of rows or of places in the copy, and one of those watched.
struct Stretch {
  std::size_t begin = 0, end = 0, watched_begin = 0, watched_end = 0;

  std::size_t size() const { return end - begin; }
};

struct Task {
  Stretch at;
  bool copied = false;
  std::size_t depth = 0;
  ForestSums total;
  Stream path{0};
};

/// Rows of the matrix or places in the copy, of which each node has a stretch, in ascending order.
struct Places {
  RowList grown, watched;
  std::span<const ForestCell> cells;  // of rows to grow on
  std::span<const double> outcome;

  std::span<std::uint32_t> of(const Stretch& at) { return std::span{grown}.subspan(at.begin, at.size()); }
  std::span<std::uint32_t> watched_of(const Stretch& at) {
    return std::span{watched}.subspan(at.watched_begin, at.watched_end - at.watched_begin);
  }
};

/// Those that go left to the front, each side in its order; returns how many.
template <class GoesLeft>
std::size_t part(std::span<std::uint32_t> places, RowList& spare, GoesLeft goes_left) {
  std::size_t left = 0, right = 0;
  for (const std::uint32_t place : places) {  // both are written and one is kept: no branch to mispredict
    const bool goes = goes_left(place);
    places[left] = place;
    spare[right] = place;
    left += goes ? 1 : 0;
    right += goes ? 0 : 1;
  }
  std::copy_n(spare.begin(), right, places.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

}  // namespace

struct ForestGrower::State {
  virtual ~State() = default;
  virtual void grow(ForestRows rows, RowList watched, std::span<const double> outcome,
                    const ForestRules& limits, bool only_watched, Stream stream, const Visit& visit) = 0;
};

template <class Entry>
struct ForestGrower::Growing : State {
  const BinnedMatrix& matrix;
  std::vector<std::uint32_t> order;  // of the columns; as they are between draws
  ForestCounts counts;
  OccupiedBins bins;
  std::vector<ForestCell> cells;  // of the matrix's rows
  const ForestLines<Entry> lines;
  const bool large;
  LinesCopy<Entry> copy;
  std::vector<ForestCell> copied_cells;
  std::vector<double> copied_outcome;

  // of the tree being grown
  ForestRules rules;
  Places whole, copied;
  RowList spare;
  std::vector<Task> stack;

  Growing(const BinnedMatrix& m, const RowMarks& marks, std::span<const Entry> entries,
          std::size_t near_bytes)
      : matrix(m),
        order(m.columns()),
        counts(m),
        cells(large_vector<ForestCell>(m.rows())),
        lines{marks.line(0), marks.words(), entries.data()},
        large(marks.bytes() + entries.size_bytes() > near_bytes) {
    std::iota(order.begin(), order.end(), 0U);
  }

  void grow(ForestRows rows, RowList watched, std::span<const double> outcome, const ForestRules& limits,
            bool only_watched, Stream stream, const Visit& visit) override;
  Places& places_of(const Task& task) { return task.copied ? copied : whole; }
  ForestLines<Entry> lines_of(const Task& task) const { return task.copied ? copy.lines() : lines; }
  bool may_split(const Task& task);
  void copy_if_small(Task& task);
  ForestSplit find_split(const Task& task);
  void search(const Task& task, std::span<const std::uint32_t> columns, bool first_only, ForestSplit& best,
              bool& varied);
  void split(const Task& task, const ForestSplit& split, bool only_watched);
  std::span<const std::uint32_t> watched_rows(const Task& task);
};

template <class Entry>
bool ForestGrower::Growing<Entry>::may_split(const Task& task) {
  const std::size_t n = task.at.size();
  if (rules.max_depth > 0 && task.depth >= rules.max_depth) return false;
  if (n < rules.min_samples_split || n < 2 * rules.min_samples_leaf) return false;
  Places& places = places_of(task);
  const std::span<const std::uint32_t> here = places.of(task.at);
  return std::ranges::any_of(here, [&, first = places.outcome[here.front()]](std::uint32_t place) {
    return places.outcome[place] != first;
  });
}

/// Copies the rows of a node that is a small part of the matrix.
template <class Entry>
void ForestGrower::Growing<Entry>::copy_if_small(Task& task) {
  if (!large || task.copied || task.at.size() * kCopyShare > matrix.rows()) return;
  const std::span<const std::uint32_t> grown = whole.of(task.at), watched = whole.watched_of(task.at);
  RowList rows{grown.begin(), grown.end()};
  rows.insert(rows.end(), watched.begin(), watched.end());
  copy.copy(lines, rows);
  const std::size_t n = grown.size();
  copied_cells.resize(n);
  copied_outcome.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    copied_cells[i] = cells[rows[i]];
    copied_outcome[i] = whole.outcome[rows[i]];
  }
  copied.cells = copied_cells;
  copied.outcome = copied_outcome;
  copied.grown.resize(n);
  copied.watched.resize(watched.size());
  std::iota(copied.grown.begin(), copied.grown.end(), 0U);
  std::iota(copied.watched.begin(), copied.watched.end(), static_cast<std::uint32_t>(n));
  task.at = {0, n, 0, watched.size()};
  task.copied = true;
}

/// Draws columns for the node and searches them. Where all have one value there, goes on drawing until one
/// has not.
template <class Entry>
ForestSplit ForestGrower::Growing<Entry>::find_split(const Task& task) {
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
    const std::size_t last = std::min(done + ForestCounts::kMost, done < wanted ? wanted : columns);
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
template <class Entry>
void ForestGrower::Growing<Entry>::search(const Task& task, std::span<const std::uint32_t> columns,
                                          bool first_only, ForestSplit& best, bool& varied) {
  std::vector<std::uint32_t> ascending{columns.begin(), columns.end()};
  std::ranges::sort(ascending);
  counts.set(ascending);
  Places& places = places_of(task);
  if (!task.copied && counts.by_column(task.at.size()))
    counts.add(places.of(task.at), places.cells.data());
  else
    counts.add(lines_of(task), places.of(task.at), places.cells.data());
  for (const std::uint32_t column : columns) {
    const auto slot = std::ranges::lower_bound(ascending, column);
    counts.take(static_cast<std::size_t>(slot - ascending.begin()), task.total, bins);
    if (!bins.varies() || (first_only && varied)) continue;
    varied = true;
    best_forest_split(bins, column, matrix.column(column).bins, task.total,
                      static_cast<double>(rules.min_samples_leaf), rules.criterion, best);
  }
}

/// Parts the rows of a node and puts its children on the stack.
template <class Entry>
void ForestGrower::Growing<Entry>::split(const Task& task, const ForestSplit& split, bool only_watched) {
  const BinnedColumn& column = matrix.column(split.column);
  Places& places = places_of(task);
  const Stretch& at = task.at;
  std::size_t middle = at.begin, watched_middle = at.watched_begin;
  const auto part_both = [&](auto code_of) {
    const auto goes_left = [&](std::uint32_t place) { return split.goes_left(code_of(place)); };
    middle += part(places.of(at), spare, goes_left);
    watched_middle += part(places.watched_of(at), spare, goes_left);
  };
  if (task.copied)
    part_both([&, from = copy.lines(), first = static_cast<std::uint32_t>(matrix.first_place(split.column)),
               word = 1 + split.column / 64, bit = split.column % 64](std::uint32_t place) -> std::uint32_t {
      const std::uint64_t* line = from.line(place);
      if ((line[word] >> bit & 1) == 0) return column.mode;
      return from.list(place)[listed_before(line, split.column)] - first;
    });
  else
    column.with_codes(part_both);
  const Task left{{at.begin, middle, at.watched_begin, watched_middle},
                  task.copied,
                  task.depth + 1,
                  split.left,
                  task.path.child(std::uint64_t{0})},
      right{{middle, at.end, watched_middle, at.watched_end},
            task.copied,
            task.depth + 1,
            task.total - split.left,
            task.path.child(std::uint64_t{1})};
  for (const Task& child : {right, left})
    if (!only_watched || child.at.watched_begin < child.at.watched_end) stack.push_back(child);
}

template <class Entry>
std::span<const std::uint32_t> ForestGrower::Growing<Entry>::watched_rows(const Task& task) {
  const std::span<const std::uint32_t> watched = places_of(task).watched_of(task.at);
  if (!task.copied) return watched;
  std::ranges::transform(watched, spare.begin(), [&](std::uint32_t place) { return copy.row(place); });
  return std::span{spare}.first(watched.size());
}

template <class Entry>
void ForestGrower::Growing<Entry>::grow(ForestRows rows, RowList watched, std::span<const double> outcome,
                                        const ForestRules& limits, bool only_watched, Stream stream,
                                        const Visit& visit) {
  const std::size_t n = rows.row.size();
  ForestCell all;
  for (std::size_t i = 0; i < n; ++i) {
    cells[rows.row[i]] = rows.cell[i];
    all += rows.cell[i];
  }
  rules = limits;
  whole = {std::move(rows.row), std::move(watched), cells, outcome};
  spare.resize(std::max(n, whole.watched.size()));
  stack = {{{0, n, 0, whole.watched.size()}, false, 0, all.sums(), stream.child("root")}};
  while (!stack.empty()) {
    Task task = stack.back();
    stack.pop_back();
    ForestSplit split;
    if (may_split(task)) {
      copy_if_small(task);
      split = find_split(task);
    }
    ForestNode node{task.depth, task.total, 0, nullptr, watched_rows(task)};
    if (split.found()) {
      node.split = &split;
      node.gain = split.score - forest_score(task.total, rules.criterion);
    }
    visit(node);
    if (split.found()) this->split(task, split, only_watched);
  }
}

ForestGrower::ForestGrower(const BinnedMatrix& matrix, const RowMarks& marks, std::size_t near_bytes) {
  matrix.with_entries([&](auto, auto entries) {
    using Entry = std::remove_cv_t<typename decltype(entries)::element_type>;
    state_ = std::make_unique<Growing<Entry>>(matrix, marks, entries, near_bytes);
  });
}
ForestGrower::~ForestGrower() = default;
ForestGrower::ForestGrower(ForestGrower&&) noexcept = default;

void ForestGrower::grow(ForestRows rows, RowList watched, std::span<const double> outcome,
                        const ForestRules& rules, bool only_watched, Stream stream, const Visit& visit) {
  state_->grow(std::move(rows), std::move(watched), outcome, rules, only_watched, stream, visit);
}

}  // namespace kohort
