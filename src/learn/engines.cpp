#include "learn/engines.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kohort_version.hpp"
#include "learn/kind_settings.hpp"

namespace kohort {
std::span<const Engine> engines() {
  static const std::array kinds{linear_engine(), lasso_engine(), forest_engine(), boosting_engine()};
  return kinds;
}

const Engine& engine(std::string_view kind) {
  std::vector<std::string> known;
  for (const Engine& entry : engines()) {
    if (kind == entry.name) return entry;
    known.emplace_back(entry.name);
  }
  throw Error(ErrorKind::Study, fmt::format("there is no kind of model '{}'", kind), "kind",
              suggest(kind, known));
}

ModelRecord record_of(const Engine& engine, const Problem& problem, const SettingValues& settings) {
  ModelRecord record{{"software", std::string{"kohort "} + kVersion},
                     {"rows", std::to_string(problem.rows.size())}};
  for (const auto& [name, value] : engine.complete(settings)) record["settings." + name] = value;
  return record;
}

Model fit_model(const Engine& engine, const Problem& problem, const SettingValues& settings, Stream stream,
                Workers& workers) {
  check_problem(problem);
  Inputs inputs;
  engine.prepare(inputs, problem.matrix, problem.rows, settings, workers);
  return engine.fit(inputs, problem, settings, stream, workers);
}

}  // namespace kohort
