#include "cli/app.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "kohort_version.hpp"

namespace kohort {
namespace {

constexpr std::array<CommandAdder, 13> kCommands{
    add_run, add_plan,    add_synth,    add_import,  add_check,   add_export, add_tune,
    add_fit, add_predict, add_evaluate, add_explain, add_convert, add_release};

void add_common(CLI::App& app, CommonOptions& options) {
  app.add_option("--threads", options.threads,
                 "threads to work with (0: one per processor); results do not depend on it")
      ->check(CLI::Range(0, 4096))
      ->envname("KOHORT_THREADS");
  app.add_option("--memory", options.memory,
                 "memory to work with, for example 8GiB (default: half of what is free)")
      ->transform(CLI::AsSizeValue(false));
  app.add_flag("--quiet", options.quiet, "print results, warnings and errors only");
  app.add_flag("--ascii", options.ascii, "no character outside ASCII in messages");
  app.add_option("--log", options.log_file, "also write the messages as JSON lines to this file");
}

void print_error(const CommonOptions& options, const std::string& text) {
  fmt::print(stderr, "kohort: {}\n", options.ascii ? to_ascii(text) : text);
}

/// What a word on the command line should have been; nothing when every word is known.
std::optional<Error> unknown_word(const CLI::App& app, int argc, char** argv) {
  const std::span<char*> words{argv + 1, static_cast<std::size_t>(std::max(0, argc - 1))};
  const CLI::App* command = nullptr;
  std::vector<std::string> commands;
  for (const CLI::App* each : app.get_subcommands({})) commands.push_back(each->get_name());
  for (const std::string word : words) {
    if (command == nullptr && !word.starts_with("-")) {
      if (std::ranges::find(commands, word) == commands.end())
        return Error{
            ErrorKind::Study, fmt::format("there is no command '{}'", word), {}, suggest(word, commands)};
      command = app.get_subcommand(word);
    }
    const std::string option = word.substr(0, word.find('='));
    if (command == nullptr || !option.starts_with("--")) continue;
    std::vector<std::string> options;
    for (const CLI::App* of : {command, &app}) {
      for (const CLI::Option* each : of->get_options())
        for (const std::string& name : each->get_lnames()) options.push_back("--" + name);
    }
    if (std::ranges::find(options, option) == options.end())
      return Error{ErrorKind::Study,
                   fmt::format("'{}' has no option '{}'", command->get_name(), option),
                   {},
                   suggest(option, options)};
  }
  return std::nullopt;
}

/// A command line that cannot be understood, said as all errors are.
Error command_line_error(const CLI::App& app, const CLI::ParseError& e, int argc, char** argv) {
  const auto kind = static_cast<CLI::ExitCodes>(e.get_exit_code());
  const bool names = kind == CLI::ExitCodes::ExtrasError || kind == CLI::ExitCodes::RequiredError;
  if (auto unknown = names ? unknown_word(app, argc, argv) : std::nullopt) return *unknown;
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "kohort" : "kohort " + chosen.front()->get_name();
  return {ErrorKind::Study, e.what(), "command line", fmt::format("see {} --help", command)};
}

int run_command(const CommonOptions& options, const CommandBody& command) {
  try {
    const InterruptWatch watch;
    Log log{{.quiet = options.quiet, .ascii = options.ascii, .json_file = options.log_file}};
    Workers workers{options.threads, watch.token()};
    try {
      command({.workers = workers, .log = log, .memory = options.memory, .stop = watch.token()});
      return 0;
    } catch (const Error& e) {
      log.say(Level::Debug, e.what());  // into the log file; the terminal gets it below
      throw;
    }
  } catch (const Error& e) {
    print_error(options, e.what());
    if (e.kind() == ErrorKind::Defect)
      print_error(options, "this is a defect of kohort: please report it with the log");
    return e.exit_code();
  } catch (const std::bad_alloc&) {
    print_error(
        options,
        "the machine has no more memory\n   mend: give fewer --threads or a machine with more memory");
    return static_cast<int>(ErrorKind::System);
  } catch (const std::filesystem::filesystem_error& e) {
    print_error(options,
                fmt::format("{}: {}\n   mend: check that the folder exists, has room and is yours to write",
                            e.path1().string(), e.code().message()));
    return static_cast<int>(ErrorKind::System);
  } catch (const std::exception&) {
    print_error(options, "an unforeseen failure: this is a defect of kohort, please report it with the log");
    return static_cast<int>(ErrorKind::Defect);
  }
}

}  // namespace

void print_line(const Log& log, const std::string& text) {
  fmt::print(stdout, "{}\n", log.ascii() ? to_ascii(text) : text);
  std::fflush(stdout);
}

int run_cli(int argc, char** argv) {
  umask(077);  // registers, predictors and predictions are for their owner's eyes (SPEC G-2)
  CLI::App app{"kohort: register microdata to predictions, predictions to honest aggregates", "kohort"};
  app.set_version_flag("--version", std::string{"kohort "} + kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  CommonOptions options;
  CommandBody chosen;
  add_common(app, options);
  for (const CommandAdder add : kCommands) add(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    const Error error = command_line_error(app, e, argc, argv);
    print_error(options, error.what());
    return error.exit_code();
  }
  return run_command(options, chosen);
}

}  // namespace kohort
