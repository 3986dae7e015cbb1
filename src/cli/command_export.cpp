// kohort export: the matrix of one fit of a study, for another library.

#include <fmt/format.h>

#include <memory>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "registers/open_store.hpp"
#include "study/export_matrix.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct ExportOptions {
  fs::path study, registers, runs = "runs";
  std::string format = "parquet";
  ExportWish wish;
};

void export_fit(const ExportOptions& options, const CommandContext& context) {
  const Study study = read_study(options.study, options.registers);
  const Plan plan = make_plan(study, register_fingerprints(open_store(study.registers)));
  ArtifactStore store{options.runs / study.name};
  const RunContext run{.study = study,
                       .plan = plan,
                       .store = store,
                       .registers = {study.registers, study.schema},
                       .temp_folder = store.root() / "tmp",
                       .memory_limit = context.memory > 0 ? context.memory : available_bytes() / 2,
                       .stop = context.stop,
                       .workers = context.workers,
                       .log = context.log};
  fs::create_directories(run.temp_folder);
  const MatrixExport done = export_matrix(run, options.wish);
  print_line(context.log,
             fmt::format("{} to train on, {} predicted, {}", format_count(done.training_rows, "row"),
                         format_count(done.predicted_rows), format_count(done.features, "feature")));
  print_line(context.log, "one row per person: keep these files in the run folder, which only you can read");
  print_line(context.log, fmt::format("matrix: {}", fs::absolute(done.folder).string()));
}

}  // namespace

void add_export(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand(
      "export", "write the matrix of one fit of a study that was run, to fit it with another library");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("study", options->study, "study file (YAML)")->required();
  command->add_option("--registers", options->registers,
                      "register store, instead of the one the study names");
  command->add_option("--runs", options->runs, "folder of run folders")->capture_default_str();
  command->add_option("--model", options->wish.model, "name of the model in the study")->required();
  command->add_option("--outcome", options->wish.outcome, "name of the outcome in the study")->required();
  command->add_option("--from", options->wish.from, "predictor year of the prediction")->required();
  command->add_option("--horizon", options->wish.horizon, "years ahead")->required();
  command->add_option("--format", options->format, "parquet or csv")
      ->check(CLI::IsMember({"parquet", "csv"}))
      ->capture_default_str();
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) {
      options->wish.csv = options->format == "csv";
      export_fit(*options, context);
    };
  });
}

}  // namespace kohort
