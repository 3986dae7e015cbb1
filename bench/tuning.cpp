// A search of the report on the generator's table: processor seconds of every configuration on some of the
// folds, and what that makes for all of them, as one JSON line.
//   bench_tuning PREFIX [--model boosting] [--n 50000] [--threads 1] [--draws 0] [--paths 0] [--racing 0]
//                [--folds 5] [--measured 1] [--every 1] [--part 1] [--also FOLDER]
// --draws 0: the whole grid; --paths 1: draws of whole paths. --measured: folds that are fitted, --every: one
// group of configurations in so many is fitted, --part: one in so many of a forest's trees; seconds are
// scaled to all folds, groups and trees. --racing 1: a whole race instead, nothing scaled. --also:
// configurations whose scores on the first fold are told too, and the folds, as peer_forest_grid.py has
// written them. Settings are the report's space; categories are codes in order, as the peers see them.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/trees.hpp"
#include "matrix/folds.hpp"
#include "tune/search.hpp"

namespace {

using namespace kohort;
using namespace kohort::bench;
using Options = std::map<std::string, std::string>;

std::size_t number(const Options& options, const char* name) { return std::stoull(options.at(name)); }

struct Persons {
  Matrix names;
  std::vector<double> outcome;
  RowList rows;
  std::vector<int> folds;
  Inputs inputs;
};

Persons read_persons(const std::string& prefix, const Options& options, Workers& workers) {
  const std::size_t n = number(options, "--n");
  Persons table{named_columns(n), read_outcome(prefix, 0, n, 0), all_rows(n), {}, {}};
  {
    const std::vector<float> cells = read_rows(prefix + ".x.f32", 0, n, kColumns);
    table.inputs.bins.push_back(
        std::make_shared<TreeBins>(table.names, CategoryRule::Ordinal, 256, bin_table(cells, n, workers)));
  }
  if (!options.at("--also").empty()) {
    table.folds.resize(n);
    std::ifstream in{options.at("--also") + "/forest_folds.txt"};
    for (int& fold : table.folds) in >> fold;
    return table;
  }
  const std::vector<std::uint64_t> person(table.rows.begin(), table.rows.end());
  table.folds = deal_folds(person, table.outcome, std::vector<double>{0, 1},
                           static_cast<int>(number(options, "--folds")), Stream{1});
  return table;
}

std::vector<SettingValues> also(const Options& options) {
  if (options.at("--also").empty()) return {};
  return nlohmann::json::parse(std::ifstream{options.at("--also") + "/forest_draws.json"})
      .get<std::vector<SettingValues>>();
}

struct Measured {
  double cpu = 0, scaled = 0;
  std::size_t fits = 0, configurations = 0;
  std::vector<double> also;  // scores on the first fold
};

Measured measure(const TrialSettings& settings, Inputs& inputs, std::vector<SettingValues> configurations,
                 const Options& options, Workers& workers) {
  Measured measured;
  measured.configurations = configurations.size();
  const std::size_t first_also = configurations.size(), folds = number(options, "--measured"),
                    every = number(options, "--every");
  const auto part = static_cast<int>(number(options, "--part"));
  for (SettingValues& values : configurations) {
    values["encoding"] = "ordinal";
    if (part > 1) values["n_estimators"] = fmt::to_string(std::stoi(values["n_estimators"]) / part);
  }
  for (SettingValues values : also(options)) {
    values["encoding"] = "ordinal";
    configurations.push_back(values);
  }
  measured.also.resize(configurations.size() - first_also);
  const std::vector<ConfigurationGroup> groups = group_configurations(settings.engine, configurations);
  for (const ConfigurationGroup& group : groups)
    settings.engine.prepare(inputs, settings.problem.matrix, settings.problem.rows, group.settings, workers);
  FoldScores fold_scores{settings, inputs, workers, nullptr};
  const double before = cpu_seconds();
  std::vector<std::size_t> sampled;
  for (std::size_t g = 0; g < groups.size(); g += every) sampled.push_back(g);
  workers.for_each(sampled.size() * folds, [&](std::size_t task) {
    const ConfigurationGroup& group = groups[sampled[task / folds]];
    const std::vector<double> scores = fold_scores.score(group, task % folds).scores;
    for (std::size_t p = 0; p < scores.size(); ++p)
      if (group.places[p] >= first_also && task % folds == 0)
        measured.also[group.places[p] - first_also] = scores[p];
  });
  measured.cpu = cpu_seconds() - before;
  measured.fits = fold_scores.fits();
  measured.scaled = measured.cpu * static_cast<double>(part) *
                    static_cast<double>(groups.size() * fold_scores.folds()) /
                    static_cast<double>(measured.fits);
  return measured;
}

Measured race(const TrialSettings& settings, Inputs& inputs, std::vector<SettingValues> configurations,
              Workers& workers) {
  for (SettingValues& values : configurations) values["encoding"] = "ordinal";
  const double before = cpu_seconds();
  const SearchResult result = search(settings, inputs, configurations, workers);
  const double cpu = cpu_seconds() - before;
  return {cpu, cpu, result.fits, configurations.size(), {result.mean_score[result.best]}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  Options options{{"--model", "boosting"}, {"--n", "50000"},  {"--threads", "1"}, {"--draws", "0"},
                  {"--paths", "0"},        {"--racing", "0"}, {"--folds", "5"},   {"--measured", "1"},
                  {"--every", "1"},        {"--part", "1"},   {"--also", ""}};
  for (int k = 2; k + 1 < argc; k += 2) options[argv[k]] = argv[k + 1];
  Workers workers{static_cast<int>(number(options, "--threads"))};
  Persons table = read_persons(argv[1], options, workers);
  reset_peak();
  const double mapped = memory_mib("VmRSS:");
  const Engine& kind = engine(options["--model"]);
  const Problem problem{table.names, table.outcome, table.rows};
  TrialSettings settings{.engine = kind, .problem = problem, .folds = table.folds, .stream = Stream{1}};
  const Draws draws{.space = kind.space(Objective::SquaredError),
                    .draws = static_cast<int>(number(options, "--draws")),
                    .paths = number(options, "--paths") == 1};
  const std::vector<SettingValues> configurations = first_draws(draws, kind, Stream{1});
  Measured measured;
  if (const std::size_t racing = number(options, "--racing"); racing == 1) {
    settings.racing = Racing{};
    measured = race(settings, table.inputs, configurations, workers);
  } else if (racing == 2) {  // the same without a race, for its best score
    measured = race(settings, table.inputs, configurations, workers);
  } else {
    measured = measure(settings, table.inputs, configurations, options, workers);
  }
  fmt::print(
      R"({{"peer":"kohort","model":"{}","n":{},"configurations":{},"fits":{},"cpu":{:.1f},"cpu_of_all":{:.1f},)"
      R"("peak_mib":{:.0f},"above_bins_mib":{:.0f},"scores":[{:.8g}]}})"
      "\n",
      options["--model"], number(options, "--n"), measured.configurations, measured.fits, measured.cpu,
      measured.scaled, memory_mib("VmHWM:"), memory_mib("VmHWM:") - mapped, fmt::join(measured.also, ","));
}
