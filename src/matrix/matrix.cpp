#include "matrix/matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

constexpr bool same(float a, float b) { return a == b || (a != a && b != b); }

/// Ascending, missing last: a total order, so that sorting is defined.
bool before(float a, float b) { return a < b || (a == a && b != b); }

/// The value of more than half of the cells, if there is one (Boyer and Moore's vote, then a count).
bool majority(std::span<const float> cells, float& value) {
  std::size_t lead = 0;
  for (const float x : cells) {
    if (lead == 0) value = x;
    lead = same(x, value) ? lead + 1 : lead - 1;
  }
  const auto count = std::ranges::count_if(cells, [&](float x) { return same(x, value); });
  return 2 * static_cast<std::size_t>(count) > cells.size();
}

float mode_of(std::span<const float> cells) {
  float mode = 0;
  if (cells.empty() || majority(cells, mode)) return mode;
  std::vector<float> sorted{cells.begin(), cells.end()};
  std::ranges::sort(sorted, before);
  std::size_t most = 0;
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() && same(sorted[end], sorted[begin])) ++end;
    if (end - begin > most) {
      most = end - begin;
      mode = sorted[begin];
    }
    begin = end;
  }
  return mode;
}

void check_codes(const ColumnInfo& info, std::span<const float> cells) {
  if (info.kind != ColumnKind::Category) return;
  const auto levels = static_cast<float>(info.levels.size());
  const auto bad = std::ranges::count_if(
      cells, [&](float x) { return x == x && !(x >= 0 && x < levels && x == std::floor(x)); });
  if (bad > 0)
    throw Error(ErrorKind::Data,
                fmt::format("{} with no code of the column's {}",
                            format_count(static_cast<std::uint64_t>(bad), "cell"),
                            format_count(info.levels.size(), "level")),
                fmt::format("column '{}'", info.name), "give the code list that belongs to the data");
}

}  // namespace

std::string_view to_text(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::Number:
      return "number";
    case ColumnKind::Count:
      return "count";
    case ColumnKind::Flag:
      return "flag";
    case ColumnKind::Category:
      return "category";
  }
  return "";
}

float MatrixColumn::at(std::uint32_t row) const {
  const auto place = std::ranges::lower_bound(rows, row);
  return place != rows.end() && *place == row ? values[static_cast<std::size_t>(place - rows.begin())] : mode;
}

std::size_t Matrix::find(std::string_view name) const {
  const auto place =
      std::ranges::find_if(columns_, [&](const MatrixColumn& column) { return column.info.name == name; });
  return static_cast<std::size_t>(place - columns_.begin());
}

std::size_t Matrix::bytes() const {
  return std::accumulate(columns_.begin(), columns_.end(), std::size_t{0},
                         [](std::size_t sum, const MatrixColumn& column) {
                           return sum + column.rows.capacity() * sizeof(std::uint32_t) +
                                  column.values.capacity() * sizeof(float);
                         });
}

void MatrixBuilder::add(ColumnInfo info, std::span<const float> cells) {
  const std::string where = fmt::format("column '{}'", info.name);
  if (matrix_.find(info.name) != matrix_.columns())
    throw Error(ErrorKind::Data, "the name comes twice", where, "give each predictor its own name");
  if (cells.size() != matrix_.rows_)
    throw Error(ErrorKind::Data, fmt::format("{} cells for {} rows", cells.size(), matrix_.rows_), where);
  check_codes(info, cells);

  MatrixColumn column{std::move(info), mode_of(cells), {}, {}};
  if (column.mode == 0) column.mode = 0;  // -0 as 0
  const auto listed =
      static_cast<std::size_t>(std::ranges::count_if(cells, [&](float x) { return !same(x, column.mode); }));
  column.rows.reserve(listed);
  column.values.reserve(listed);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (same(cells[i], column.mode)) continue;
    column.rows.push_back(static_cast<std::uint32_t>(i));
    column.values.push_back(cells[i] == 0 ? 0 : cells[i]);
  }
  matrix_.columns_.push_back(std::move(column));
}

RowList all_rows(std::size_t n) {
  RowList rows(n);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

void check_rows(std::span<const std::uint32_t> rows, std::size_t n) {
  const bool ascends = std::ranges::adjacent_find(rows, std::greater_equal{}) == rows.end();
  if (!ascends || (!rows.empty() && rows.back() >= n))
    throw Error(ErrorKind::Defect, "rows of a matrix must ascend, come once and lie inside it");
}

}  // namespace kohort
