#pragma once
// Which rows of a table the figures are drawn from: the page carries those, the run folder all.

#include <vector>

#include "report/figures.hpp"
#include "store/table.hpp"

namespace kohort {

/// Rows, ascending, that meet all filters in turn: Lowest and Highest look at the rows left by those before.
/// None when the table lacks a filter's column. Integers compare by their decimal text.
std::vector<std::size_t> rows_of_figure(const Table& table, const std::vector<Filter>& filters);

/// The table with only the rows that at least one figure about it uses, in their order; the whole table when
/// no figure does, for the page then shows it as it is.
Table rows_for_figures(const std::string& name, const Table& table, const std::vector<Figure>& figures);

}  // namespace kohort
