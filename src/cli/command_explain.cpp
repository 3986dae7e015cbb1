// kohort explain: what a fitted model's predictors do, on a table of one's own (SPEC M-5).

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/model_file.hpp"
#include "cli/own_table_options.hpp"
#include "cli/regression_lines.hpp"
#include "learn/explain/coefficients.hpp"
#include "learn/explain/contributions.hpp"
#include "tune/permutation.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct ExplainOptions {
  OwnTableSettings table;
  fs::path model_file, out;
  std::string score = "neg_mean_squared_error", format = "parquet";
  int repeats = 5;
  bool contributions = false, by_feature = false, path = false;
  std::vector<double> alphas;
  std::vector<std::string> set;
  std::uint64_t seed = 15;
};

constexpr const char* kBias = "(bias)";

/// Throws before anything is read when options do not go together.
void check_options(const ExplainOptions& options) {
  parse_score(options.score);
  const auto needs_outcome = [&](bool given, const char* option) {
    if (given && options.table.outcome.empty())
      throw Error(ErrorKind::Study, "this needs the outcome", option, "name its column with --outcome");
  };
  needs_outcome(options.path, "--path");
  needs_outcome(!options.table.weight.empty(), "--weight");
  needs_outcome(!options.table.exposure.empty(), "--exposure");
  if (!options.path && !options.alphas.empty())
    throw Error(ErrorKind::Study, "the alphas belong to a path", "--alphas", "add --path");
  if (!options.path && !options.set.empty())
    throw Error(ErrorKind::Study, "the settings belong to a path", "--set", "add --path");
}

/// The settings of the path. Throws before anything is computed.
LassoSettings path_settings(const ExplainOptions& options, const Model& model) {
  if (!options.path) return {};
  if (kind_of(model) != "lasso")
    throw Error(ErrorKind::Study, fmt::format("a model of kind {} has no path", kind_of(model)), "--path",
                "give a model of kind lasso");
  const SettingValues given = parse_settings(options.set);
  if (given.contains("alpha"))
    throw Error(ErrorKind::Study, "a path has more than one alpha", "--set", "give them with --alphas");
  return read_settings<LassoSettings>(given);
}

// --- importance

Rows importance_rows(const char* first) {
  return Rows{{first, ColumnType::Text},
              {"weight", ColumnType::Integer},
              {"gain", ColumnType::Number},
              {"total_gain", ColumnType::Number},
              {"cover", ColumnType::Number},
              {"total_cover", ColumnType::Number},
              {"mean_abs_contribution", ColumnType::Number},
              {"permutation_mean", ColumnType::Number},
              {"permutation_sd", ColumnType::Number}};
}

/// What is known of each predictor (or feature): splits of tree models only, permutation with an outcome
/// only.
struct Importance {
  std::vector<std::string> names;
  std::vector<double> mean_absolute;
  std::vector<SplitImportance> splits;
  std::vector<PermutationImportance> permutation;

  /// A row each, the largest mean absolute contribution first.
  Table table(const char* first) const {
    std::vector<std::size_t> order(names.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return mean_absolute[a] > mean_absolute[b]; });
    Rows rows = importance_rows(first);
    const auto given = [](const auto& list, std::size_t k, auto value) {
      using Value = decltype(value(list[k]));
      return list.empty() ? std::optional<Value>{} : value(list[k]);
    };
    for (const std::size_t k : order) {
      using Split = const SplitImportance&;
      using Permutation = const PermutationImportance&;
      rows.add(names[k], given(splits, k, [](Split s) { return s.weight; }),
               given(splits, k, [](Split s) { return s.gain(); }),
               given(splits, k, [](Split s) { return s.total_gain; }),
               given(splits, k, [](Split s) { return s.cover(); }),
               given(splits, k, [](Split s) { return s.total_cover; }), mean_absolute[k],
               given(permutation, k, [](Permutation p) { return p.mean; }),
               given(permutation, k, [](Permutation p) { return p.sd; }));
    }
    return rows.take();
  }
};

Importance importance(const Model& model, const Explainer& explainer, Detail detail, std::size_t rows,
                      Workers& workers) {
  Importance out{explainer.names(), explainer.mean_absolute(all_rows(rows), workers), {}, {}};
  if (const auto* trees = std::get_if<TreeModel>(&model)) out.splits = split_importances(*trees, detail);
  return out;
}

std::vector<PermutationImportance> permuted(const ExplainOptions& options, const Model& model,
                                            const OwnTable& table, const RowList& rows, Workers& workers) {
  const auto deals = deal_rows(rows.size(), options.repeats, Stream{options.seed}.child("permutation"));
  return permutation_importance(model,
                                {.matrix = table.matrix,
                                 .rows = rows,
                                 .outcome = table.outcome,
                                 .weights = table.weights,
                                 .exposure = table.exposure,
                                 .score = parse_score(options.score)},
                                deals, workers);
}

// --- other tables

/// A row per unit, a column per predictor (or feature), the bias.
Table contribution_table(const Explainer& explainer, const OwnTable& table, Workers& workers) {
  constexpr std::size_t kRows = 65'536;  // explained at a time, so that values lie in memory once
  const std::size_t columns = explainer.columns();
  Table out;
  out.columns.push_back(table.units);
  if (std::ranges::find(explainer.names(), table.units.name) != explainer.names().end())
    out.columns.front().name = fmt::format("({})", table.units.name);
  for (const std::string& name : explainer.names())
    out.columns.push_back(make_column(name, ColumnType::Number));
  out.columns.push_back(make_column(kBias, ColumnType::Number));
  const RowList rows = all_rows(table.rows());
  for (std::size_t first = 0; first < rows.size(); first += kRows) {
    const std::size_t count = std::min(kRows, rows.size() - first);
    const std::vector<double> values = explainer.explain(std::span{rows}.subspan(first, count), workers);
    for (std::size_t c = 0; c < columns; ++c) {
      std::vector<double>& cells = out.columns[c + 1].numbers();
      cells.reserve(rows.size());
      for (std::size_t i = 0; i < count; ++i) cells.push_back(values[i * columns + c]);
    }
  }
  return out;
}

Table coefficient_table(const LinearModel& model) {
  Rows rows{{"predictor", ColumnType::Text},     {"level", ColumnType::Text},
            {"coefficient", ColumnType::Number}, {"scale", ColumnType::Number},
            {"mean", ColumnType::Number},        {"std_error", ColumnType::Number},
            {"statistic", ColumnType::Number},   {"p_value", ColumnType::Number},
            {"conf_low", ColumnType::Number},    {"conf_high", ColumnType::Number}};
  using Cell = std::optional<double>;
  for (const InferredCoefficient& c : inferred_coefficients(model)) {
    const bool intercept = rows.table().rows() == 0;
    const auto tested = [&](double CoefficientTest::*what) {
      return c.test ? Cell{(*c.test).*what} : Cell{};
    };
    rows.add(c.predictor, c.level.empty() ? std::optional<std::string>{} : c.level, c.value,
             intercept ? Cell{} : c.scale, intercept ? Cell{} : c.mean, tested(&CoefficientTest::error),
             tested(&CoefficientTest::statistic), tested(&CoefficientTest::p),
             tested(&CoefficientTest::lower), tested(&CoefficientTest::upper));
  }
  return rows.take();
}

/// A row per alpha, a column per coefficient.
Table path_table(const LassoPath& path) {
  Table out;
  const auto add = [&](const std::string& name, std::vector<double> cells) {
    out.columns.push_back(make_column(name, ColumnType::Number));
    out.columns.back().numbers() = std::move(cells);
  };
  add("alpha", path.alpha);
  out.columns.push_back(make_column("converged", ColumnType::Flag));
  for (const bool converged : path.converged) out.columns.back().integers().push_back(converged ? 1 : 0);
  add("(intercept)", path.intercept);
  for (std::size_t j = 0; j < path.terms.size(); ++j) {
    const Coefficient& term = path.terms[j];
    std::vector<double> cells;
    for (const auto& values : path.values) cells.push_back(values[j]);
    add(term.level.empty() ? term.predictor : term.predictor + "=" + term.level, std::move(cells));
  }
  return out;
}

void warn_of_unknown_levels(const Model& model, const OwnTable& table, const CommandContext& context) {
  PredictionNotes notes;
  predict(model, table.matrix, all_rows(table.rows()), context.workers, &notes);
  if (notes.unknown_levels > 0)
    context.log.warn(
        fmt::format("{} of a level the model has not seen", format_count(notes.unknown_levels, "cell")));
}

void explain(const ExplainOptions& options, const CommandContext& context) {
  check_options(options);
  const Model model = read_model(options.model_file);
  check_exposure(options.table, objective_of(model), "leave it out: the model was fitted without one");
  const LassoSettings settings = path_settings(options, model);
  const OwnTable table = read_table(options.table, context);
  const RowList observed = options.table.outcome.empty() ? RowList{} : observed_rows(table);
  warn_of_unknown_levels(model, table, context);
  Workers& workers = context.workers;

  fs::create_directories(options.out);
  std::size_t predictors = 0;
  for (const Detail detail : {Detail::Predictors, Detail::Features}) {
    const bool features = detail == Detail::Features;
    if (features && !options.by_feature) continue;
    const Explainer explainer{model, table.matrix, detail};
    Importance found = importance(model, explainer, detail, table.rows(), workers);
    if (!features) predictors = found.names.size();
    if (!features && !observed.empty())
      found.permutation = permuted(options, model, table, observed, workers);
    write_table(found.table(features ? "feature" : "predictor"),
                options.out / (features ? "importance_by_feature.csv" : "importance.csv"));
    if (options.contributions && features == options.by_feature)
      write_table(contribution_table(explainer, table, workers),
                  options.out / ("contributions." + options.format));
  }
  if (const auto* linear = std::get_if<LinearModel>(&model))
    write_table(coefficient_table(*linear), options.out / "coefficients.csv");
  for (const std::string& line : regression_lines(model)) print_line(context.log, line);
  if (options.path) {
    const std::vector<double> offset = offset_of(table);
    const Problem problem{table.matrix, table.outcome, observed, objective_of(model), table.weights, offset};
    write_table(path_table(lasso_path(problem, settings, options.alphas, workers)), options.out / "path.csv");
  }
  print_line(context.log, fmt::format("{} of a model of kind {} explained on {}: {}",
                                      format_count(predictors, "predictor"), kind_of(model),
                                      format_count(table.rows(), "row"), options.out.string()));
  if (options.contributions)
    print_line(context.log, "the contributions have a row per unit: keep them as safe as the table itself");
}

}  // namespace

void add_explain(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("explain", "say what a fitted model's predictors do");
  const auto options = std::make_shared<ExplainOptions>();
  add_table_options(*command, options->table);
  command->add_option("--model-file", options->model_file, "model to explain")->required();
  command->add_option("--out", options->out, "folder for the tables")->required();
  command->add_option("--outcome", options->table.outcome,
                      "column of what happened, for permutation importance");
  command->add_option("--weight", options->table.weight, "column of weights");
  command->add_option("--exposure", options->table.exposure,
                      "column of exposures, which multiply predictions");
  command->add_option("--score", options->score, "what permutation importance loses")->capture_default_str();
  command->add_option("--repeats", options->repeats, "permutations of each predictor")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "seed of the permutations")->capture_default_str();
  command->add_flag(
      "--contributions", options->contributions,
      "also write each row's contributions, which with (bias) add up to its prediction (boosting, "
      "linear and lasso under another objective than squared_error: to its logit or logarithm)");
  command->add_option("--format", options->format, "of the contributions: parquet or csv")
      ->check(CLI::IsMember({"parquet", "csv"}))
      ->capture_default_str();
  command->add_flag("--by-feature", options->by_feature,
                    "indicators of a category apart, in the contributions and in a table of their own");
  command->add_flag(
      "--path", options->path,
      "of a lasso model: also fit the coefficients' path on the table, under its objective (path.csv)");
  command->add_option("--alphas", options->alphas, "alphas of the path; without it 100 of them")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  command->add_option("--set", options->set,
                      "settings of the path: l1_ratio, max_iter, tol, degree, thresholds, interactions");
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { explain(*options, context); };
  });
}

}  // namespace kohort
