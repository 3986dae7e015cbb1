// kohort convert: a model from one file format to the other (SPEC M-4).

#include <fmt/format.h>

#include <memory>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/model_file.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

struct ConvertOptions {
  fs::path model, out;
};

void convert(const ConvertOptions& options, const CommandContext& context) {
  ModelRecord record;
  const Model model = read_model(options.model, &record);
  write_model(options.out, model, record);
  print_line(context.log,
             fmt::format("{} of {}: {}", kind_of(model),
                         format_count(predictors_of(model).size(), "predictor"), options.out.string()));
}

}  // namespace

void add_convert(CLI::App& app, CommandBody& chosen) {
  CLI::App* command = app.add_subcommand("convert", "write a model file in another format");
  const auto options = std::make_shared<ConvertOptions>();
  command->add_option("model", options->model, "model file: kohort's own, or XGBoost's JSON")->required();
  command->add_option("--out", options->out, "file to write: .json for XGBoost's JSON, else kohort's own")
      ->required();
  command->callback([options, &chosen] {
    chosen = [options](const CommandContext& context) { convert(*options, context); };
  });
}

}  // namespace kohort
