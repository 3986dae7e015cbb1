#pragma once
// Primary suppression of small cells in a table before it is published (SPEC G-1, first stage).

#include <cstdint>
#include <string>
#include <vector>

#include "assess/disclosure.hpp"
#include "store/table.hpp"

namespace kohort {

/// Which columns of a table count persons, and which must vanish with them.
struct SmallCellRule {
  std::vector<std::string> persons;   // integer columns: a cell from 1 to minimum - 1 makes its row small
  std::vector<std::string> blank;     // statistics that become missing in small rows
  std::vector<std::string> internal;  // columns of `persons` that only serve the rule: dropped
};

/// Blanks the statistics of small rows and the small counts themselves, and adds the flag column
/// `suppressed`. Cells that could be computed from others are left to secondary suppression over all tables.
///   throws  Error (defect) when a named column is absent
Table suppress_small_cells(Table table, const SmallCellRule& rule, std::int64_t minimum = kMinimumCell);

/// The same for rows found by the caller: blanks the columns of the rows where hidden is not zero.
///   hidden  shape (rows)
Table suppress_rows(Table table, const std::vector<char>& hidden, const std::vector<std::string>& blank);

}  // namespace kohort
