// kohort release: a model file that may leave the house, if every part of it stands on enough persons (SPEC
// G-3).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>

#include "assess/disclosure.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/model_file.hpp"
#include "cli/own_table_options.hpp"
#include "learn/release.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct ReleaseOptions {
  OwnTableSettings table;
  fs::path model_file, out;
  std::uint64_t minimum = kMinimumCell;
  bool join_steps = false;
};

/// Another table than that of the fit would count other persons.
void check_rows_of_fit(const ModelRecord& record, std::size_t rows, const fs::path& table) {
  const auto fitted = record.find("rows");
  if (fitted == record.end() || fitted->second == std::to_string(rows)) return;
  throw Error(ErrorKind::Data,
              fmt::format("the table has {} with an outcome, the model was fitted on another number",
                          format_count(rows, "row")),
              table.string(), "give the table the model was fitted on");
}

/// The person of each row. Throws when a row has none: it would hide among the others without.
std::span<const std::uint64_t> persons_of(const OwnTable& table, const OwnTableSettings& settings) {
  if (settings.cluster.empty()) return {};
  if (table.without_cluster > 0)
    throw Error(ErrorKind::Data,
                fmt::format("the person column '{}' is missing in {}", settings.cluster,
                            format_count(table.without_cluster, "row")),
                settings.file.string(), "leave those rows out of the fit, or name their persons");
  return table.cluster;
}

/// Joins steps of too few, and says what that does to the rows of the fit.
void join(Model& model, const OwnTable& table, std::span<const std::uint32_t> rows,
          std::span<const std::uint64_t> persons, const ReleaseOptions& options,
          const CommandContext& context) {
  auto* trees = std::get_if<TreeModel>(&model);
  if (trees == nullptr)
    throw Error(ErrorKind::Study, "steps are joined of trees, and this model is linear", "--join-steps",
                "leave it out");
  const std::vector<double> before = predict(model, table.matrix, rows, context.workers);
  std::uint64_t joined = 0, changed = 0;
  for (const JoinedSteps& steps :
       join_steps(*trees, table.matrix, rows, persons, options.minimum, context.workers))
    joined += steps.joined;
  const std::vector<double> after = predict(model, table.matrix, rows, context.workers);
  double most = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    changed += before[i] == after[i] ? 0 : 1;
    most = std::max(most, std::abs(before[i] - after[i]));
  }
  print_line(context.log,
             fmt::format("{} joined to a neighbour; {} of the fit predicted otherwise, by {:.3g} at most",
                         format_count(joined, "step"), format_count(changed, "row"), most));
}

void release(const ReleaseOptions& options, const CommandContext& context) {
  ModelRecord record;
  Model model = read_model(options.model_file, &record);
  check_model_file(options.out, kind_of(model));
  const OwnTable table = read_table(options.table, context);
  const RowList rows = observed_rows(table);
  check_rows_of_fit(record, rows.size(), options.table.file);
  const auto persons = persons_of(table, options.table);
  const char* counted = persons.empty() ? "rows" : "persons";
  const auto count = [&] {
    return count_parts(model, table.matrix, rows, persons, options.minimum, context.workers);
  };
  std::vector<ModelParts> found;
  if (options.join_steps) {
    ModelParts leaves = count().front();  // what their values were learned from
    leaves.what = "leaves as fitted";
    found.push_back(std::move(leaves));
    join(model, table, rows, persons, options, context);
    record["release.join_steps"] = "true";
  }
  std::ranges::copy(count(), std::back_inserter(found));
  std::uint64_t too_small = 0;
  for (const ModelParts& parts : found) {
    too_small += parts.too_small;
    if (parts.too_small > 0)
      context.log.warn(fmt::format("{}: {} of {} {} on fewer than {} {}", parts.what,
                                   format_count(parts.too_small), format_count(parts.parts),
                                   parts.too_small == 1 ? "stands" : "stand", options.minimum, counted));
  }
  if (too_small > 0)
    throw Error(ErrorKind::Disclosure,
                fmt::format("{} of the model {} on fewer than {} {}", format_count(too_small, "part"),
                            too_small == 1 ? "stands" : "stand", options.minimum, counted),
                options.model_file.string(),
                "fit it with larger leaves and fewer bins, or merge rare levels (docs/methods/release.md)");
  record["release.min_count"] = std::to_string(options.minimum);
  if (!persons.empty()) record["release.persons"] = options.table.cluster;
  write_model(options.out, model, record);
  print_line(context.log, fmt::format("every part of the model stands on {} {} or more: {}", options.minimum,
                                      counted, options.out.string()));
}

}  // namespace

void add_release(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand(
      "release", "check that a model tells of no few persons, and write it to be released");
  const auto options = std::make_shared<ReleaseOptions>();
  add_table_options(*command, options->table);
  command->add_option("--outcome", options->table.outcome, "column the model was fitted on")->required();
  command->add_option("--weight", options->table.weight, "column of weights");
  command->add_option("--exposure", options->table.exposure, "column of exposures");
  command->add_option("--persons", options->table.cluster,
                      "column whose equal values are one person; without it every row counts as one");
  command->add_option("--model-file", options->model_file, "model to release")->required();
  command->add_option("--min-count", options->minimum, "fewest persons a leaf, step or level may stand on")
      ->check(CLI::Range(2, 1'000'000))
      ->capture_default_str();
  command->add_flag("--join-steps", options->join_steps,
                    "move thresholds of trees that too few persons lie between to a neighbour");
  command->add_option("--out", options->out, "model file to write")->required();
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { release(*options, context); };
  });
}

}  // namespace kohort
