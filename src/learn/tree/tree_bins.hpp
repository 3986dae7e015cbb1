#pragma once
// The binned features of one matrix with what they were made from: one copy for all fits of our own trees.

#include <optional>

#include "matrix/binned.hpp"
#include "matrix/matrix.hpp"
#include "matrix/row_marks.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {

/// The matrix must outlive it.
struct TreeBins {
  const Matrix* matrix;
  TreeEncoding encoding;
  int max_bin;
  int min_data_in_bin = 1;
  BinnedMatrix binned;
  std::optional<RowMarks> marks{};  // for forests; made by mark()

  TreeBins(const Matrix& from, CategoryRule rule, int most, Workers& workers, int least = 1)
      : matrix(&from),
        encoding(make_tree_encoding(from, rule)),
        max_bin(most),
        min_data_in_bin(least),
        binned(bin_features(from, encoding, most, workers, least)) {}
  /// Bins made elsewhere from the same features.
  TreeBins(const Matrix& from, CategoryRule rule, int most, BinnedMatrix made)
      : matrix(&from), encoding(make_tree_encoding(from, rule)), max_bin(most), binned(std::move(made)) {}

  /// Adds what forests need, unless it is there.
  void mark(Workers& workers) {
    if (!marks) marks.emplace(binned, workers);
  }
};

}  // namespace kohort
