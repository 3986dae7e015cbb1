#pragma once
// The best split of a node of a forest's tree in one drawn column. Breiman et al. (1984), CART; the criteria
// of scikit-learn's RandomForestRegressor and RandomForestClassifier.

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace kohort {

/// What a split must do well. For outcomes of 0 and 1 squared error chooses the splits of Gini's impurity,
/// and Friedman's improvement those of squared error: three names, one criterion.
enum class Criterion { SquaredError, Entropy, Poisson };

/// Sums over rows: outcome times mass, mass (weight, and how often drawn), and the rows themselves. Whole
/// numbers below 2^52, so that no order of summation changes a bit (gradient.hpp).
struct ForestSums {
  double sum = 0, mass = 0, rows = 0;

  friend ForestSums operator+(const ForestSums& a, const ForestSums& b) {
    return {a.sum + b.sum, a.mass + b.mass, a.rows + b.rows};
  }
  friend ForestSums operator-(const ForestSums& a, const ForestSums& b) {
    return {a.sum - b.sum, a.mass - b.mass, a.rows - b.rows};
  }
  bool operator==(const ForestSums&) const = default;
};

/// One way to part a node's rows.
struct ForestSplit {
  double score = -std::numeric_limits<double>::infinity();  // of both sides together; none was found
  std::uint32_t column = 0;
  std::uint32_t last_left = 0;  // codes 1 .. last_left go left
  bool missing_left = false;
  ForestSums left;

  bool found() const { return score > -std::numeric_limits<double>::infinity(); }
  bool goes_left(std::uint32_t code) const { return code == 0 ? missing_left : code <= last_left; }
};

/// The bins of one column that hold rows of the node, ascending, and its missing rows.
struct OccupiedBins {
  std::vector<std::uint32_t> code;
  std::vector<double> sum, mass, rows;  // of each bin; prefix sums after the search
  std::vector<double> score;            // room for the search
  std::size_t count = 0;                // bins held; the vectors may be longer
  ForestSums missing;

  void make_room(std::size_t bins);
  void add(std::uint32_t bin, const ForestSums& cell) {
    code[count] = bin;
    sum[count] = cell.sum;
    mass[count] = cell.mass;
    rows[count] = cell.rows;
    ++count;
  }
  /// Rows lie on both sides of some split.
  bool varies() const { return count + (missing.rows > 0 ? 1 : 0) > 1; }
};

/// How good a node or side of a split is; larger is better, and a split never lowers the total.
///   SquaredError  sum^2 / mass: what its mean takes off the squared error
///   Entropy       the log-likelihood of 0/1 outcomes under the mean; sum and mass in the same unit
///   Poisson       sum log(mean); -infinity where the mean is 0, as scikit-learn refuses such sides
double forest_score(const ForestSums& side, Criterion criterion);

/// Replaces `best` when a split of this column is strictly better.
///   bins   used up: its sums become prefix sums
///   least  rows on each side at least
///   last   the column's highest code
/// A split lies in the middle of the codes between its neighbours. Missing rows go to the better side, or,
/// where there are none, to the heavier. Of equals the lowest wins, with missing right before left. O(bins).
void best_forest_split(OccupiedBins& bins, std::uint32_t column, std::uint32_t last, const ForestSums& total,
                       double least, Criterion criterion, ForestSplit& best);

}  // namespace kohort
