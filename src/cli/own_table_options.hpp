#pragma once
// What the commands on a table of one's own share: its options, and how it is read and written.

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "matrix/matrix.hpp"
#include "store/table.hpp"
#include "study/own_table.hpp"

namespace kohort {

/// The table and --unit, --categories, --ignore.
void add_table_options(CLI::App& command, OwnTableSettings& table);
/// read_own_table, which a stop interrupts, and its notes as warnings.
OwnTable read_table(OwnTableSettings settings, const CommandContext& context);
/// Throws Error (study), with `mend`, when exposures are named and predictions under the objective do not
/// grow with them.
void check_exposure(const OwnTableSettings& table, Objective objective, const char* mend);
/// The rows whose outcome is not missing.
RowList observed_rows(const OwnTable& table);
/// "name=value" pairs. Throws Error (study) for a text without a name.
SettingValues parse_settings(const std::vector<std::string>& texts);
/// CSV or Parquet, by the file's ending.
void write_table(const Table& table, const std::filesystem::path& file);

}  // namespace kohort
