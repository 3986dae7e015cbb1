// A forest on the generator's matrix: seconds a tree, memory and the quality on rows held out, as one JSON
// line.
//   bench_forest PREFIX [--n 100000] [--threads 1] [--target 0|1] [--trees 10] [--depth 20] [--leaf 5]
//   [--seed 1]
//                       [--test 500000]
// max_features sqrt. --depth 0: no limit; --test: the first of 50,000 rows held out, 0 for none. Settings are
// those of peer_forest.py. Categories are codes in order, as the peers see them.

#include "learn/tree/forest.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "bench/trees.hpp"

int main(int argc, char** argv) {
  using namespace kohort;
  using namespace kohort::bench;
  const std::string prefix = argc > 1 ? argv[1] : "";
  std::map<std::string, double> options{{"--n", 100'000}, {"--threads", 1},   {"--target", 0},
                                        {"--trees", 10},  {"--depth", 20},    {"--leaf", 5},
                                        {"--seed", 1},    {"--test", 500'000}};
  for (int k = 2; k + 1 < argc; k += 2) options[argv[k]] = std::stod(argv[k + 1]);
  const auto n = static_cast<std::size_t>(options["--n"]),
             target = static_cast<std::size_t>(options["--target"]);
  std::vector<float> table = read_rows(prefix + ".x.f32", 0, n, kColumns);
  const std::vector<double> outcome = read_outcome(prefix, 0, n, target);
  Workers workers{static_cast<int>(options["--threads"])};
  const double raw = peak_mib();
  const Matrix names = named_columns(n);
  Clock clock;
  TreeBins bins{names, CategoryRule::Ordinal, 256, bin_table(table, n, workers)};
  bins.mark(workers);
  const double binning = clock.lap();
  table = {};

  ForestSettings settings;
  settings.n_estimators = static_cast<int>(options["--trees"]);
  if (options["--depth"] > 0) settings.max_depth = static_cast<int>(options["--depth"]);
  settings.min_samples_leaf = static_cast<int>(options["--leaf"]);
  settings.max_features = "sqrt";
  settings.encoding = "ordinal";
  const RowList rows = all_rows(n);
  const Problem problem{names, outcome, rows, target == 0 ? Objective::SquaredError : Objective::Logistic};
  clock.lap();
  const double cpu_before = cpu_seconds();
  const TreeModel model =
      fit_forest(bins, problem, settings, Stream{static_cast<std::uint64_t>(options["--seed"])}, workers);
  const double training = clock.lap(), training_cpu = cpu_seconds() - cpu_before;

  double quality = 0;
  if (const auto first = static_cast<std::size_t>(options["--test"]); first > 0)
    quality = quality_of(model, prefix, first, target);
  const double trees = options["--trees"];
  fmt::print(
      R"({{"peer":"kohort","n":{},"target":{},"threads":{},"bin":{:.3f},"tree":{:.4f},"tree_cpu":{:.4f},)"
      R"("nodes":{:.0f},"above_mib":{:.0f},"quality":{:.4f}}})"
      "\n",
      n, target, options["--threads"], binning, training / trees, training_cpu / trees,
      static_cast<double>(model.trees.nodes.size()) / trees, peak_mib() - raw, quality);
}
