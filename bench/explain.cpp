// Contributions of 446 predictors to the predictions of rows held out, as one JSON line.
//   bench_explain PREFIX FOLDER [--n 20000] [--rows 10000] [--threads 1] [--forest 0|1] [--trees 200]
//                               [--depth 6] [--seed 1]
// Writes FOLDER/explained.json, the model as XGBoost reads it, and FOLDER/explained.f64: the contributions
// and the bias, row by row, for peer_explain.py, which explains the same model and checks them.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "bench/trees.hpp"
#include "learn/explain/tree_shap.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/xgboost_json.hpp"

using namespace kohort;
using namespace kohort::bench;

namespace {

TreeModel fit(const std::string& prefix, std::map<std::string, double>& options, Workers& workers) {
  const auto n = static_cast<std::size_t>(options["--n"]);
  const std::vector<float> table = read_rows(prefix + ".x.f32", 0, n, kColumns);
  const std::vector<double> outcome = read_outcome(prefix, 0, n, 0);
  const Matrix names = named_columns(n);
  TreeBins bins{names, CategoryRule::Ordinal, 256, bin_table(table, n, workers)};
  const RowList rows = all_rows(n);
  const Problem problem{names, outcome, rows};
  const Stream stream{static_cast<std::uint64_t>(options["--seed"])};
  if (options["--forest"] == 1) {
    bins.mark(workers);
    ForestSettings settings;
    settings.n_estimators = static_cast<int>(options["--trees"]);
    settings.max_depth = static_cast<int>(options["--depth"]);
    settings.min_samples_leaf = 5;
    settings.max_features = "sqrt";
    settings.encoding = "ordinal";
    return fit_forest(bins, problem, settings, stream, workers);
  }
  BoostingSettings settings;
  settings.n_estimators = static_cast<int>(options["--trees"]);
  settings.max_depth = static_cast<int>(options["--depth"]);
  settings.learning_rate = 0.1;
  settings.subsample = settings.colsample_bytree = 0.8;
  settings.encoding = "ordinal";
  return fit_boosting(bins, problem, settings, stream, workers);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string prefix = argc > 1 ? argv[1] : "", folder = argc > 2 ? argv[2] : "";
  std::map<std::string, double> options{{"--n", 20'000}, {"--rows", 10'000}, {"--threads", 1},
                                        {"--forest", 0}, {"--trees", 200},   {"--depth", 6},
                                        {"--seed", 1}};
  for (int k = 3; k + 1 < argc; k += 2) options[argv[k]] = std::stod(argv[k + 1]);
  Workers workers{static_cast<int>(options["--threads"])};
  const TreeModel model = fit(prefix, options, workers);
  std::ofstream{folder + "/explained.json", std::ios::binary}
      << write_xgboost_json(model.trees, xgboost_features(model.encoding));

  const auto rows = static_cast<std::size_t>(options["--rows"]);
  std::vector<float> held = read_rows(prefix + ".x.f32", 500'000, rows, kColumns);
  for (float& x : held)
    if (!std::isfinite(x)) x = NAN;
  TreeShap::Columns columns{{}, kColumns};
  for (std::uint32_t j = 0; j < kColumns; ++j) columns.of_feature.push_back(j);
  std::vector<double> out(rows * (kColumns + 1));
  const double raw = peak_mib();
  Clock clock;
  const double cpu_before = cpu_seconds();
  const TreeShap shap{model.trees, columns};
  constexpr std::size_t kBlock = 256;
  workers.for_each((rows + kBlock - 1) / kBlock, [&](std::size_t b) {
    const std::size_t first = b * kBlock, count = std::min(kBlock, rows - first);
    shap.explain(std::span{held}.subspan(first * kColumns, count * kColumns), count,
                 std::span{out}.subspan(first * (kColumns + 1), count * (kColumns + 1)));
  });
  const double cpu = cpu_seconds() - cpu_before, wall = clock.lap();
  const double peak = peak_mib();

  std::ofstream{folder + "/explained.f64", std::ios::binary}.write(
      reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size() * sizeof(double)));
  fmt::print(
      R"({{"peer":"kohort","rows":{},"trees":{},"nodes":{},"threads":{},"explain":{:.4f},"explain_cpu":{:.4f},"above_mib":{:.0f}}})"
      "\n",
      rows, model.trees.roots.size(), model.trees.nodes.size(), options["--threads"], wall, cpu, peak - raw);
}
