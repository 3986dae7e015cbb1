#include "store/table.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

Error shape_defect(const std::string& what) {
  return {ErrorKind::Defect, "a table was put together wrongly: " + what, {}, "please report this"};
}

void append_cell(Column& column, const Rows::Cell& cell) {
  const std::size_t row = column.rows();
  const bool missing = std::holds_alternative<Rows::Missing>(cell);
  if (missing && column.type != ColumnType::Number) {
    column.missing.resize(row, false);
    column.missing.push_back(true);
  } else if (!column.missing.empty()) {
    column.missing.push_back(false);
  }
  switch (column.type) {
    case ColumnType::Number:
      if (missing) return column.numbers().push_back(std::nan(""));
      if (const auto* whole = std::get_if<std::int64_t>(&cell))
        return column.numbers().push_back(static_cast<double>(*whole));
      if (const auto* number = std::get_if<double>(&cell)) return column.numbers().push_back(*number);
      break;
    case ColumnType::Text:
      if (missing) return column.texts().push_back({});
      if (const auto* text = std::get_if<std::string>(&cell)) return column.texts().push_back(*text);
      break;
    default:
      if (missing) return column.integers().push_back(0);
      if (const auto* whole = std::get_if<std::int64_t>(&cell)) return column.integers().push_back(*whole);
  }
  throw shape_defect("column " + column.name + " got a cell of another type");
}

std::string quoted(const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string{"\"\""} : std::string(1, c);
  return out + '"';
}

std::string csv_cell(const Column& column, std::size_t row) {
  if (column.is_missing(row)) return {};
  switch (column.type) {
    case ColumnType::Number:
      return format_number(column.numbers()[row]);
    case ColumnType::Text:
      return quoted(column.texts()[row]);
    case ColumnType::Integer:
      return std::to_string(column.integers()[row]);
    case ColumnType::Date:
      return format_date(static_cast<std::int32_t>(column.integers()[row]));
    case ColumnType::Flag:
      return column.integers()[row] != 0 ? "true" : "false";
  }
  return {};
}

void append_column(Column& to, const Column& from) {
  if (to.name != from.name || to.type != from.type)
    throw shape_defect("columns " + to.name + " and " + from.name + " differ");
  if (!to.missing.empty() || !from.missing.empty()) {
    to.missing.resize(to.rows(), false);
    for (std::size_t row = 0; row < from.rows(); ++row)
      to.missing.push_back(!from.missing.empty() && from.missing[row]);
  }
  std::visit(
      [&](auto& cells) {
        const auto& more = std::get<std::decay_t<decltype(cells)>>(from.cells);
        cells.insert(cells.end(), more.begin(), more.end());
      },
      to.cells);
}

}  // namespace

std::size_t Column::rows() const {
  return std::visit([](const auto& values) { return values.size(); }, cells);
}

bool Column::is_missing(std::size_t row) const {
  if (!missing.empty() && missing[row]) return true;
  return type == ColumnType::Number && std::isnan(numbers()[row]);
}

Column make_column(std::string name, ColumnType type) {
  Column column{std::move(name), type, {}, {}};
  if (type == ColumnType::Number)
    column.cells = std::vector<double>{};
  else if (type == ColumnType::Text)
    column.cells = std::vector<std::string>{};
  else
    column.cells = std::vector<std::int64_t>{};
  return column;
}

bool Table::has(std::string_view name) const {
  return std::ranges::any_of(columns, [&](const Column& c) { return c.name == name; });
}

const Column& Table::at(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  if (found == columns.end()) throw shape_defect("no column is called " + std::string{name});
  return *found;
}

Column& Table::at(std::string_view name) { return const_cast<Column&>(std::as_const(*this).at(name)); }

Rows::Rows(std::initializer_list<Shape> shape) {
  for (const Shape& column : shape) table_.columns.push_back(make_column(column.name, column.type));
}

Rows::Rows(Table shape) : table_(std::move(shape)) {}

void Rows::add_cells(const std::vector<Cell>& cells) {
  if (cells.size() != table_.columns.size()) throw shape_defect("a row has the wrong number of cells");
  for (std::size_t i = 0; i < cells.size(); ++i) append_cell(table_.columns[i], cells[i]);
}

Table stack(const std::vector<Table>& tables) {
  Table out;
  for (const Table& table : tables) {
    if (out.columns.empty()) {
      out = table;
      continue;
    }
    if (table.columns.size() != out.columns.size())
      throw shape_defect("stacked tables have different columns");
    for (std::size_t i = 0; i < table.columns.size(); ++i) append_column(out.columns[i], table.columns[i]);
  }
  return out;
}

std::string to_csv(const Table& table) {
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out += (i == 0 ? "" : ",") + quoted(table.columns[i].name);
  out += '\n';
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      out += (i == 0 ? "" : ",") + csv_cell(table.columns[i], row);
    out += '\n';
  }
  return out;
}

}  // namespace kohort
