#pragma once
// The binned features of one matrix, made once and read by every fit on it.

#include <cstdint>
#include <memory>
#include <span>

#include "base/random.hpp"
#include "learn/problem.hpp"
#include "matrix/matrix.hpp"
#include "matrix/tree_encoding.hpp"

namespace kohort {

/// The seed of the draws a fit makes inside the tree library.
inline std::uint64_t library_seed(const Stream& stream) { return stream.bits(0) & 0x7fffffff; }

/// Rows of a matrix in bins. Folds, configurations, outcomes and horizons share it: a fit takes rows out by
/// giving them no gradient. Safe to read from several threads.
class TreeData {
 public:
  /// Bins the rows. Bin edges are quantiles of these rows' features and use no outcome; a feature with fewer
  /// than `max_bin` values keeps them all. Feeds blocks of rows, so that the matrix is never whole in 32
  /// bits. The same bins for any number of threads.
  TreeData(const Matrix& matrix, std::span<const std::uint32_t> rows, CategoryRule rule, int max_bin,
           int threads = 1);
  ~TreeData();
  TreeData(const TreeData&) = delete;
  TreeData& operator=(const TreeData&) = delete;

  const Matrix& matrix() const { return *matrix_; }
  const RowList& rows() const { return rows_; }
  const TreeEncoding& encoding() const { return encoding_; }
  int max_bin() const { return max_bin_; }
  /// The place among rows() of each of `some`, which must be among them. Throws Error (defect) otherwise.
  std::vector<std::uint32_t> places(std::span<const std::uint32_t> some) const;

  struct Bins;  // belongs to the library behind
  const Bins& bins() const { return *bins_; }

 private:
  const Matrix* matrix_;
  RowList rows_;
  TreeEncoding encoding_;
  int max_bin_;
  std::unique_ptr<Bins> bins_;
};

}  // namespace kohort
