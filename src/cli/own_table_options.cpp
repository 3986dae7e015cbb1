#include "cli/own_table_options.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"
#include "store/artifacts.hpp"
#include "store/session.hpp"

namespace kohort {

void add_table_options(CLI::App& command, OwnTableSettings& table) {
  command.add_option("table", table.file, "CSV or Parquet table with a header")->required();
  command.add_option("--unit", table.unit, "column that names the rows");
  command.add_option("--categories", table.categories, "columns of numbers that are codes")->delimiter(',');
  command.add_option("--ignore", table.ignore, "columns that are no predictors")->delimiter(',');
}

OwnTable read_table(OwnTableSettings settings, const CommandContext& context) {
  settings.stop = context.stop;
  OwnTable table = read_own_table(settings);
  for (const std::string& note : table.notes) context.log.warn(note);
  return table;
}

void check_exposure(const OwnTableSettings& table, Objective objective, const char* mend) {
  const bool log_link = objective == Objective::Poisson || objective == Objective::Tweedie;
  if (!table.exposure.empty() && !log_link)
    throw Error(ErrorKind::Study, fmt::format("objective {} takes no exposure", to_text(objective)),
                "--exposure", mend);
}

RowList observed_rows(const OwnTable& table) {
  RowList rows;
  for (std::uint32_t row = 0; row < table.rows(); ++row) {
    if (!std::isnan(table.outcome[row])) rows.push_back(row);
  }
  return rows;
}

SettingValues parse_settings(const std::vector<std::string>& texts) {
  SettingValues settings;
  for (const std::string& text : texts) {
    const auto cut = text.find('=');
    if (cut == std::string::npos || cut == 0) {
      throw Error(ErrorKind::Study, fmt::format("'{}' is no setting", text), "--set", "write name=value");
    }
    settings[text.substr(0, cut)] = text.substr(cut + 1);
  }
  return settings;
}

void write_table(const Table& table, const std::filesystem::path& file) {
  if (file.extension() == ".csv")
    write_file(file, to_csv(table));
  else
    write_parquet(table, file);
}

}  // namespace kohort
