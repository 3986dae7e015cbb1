// A path of logistic regressions with LASSO on the generator's table: seconds and objectives as one JSON
// line; and the design as kohort scales it, for the peers.
//   bench_glm PREFIX [--n 100000] [--columns 446] [--penalties 50] [--tol 1e-4] [--design FOLDER]
// All columns are taken as numbers (categories are codes); fewer are the municipality, a category, and others
// of every kind. Penalties fall from the largest by a factor of 100.

#include "learn/linear/glm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "bench/design.hpp"
#include "bench/trees.hpp"

using namespace kohort;
using namespace kohort::bench;

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::map<std::string, std::string> options{{"--n", "100000"},
                                             {"--columns", std::to_string(kColumns)},
                                             {"--penalties", "50"},
                                             {"--tol", "1e-4"},
                                             {"--design", ""}};
  for (int k = 2; k + 1 < argc; k += 2) options[argv[k]] = argv[k + 1];
  const std::size_t n = std::stoull(options["--n"]), penalties = std::stoull(options["--penalties"]);
  const std::size_t columns = std::stoull(options["--columns"]);
  const Matrix matrix = columns < kColumns ? read_register(argv[1], n, columns) : read_matrix(argv[1], n);
  const std::vector<double> outcome = read_outcome(argv[1], 0, n, 1);
  reset_peak();
  const double raw = memory_mib("VmRSS:");
  Clock clock;
  const double cpu_before = cpu_seconds();
  const LinearCells cells{matrix};
  const LinearDesign design = make_linear_design(cells, all_rows(n));
  const double designed = cpu_seconds() - cpu_before;
  const Workers workers{1};
  GlmPath path{{design, outcome, {}, {Objective::Logistic}}, workers};
  std::vector<double> alphas, objectives;
  std::vector<std::size_t> non_zero;
  int sweeps = 0;
  bool converged = true;
  const double start = cpu_seconds();
  std::vector<LinearFit> fits;
  for (std::size_t k = 0; k < penalties; ++k) {
    alphas.push_back(path.largest_alpha(1) *
                     std::pow(100.0, -static_cast<double>(k) / static_cast<double>(penalties - 1)));
    fits.push_back(
        path.fit({.alpha = alphas.back(), .max_iter = 100'000, .tol = std::stod(options["--tol"])}));
    fits.back().margin = {};
    sweeps += fits.back().iterations;
    converged = converged && fits.back().converged;
  }
  const double fitted = cpu_seconds() - start;
  for (std::size_t k = 0; k < penalties; k += 7) {
    objectives.push_back(lasso_objective(design, outcome, fits[k], alphas[k], Objective::Logistic));
    const std::vector<double>& beta = fits[k].beta;
    non_zero.push_back(beta.size() - static_cast<std::size_t>(std::ranges::count(beta, 0.0)));
  }
  if (!options["--design"].empty()) write_design(design, outcome, alphas, options["--design"]);
  fmt::print(
      R"({{"peer":"kohort","n":{},"penalties":{},"design":{:.2f},"cpu":{:.2f},"sweeps":{},"converged":{},)"
      R"("above_mib":{:.0f},"nz":[{}],"objective":[{:.9f}]}})"
      "\n",
      n, penalties, designed, fitted, sweeps, converged, memory_mib("VmHWM:") - raw, fmt::join(non_zero, ","),
      fmt::join(objectives, ","));
}
