#include "study/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "store/session.hpp"

namespace kohort {
namespace {

struct Years {
  int first = 0, last = -1;  // none
  bool contains(int year) const { return first <= year && year <= last; }
};

/// The years an outcome's register has rows of.
Years years_of(Session& session, const RegisterStore& registers, const Outcome& outcome) {
  const RegisterSchema& reg = registers.schema.at(outcome.register_name);
  const std::string by = sql_name(outcome.by);
  const Table ends = session.read(fmt::format(
      "SELECT CAST(coalesce({1}(min({0})), 0) AS BIGINT), CAST(coalesce({1}(max({0})), -1) AS BIGINT) FROM "
      "{2}",
      by, reg.at(outcome.by).type == CellType::Year ? "" : "year", sql_register(registers.folder, reg)));
  return {static_cast<int>(ends.columns[0].integers().front()),
          static_cast<int>(ends.columns[1].integers().front())};
}

Error not_covered(const Study& study, const AnalysisNeeds& needs, const Outcome& outcome, int year,
                  Years covered) {
  const Analysis& analysis = study.analyses[needs.analysis];
  const std::string rows = covered.last < covered.first
                               ? fmt::format("register {} has no rows", outcome.register_name)
                               : fmt::format("{} of {} covers {} to {}", outcome.by, outcome.register_name,
                                             covered.first, covered.last);
  return {ErrorKind::Study,
          fmt::format("{} needs outcome {} in {}, and {}", analysis.name, outcome.name, year, rows),
          analysis.where, "choose years and horizons inside what the register covers"};
}

}  // namespace

void require_covered(const Study& study, const Plan& plan, const RegisterStore& registers) {
  Session session{{.folders = {registers.folder}, .temp_folder = {}}};
  std::map<std::string, Years> covered;
  for (const StudyOutcome& outcome : study.outcomes)
    covered[outcome.name()] = years_of(session, registers, outcome.declaration);
  for (const AnalysisNeeds& needs : plan.needs) {
    for (const PredictionNeed& need : needs.predictions) {
      const Outcome& outcome =
          std::ranges::find(study.outcomes, need.fit.outcome, &StudyOutcome::name)->declaration;
      std::vector<int> years = need.fit.trained_on;
      years.push_back(need.predict_year());
      for (const int year : years) {
        if (!covered[outcome.name].contains(year))
          throw not_covered(study, needs, outcome, year, covered[outcome.name]);
      }
    }
  }
}

}  // namespace kohort
