#include "matrix/tree_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

std::string_view to_text(CategoryRule rule) {
  switch (rule) {
    case CategoryRule::Sets:
      return "sets";
    case CategoryRule::Report:
      return "report";
    case CategoryRule::Ordinal:
      return "ordinal";
  }
  return "";
}

std::optional<CategoryRule> parse_category_rule(std::string_view text) {
  for (const CategoryRule rule : {CategoryRule::Sets, CategoryRule::Report, CategoryRule::Ordinal})
    if (text == to_text(rule)) return rule;
  return std::nullopt;
}

std::size_t TreeEncoding::features() const {
  return columns.empty() ? 0 : columns.back().first_feature + columns.back().features();
}

std::vector<std::string> TreeEncoding::feature_names() const {
  std::vector<std::string> names;
  names.reserve(features());
  for (const EncodedColumn& column : columns) {
    if (!column.one_hot) names.push_back(column.info.name);
    if (column.one_hot)
      for (const std::string& level : column.info.levels) names.push_back(column.info.name + "=" + level);
  }
  return names;
}

TreeEncoding make_tree_encoding(std::span<const ColumnInfo> columns, CategoryRule rule) {
  TreeEncoding encoding{rule, {}};
  std::uint32_t next = 0;
  for (const ColumnInfo& info : columns) {
    const bool one_hot = rule == CategoryRule::Report && info.kind == ColumnKind::Category &&
                         info.levels.size() <= kMostIndicators;
    const bool as_set =
        rule == CategoryRule::Sets && info.kind == ColumnKind::Category && !info.levels.empty();
    encoding.columns.push_back({info, one_hot, next, as_set});
    next += encoding.columns.back().features();
  }
  return encoding;
}

TreeEncoding make_tree_encoding(const Matrix& matrix, CategoryRule rule) {
  std::vector<ColumnInfo> columns;
  for (std::size_t j = 0; j < matrix.columns(); ++j) columns.push_back(matrix.column(j).info);
  return make_tree_encoding(columns, rule);
}

std::vector<std::int32_t> match_levels(std::span<const std::string> here,
                                       std::span<const std::string> known) {
  std::unordered_map<std::string_view, std::int32_t> place;
  for (std::size_t k = 0; k < known.size(); ++k) place.try_emplace(known[k], static_cast<std::int32_t>(k));
  std::vector<std::int32_t> match(here.size(), -1);
  for (std::size_t k = 0; k < here.size(); ++k)
    if (const auto found = place.find(here[k]); found != place.end()) match[k] = found->second;
  return match;
}

const MatrixColumn& find_predictor(const Matrix& matrix, const ColumnInfo& info) {
  const std::size_t j = matrix.find(info.name);
  if (j == matrix.columns())
    throw Error(ErrorKind::Data, "the model's predictor is not in the table",
                fmt::format("column '{}'", info.name),
                "give the table all predictors the model was fitted on");
  const ColumnKind found = matrix.column(j).info.kind;
  const bool category = info.kind == ColumnKind::Category;
  if (category != (found == ColumnKind::Category))
    throw Error(
        ErrorKind::Data,
        fmt::format("the model was fitted on a {}, the table holds a {}", to_text(info.kind), to_text(found)),
        fmt::format("column '{}'", info.name),
        category ? "declare the column as it was in training, codes of a table of one's own by --categories"
                 : "declare the column as it was in training, and look for text among its numbers");
  return matrix.column(j);
}

EncodedMatrix::EncodedMatrix(const TreeEncoding& encoding, const Matrix& matrix)
    : features_(encoding.features()), columns_(encoding.columns) {
  bound_.reserve(columns_.size());
  for (const EncodedColumn& column : columns_) {
    const MatrixColumn& cells = find_predictor(matrix, column.info);
    bound_.push_back({&cells, &column, match_levels(cells.info.levels, column.info.levels)});
  }
}

/// Writes one cell into the features of one row; returns 1 when its level is unknown.
std::uint64_t EncodedMatrix::put(const Bound& bound, float value, std::span<float> row_features) const {
  const EncodedColumn& column = *bound.column;
  const std::span<float> out = row_features.subspan(column.first_feature, column.features());
  if (column.info.kind != ColumnKind::Category) {
    out[0] = std::isfinite(value) ? value : kMissing;
    return 0;
  }
  if (std::isnan(value)) {
    std::ranges::fill(out, kMissing);
    return 0;
  }
  const std::int32_t code = bound.code_of[static_cast<std::size_t>(value)];
  if (!column.one_hot) {
    out[0] = code < 0 ? kMissing : static_cast<float>(code);
  } else {
    std::ranges::fill(out, 0.0F);
    if (code >= 0) out[static_cast<std::size_t>(code)] = 1;
  }
  return code < 0 ? 1 : 0;
}

std::uint64_t EncodedMatrix::fill(std::span<const std::uint32_t> rows, std::span<float> out) const {
  if (rows.empty()) return 0;
  std::uint64_t unknown = 0;
  std::vector<float> modes(features_);
  std::vector<std::uint64_t> mode_unknown(bound_.size());
  for (std::size_t j = 0; j < bound_.size(); ++j)
    mode_unknown[j] = put(bound_[j], bound_[j].cells->mode, modes);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(modes, out.begin() + static_cast<std::ptrdiff_t>(i * features_));

  for (std::size_t j = 0; j < bound_.size(); ++j) {
    const MatrixColumn& cells = *bound_[j].cells;
    auto k =
        static_cast<std::size_t>(std::ranges::lower_bound(cells.rows, rows.front()) - cells.rows.begin());
    std::size_t listed = 0;
    for (std::size_t i = 0; k < cells.rows.size() && i < rows.size();) {
      if (cells.rows[k] < rows[i]) {
        ++k;
      } else if (rows[i] < cells.rows[k]) {
        ++i;
      } else {
        unknown += put(bound_[j], cells.values[k++], out.subspan(i++ * features_, features_));
        ++listed;
      }
    }
    unknown += mode_unknown[j] * (rows.size() - listed);
  }
  return unknown;
}

}  // namespace kohort
