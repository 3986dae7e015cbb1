// The LASSO's search on the generator's table, folds x penalties and the fit on all rows: seconds, memory and
// objectives as one JSON line; and the design as kohort scales it, for the peers.
//   bench_lasso PREFIX [--n 100000] [--target 0|1] [--folds 10] [--penalties 6] [--threads 1] [--tol 1e-4]
//                      [--design FOLDER]
// Target 0 is a count under squared error, its penalties from 3e-2 to 1e-4; 1 is yes or no under logistic
// loss, its penalties from the largest by a factor of 100. They fall in equal steps of the logarithm.

#include <algorithm>
#include <array>
#include <map>

#include "bench/design.hpp"
#include "learn/linear/penalised_path.hpp"
#include "tune/search.hpp"

int main(int argc, char** argv) {
  using namespace kohort;
  using namespace kohort::bench;
  if (argc < 2) return 2;
  std::map<std::string, std::string> options{{"--n", "100000"},    {"--target", "0"},  {"--folds", "10"},
                                             {"--penalties", "6"}, {"--threads", "1"}, {"--tol", "1e-4"},
                                             {"--design", ""}};
  for (int k = 2; k + 1 < argc; k += 2) options[argv[k]] = argv[k + 1];
  const std::size_t n = std::stoull(options["--n"]), folds = std::stoull(options["--folds"]),
                    penalties = std::stoull(options["--penalties"]);
  const Matrix matrix = read_register(argv[1], n);
  const std::vector<double> outcome = read_outcome(argv[1], 0, n, std::stoull(options["--target"]));
  const RowList rows = all_rows(n);
  std::vector<int> fold(n);
  for (std::size_t i = 0; i < n; ++i) fold[i] = static_cast<int>(Stream{1}.below(i, folds));
  const bool counts = options["--target"] == "0";
  const Problem problem{matrix, outcome, rows, counts ? Objective::SquaredError : Objective::Logistic};
  Workers workers{std::stoi(options["--threads"])};
  double first = 3e-2, ratio = 300;
  if (!counts) {
    const LinearCells cells{matrix};
    first = largest_alpha(make_linear_design(cells, rows), problem, {}, workers);
    ratio = 100;
  }
  std::vector<double> alphas;
  std::vector<SettingValues> configurations;
  for (std::size_t k = 0; k < penalties; ++k) {
    const double step = std::log(ratio) / static_cast<double>(penalties - 1);
    alphas.push_back(first * std::exp(-step * static_cast<double>(k)));
    configurations.push_back({{"alpha", fmt::format("{:.17g}", alphas.back())},
                              {"tol", options["--tol"]},
                              {"max_iter", "100000"}});
  }
  const Engine& lasso = engine("lasso");

  reset_peak();
  const double resident = memory_mib("VmRSS:");
  Clock wall;
  double before = cpu_seconds();
  const auto lap = [&] {
    const double now = cpu_seconds(), passed = now - before;
    before = now;
    return passed;
  };
  Inputs inputs;
  lasso.prepare(inputs, matrix, rows, configurations.front(), workers);
  const double prepared = lap();
  const SearchResult found = search({.engine = lasso,
                                     .problem = problem,
                                     .folds = fold,
                                     .score = counts ? Score::NegMeanSquaredError : Score::NegLogLoss,
                                     .stream = Stream{1}},
                                    inputs, configurations, workers);
  const double searched = lap();
  const Model model = lasso.fit(inputs, problem, configurations[found.best], Stream{1}, workers);
  const double refitted = lap(), seconds = wall.lap();
  const double above = memory_mib("VmHWM:") - resident;

  const LinearDesign design = make_linear_design(inputs.linear.front()->cells, rows);
  std::vector<LassoSettings> settings;
  for (const double alpha : alphas)
    settings.push_back({.alpha = alpha, .max_iter = 100'000, .tol = std::stod(options["--tol"])});
  std::vector<double> objectives;
  std::vector<std::size_t> non_zero;
  fit_penalised_path(
      design, inputs.linear.front()->columns, problem, settings, workers,
      [&](std::size_t place, const LinearFit& fit) {
        objectives.push_back(lasso_objective(design, outcome, fit, alphas[place], problem.objective));
        non_zero.push_back(fit.beta.size() - static_cast<std::size_t>(std::ranges::count(fit.beta, 0.0)));
      });
  if (!options["--design"].empty()) {
    write_design(design, outcome, alphas, options["--design"]);
    write(options["--design"] + "/folds", fold);
  }
  fmt::print(
      R"({{"peer":"kohort","n":{},"folds":{},"penalties":{},"threads":{},"prepare":{:.2f},"search":{:.2f},)"
      R"("refit":{:.2f},"cpu":{:.2f},"wall":{:.2f},"cells_mib":{:.0f},"above_mib":{:.0f},"best":"{}","score":{:.6f},)"
      R"("target":{},"converged":{},"nz":[{}],"objective":[{:.9f}]}})"
      "\n",
      n, folds, penalties, workers.threads(), prepared, searched, refitted, prepared + searched + refitted,
      seconds, static_cast<double>(inputs.linear.front()->cells.bytes()) / (1 << 20), above,
      found.configurations[found.best].at("alpha"), found.mean_score[found.best], options["--target"],
      std::get<LinearModel>(model).converged, fmt::join(non_zero, ","), fmt::join(objectives, ","));
}
