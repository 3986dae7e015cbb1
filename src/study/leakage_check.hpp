#pragma once
// `kohort check --leakage` (SPEC P-3): every row known after the index day is deleted or garbled, every cell
// known after it blanked or changed; the predictors must be the same bytes.

#include <filesystem>
#include <vector>

#include "base/log.hpp"
#include "base/workers.hpp"
#include "cohort/leakage.hpp"
#include "registers/open_store.hpp"
#include "study/study_file.hpp"

namespace kohort {

struct LeakageResult {
  int year = 0;
  std::string alteration;  // "deleted" or "garbled"
  LeakageVerdict verdict;
};

/// Checks the predictor years given with both alterations. `folder` holds the altered stores while they are
/// needed, up to twice the size of the registers, and is emptied of them. Cost: three predictor tables a
/// year.
std::vector<LeakageResult> check_leakage(const Study& study, const RegisterStore& registers,
                                         const std::vector<int>& years, const std::filesystem::path& folder,
                                         Workers& workers, Log& log);

/// The predictor years of a study's plan, ascending.
std::vector<int> predictor_years(const Study& study);

}  // namespace kohort
