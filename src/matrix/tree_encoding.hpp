#pragma once
// How trees see a matrix: numeric features, missing as NaN (its own direction), infinities as missing,
// categories by one of three rules.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/matrix.hpp"

namespace kohort {

/// Sets: a category is one feature, split by sets of its levels. Report: one indicator per level up to 20
/// levels, ordinal codes above ([N]). Ordinal: codes always.
enum class CategoryRule { Sets, Report, Ordinal };
inline constexpr std::size_t kMostIndicators = 20;  // [N]: above that, ordinal codes

std::string_view to_text(CategoryRule rule);  // "sets", "report", "ordinal"
std::optional<CategoryRule> parse_category_rule(std::string_view text);

/// One predictor as trees see it: one feature, or one per level.
struct EncodedColumn {
  ColumnInfo info;
  bool one_hot = false;
  std::uint32_t first_feature = 0;
  bool as_set = false;  // its one feature holds codes without an order
  std::uint32_t features() const { return one_hot ? static_cast<std::uint32_t>(info.levels.size()) : 1; }
  bool operator==(const EncodedColumn&) const = default;
};

/// Predictors to features. It holds no number learned from rows, so every fold shares it.
struct TreeEncoding {
  CategoryRule rule = CategoryRule::Report;
  std::vector<EncodedColumn> columns;

  std::size_t features() const;
  std::vector<std::string> feature_names() const;  // "age", "area=North"
  bool operator==(const TreeEncoding&) const = default;
};

TreeEncoding make_tree_encoding(std::span<const ColumnInfo> columns, CategoryRule rule);
TreeEncoding make_tree_encoding(const Matrix& matrix, CategoryRule rule);

/// A matrix read through an encoding made earlier, maybe on another matrix: columns found by name, levels by
/// text. The matrix must outlive it.
class EncodedMatrix {
 public:
  /// Throws Error (data) naming the predictor that the matrix lacks, or that is a category here and not
  /// there.
  EncodedMatrix(const TreeEncoding& encoding, const Matrix& matrix);
  EncodedMatrix(EncodedMatrix&&) noexcept = default;
  EncodedMatrix& operator=(EncodedMatrix&&) noexcept = default;

  std::size_t features() const { return features_; }
  /// Fills rows x features, row-major.
  ///   rows     ascending
  ///   out      shape (rows, features). Missing and infinite cells are NaN; a missing category is NaN in all
  ///            its indicators; a level the encoding does not know is 0 in all of them, NaN as ordinal code
  ///   returns  how many cells held a level the encoding does not know
  std::uint64_t fill(std::span<const std::uint32_t> rows, std::span<float> out) const;

  /// The matrix's column that a predictor of the encoding is read from.
  const MatrixColumn& cells(std::size_t predictor) const { return *bound_[predictor].cells; }
  /// Writes the features of one predictor, as `fill` does for a cell of that value, into a row of features;
  /// returns 1 when its level is unknown.
  std::uint64_t put(std::size_t predictor, float cell, std::span<float> row_features) const {
    return put(bound_[predictor], cell, row_features);
  }

 private:
  struct Bound {
    const MatrixColumn* cells;
    const EncodedColumn* column;
    std::vector<std::int32_t> code_of;  // this matrix's code -> the encoding's, -1 unknown
  };
  std::uint64_t put(const Bound& bound, float value, std::span<float> row_features) const;
  std::size_t features_ = 0;
  std::vector<EncodedColumn> columns_;
  std::vector<Bound> bound_;
};

/// The matrix's column of that name. Throws Error (data) when there is none, or when one is a category and
/// the other is not.
const MatrixColumn& find_predictor(const Matrix& matrix, const ColumnInfo& info);

/// For each level of `here` its place among `known`, -1 where it is not there.
std::vector<std::int32_t> match_levels(std::span<const std::string> here, std::span<const std::string> known);

}  // namespace kohort
