#include "learn/tree/grow.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "learn/tree/histogram.hpp"
#include "learn/tree/partition.hpp"

namespace kohort {
namespace {

constexpr std::size_t kRowsPerThread = 32'768;     // below, one thread adds up a histogram
constexpr std::size_t kHistogramBytes = 64 << 20;  // kept at once; beyond, children are added up anew
constexpr std::size_t kColumnChunk = 32;           // columns searched as one task
constexpr double kLeastGain = 1e-6;                // XGBoost's kRtEps: a split must gain more

template <class Cell>
using HistogramOf = std::unique_ptr<std::vector<Cell>>;

/// Some of the columns, drawn without replacement: those with the smallest draws.
std::vector<std::uint32_t> draw_columns(std::vector<std::uint32_t> columns, double share, Stream stream) {
  if (share >= 1) return columns;
  const auto count =
      std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(columns.size()) + 1e-9));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> drawn;
  for (const std::uint32_t column : columns) drawn.emplace_back(stream.bits(column), column);
  std::ranges::nth_element(drawn, drawn.begin() + static_cast<std::ptrdiff_t>(count - 1));
  columns.clear();
  for (std::size_t k = 0; k < count; ++k) columns.push_back(drawn[k].second);
  std::ranges::sort(columns);
  return columns;
}

/// What a node carries until it is split or found to be a leaf.
template <class Cell>
struct CandidateOf {
  std::size_t node = 0;
  Stream path{0};  // keyed by the way from the root
  Bounds bounds;
  std::vector<std::uint32_t> columns;  // drawn for this node; empty: the tree's
  bool searched = false;               // may be split at all
  double noise = 0;                    // NodeSums::noise, where there are categories
  HistogramOf<Cell> histogram;         // null when it was not kept
  Split best;
};

/// Children of one node on their way to being searched; of the root, only `small`.
template <class Cell>
struct FamilyOf {
  CandidateOf<Cell> small;  // fewer rows
  std::optional<CandidateOf<Cell>> large;
  HistogramOf<Cell> parent;  // becomes the larger child's by subtraction; null: each is added up
};

}  // namespace

template <class Cell>
struct TreeGrower<Cell>::State {
  using Histogram = HistogramOf<Cell>;
  using Candidate = CandidateOf<Cell>;
  using Family = FamilyOf<Cell>;

  const BinnedMatrix& matrix;
  GrowRules rules;
  Workers& workers;
  std::vector<Histogram> spare;
  std::size_t histograms = 0;  // made so far
  RowList scratch;
  bool categories = false;  // among the columns

  // of the tree being grown
  Gradients<Cell> gradients;
  std::span<const double> weights;
  SplitRules split_rules;
  Stream stream{0};
  GrownTree tree;
  std::vector<std::uint32_t> columns;  // drawn for the tree, ascending
  std::vector<Candidate> open;
  std::size_t leaves = 1;

  State(const BinnedMatrix& m, const GrowRules& r, Workers& w) : matrix(m), rules(r), workers(w) {
    for (std::size_t j = 0; j < m.columns(); ++j) categories = categories || m.column(j).category;
  }

  void begin(RowList rows);
  std::vector<Candidate> next();
  void expand(std::vector<Candidate> parents);

 private:
  Histogram take_histogram();
  void give_back(Histogram histogram) {
    if (histogram) spare.push_back(std::move(histogram));
  }
  bool may_split(const GrownNode& node) const;
  bool worth(const Split& split) const;
  std::span<const std::uint32_t> rows_of(const GrownNode& node) const {
    return std::span{tree.rows}.subspan(node.begin, node.end - node.begin);
  }
  Candidate add_node(const GrownNode& node, Stream path, const Bounds& bounds);
  Family make_family(Candidate parent, std::size_t middle);
  void search(std::vector<Family>& families);
  void add_up(const std::vector<Candidate*>& nodes);
  void search_columns(Family& family, std::span<const std::uint32_t> some, Split& small, Split& large) const;
  void measure_noise(std::vector<Family>& families);
  void settle(Candidate candidate);
};

/// Cleared.
template <class Cell>
auto TreeGrower<Cell>::State::take_histogram() -> Histogram {
  if (spare.empty()) {
    ++histograms;
    return std::make_unique<std::vector<Cell>>(matrix.places());
  }
  Histogram histogram = std::move(spare.back());
  spare.pop_back();
  std::ranges::fill(*histogram, Cell{});
  return histogram;
}

template <class Cell>
bool TreeGrower<Cell>::State::may_split(const GrownNode& node) const {
  const bool deep = rules.max_depth > 0 && node.depth >= rules.max_depth;
  return !deep && node.end - node.begin >= 2 &&
         node.sum.hessian >= 2 * std::max(split_rules.min_child_weight, 1.0);
}

template <class Cell>
bool TreeGrower<Cell>::State::worth(const Split& split) const {
  const GradientUnits& units = gradients.units;
  const double gain = split.gain * units.gradient * units.gradient / units.hessian;
  return gain > kLeastGain && gain >= rules.gamma;
}

/// Puts a node into the tree; its value, and whether it may be split, follow from its sums.
template <class Cell>
auto TreeGrower<Cell>::State::add_node(const GrownNode& node, Stream path, const Bounds& bounds)
    -> Candidate {
  Candidate candidate;
  candidate.node = tree.nodes.size();
  candidate.path = path;
  candidate.bounds = bounds;
  candidate.searched = may_split(node);
  if (rules.colsample_bylevel < 1 || rules.colsample_bynode < 1) {
    const Stream level = stream.child("level").child(static_cast<std::uint64_t>(node.depth));
    candidate.columns = draw_columns(draw_columns(columns, rules.colsample_bylevel, level),
                                     rules.colsample_bynode, path.child("columns"));
  }
  tree.nodes.push_back(node);
  tree.nodes.back().value =
      leaf_value(node.sum, split_rules, bounds) * gradients.units.gradient / gradients.units.hessian;
  return candidate;
}

template <class Cell>
void TreeGrower<Cell>::State::begin(RowList rows) {
  split_rules = rules.split.in(gradients.units);
  scratch.resize(rows.size());
  tree = {{}, std::move(rows)};
  open.clear();
  leaves = 1;
  columns.resize(matrix.columns());
  std::iota(columns.begin(), columns.end(), 0U);
  columns = draw_columns(std::move(columns), rules.colsample_bytree, stream.child("tree"));

  GrownNode root;
  root.end = tree.rows.size();
  Cell sum{};
  for (const std::uint32_t row : tree.rows) sum += gradients.of_row[row];
  root.sum = gradients.code.sum(sum);
  std::vector<Family> families(1);
  families[0].small = add_node(root, stream.child("root"), {});
  if (root.sum.hessian < split_rules.min_child_weight) tree.nodes[0].value = 0;  // as XGBoost's
  search(families);
}

/// The nodes to split now: all of the level, or the one that gains most; none when the tree is full.
template <class Cell>
auto TreeGrower<Cell>::State::next() -> std::vector<Candidate> {
  const auto most = static_cast<std::size_t>(rules.max_leaves);
  const std::size_t room = most == 0 ? open.size() : std::min(open.size(), most - std::min(most, leaves));
  if (rules.lossguide)
    std::ranges::sort(open, [](const Candidate& a, const Candidate& b) {
      return a.best.gain != b.best.gain ? a.best.gain > b.best.gain : a.node < b.node;
    });
  else
    std::ranges::sort(open, {}, &Candidate::node);
  std::vector<Candidate> batch;
  const std::size_t count = rules.lossguide ? std::min<std::size_t>(room, 1) : room;
  for (std::size_t k = 0; k < count; ++k) batch.push_back(std::move(open[k]));
  open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(count));
  if (count == 0)
    for (Candidate& candidate : open) give_back(std::move(candidate.histogram));
  return batch;
}

/// Parts the rows of nodes chosen to be split, and searches their children.
template <class Cell>
void TreeGrower<Cell>::State::expand(std::vector<Candidate> parents) {
  std::vector<Parting> partings;
  for (const Candidate& parent : parents)
    partings.push_back({&parent.best, tree.nodes[parent.node].begin, tree.nodes[parent.node].end});
  part_rows(matrix, partings, tree.rows, scratch, workers);
  leaves += parents.size();
  std::vector<Family> families;
  for (std::size_t p = 0; p < parents.size(); ++p)
    families.push_back(make_family(std::move(parents[p]), partings[p].middle));
  search(families);
}

template <class Cell>
auto TreeGrower<Cell>::State::make_family(Candidate parent, std::size_t middle) -> Family {
  const GrownNode& from = tree.nodes[parent.node];
  GrownNode left, right;
  left.depth = right.depth = from.depth + 1;
  left.sum = parent.best.left;
  right.sum = parent.best.right;
  left.begin = from.begin;
  left.end = right.begin = middle;
  right.end = from.end;

  Bounds of_left = parent.bounds, of_right = parent.bounds;
  if (const auto& monotone = split_rules.monotone; !monotone.empty() && monotone[parent.best.column] != 0) {
    const double between = (leaf_value(left.sum, split_rules, parent.bounds) +
                            leaf_value(right.sum, split_rules, parent.bounds)) /
                           2;
    (monotone[parent.best.column] > 0 ? of_left.upper : of_left.lower) = between;
    (monotone[parent.best.column] > 0 ? of_right.lower : of_right.upper) = between;
  }
  Candidate a = add_node(left, parent.path.child("left"), of_left);
  Candidate b = add_node(right, parent.path.child("right"), of_right);
  GrownNode& split = tree.nodes[parent.node];
  split.left = static_cast<std::int32_t>(a.node);
  split.right = static_cast<std::int32_t>(b.node);
  split.split = std::move(parent.best);
  if (left.end - left.begin > right.end - right.begin) std::swap(a, b);
  return {std::move(a), std::move(b), std::move(parent.histogram)};
}

/// Finds the best split of every child that may be split and opens those worth it.
template <class Cell>
void TreeGrower<Cell>::State::search(std::vector<Family>& families) {
  std::vector<Candidate*> nodes;
  for (Family& family : families) {
    const bool large = family.large && family.large->searched;
    if (!large) give_back(std::move(family.parent));
    if (family.small.searched || family.parent) nodes.push_back(&family.small);
    if (large && !family.parent) nodes.push_back(&*family.large);
  }
  add_up(nodes);
  measure_noise(families);

  const std::size_t chunks = (columns.size() + kColumnChunk - 1) / kColumnChunk;
  std::vector<std::pair<Split, Split>> best(families.size() * chunks);
  workers.for_each(best.size(), [&](std::size_t task) {
    const std::size_t first = task % chunks * kColumnChunk;
    const auto some = std::span{columns}.subspan(first, std::min(kColumnChunk, columns.size() - first));
    search_columns(families[task / chunks], some, best[task].first, best[task].second);
  });

  for (std::size_t f = 0; f < families.size(); ++f) {
    Family& family = families[f];
    for (std::size_t chunk = 0; chunk < chunks;
         ++chunk) {  // in the order of the columns: the first of equals
      auto& [small, large] = best[f * chunks + chunk];
      if (small.gain > family.small.best.gain) family.small.best = std::move(small);
      if (family.large && large.gain > family.large->best.gain) family.large->best = std::move(large);
    }
    settle(std::move(family.small));
    if (!family.large) continue;
    if (family.parent) family.large->histogram = std::move(family.parent);
    settle(std::move(*family.large));
  }
}

/// Squared gradients of each node's rows, a row of weight two as two rows. One task adds them in the order of
/// the rows: no thread changes a bit.
template <class Cell>
void TreeGrower<Cell>::State::measure_noise(std::vector<Family>& families) {
  if (!categories) return;
  workers.for_each(families.size(), [&](std::size_t f) {
    for (Candidate* child : {&families[f].small, families[f].large ? &*families[f].large : nullptr}) {
      if (child == nullptr || !child->searched) continue;
      const GrownNode& node = tree.nodes[child->node];
      double squares = 0;
      for (const std::uint32_t row : rows_of(node)) {
        const double gradient = gradients.code.sum(gradients.of_row[row]).gradient;
        squares += gradient * gradient / (weights.empty() ? 1 : weights[row]);
      }
      child->noise = squares / node.sum.hessian;
    }
  });
}

template <class Cell>
void TreeGrower<Cell>::State::settle(Candidate candidate) {
  const bool opens = candidate.searched && worth(candidate.best);
  const bool many = (histograms - spare.size()) * matrix.places() * sizeof(Cell) > kHistogramBytes;
  if (!opens || many) give_back(std::move(candidate.histogram));
  if (opens) open.push_back(std::move(candidate));
}

/// Histograms of nodes from their rows: many nodes side by side, a large one on all threads.
template <class Cell>
void TreeGrower<Cell>::State::add_up(const std::vector<Candidate*>& nodes) {
  struct Part {
    std::span<const std::uint32_t> rows;
    std::vector<Cell>* out;
  };
  std::vector<Part> parts;
  std::vector<std::pair<Candidate*, Histogram>> halves;
  for (Candidate* candidate : nodes) {
    const auto rows = rows_of(tree.nodes[candidate->node]);
    const auto pieces =
        std::clamp<std::size_t>(rows.size() / kRowsPerThread, 1, static_cast<std::size_t>(workers.at_once()));
    candidate->histogram = take_histogram();
    for (std::size_t k = 0; k < pieces; ++k) {
      std::vector<Cell>* out = candidate->histogram.get();
      if (k > 0) out = halves.emplace_back(candidate, take_histogram()).second.get();
      const std::size_t first = k * rows.size() / pieces, last = (k + 1) * rows.size() / pieces;
      parts.push_back({rows.subspan(first, last - first), out});
    }
  }
  workers.for_each(parts.size(), [&](std::size_t p) {
    add_rows(matrix, parts[p].rows, gradients.of_row, std::span{*parts[p].out});
  });
  for (auto& [candidate, half] : halves) {
    add_cells(*candidate->histogram, *half);
    give_back(std::move(half));
  }
}

/// Completes the histograms of both children in some columns and searches them while they are in the cache.
template <class Cell>
void TreeGrower<Cell>::State::search_columns(Family& family, std::span<const std::uint32_t> some,
                                             Split& small, Split& large) const {
  SplitScratch room;
  const CellCode<Cell>& code = gradients.code;
  const auto cells_of = [&](const Histogram& histogram, std::uint32_t j) {
    return std::span{*histogram}.subspan(matrix.first_place(j), matrix.column(j).bins + 1);
  };
  const auto search_one = [&](const Candidate& child, const Histogram& histogram, std::uint32_t j,
                              Split& best) {
    const GrownNode& node = tree.nodes[child.node];
    const auto cells = cells_of(histogram, j);
    if (cells[matrix.column(j).mode] == code.cell(node.sum)) return;  // no row lies elsewhere
    if (!child.columns.empty() && !std::ranges::binary_search(child.columns, j)) return;
    const NodeSums sums{node.sum, leaf_gain(node.sum, split_rules, child.bounds), child.noise};
    best_split_of_column<Cell>(matrix.column(j), j, cells, code, sums, split_rules, child.bounds, room, best);
  };
  for (const std::uint32_t j : some) {
    for (const Candidate* child : {&family.small, family.large ? &*family.large : nullptr})
      if (child != nullptr && child->histogram)
        restore_modal_bin(cells_of(child->histogram, j), matrix.column(j).mode,
                          code.cell(tree.nodes[child->node].sum));
    if (family.parent) take_cells(cells_of(family.parent, j), cells_of(family.small.histogram, j));
    if (family.small.searched) search_one(family.small, family.small.histogram, j, small);
    if (family.large && family.large->searched)
      search_one(*family.large, family.parent ? family.parent : family.large->histogram, j, large);
  }
}

template <class Cell>
TreeGrower<Cell>::TreeGrower(const BinnedMatrix& matrix, const GrowRules& rules, Workers& workers)
    : state_(std::make_unique<State>(matrix, rules, workers)) {}
template <class Cell>
TreeGrower<Cell>::~TreeGrower() = default;

template <class Cell>
GrownTree TreeGrower<Cell>::grow(RowList rows, const Gradients<Cell>& gradients,
                                 std::span<const double> weights, Stream stream) {
  State& s = *state_;
  s.gradients = gradients;
  s.weights = weights;
  s.stream = stream;
  s.begin(std::move(rows));
  for (auto batch = s.next(); !batch.empty(); batch = s.next()) s.expand(std::move(batch));
  return std::move(s.tree);
}

template class TreeGrower<GradientPair>;
template class TreeGrower<PackedCell>;

void route(const GrownTree& tree, const BinnedMatrix& matrix, RowList rows, Workers& workers,
           const std::function<void(const GrownNode&, std::span<const std::uint32_t>)>& leaf) {
  struct Stretch {
    std::size_t begin = 0, end = 0;
  };
  std::vector<Stretch> of(tree.nodes.size());
  of[0].end = rows.size();
  RowList scratch(rows.size());
  std::vector<std::size_t> level{0};
  while (!level.empty()) {
    std::vector<std::size_t> inner, below;
    std::vector<Parting> partings;
    for (const std::size_t n : level) {
      if (of[n].begin == of[n].end) continue;
      if (tree.nodes[n].left < 0) {
        leaf(tree.nodes[n], std::span{rows}.subspan(of[n].begin, of[n].end - of[n].begin));
        continue;
      }
      inner.push_back(n);
      partings.push_back({&tree.nodes[n].split, of[n].begin, of[n].end});
    }
    part_rows(matrix, partings, rows, scratch, workers);
    for (std::size_t k = 0; k < inner.size(); ++k) {
      const auto left = static_cast<std::size_t>(tree.nodes[inner[k]].left),
                 right = static_cast<std::size_t>(tree.nodes[inner[k]].right);
      of[left] = {partings[k].begin, partings[k].middle};
      of[right] = {partings[k].middle, partings[k].end};
      below.push_back(left);
      below.push_back(right);
    }
    level = std::move(below);
  }
}

}  // namespace kohort
