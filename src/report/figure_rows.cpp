#include "report/figure_rows.hpp"

#include <algorithm>
#include <numeric>

namespace kohort {
namespace {

std::string text_at(const Column& column, std::size_t row) {
  if (column.type == ColumnType::Text) return column.texts()[row];
  return column.type == ColumnType::Integer ? std::to_string(column.integers()[row]) : std::string{};
}

std::vector<std::size_t> keep_equal(const Column& column, std::vector<std::size_t> rows,
                                    const std::string& value) {
  std::erase_if(rows,
                [&](std::size_t row) { return column.is_missing(row) || text_at(column, row) != value; });
  return rows;
}

std::vector<std::size_t> keep_extreme(const Column& column, std::vector<std::size_t> rows, bool lowest) {
  std::erase_if(rows, [&](std::size_t row) { return column.is_missing(row); });
  if (rows.empty() || column.type != ColumnType::Integer) return {};
  const auto value = [&](std::size_t row) { return column.integers()[row]; };
  const auto [low, high] = std::ranges::minmax_element(rows, {}, value);
  const std::int64_t wanted = value(lowest ? *low : *high);
  std::erase_if(rows, [&](std::size_t row) { return value(row) != wanted; });
  return rows;
}

template <class Cells>
void keep_cells(Cells& cells, const std::vector<std::size_t>& rows) {
  Cells kept;
  kept.reserve(rows.size());
  for (const std::size_t row : rows) kept.push_back(cells[row]);
  cells = std::move(kept);
}

Table at_rows(Table table, const std::vector<std::size_t>& rows) {
  for (Column& column : table.columns) {
    std::visit([&](auto& cells) { keep_cells(cells, rows); }, column.cells);
    if (!column.missing.empty()) keep_cells(column.missing, rows);
  }
  return table;
}

}  // namespace

std::vector<std::size_t> rows_of_figure(const Table& table, const std::vector<Filter>& filters) {
  std::vector<std::size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  for (const Filter& filter : filters) {
    if (!table.has(filter.column)) return {};
    const Column& column = table.at(filter.column);
    rows = filter.keep == Keep::Equal ? keep_equal(column, std::move(rows), filter.value)
                                      : keep_extreme(column, std::move(rows), filter.keep == Keep::Lowest);
  }
  return rows;
}

Table rows_for_figures(const std::string& name, const Table& table, const std::vector<Figure>& figures) {
  std::vector<bool> used(table.rows(), false);
  for (const Figure& figure : figures)
    if (figure.table == name)
      for (const std::size_t row : rows_of_figure(table, figure.filters)) used[row] = true;
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < used.size(); ++row)
    if (used[row]) rows.push_back(row);
  return rows.empty() ? table : at_rows(table, rows);
}

}  // namespace kohort
