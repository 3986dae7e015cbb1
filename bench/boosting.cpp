// One boosted fit on the generator's matrix: seconds, memory and the quality on rows held out, as one JSON
// line.
//   bench_boosting PREFIX [--n 100000] [--threads 1] [--target 0|1] [--trees 200] [--depth 6] [--seed 1]
//                         [--share 0.8] [--test 500000] [--like 0|1]
// --share: of rows and of columns drawn for each tree; --test: the first of 50,000 rows held out, 0 for none.
// --like 1: LightGBM's leaves of at least 20 rows, no penalty, 63 leaves by gain.
// Settings are those of peer_xgboost.py. Categories are codes in order, as the peers see them.

#include "learn/tree/boosting.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "bench/trees.hpp"

using namespace kohort;
using namespace kohort::bench;

int main(int argc, char** argv) {
  const std::string prefix = argc > 1 ? argv[1] : "";
  std::map<std::string, double> options{{"--n", 100'000},    {"--threads", 1}, {"--target", 0},
                                        {"--trees", 200},    {"--depth", 6},   {"--seed", 1},
                                        {"--test", 500'000}, {"--share", 0.8}, {"--like", 0}};
  for (int k = 2; k + 1 < argc; k += 2) options[argv[k]] = std::stod(argv[k + 1]);
  const auto n = static_cast<std::size_t>(options["--n"]),
             target = static_cast<std::size_t>(options["--target"]);

  Clock clock;
  std::vector<float> table = read_rows(prefix + ".x.f32", 0, n, kColumns);
  const std::vector<double> outcome = read_outcome(prefix, 0, n, target);
  Workers workers{static_cast<int>(options["--threads"])};
  const double load = clock.lap(), raw = peak_mib();

  const Matrix names = named_columns(n);
  clock.lap();
  TreeBins bins{names, CategoryRule::Ordinal, 256, bin_table(table, n, workers)};
  const double binning = clock.lap();
  const double bin_peak = peak_mib();
  table = {};

  BoostingSettings settings;
  settings.n_estimators = static_cast<int>(options["--trees"]);
  settings.max_depth = static_cast<int>(options["--depth"]);
  settings.learning_rate = 0.1;
  settings.subsample = settings.colsample_bytree = options["--share"];
  settings.encoding = "ordinal";
  settings.base_score = 0.5;
  if (options["--like"] == 1) {  // as peer_lightgbm.py
    settings.reg_lambda = 0;
    settings.min_child_weight = target == 0 ? 20 : 1;  // 20 rows at 6 % have second derivatives of 1.1
    settings.grow_policy = "lossguide";
    settings.max_leaves = 63;
  }
  const RowList rows = all_rows(n);
  const Problem problem{names, outcome, rows, target == 0 ? Objective::SquaredError : Objective::Logistic};
  clock.lap();
  const double cpu_before = cpu_seconds();
  const TreeModel model =
      fit_boosting(bins, problem, settings, Stream{static_cast<std::uint64_t>(options["--seed"])}, workers);
  const double training = clock.lap(), training_cpu = cpu_seconds() - cpu_before;
  const double peak = peak_mib();

  double quality = 0;
  if (const auto first = static_cast<std::size_t>(options["--test"]); first > 0)
    quality = quality_of(model, prefix, first, target);
  fmt::print(
      R"({{"peer":"kohort","n":{},"target":{},"threads":{},"load":{:.3f},"bin":{:.3f},"train":{:.3f},"train_cpu":{:.3f},)"
      R"("raw_mib":{:.0f},"bin_peak_mib":{:.0f},"train_peak_mib":{:.0f},"bins_mib":{:.0f},"quality":{:.4f}}})"
      "\n",
      n, target, options["--threads"], load, binning, training, training_cpu, raw, bin_peak, peak,
      static_cast<double>(bins.binned.bytes()) / 1048576, quality);
}
