// The report's boosting search on the generator's table, with the folds and draws that peer_search.py has
// written: seconds, memory, every draw's mean score and the best as one JSON line.
//   bench_search PREFIX FOLDER [--rows 20000] [--threads 2] [--seed 1]

#include "tune/search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/trees.hpp"

int main(int argc, char** argv) {
  using namespace kohort;
  using namespace kohort::bench;
  if (argc < 3) return 2;
  const std::string prefix = argv[1], folder = argv[2];
  std::map<std::string, std::size_t> options{{"--rows", 20'000}, {"--threads", 2}, {"--seed", 1}};
  for (int k = 3; k + 1 < argc; k += 2) options[argv[k]] = std::stoull(argv[k + 1]);
  const std::size_t rows = options["--rows"];

  std::vector<int> folds(rows);
  std::ifstream fold_file{folder + "/folds.txt"};
  for (int& fold : folds) fold_file >> fold;
  const auto draws =
      nlohmann::json::parse(std::ifstream{folder + "/draws.json"}).get<std::vector<SettingValues>>();
  const std::vector<double> outcome = read_outcome(prefix, 0, rows, 0);

  Clock clock;
  const double before = cpu_seconds();
  Workers workers{static_cast<int>(options["--threads"])};
  const Matrix matrix = read_matrix(prefix, rows);
  const RowList all = all_rows(rows);
  Inputs inputs;
  const Problem problem{matrix, outcome, all};
  const SearchResult found = search(
      {.engine = engine("boosting"), .problem = problem, .folds = folds, .stream = Stream{options["--seed"]}},
      inputs, draws, workers);
  fmt::print(
      R"({{"peer":"kohort","n":{},"fits":{},"threads":{},"wall":{:.2f},"cpu":{:.1f},"memory_mib":{:.0f},"best":{},"scores":[{}]}})"
      "\n",
      rows, draws.size() * static_cast<std::size_t>(*std::ranges::max_element(folds) + 1),
      options["--threads"], clock.lap(), cpu_seconds() - before, peak_mib(), found.mean_score[found.best],
      fmt::join(found.mean_score, ","));
}
