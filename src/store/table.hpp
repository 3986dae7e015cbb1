#pragma once
// A small table in memory: named columns of one type each, with missing cells. For results, predictions and
// narrow data; the wide predictor tables are read column by column instead (session.hpp).

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace kohort {

/// How a column is stored in Parquet: BIGINT, DOUBLE, VARCHAR, DATE (days since 1970-01-01), BOOLEAN.
enum class ColumnType { Integer, Number, Text, Date, Flag };

/// One column. Integer, Date and Flag cells are int64, Number cells double (NaN is missing), Text cells
/// strings.
struct Column {
  std::string name;
  ColumnType type = ColumnType::Number;
  std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>> cells;
  std::vector<bool> missing;  // empty: none is missing (numbers: NaN is missing too)

  std::size_t rows() const;
  bool is_missing(std::size_t row) const;
  const std::vector<std::int64_t>& integers() const { return std::get<0>(cells); }
  const std::vector<double>& numbers() const { return std::get<1>(cells); }
  const std::vector<std::string>& texts() const { return std::get<2>(cells); }
  std::vector<std::int64_t>& integers() { return std::get<0>(cells); }
  std::vector<double>& numbers() { return std::get<1>(cells); }
  std::vector<std::string>& texts() { return std::get<2>(cells); }
  bool operator==(const Column&) const = default;
};

Column make_column(std::string name, ColumnType type);

/// Columns of equal length, in the order they were added.
struct Table {
  std::vector<Column> columns;

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().rows(); }
  bool has(std::string_view name) const;
  /// Throws Error (defect) when there is no such column.
  const Column& at(std::string_view name) const;
  Column& at(std::string_view name);
  bool operator==(const Table&) const = default;
};

/// Builds a table row by row with the shape given once:
///   Rows rows{{"model", ColumnType::Text}, {"n", ColumnType::Integer}};  rows.add("lasso", 12);
/// Cells: text-like → Text, integral → Integer/Date/Flag, floating → Number, std::nullopt → missing;
/// an std::optional is its value or missing.
class Rows {
 public:
  struct Shape {
    const char* name;
    ColumnType type;
  };
  struct Missing {};
  using Cell = std::variant<std::int64_t, double, std::string, Missing>;

  Rows(std::initializer_list<Shape> shape);
  explicit Rows(Table shape);  // adds behind its rows, if any

  template <class... Cells>
  void add(const Cells&... cells) {
    add_cells({to_cell(cells)...});
  }
  void add_cells(
      const std::vector<Cell>& cells);  // throws Error (defect) when count or type does not fit the shape
  Table take() { return std::move(table_); }
  const Table& table() const { return table_; }

 private:
  template <class T>
  static Cell to_cell(const T& value) {
    if constexpr (std::is_same_v<T, std::nullopt_t> || std::is_same_v<T, Missing>)
      return Missing{};
    else if constexpr (std::is_same_v<T, Cell>)
      return value;
    else if constexpr (requires { value.has_value(); })  // std::optional: missing when it holds nothing
      return value ? to_cell(*value) : Cell{Missing{}};
    else if constexpr (std::is_floating_point_v<T>)
      return static_cast<double>(value);
    else if constexpr (std::is_integral_v<T>)
      return static_cast<std::int64_t>(value);
    else
      return std::string{value};
  }
  Table table_;
};

/// The rows of several tables of one shape, in order. Throws Error (defect) when the shapes differ.
Table stack(const std::vector<Table>& tables);

/// CSV with a header row: ',' between, quotes where needed, LF, numbers shortest round-trip, dates
/// YYYY-MM-DD, flags true/false, missing empty (an empty text is written as "").
std::string to_csv(const Table& table);

}  // namespace kohort
