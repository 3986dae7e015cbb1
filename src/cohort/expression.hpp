#pragma once
// The small condition language of `where:` in studies and declarations, turned into SQL that can only compare
// known columns with constants.
//   condition := and-terms joined by `or`; `not` condition; ( condition )
//   compare   := operand (= != < <= > >=) operand | operand [not] between a and b | operand [not] in (a, b,
//   …)
//              | operand is [not] missing | flag
//   operand   := column | 12.5 | 'text' | 2014-12-31 | true | false

#include <span>
#include <string>
#include <vector>

#include "base/document.hpp"
#include "registers/schema.hpp"

namespace kohort {

/// A name a condition may use.
struct ExpressionName {
  std::string name;
  std::string sql;  // what it becomes
  CellType type = CellType::Number;
  std::vector<std::string> codes;  // closed code list; constants compared with it must be listed
};

/// The columns of a register as names, each standing for itself.
std::vector<ExpressionName> names_of(const RegisterSchema& reg);

/// The condition at `node` as SQL in brackets. A comparison with a missing cell is not true, as in SQL.
/// Throws Error (study) at the node's place, saying at which character of the condition.
std::string parse_expression(const Node& node, std::span<const ExpressionName> names);

}  // namespace kohort
