// kohort import: raw files and their schema in, a register store out.

#include <fmt/format.h>

#include <memory>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "kohort_version.hpp"
#include "registers/import.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct ImportOptions {
  fs::path schema, raw, out;
  double max_bad = 0.05;
};

void print_register(const Log& log, const RegisterImport& reg) {
  print_line(log, fmt::format("{}: {} read, {} kept, {} in quarantine", reg.name,
                              format_count(static_cast<std::uint64_t>(reg.rows_read), "row"),
                              format_count(static_cast<std::uint64_t>(reg.rows_kept)),
                              format_count(static_cast<std::uint64_t>(reg.rows_quarantined()))));
  for (const Finding& finding : reg.findings) {
    print_line(log,
               fmt::format("  {}{}{}: {}", finding.column, finding.column.empty() ? "" : ": ", finding.check,
                           format_count(static_cast<std::uint64_t>(finding.rows), "row")));
  }
}

void import(const ImportOptions& options, const CommandContext& context) {
  const Schema schema = read_schema(options.schema);
  const ImportSettings settings{
      .max_bad = options.max_bad, .memory = context.memory, .version = kVersion, .stop = context.stop};
  const ImportResult result =
      import_registers(schema, options.raw, options.out, settings, context.workers, context.log);
  for (const RegisterImport& reg : result.registers) print_register(context.log, reg);
  print_line(context.log, fmt::format("register store: {}", fs::absolute(options.out).string()));
}

}  // namespace

void add_import(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("import", "make a register store from raw files and a schema");
  const auto options = std::make_shared<ImportOptions>();
  command->add_option("schema", options->schema, "schema.yaml that describes the raw files")->required();
  command->add_option("--from", options->raw, "folder of the raw files")->required();
  command
      ->add_option("--out", options->out, "register store to make; an old one stays until the new is whole")
      ->required();
  command->add_option("--max-bad", options->max_bad, "the share of bad rows at which a register is refused")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { import(*options, context); };
  });
}

}  // namespace kohort
