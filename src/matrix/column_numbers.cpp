#include "matrix/column_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/radix.hpp"
#include "base/stable.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// How many rows there are, and how much weight they have.
struct Mass {
  std::size_t rows = 0;
  double weight = 0;
};

/// A group's cells of one kind.
struct Moments {
  Mass mass;
  double sum = 0, squares = 0;                    // of values less the shift
  double weighted_sum = 0, weighted_squares = 0;  // the same times weights

  void add(double deviation, double weight) {
    ++mass.rows;
    mass.weight += weight;
    sum += deviation;
    squares += deviation * deviation;
    weighted_sum += weight * deviation;
    weighted_squares += weight * deviation * deviation;
  }
  /// Several cells of one value.
  void add(double deviation, Mass cells) {
    if (cells.rows == 0) return;
    const auto rows = static_cast<double>(cells.rows);
    mass.rows += cells.rows;
    mass.weight += cells.weight;
    sum += rows * deviation;
    squares += rows * deviation * deviation;
    weighted_sum += cells.weight * deviation;
    weighted_squares += cells.weight * deviation * deviation;
  }
  void add(const Moments& other) {
    mass.rows += other.mass.rows;
    mass.weight += other.mass.weight;
    sum += other.sum;
    squares += other.squares;
    weighted_sum += other.weighted_sum;
    weighted_squares += other.weighted_squares;
  }
};

/// A group's cells of one column.
struct Tally {
  Moments observed;                  // listed, not missing, not negative
  Mass missing, negative, modal;     // listed as such; not listed
  std::size_t below = 0, above = 0;  // finite listed values on either side of a finite mode

  void add(const Tally& other) {
    observed.add(other.observed);
    for (auto [mine, its] : {std::pair{&missing, &other.missing}, std::pair{&negative, &other.negative},
                             std::pair{&modal, &other.modal}}) {
      mine->rows += its->rows;
      mine->weight += its->weight;
    }
    below += other.below;
    above += other.above;
  }
};

/// The finite raw values of one column in order, by group. A finite mode stands between those below and above
/// it, and nothing is sorted unless a rank beside the mode is asked for.
class RankedCells {
 public:
  RankedCells(const MatrixColumn& column, const RowGroups& groups) : column_(column), groups_(groups) {}

  /// The value of a rank, 0 the least, among the finite values of a training set with this tally.
  float at(std::size_t rank, const Tally& tally, int left_out) {
    if (std::isfinite(column_.mode)) {
      if (rank >= tally.below && rank < tally.below + tally.modal.rows) return column_.mode;
      if (rank >= tally.below) rank -= tally.modal.rows;
    }
    sort();
    const auto upto = [&](std::size_t mark) {
      return mark * kMark - marks_[mark * groups_.count + skip(left_out)];
    };
    const auto kept_upto = [&](std::size_t mark) { return left_out < 0 ? mark * kMark : upto(mark); };
    std::size_t low = 0, high = (cells_.size() + kMark - 1) / kMark;  // the rank is at or after mark `low`
    while (high - low > 1) {
      const std::size_t mid = (low + high) / 2;
      (kept_upto(mid) <= rank ? low : high) = mid;
    }
    rank -= kept_upto(low);
    for (std::size_t i = low * kMark;; ++i)
      if (cells_[i].group != left_out && rank-- == 0) return float_of(cells_[i].key);
  }

  /// How many finite values of a training set are below a finite x.
  std::size_t below(double x, const Tally& tally, int left_out) {
    if (std::isfinite(column_.mode) && x == column_.mode) return tally.below;
    sort();
    std::size_t count = std::isfinite(column_.mode) && column_.mode < x ? tally.modal.rows : 0;
    for (const Cell& cell : cells_) {
      if (float_of(cell.key) >= x) break;
      count += cell.group != left_out;
    }
    return count;
  }

 private:
  struct Cell {
    std::uint32_t key;
    std::int32_t group;
  };
  static constexpr std::size_t kMark = 256;  // cells between two counts

  static std::size_t skip(int left_out) { return static_cast<std::size_t>(std::max(left_out, 0)); }

  void sort() {
    if (!cells_.empty()) return;
    for (std::size_t k = 0; k < column_.rows.size(); ++k) {
      const std::int32_t group = groups_.of[column_.rows[k]];
      if (group >= 0 && std::isfinite(column_.values[k]))
        cells_.push_back({ordered_bits(column_.values[k]), group});
    }
    radix_sort(cells_, [](const Cell& cell) { return cell.key; });
    std::vector<std::size_t> seen(groups_.count);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (i % kMark == 0) marks_.insert(marks_.end(), seen.begin(), seen.end());
      ++seen[static_cast<std::size_t>(cells_[i].group)];
    }
  }

  const MatrixColumn& column_;
  const RowGroups& groups_;
  std::vector<Cell> cells_;         // listed and finite, ascending
  std::vector<std::size_t> marks_;  // of each group before cell 0, kMark, …
};

/// What a missing cell becomes, rounded as the observed cells are, else a constant column would vary; NaN
/// where the median is missing or below zero.
double filled_log(double median, Transform transform) {
  if (transform == Transform::None) return static_cast<float>(median);
  return median >= 0 ? static_cast<float>(stable::log1p(median)) : kMissing;
}

/// Reads one column for any training set.
class ColumnReader {
 public:
  ColumnReader(const LinearCells& cells, std::size_t j, const RowGroups& groups, std::span<const Mass> mass,
               std::span<const double> weights)
      : column_(cells.columns()[j]),
        from_(cells.matrix().column(column_.source)),
        transform_(cells.transform()),
        groups_(groups),
        mass_(mass),
        weights_(weights),
        ranked_(from_, groups),
        tallies_(groups.count) {
    if (std::isfinite(column_.mode))
      shift_ = column_.mode;
    else if (!column_.values.empty())
      shift_ = column_.values.front();
    count_cells();
    if (column_.level < 0) count_sides();
  }

  ColumnNumbers read(int left_out) {
    Tally tally;
    for (std::size_t g = 0; g < tallies_.size(); ++g)
      if (std::cmp_not_equal(g, left_out)) tally.add(tallies_[g]);
    ColumnNumbers numbers;
    if (column_.level < 0) {
      numbers.median = raw_median(tally, left_out);
      const double fill = filled_log(numbers.median, transform_);
      numbers.negative = log_median(numbers.median, fill, tally, left_out);
      numbers.missing = std::isnan(fill) ? numbers.negative : fill;
      numbers.used = !std::isnan(numbers.negative);
    } else {
      numbers.used = (column_.mode == 1 ? tally.modal : tally.observed.mass).rows > 0;
    }
    if (numbers.used) spread(numbers, tally, left_out);
    return numbers;
  }

 private:
  double weight(std::uint32_t row) const { return weights_.empty() ? 1 : weights_[row]; }

  void count_cells() {
    const auto observed = column_.values.size();
    for (std::size_t k = 0; k < column_.rows.size(); ++k) {
      const std::uint32_t row = column_.rows[k];
      const std::int32_t group = groups_.of[row];
      if (group < 0) continue;
      Tally& tally = tallies_[static_cast<std::size_t>(group)];
      if (k < observed) {
        tally.observed.add(column_.values[k] - shift_, weight(row));
      } else {
        Mass& mass = k < column_.missing_end ? tally.missing : tally.negative;
        ++mass.rows;
        mass.weight += weight(row);
      }
    }
    for (std::size_t g = 0; g < tallies_.size(); ++g) {
      Tally& tally = tallies_[g];
      tally.modal = mass_[g];
      for (const Mass& listed : {tally.observed.mass, tally.missing, tally.negative}) {
        tally.modal.rows -= listed.rows;
        tally.modal.weight -= listed.weight;
      }
      if (tally.modal.rows == 0) tally.modal.weight = 0;
    }
  }

  void count_sides() {
    if (!std::isfinite(from_.mode)) return;
    for (std::size_t k = 0; k < from_.rows.size(); ++k) {
      const std::int32_t group = groups_.of[from_.rows[k]];
      if (group < 0 || !std::isfinite(from_.values[k])) continue;
      Tally& tally = tallies_[static_cast<std::size_t>(group)];
      ++(from_.values[k] < from_.mode ? tally.below : tally.above);
    }
  }

  std::size_t finite_rows(const Tally& tally) const {
    // an infinite cell is missing among the logarithms
    return tally.observed.mass.rows + tally.negative.rows +
           (std::isfinite(from_.mode) ? tally.modal.rows : 0);
  }

  double raw_median(const Tally& tally, int left_out) {
    const std::size_t n = finite_rows(tally);
    if (n == 0) return kMissing;
    const double upper = ranked_.at(n / 2, tally, left_out);
    return n % 2 == 1 ? upper : (ranked_.at(n / 2 - 1, tally, left_out) + upper) / 2;
  }

  /// The median of the logarithms once the missing cells hold that of the median. Logarithms are in the order
  /// of the raw values at or above zero.
  double log_median(double median, double fill, const Tally& tally, int left_out) {
    const std::size_t finite = finite_rows(tally);
    const std::size_t negative = tally.negative.rows + (column_.mode == kBelowZero ? tally.modal.rows : 0);
    std::size_t filled = tally.missing.rows + (std::isnan(column_.mode) ? tally.modal.rows : 0);
    if (std::isnan(fill)) filled = 0;
    const std::size_t n = finite - negative + filled;
    if (n == 0) return kMissing;
    const std::size_t before = filled == 0 ? n : ranked_.below(median, tally, left_out) - negative;
    const auto at = [&](std::size_t place) {
      if (place >= before && place < before + filled) return fill;
      if (place >= before) place -= filled;
      return filled_log(ranked_.at(negative + place, tally, left_out), transform_);
    };
    return n % 2 == 1 ? at(n / 2) : (at(n / 2 - 1) + at(n / 2)) / 2;
  }

  double filled_mode(const ColumnNumbers& numbers) const {
    if (std::isnan(column_.mode)) return numbers.missing;
    return column_.mode == kBelowZero ? numbers.negative : column_.mode;
  }

  /// The filled cells of a training set about a shift.
  Moments moments(const ColumnNumbers& numbers, const Tally& tally, int left_out, double shift) const {
    Moments all;
    all.add(filled_mode(numbers) - shift, tally.modal);
    all.add(numbers.missing - shift, tally.missing);
    all.add(numbers.negative - shift, tally.negative);
    if (shift == shift_) {
      all.add(tally.observed);
      return all;
    }
    for (std::size_t k = 0; k < column_.values.size(); ++k) {
      const std::uint32_t row = column_.rows[k];
      if (groups_.of[row] >= 0 && groups_.of[row] != left_out)
        all.add(column_.values[k] - shift, weight(row));
    }
    return all;
  }

  /// Scale, mean and norm. Where the shift is far from the mean for the spread there is, a second pass goes
  /// about the mean.
  void spread(ColumnNumbers& numbers, const Tally& tally, int left_out) const {
    constexpr double kFar = 1e-6;
    double shift = shift_;
    Moments m = moments(numbers, tally, left_out, shift);
    const auto n = static_cast<double>(m.mass.rows);
    double from_shift = m.sum / n, variance = m.squares / n - from_shift * from_shift;
    if (from_shift != 0 && variance < kFar * from_shift * from_shift) {
      shift += from_shift;
      m = moments(numbers, tally, left_out, shift);
      from_shift = m.sum / n;
      variance = m.squares / n - from_shift * from_shift;
    }
    variance = std::max(variance, 0.0);
    const double mean = shift + from_shift, weighted_from_shift = m.weighted_sum / m.mass.weight;
    // scikit-learn's bound below which a variance is rounding (StandardScaler, _is_constant_feature)
    const double eps = std::numeric_limits<double>::epsilon();
    const bool constant = variance <= n * eps * variance + (n * mean * eps) * (n * mean * eps);
    numbers.scale = constant || column_.level >= 0 ? 1 : std::sqrt(variance);
    numbers.mean = (shift + weighted_from_shift) / numbers.scale;
    const double squares = m.weighted_squares - weighted_from_shift * m.weighted_sum;
    numbers.norm2 = constant ? 0 : std::max(squares, 0.0) / (numbers.scale * numbers.scale);
  }

  const LinearColumn& column_;
  const MatrixColumn& from_;
  Transform transform_;
  const RowGroups& groups_;
  std::span<const Mass> mass_;  // of each group
  std::span<const double> weights_;
  double shift_ = 0;
  RankedCells ranked_;
  std::vector<Tally> tallies_;  // of each group
};

}  // namespace

std::vector<std::vector<ColumnNumbers>> column_numbers(const LinearCells& cells, const RowGroups& groups,
                                                       std::span<const int> left_out,
                                                       std::span<const double> weights, Workers& workers) {
  std::vector<Mass> mass(groups.count);
  for (std::size_t i = 0; i < groups.of.size(); ++i) {
    if (groups.of[i] < 0) continue;
    Mass& of = mass[static_cast<std::size_t>(groups.of[i])];
    ++of.rows;
    of.weight += weights.empty() ? 1 : weights[i];
  }
  std::vector<std::vector<ColumnNumbers>> numbers(left_out.size());
  for (auto& of_set : numbers) of_set.resize(cells.columns().size());
  workers.for_each(cells.columns().size(), [&](std::size_t j) {
    ColumnReader reader{cells, j, groups, mass, weights};
    for (std::size_t s = 0; s < left_out.size(); ++s) numbers[s][j] = reader.read(left_out[s]);
  });
  return numbers;
}

}  // namespace kohort
