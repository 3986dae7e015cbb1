// kohort check: does anything a predictor says come from its future?

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "study/leakage_check.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct CheckOptions {
  fs::path study, registers, runs = "runs";
  std::vector<int> years;
  bool leakage = false;
};

void check(const CheckOptions& options, const CommandContext& context) {
  const Study study = read_study(options.study, options.registers);
  const std::vector<int> years = options.years.empty() ? predictor_years(study) : options.years;
  const auto results =
      check_leakage(study, open_store(study.registers), years, options.runs / study.name / "leakage-check",
                    context.workers, context.log);
  for (const LeakageResult& result : results) {
    print_line(context.log, fmt::format("{}, everything known later {}: {}", result.year, result.alteration,
                                        result.verdict.text()));
  }
  const auto leaks =
      std::ranges::count_if(results, [](const LeakageResult& r) { return !r.verdict.clean(); });
  if (leaks > 0) {
    throw Error(ErrorKind::Leak, fmt::format("predictors moved in {} of {} checks", leaks, results.size()),
                {}, "the columns named above use what was not known on the index day: please report this");
  }
}

}  // namespace

void add_check(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("check", "check a study's predictors for leaks from the future");
  const auto options = std::make_shared<CheckOptions>();
  command->add_option("study", options->study, "study file (YAML)")->required();
  command
      ->add_flag("--leakage", options->leakage,
                 "alter everything known after the index day; no predictor may move")
      ->required();
  command->add_option("--registers", options->registers,
                      "register store, instead of the one the study names");
  command->add_option("--runs", options->runs, "folder of run folders")->capture_default_str();
  command->add_option("--years", options->years, "predictor years (default: all of the study)")
      ->delimiter(',');
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { check(*options, context); };
  });
}

}  // namespace kohort
