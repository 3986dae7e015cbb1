#pragma once
// A village as rows of the registers and of the truth.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registers/schema.hpp"
#include "store/table.hpp"
#include "synth/village.hpp"

namespace kohort {

/// Tables by name, in a fixed order.
class TableSet {
 public:
  void shape(std::string name, Table empty) { tables_.emplace_back(std::move(name), Rows{std::move(empty)}); }
  /// Throws Error (defect) when there is none of that name.
  Rows& at(std::string_view name);
  const std::vector<std::pair<std::string, Rows>>& all() const { return tables_; }

 private:
  std::vector<std::pair<std::string, Rows>> tables_;
};

/// Empty tables, one per register and in the columns of `schema`.
TableSet register_tables(const Schema& schema);
/// Empty tables of the truth about persons: persons, person_years.
TableSet truth_tables();

/// Adds a village's rows, in order of person. Rows that no authority knew of by the end of the last year are
/// left out, and the ends of spells that had not passed by then are missing.
void add_village(const Village& village, const Codes& codes, TableSet& registers, TableSet& truth);

/// What is one for the whole country: the register `cpi`; the truth's period_effects, victim_ages and
/// victim_groups.
void add_country(const SynthSettings& settings, TableSet& registers);
TableSet country_truth(const SynthSettings& settings);

}  // namespace kohort
