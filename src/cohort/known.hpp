#pragma once
// The one door from registers to predictors: a register *as known at t*. Rows known later are not there,
// cells known later are blank, spells that end later are open (SPEC P-3). Predictors read these views and
// nothing else.

#include <cstdint>
#include <string>

#include "registers/open_store.hpp"

namespace kohort {

/// A date as SQL: DATE '2014-12-31'.
std::string sql_date(std::int32_t days);

/// The column that dates a row of `reg` for look-back windows: known-at date, else event date, start of the
/// spell, or empty (fixed registers without dates; accumulated registers go by year).
std::string dating_column(const RegisterSchema& reg);

/// A sentence for manifests and reports: when a row of `reg` counts as known.
std::string known_rule(const RegisterSchema& reg);

/// `reg` as known at day `t`, as SQL for a FROM clause (in brackets), with all its columns under their own
/// names.
///   row    event, fixed: known-at date (else event date) <= t; rows without that date are unknown.
///          A fixed register with neither is known as a whole. Status: start <= t, and known-at <= t.
///          Accumulated: 31 December of its year <= t, and known-at <= t
///   cell   with its own known-at date later than t, or none: missing
///   end    of a spell, later than t: missing, so the spell is open
std::string sql_as_known(const RegisterStore& store, const RegisterSchema& reg, std::int32_t t);

}  // namespace kohort
