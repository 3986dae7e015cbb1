#pragma once
// The one list of the checks an import has a choice about: the parser, the writer and the import walk it.

#include <array>

#include "registers/schema.hpp"

namespace kohort {

struct PolicyEntry {
  const char* name;
  Treatment ImportPolicy::*treatment;
  bool may_be_missing;
};
inline constexpr std::array kPolicies{
    PolicyEntry{"wrong_type", &ImportPolicy::wrong_type, true},
    PolicyEntry{"out_of_range", &ImportPolicy::out_of_range, true},
    PolicyEntry{"unknown_code", &ImportPolicy::unknown_code, true},
    PolicyEntry{"duplicate_key", &ImportPolicy::duplicate_key, false},
    PolicyEntry{"dates_out_of_order", &ImportPolicy::dates_out_of_order, false},
    PolicyEntry{"dangling_link", &ImportPolicy::dangling_link, true},
};

}  // namespace kohort
