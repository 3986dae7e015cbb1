// kohort synth: synthetic registers with known truth, and whether they are like the real ones.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "registers/open_store.hpp"
#include "store/session.hpp"
#include "study/run.hpp"
#include "study/synth_check.hpp"
#include "study/visit_data.hpp"
#include "synth/make_registers.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct SynthOptions {
  SynthSettings settings;
  fs::path out;
};

void add_settings(CLI::App& command, SynthOptions& options) {
  command.add_option("--out", options.out, "folder for registers/ and, beside it, truth/")->required();
  command.add_option("--persons", options.settings.persons, "persons ever in the registers")
      ->capture_default_str();
  command.add_option("--first-year", options.settings.first_year, "first calendar year")
      ->capture_default_str();
  command.add_option("--last-year", options.settings.last_year, "last calendar year")->capture_default_str();
  command.add_option("--seed", options.settings.seed, "seed of every random draw")->capture_default_str();
}

void make(const SynthOptions& options, const CommandContext& context) {
  const bool made = make_registers(options.settings, options.out, context.workers, context.log);
  print_line(context.log, fmt::format("registers of {} persons {}: {}",
                                      format_count(static_cast<std::uint64_t>(options.settings.persons)),
                                      made ? "made" : "are there already",
                                      fs::absolute(options.out / "registers").string()));
}

void check(const SynthOptions& options, const CommandContext& context) {
  make(options, context);
  const fs::path runs = options.out / "runs";
  fs::create_directories(runs);
  write_file(runs / "synth-check.yaml", synth_check_study());
  const Study study = read_study(runs / "synth-check.yaml", options.out / "registers");
  const Plan plan = make_plan(study, register_fingerprints(open_store(study.registers)));
  ArtifactStore store{runs / study.name};
  const RunResult result =
      run_plan(study, plan, store, {.memory_limit = context.memory, .stop = context.stop}, context.workers,
               context.log);
  auto targets = compare_with_published(read_tables(result.report.parent_path() / "tables"));
  const fs::path persons = *store.find("predictors", plan.predictors(2014)) / kPredictorFile;
  std::ranges::copy(true_falls(options.out / "truth", persons), std::back_inserter(targets));
  for (const SynthTarget& target : targets) print_line(context.log, target_line(target));
  const auto missed = std::ranges::count_if(targets, [](const SynthTarget& t) { return !t.met(); });
  print_line(
      context.log,
      fmt::format("{} of {} published figures met; peak memory {}; report: {}", std::ssize(targets) - missed,
                  targets.size(), format_bytes(peak_resident_bytes()), fs::absolute(result.report).string()));
  if (missed > 0) {
    throw Error(ErrorKind::Data, fmt::format("{} published figures are not met", missed), {},
                "small populations miss some by chance: check 200 000 persons or more");
  }
}

}  // namespace

void add_synth(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("synth", "make synthetic registers with known truth");
  CLI::App* comparing = command->add_subcommand(
      "check", "compare them with the published figures (200 000 persons by default)");
  comparing->fallthrough();
  const auto options = std::make_shared<SynthOptions>();
  add_settings(*command, *options);
  command->callback([command, comparing, options, &chosen] {
    const bool compare = comparing->parsed();
    if (compare && command->count("--persons") == 0) options->settings.persons = 200'000;
    chosen = [options, compare](const CommandContext& context) {
      compare ? check(*options, context) : make(*options, context);
    };
  });
}

}  // namespace kohort
