#include "cli/regression_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "learn/explain/coefficients.hpp"

namespace kohort {
namespace {

const Inference* inference_of(const Model& model) {
  const auto* linear = std::get_if<LinearModel>(&model);
  return linear != nullptr && linear->inference ? &*linear->inference : nullptr;
}

std::string in_short(double value) { return fmt::format("{:.6g}", value); }

using Line = std::array<std::string, 6>;

Line line_of(const InferredCoefficient& c) {
  const std::string name = c.level.empty() ? c.predictor : c.predictor + "=" + c.level;
  if (!c.test) return {name, in_short(c.value), "", "", "", ""};
  return {name,
          in_short(c.value),
          in_short(c.test->error),
          fmt::format("{:.3f}", c.test->statistic),
          fmt::format("{:.4g}", c.test->p),
          fmt::format("{} to {}", in_short(c.test->lower), in_short(c.test->upper))};
}

}  // namespace

std::vector<std::string> fit_lines(const Model& model) {
  const Inference* of = inference_of(model);
  if (of == nullptr) return {};
  std::string line =
      fmt::format("deviance {} on {} degrees of freedom, null deviance {}", in_short(of->deviance),
                  in_short(of->df_residual), in_short(of->null_deviance));
  if (of->log_likelihood) line += fmt::format(", log likelihood {}", in_short(*of->log_likelihood));
  if (of->aic) line += fmt::format(", AIC {}", in_short(*of->aic));
  if (of->standard_errors == "cluster") line += fmt::format("; {}", format_count(of->clusters, "cluster"));
  return {line};
}

std::vector<std::string> regression_lines(const Model& model) {
  const Inference* of = inference_of(model);
  if (of == nullptr) return {};
  constexpr std::size_t kMost = 60;  // a screen or two; coefficients.csv has them all
  const std::vector<InferredCoefficient> all = inferred_coefficients(std::get<LinearModel>(model));
  std::vector<Line> lines{
      {"", "coefficient", "std_error", std::isinf(of->freedom) ? "z" : "t", "p_value", "95 % interval"}};
  for (std::size_t k = 0; k < std::min(all.size(), kMost); ++k) lines.push_back(line_of(all[k]));
  std::array<std::size_t, 6> width{};
  for (const Line& line : lines)
    for (std::size_t c = 0; c < width.size(); ++c) width[c] = std::max(width[c], line[c].size());
  std::vector<std::string> out;
  for (const Line& line : lines) {
    std::string text = fmt::format("  {:<{}}", line[0], width[0]);
    for (std::size_t c = 1; c < width.size(); ++c) text += fmt::format("  {:>{}}", line[c], width[c]);
    out.push_back(text.substr(0, text.find_last_not_of(' ') + 1));
  }
  if (all.size() > kMost) out.push_back(fmt::format("  and {} more: coefficients.csv", all.size() - kMost));
  out.push_back(fit_lines(model).front());
  return out;
}

}  // namespace kohort
