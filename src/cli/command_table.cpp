// kohort tune | fit | predict | evaluate: one step at a time on a table of one's own (SPEC O-8).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "analyses/evaluation/evaluation.hpp"
#include "assess/metrics.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/model_file.hpp"
#include "cli/own_table_options.hpp"
#include "cli/regression_lines.hpp"
#include "learn/engines.hpp"
#include "learn/linear/regression.hpp"
#include "matrix/folds.hpp"
#include "store/artifacts.hpp"
#include "tune/search.hpp"

namespace kohort {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

struct TableOptions {
  OwnTableSettings table;
  std::string model, objective = "squared_error", score = "neg_mean_squared_error", prediction = "prediction";
  std::vector<std::string> set, space, by;
  std::vector<double> bands{0, 1};
  fs::path settings_file, model_file, out;
  int folds = 10, draws = 10, near = 0;
  bool paths = false, racing = false, halving = false;
  std::uint64_t seed = 15;
};

void add_fit_options(CLI::App& command, TableOptions& options) {
  command.add_option("--outcome", options.table.outcome, "column to predict")->required();
  command.add_option("--model", options.model, "kind of model: linear, lasso, random_forest, boosting")
      ->required();
  command.add_option("--set", options.set, "settings, for example --set max_depth=4");
  command.add_option("--objective", options.objective, "squared_error, logistic, poisson or tweedie")
      ->capture_default_str();
  command.add_option("--weight", options.table.weight, "column of weights");
  command.add_option(
      "--exposure", options.table.exposure,
      "column of exposures: the time or amount a count came from (poisson, tweedie; no forest)");
  command.add_option("--seed", options.seed, "seed of every random draw")->capture_default_str();
}

SearchSpace parse_space(const std::vector<std::string>& texts) {
  SearchSpace space;
  for (const auto& [name, values] : parse_settings(texts))
    space.settings.emplace_back(name, split(values, ','));
  return space;
}

Objective read_objective(const std::string& text) {
  if (const auto objective = parse_objective(text)) return *objective;
  throw Error(ErrorKind::Study, fmt::format("no objective is called '{}'", text), "--objective",
              suggest(text, std::vector<std::string>{"squared_error", "logistic", "poisson", "tweedie"}));
}

/// The objective asked for. Throws when it takes no exposure and one is given.
Objective objective_of(const TableOptions& options) {
  const Objective objective = read_objective(options.objective);
  check_exposure(options.table, objective, "use --objective poisson or tweedie");
  return objective;
}

void tune(const TableOptions& options, const CommandContext& context) {
  const Engine& kind = engine(options.model);
  const SettingValues fixed = parse_settings(options.set);
  const Score score = parse_score(options.score);
  const Objective objective = objective_of(options);
  SearchSpace space = options.space.empty() ? kind.space(objective) : parse_space(options.space);
  std::erase_if(space.settings, [&](const auto& entry) { return fixed.contains(entry.first); });
  const OwnTable table = read_table(options.table, context);
  const RowList rows = observed_rows(table);
  std::vector<std::uint64_t> cluster;
  std::vector<double> outcome;
  for (const std::uint32_t row : rows) {
    cluster.push_back(table.cluster[row]);
    outcome.push_back(table.outcome[row]);
  }
  const Stream stream{options.seed};
  const std::vector<int> folds =
      deal_folds(cluster, outcome, options.bands, options.folds, stream.child("folds"));
  const Draws draws{space, fixed, options.draws, options.paths, options.near};
  const std::vector<double> offset = offset_of(table);
  const Problem problem{table.matrix, table.outcome, rows, objective, table.weights, offset};
  Inputs inputs;
  SearchJournal journal{options.out / "search.journal"};
  const std::size_t configurations = first_draws(draws, kind, stream.child("draws")).size() +
                                     static_cast<std::size_t>(options.near) * per_draw(draws, kind);
  Progress progress{context.log, "tuning", configurations * static_cast<std::size_t>(options.folds)};
  const SearchResult result = search(
      {.engine = kind,
       .problem = problem,
       .folds = folds,
       .score = score,
       .stream = stream.child("fit"),
       .racing = options.racing ? std::optional<Racing>{Racing{}} : std::nullopt,
       .halving = options.halving ? std::optional<Halving>{Halving{}} : std::nullopt},
      inputs, draws, stream.child("draws"), context.workers,
      [&](std::size_t scores) { progress.advance(scores); }, &journal);
  fs::create_directories(options.out);
  write_table(result.table, options.out / "cv_results.parquet");
  write_table(result.table, options.out / "cv_results.csv");
  write_file(options.out / "best.json", Json(result.configurations[result.best]).dump(1) + "\n");
  print_line(context.log, fmt::format("{}{} on {} folds: {} from {}, {} of them done before",
                                      format_count(result.configurations.size(), "configuration"),
                                      options.paths ? " (draws of whole paths)" : "", options.folds,
                                      format_count(result.scores, "score"), format_count(result.fits, "fit"),
                                      result.fits_before));
  print_line(context.log, fmt::format("best of {}: {} {}", result.configurations.size(), options.score,
                                      format_number(result.mean_score[result.best])));
  for (const auto& [name, value] : result.configurations[result.best])
    print_line(context.log, fmt::format("  {} = {}", name, value));
}

/// What a model's record says of the table besides.
ModelRecord table_record(const TableOptions& options, ModelRecord record) {
  record["outcome"] = options.table.outcome;
  record["seed"] = std::to_string(options.seed);
  if (!options.table.weight.empty()) record["weight"] = options.table.weight;
  if (!options.table.exposure.empty()) record["exposure"] = options.table.exposure;
  if (!options.table.cluster.empty()) record["cluster"] = options.table.cluster;
  return record;
}

/// Throws when clusters are named and the settings do not use them, or the other way round.
void check_cluster(const TableOptions& options, const SettingValues& settings) {
  const auto given = settings.find("standard_errors");
  const bool wanted = given != settings.end() && given->second == "cluster";
  if (wanted && options.table.cluster.empty())
    throw Error(ErrorKind::Study, "standard errors by cluster need clusters", "standard_errors",
                "name their column with --cluster");
  if (!wanted && !options.table.cluster.empty())
    throw Error(ErrorKind::Study, "a fit reads clusters for standard errors only", "--cluster",
                "add --set standard_errors=cluster (model linear), or leave it out");
}

void fit(const TableOptions& options, const CommandContext& context) {
  const Engine& kind = engine(options.model);
  check_model_file(options.out, kind.name);
  SettingValues settings = parse_settings(options.set);
  if (!options.settings_file.empty()) {
    try {
      settings.merge(Json::parse(read_file(options.settings_file)).get<SettingValues>());
    } catch (const Json::exception&) {
      throw Error(ErrorKind::Study, "this is no file of settings", options.settings_file.string(),
                  "give best.json of kohort tune");
    }
  }
  const Objective objective = objective_of(options);
  kind.check(kind.complete(settings), objective);
  check_cluster(options, settings);
  const OwnTable table = read_table(options.table, context);
  const RowList rows = observed_rows(table);
  const std::vector<double> offset = offset_of(table);
  Problem problem{table.matrix, table.outcome, rows, objective, table.weights, offset};
  if (!options.table.cluster.empty()) problem.cluster = table.cluster;
  if (table.without_cluster > 0)
    throw Error(ErrorKind::Data,
                fmt::format("the cluster column '{}' is missing in {}", options.table.cluster,
                            format_count(table.without_cluster, "row")),
                options.table.file.string(), "leave those rows out, or give each a cluster of its own");
  const Model model = fit_model(kind, problem, settings, Stream{options.seed}.child("fit"), context.workers);
  if (const auto* linear = std::get_if<LinearModel>(&model)) {
    for (const std::string& note : linear->notes) context.log.warn(note);
    if (!linear->converged)
      context.log.warn(fmt::format("the fit stopped after {} and has not converged (tol)",
                                   format_count(linear->iterations, "iteration")));
  }
  ModelRecord record = fit_record(model);
  record.merge(record_of(kind, problem, settings));
  write_model(options.out, model, table_record(options, std::move(record)));
  print_line(context.log, fmt::format("{} fitted on {}: {}", options.model, format_count(rows.size(), "row"),
                                      options.out.string()));
  for (const std::string& line : fit_lines(model)) print_line(context.log, line);
}

/// Throws before anything is read when the file would be of a format that its name does not say.
void check_table_file(const fs::path& file) {
  if (file.extension() != ".csv" && file.extension() != ".parquet")
    throw Error(ErrorKind::Study, fmt::format("no table is written as '{}'", file.extension().string()),
                "--out", "give a name that ends in .parquet or .csv");
}

void predict_table(const TableOptions& options, const CommandContext& context) {
  check_table_file(options.out);
  const Model model = read_model(options.model_file);
  check_exposure(options.table, objective_of(model), "leave it out: the model was fitted without one");
  OwnTable table = read_table(options.table, context);
  PredictionNotes notes;
  Table predictions;
  predictions.columns = {std::move(table.units), make_column("prediction", ColumnType::Number)};
  predictions.columns[1].numbers() =
      predict(model, table.matrix, all_rows(table.rows()), context.workers, &notes);
  for (std::size_t row = 0; row < table.exposure.size(); ++row)
    predictions.columns[1].numbers()[row] *= table.exposure[row];
  if (notes.unknown_levels > 0)
    context.log.warn(
        fmt::format("{} of a level the model has not seen", format_count(notes.unknown_levels, "cell")));
  write_table(predictions, options.out);
  print_line(context.log,
             fmt::format("{}: {}", format_count(predictions.rows(), "prediction"), options.out.string()));
}

/// A column of the table as groups, labels in order of text.
GroupColumn group_column(const Matrix& matrix, const std::string& name, const fs::path& file) {
  const std::size_t place = matrix.find(name);
  if (place == matrix.columns())
    throw Error(ErrorKind::Data, fmt::format("no column is called '{}'", name), file.string());
  const MatrixColumn& column = matrix.column(place);
  GroupColumn group{name, column.info.levels, {}};
  for (std::uint32_t row = 0; row < matrix.rows(); ++row) {
    const float cell = column.at(row);
    group.codes.push_back(std::isnan(cell) ? std::int16_t{-1} : static_cast<std::int16_t>(cell));
  }
  return group;
}

void evaluate(TableOptions options, const CommandContext& context) {
  options.table.categories = options.by;
  const OwnTable table = read_table(options.table, context);
  const std::size_t place = table.matrix.find(options.prediction);
  if (place == table.matrix.columns()) {
    throw Error(ErrorKind::Data, fmt::format("no column is called '{}'", options.prediction),
                options.table.file.string(), "name the column of predictions with --prediction");
  }
  PredictionSet set;
  set.design = "own";
  set.outcome = options.table.outcome;
  set.model = options.prediction;
  set.actual = table.outcome;
  for (std::uint32_t row = 0; row < table.rows(); ++row)
    set.predicted.push_back(table.matrix.column(place).at(row));
  std::vector<GroupColumn> groups;
  for (const std::string& name : options.by)
    groups.push_back(group_column(table.matrix, name, options.table.file));
  const ConcentrationTables concentration = concentration_tables(set);
  fs::create_directories(options.out);
  const Table correlation = correlation_table(set, groups);
  write_table(correlation, options.out / "correlation.csv");
  write_table(concentration.curve, options.out / "concentration.csv");
  write_table(concentration.top_share, options.out / "top_share.csv");
  write_table(decile_table(set, nullptr, Stream{options.seed}.child("ties")),
              options.out / "decile_counts.csv");
  for (const GroupColumn& group : groups)
    write_table(signal_table(set, group), options.out / ("signal_value_" + group.name + ".csv"));
  print_line(context.log,
             fmt::format("correlation {} over {}; tables in {}",
                         format_number(correlation.at("correlation").numbers()[0]),
                         format_count(static_cast<std::uint64_t>(correlation.at("n").integers()[0]), "row"),
                         options.out.string()));
}

}  // namespace

void add_tune(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("tune", "search for good settings by cross-validation on a table");
  const auto options = std::make_shared<TableOptions>();
  add_table_options(*command, options->table);
  add_fit_options(*command, *options);
  command->add_option("--cluster", options->table.cluster, "column whose equal values stay in one fold");
  command->add_option("--space", options->space, "values to search, for example --space max_depth=4,5,6");
  command->add_option("--folds", options->folds, "folds")->check(CLI::Range(2, 100))->capture_default_str();
  command->add_flag("--paths", options->paths,
                    "a draw brings all values of the settings that one fit answers for (n_estimators; a "
                    "forest's max_depth and min_samples_split too)");
  command->add_option("--near", options->near, "further draws near the best of the first")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  CLI::Option* racing = command->add_flag("--racing", options->racing,
                                          "drop configurations that three or more folds show to be beaten");
  command
      ->add_flag("--halving", options->halving,
                 "successive halving: all configurations on few rows, a third of them on three times as many")
      ->excludes(racing);
  command->add_option("--draws", options->draws, "random draws from the space")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--bands", options->bands, "outcome bands of stratified folds")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--score", options->score, "what makes settings good")->capture_default_str();
  command->add_option("--out", options->out, "folder for cv_results and best.json")->required();
  command->callback(
      [options, &chosen] { chosen = [options](const CommandContext& context) { tune(*options, context); }; });
}

void add_fit(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("fit", "fit one model on a table");
  const auto options = std::make_shared<TableOptions>();
  add_table_options(*command, options->table);
  add_fit_options(*command, *options);
  command->add_option(
      "--cluster", options->table.cluster,
      "column whose equal values go together in standard errors (--set standard_errors=cluster)");
  command->add_option("--settings", options->settings_file, "best.json of kohort tune; --set goes before it");
  command
      ->add_option("--out", options->out,
                   "model file to write: .json for XGBoost's JSON (trees only), else kohort's own")
      ->required();
  command->callback(
      [options, &chosen] { chosen = [options](const CommandContext& context) { fit(*options, context); }; });
}

void add_predict(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("predict", "apply a fitted model to a table");
  const auto options = std::make_shared<TableOptions>();
  add_table_options(*command, options->table);
  command
      ->add_option("--model-file", options->model_file,
                   "model written by kohort fit or convert, or by XGBoost as JSON")
      ->required();
  command->add_option(
      "--exposure", options->table.exposure,
      "column of exposures: predictions are for each row's own (without it, for an exposure of one)");
  command->add_option("--out", options->out, "predictions to write (.parquet or .csv)")->required();
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { predict_table(*options, context); };
  });
}

void add_evaluate(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("evaluate", "hold predictions against what happened");
  const auto options = std::make_shared<TableOptions>();
  add_table_options(*command, options->table);
  command->add_option("--outcome", options->table.outcome, "column of what happened")->required();
  command->add_option("--prediction", options->prediction, "column of predictions")->capture_default_str();
  command->add_option("--by", options->by, "columns to group by")->delimiter(',');
  command->add_option("--seed", options->seed, "seed of the draw among equal predictions")
      ->capture_default_str();
  command->add_option("--out", options->out, "folder for the tables")->required();
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { evaluate(*options, context); };
  });
}

}  // namespace kohort
