#include "analyses/disclosure.hpp"

#include <algorithm>
#include <limits>

namespace kohort {
namespace {

void blank_cell(Column& column, std::size_t row) {
  column.missing.resize(column.rows(), false);
  column.missing[row] = true;
  if (column.type == ColumnType::Number)
    column.numbers()[row] = std::numeric_limits<double>::quiet_NaN();
  else if (column.type == ColumnType::Text)
    column.texts()[row].clear();
  else
    column.integers()[row] = 0;
}

}  // namespace

Table suppress_rows(Table table, const std::vector<char>& hidden, const std::vector<std::string>& blank) {
  for (const std::string& name : blank) {
    Column& column = table.at(name);
    for (std::size_t row = 0; row < hidden.size(); ++row)
      if (hidden[row] != 0) blank_cell(column, row);
  }
  Column flag = make_column("suppressed", ColumnType::Flag);
  flag.integers().assign(hidden.begin(), hidden.end());
  table.columns.push_back(std::move(flag));
  return table;
}

Table suppress_small_cells(Table table, const SmallCellRule& rule, std::int64_t minimum) {
  std::vector<char> hidden(table.rows(), 0);
  for (const std::string& name : rule.persons) {
    Column& persons = table.at(name);
    for (std::size_t row = 0; row < hidden.size(); ++row) {
      if (persons.is_missing(row) || !is_small(persons.integers()[row], minimum)) continue;
      hidden[row] = 1;
      blank_cell(persons, row);
    }
  }
  table = suppress_rows(std::move(table), hidden, rule.blank);
  std::erase_if(table.columns, [&](const Column& c) {
    return std::ranges::find(rule.internal, c.name) != rule.internal.end();
  });
  return table;
}

}  // namespace kohort
