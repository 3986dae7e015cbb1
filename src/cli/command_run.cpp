// kohort run and kohort plan: a study file in, artifacts and a report out.

#include <fmt/format.h>

#include <memory>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "registers/open_store.hpp"
#include "study/coverage.hpp"
#include "study/run.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct StudyOptions {
  fs::path study, registers, runs = "runs";
};

void add_study_options(CLI::App& command, StudyOptions& options) {
  command.add_option("study", options.study, "study file (YAML)")->required();
  command.add_option("--registers", options.registers, "register store, instead of the one the study names");
  command.add_option("--runs", options.runs, "folder of run folders")->capture_default_str();
}

struct Opened {
  Study study;
  Plan plan;
};

Opened open_study(const StudyOptions& options) {
  Study study = read_study(options.study, options.registers);
  const RegisterStore registers = open_store(study.registers);
  Plan plan = make_plan(study, register_fingerprints(registers));
  require_covered(study, plan, registers);
  return {std::move(study), std::move(plan)};
}

void run(const StudyOptions& options, const CommandContext& context) {
  const Opened opened = open_study(options);
  ArtifactStore store{options.runs / opened.study.name};
  const RunResult result =
      run_plan(opened.study, opened.plan, store, {.memory_limit = context.memory, .stop = context.stop},
               context.workers, context.log);
  for (const std::string& line : result.key_figures) print_line(context.log, line);
  print_line(context.log, fmt::format("operations: {} made, {} done before; peak memory {}", result.made,
                                      result.found, format_bytes(peak_resident_bytes())));
  print_line(context.log, fmt::format("report: {}", fs::absolute(result.report).string()));
}

void plan(const StudyOptions& options, const CommandContext& context) {
  const Opened opened = open_study(options);
  ArtifactStore store{options.runs / opened.study.name};
  print_line(context.log, describe_plan(opened.study, opened.plan, store));
}

}  // namespace

void add_run(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("run", "run a study: whatever is not done yet, up to the report");
  const auto options = std::make_shared<StudyOptions>();
  add_study_options(*command, *options);
  command->callback(
      [options, &chosen] { chosen = [options](const CommandContext& context) { run(*options, context); }; });
}

void add_plan(CLI::App& app, CommandBody& chosen) {
  CLI::App* command =
      app.add_subcommand("plan", "show what a study does, in order, and what is done already");
  const auto options = std::make_shared<StudyOptions>();
  add_study_options(*command, *options);
  command->callback(
      [options, &chosen] { chosen = [options](const CommandContext& context) { plan(*options, context); }; });
}

}  // namespace kohort
