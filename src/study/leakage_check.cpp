#include "study/leakage_check.hpp"

#include <fmt/format.h>

#include <set>

#include "cohort/predictor_table.hpp"
#include "registers/altered_store.hpp"
#include "study/needs.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// A folder that goes when the check ends, however it ends.
struct ScratchFolder {
  fs::path path;
  explicit ScratchFolder(fs::path folder) : path(std::move(folder)) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
};

}  // namespace

std::vector<LeakageResult> check_leakage(const Study& study, const RegisterStore& registers,
                                         const std::vector<int>& years, const fs::path& folder,
                                         Workers& workers, Log& log) {
  const ScratchFolder scratch{folder};
  const auto make = [&](const RegisterStore& store, int year, const char* name) {
    const fs::path file = scratch.path / fmt::format("{}-{}.parquet", name, year);
    return make_predictor_table(store, study.population, study.predictors, year,
                                {.file = file, .temp_folder = scratch.path / "tmp", .log = &log}, workers);
  };
  std::vector<LeakageResult> results;
  for (const int year : years) {
    const PredictorManifest manifest = make(registers, year, "original");
    for (const auto& [alteration, name] :
         {std::pair{Alteration::Delete, "deleted"}, {Alteration::Garble, "garbled"}}) {
      const fs::path altered = scratch.path / "registers";
      write_altered_store(registers, index_date(study.population, year), altered, alteration, study.seed);
      make(open_store(altered), year, name);
      results.push_back(
          {year, name,
           compare_predictor_tables(scratch.path / fmt::format("original-{}.parquet", year),
                                    scratch.path / fmt::format("{}-{}.parquet", name, year), manifest)});
      fs::remove_all(altered);
    }
  }
  return results;
}

std::vector<int> predictor_years(const Study& study) {
  std::set<int> years;
  for (const AnalysisNeeds& needs : needs_of(study)) {
    for (const PredictionNeed& need : needs.predictions) {
      years.insert(need.from);
      for (const int year : need.fit.predictor_years()) years.insert(year);
    }
  }
  return {years.begin(), years.end()};
}

}  // namespace kohort
