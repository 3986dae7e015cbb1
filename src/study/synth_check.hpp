#pragma once
// Are synthetic registers like the real ones? Published figures (SPEC S-5) against the tables of
// studies/synth-check.yaml.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "report/report_data.hpp"

namespace kohort {

/// One published figure and what the synthetic registers give. `low` and `high` bound what counts as met.
struct SynthTarget {
  std::string what;
  double low = 0, high = 0, achieved = 0;
  bool met() const { return achieved >= low && achieved <= high; }
};

/// The study that `kohort synth check` runs (its YAML travels in the program).
std::string_view synth_check_study();

/// Compares; tables correlation, top_share and decile_counts of that study. Throws Error (defect)
/// when one of them is missing. NaN (a suppressed cell) is never met.
std::vector<SynthTarget> compare_with_published(const std::vector<NamedTable>& tables);

/// How far the true charge rates of one population fall from 2016 to 2019, in the four sets of offences. What
/// is registered scatters around them: charges come many to a case.
///   truth            folder that `kohort synth` wrote beside the registers
///   persons_of_2014  Parquet file whose column `unit` names the population
std::vector<SynthTarget> true_falls(const std::filesystem::path& truth,
                                    const std::filesystem::path& persons_of_2014);

/// A line per target: met or not, target, achieved.
std::string target_line(const SynthTarget& target);

}  // namespace kohort
