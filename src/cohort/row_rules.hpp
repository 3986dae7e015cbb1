#pragma once
// Which rows of a register, as known at t, count for a predictor: pieces of SQL that the statements share.

#include <string>
#include <vector>

#include "cohort/predictor_sql.hpp"

namespace kohort {

/// Calendar years before t that a bit mask holds; the last stands for all before.
inline constexpr int kMostYears = 62;

const RegisterSchema& register_of(const PredictorYear& year, const PredictorSpec& spec);

/// The birth column of `table` as a date: 1 January where only the year is known, so that ages are year
/// differences.
std::string birth_sql(const PredictorYear& year, const std::string& table);

/// The day after which a window of `years` opens: t itself, that many years before.
std::string opening(const PredictorYear& year, int years);

/// Rules of a spec, to be joined by AND: its condition and code alone; with rows dated within the window (t -
/// w, t]; with spells that have a day within the window.
std::vector<std::string> part_rules(const PredictorSpec& spec);
std::vector<std::string> dated_rules(const PredictorYear& year, const PredictorSpec& spec);
std::vector<std::string> touching_rules(const PredictorYear& year, const PredictorSpec& spec);

std::vector<std::string> with(std::vector<std::string> rules, std::string rule);
std::string and_all(const std::vector<std::string>& rules);

}  // namespace kohort
