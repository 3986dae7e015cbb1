#pragma once
// One raw cell to one typed cell, as SQL expressions: the treatment of missing values, the spellings
// accepted, the checks.

#include <string>

#include "registers/schema.hpp"

namespace kohort {

/// What is wrong with a cell; the number stands in the staged files.
enum class CellCheck { Good = 0, WrongType = 1, OutOfRange = 2, UnknownCode = 3 };

/// The raw text without blanks around it, NULL when it says missing: empty, '.', NA, NaN, NULL in any case
/// (unless they are codes of the column), infinities in numbers, and the column's own list.
std::string sql_present(const SchemaColumn& column, const std::string& raw);

/// The typed value of a present text; NULL when the text does not spell one. Never fails on any text.
std::string sql_value(const SchemaColumn& column, const std::string& present, char decimal);

/// The CellCheck of a cell as a small whole number.
std::string sql_check(const SchemaColumn& column, const std::string& present, const std::string& value);

}  // namespace kohort
