#pragma once
// What commands share: the options before the command's own, and how a command is added.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/workers.hpp"

namespace kohort {

/// Options every command takes.
struct CommonOptions {
  int threads = 0;           // 0: one per processor
  std::uint64_t memory = 0;  // bytes; 0: half of what the machine can give
  bool quiet = false, ascii = false;
  std::filesystem::path log_file;
};

/// What a running command gets.
struct CommandContext {
  Workers& workers;
  Log& log;
  std::uint64_t memory;
  std::stop_token stop;
};

/// A command that was chosen; called once, after parsing.
using CommandBody = std::function<void(const CommandContext&)>;

/// Registers a command on `app`: its options set values that live as long as `app`; choosing it sets
/// `chosen`.
using CommandAdder = void (*)(CLI::App& app, CommandBody& chosen);

void add_synth(CLI::App& app, CommandBody& chosen);
void add_import(CLI::App& app, CommandBody& chosen);
void add_plan(CLI::App& app, CommandBody& chosen);
void add_run(CLI::App& app, CommandBody& chosen);
void add_check(CLI::App& app, CommandBody& chosen);
void add_export(CLI::App& app, CommandBody& chosen);
void add_tune(CLI::App& app, CommandBody& chosen);
void add_fit(CLI::App& app, CommandBody& chosen);
void add_predict(CLI::App& app, CommandBody& chosen);
void add_evaluate(CLI::App& app, CommandBody& chosen);
void add_explain(CLI::App& app, CommandBody& chosen);
void add_convert(CLI::App& app, CommandBody& chosen);
void add_release(CLI::App& app, CommandBody& chosen);

/// Writes a line to standard output, ASCII when asked.
void print_line(const Log& log, const std::string& text);

}  // namespace kohort
