#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "registers/cells.hpp"
#include "registers/policy.hpp"
#include "registers/raw_file.hpp"
#include "registers/register_import.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

std::string check_name(const SchemaColumn& column) { return sql_name("k#" + column.name); }
std::string raw_name(const SchemaColumn& column) { return column.from.empty() ? column.name : column.from; }

// ---- the raw file and the one joined to it ---------------------------------------------------------------

int place_of(const std::vector<std::string>& headers, const std::string& name) {
  const auto found = std::ranges::find(headers, name);
  return found == headers.end() ? -1 : static_cast<int>(found - headers.begin());
}

Error missing_column(const std::string& file, const std::string& column,
                     const std::vector<std::string>& headers) {
  const std::string nearest = nearest_name(column, headers);
  return {ErrorKind::Data, fmt::format("the column '{}' of the schema is missing", column), file + ":1",
          nearest.empty()
              ? "add it, name it with 'from:' in the schema, or check the delimiter"
              : fmt::format("did you mean '{}'? Then write from: {} in the schema", nearest, nearest)};
}

/// The cell two files are joined by, spelled the same in both.
std::string join_cell(const RegisterSchema& reg, const std::string& cell) {
  SchemaColumn column;
  column.type = CellType::Text;
  for (const SchemaColumn& known : reg.columns) {
    if (known.derive_from.empty() && raw_name(known) == reg.source.join_on) column = known;
  }
  const std::string present = sql_present(column, cell);
  return fmt::format("CAST({} AS VARCHAR)", sql_value(column, "(" + present + ")", reg.source.decimal));
}

/// Counts and keeps what the joined file could not give.
void note_joined(Session& session, const RegisterSchema& reg, const StagedFile& joined,
                 const ImportFolders& folders, const std::string& main_key, const std::string& joined_key,
                 const fs::path& main, RegisterImport& out) {
  const std::int64_t repeated = session.read_integer(fmt::format(
      "SELECT count(*) FROM (SELECT {0} AS key FROM {1} j WHERE {0} IS NOT NULL GROUP BY key HAVING "
      "count(*) > 1)",
      joined_key, staged_table(joined.rows)));
  if (repeated > 0)
    throw Error(ErrorKind::Data,
                fmt::format("{} of {} more than once",
                            format_count(static_cast<std::uint64_t>(repeated), "value"), reg.source.join_on),
                reg.source.join_file,
                "a joined file has one row for each; import it as a register of its own instead");
  const std::int64_t unmatched = session.read_integer(
      fmt::format("SELECT count(*) FROM {} m WHERE {} NOT IN (SELECT {} FROM {} j WHERE {} IS NOT NULL)",
                  staged_table(main), main_key, joined_key, staged_table(joined.rows), joined_key));
  out.findings.push_back({reg.source.join_on, "join_unmatched", unmatched});
  out.findings.push_back({reg.source.join_on, "joined_malformed_line", joined.malformed_lines});
  if (joined.malformed_lines == 0) return;
  session.write_parquet(
      fmt::format("SELECT \"row#\" AS quarantine_row, 'malformed_line' AS quarantine_reason, line AS "
                  "quarantine_line FROM {} ORDER BY 1",
                  staged_table(joined.malformed)),
      folders.store / "quarantine" / (reg.name + ".joined.parquet"));
}

/// The main file's rows with the joined file's columns behind them.
void join_file(Session& session, const RegisterSchema& reg, const ImportFolders& folders, StagedFile& main,
               RegisterImport& out) {
  const StagedFile joined = stage_file(session, folders.raw / reg.source.join_file, reg.source,
                                       folders.staging, reg.name + ".joined");
  const int main_place = place_of(main.headers, reg.source.join_on);
  const int joined_place = place_of(joined.headers, reg.source.join_on);
  if (main_place < 0) throw missing_column(reg.source.file, reg.source.join_on, main.headers);
  if (joined_place < 0) throw missing_column(reg.source.join_file, reg.source.join_on, joined.headers);
  const std::string main_key = join_cell(reg, fmt::format("m.c{}", main_place));
  const std::string joined_key = join_cell(reg, fmt::format("j.c{}", joined_place));
  note_joined(session, reg, joined, folders, main_key, joined_key, main.rows, out);
  std::string columns = "m.*";
  for (std::size_t i = 0; i < joined.headers.size(); ++i) {
    if (place_of(main.headers, joined.headers[i]) >= 0) continue;  // the main file's own cell wins
    columns += fmt::format(", j.c{} AS c{}", i, main.headers.size());
    main.headers.push_back(joined.headers[i]);
  }
  const fs::path rows = folders.staging / (reg.name + ".wide.parquet");
  session.write_parquet(
      fmt::format("SELECT {} FROM {} m LEFT JOIN {} j ON {} = {} ORDER BY m.\"row#\"", columns,
                  staged_table(main.rows), staged_table(joined.rows), main_key, joined_key),
      rows);
  main.rows = rows;
}

// ---- rules -----------------------------------------------------------------------------------------------

/// One reason to put a row into quarantine, in the order of the checks.
struct Rule {
  std::string condition, reason, column;
};

struct CellRule {
  CellCheck check;
  const char* reason;
  Treatment ImportPolicy::*treatment;
};
constexpr std::array kCellRules{
    CellRule{CellCheck::WrongType, "wrong_type", &ImportPolicy::wrong_type},
    CellRule{CellCheck::OutOfRange, "out_of_range", &ImportPolicy::out_of_range},
    CellRule{CellCheck::UnknownCode, "unknown_code", &ImportPolicy::unknown_code}};

/// A unit can be neither missing nor wrong: such a row goes to quarantine under any policy but error.
Treatment treatment_of(const RegisterSchema& reg, const SchemaColumn& column, const CellRule& rule) {
  const Treatment treatment = reg.policy.*rule.treatment;
  const bool unit = column.name == reg.unit && treatment == Treatment::Missing;
  return unit || (column.name == reg.unit && rule.check == CellCheck::WrongType &&
                  treatment == Treatment::Keep)
             ? Treatment::Quarantine
             : treatment;
}

std::string failed(const SchemaColumn& column, const CellRule& rule) {
  return fmt::format("{} = {}", check_name(column), static_cast<int>(rule.check));
}

/// The two dates that must not be the wrong way round; empty when the register has none.
Rule date_rule(const RegisterSchema& reg) {
  const bool status = reg.temporality == Temporality::Status;
  const std::string& first = status ? reg.start : reg.event_date;
  const std::string& second = status ? reg.end : reg.known_at;
  if (first.empty() || second.empty() || first == second) return {};
  return {fmt::format("{} < {}", sql_name(second), sql_name(first)), "dates_out_of_order", second};
}

std::vector<Rule> quarantine_rules(const RegisterSchema& reg) {
  const SchemaColumn& unit = reg.at(reg.unit);
  std::vector<Rule> rules{
      {fmt::format("{} IS NULL AND {} = 0", sql_name(reg.unit), check_name(unit)), "unit_missing", reg.unit}};
  for (const CellRule& rule : kCellRules) {
    for (const SchemaColumn& column : reg.columns) {
      if (treatment_of(reg, column, rule) == Treatment::Quarantine)
        rules.push_back({failed(column, rule), rule.reason, column.name});
    }
  }
  if (const Rule dates = date_rule(reg);
      !dates.reason.empty() && reg.policy.dates_out_of_order == Treatment::Quarantine)
    rules.push_back(dates);
  return rules;
}

std::string case_of(const std::vector<Rule>& rules, std::string Rule::*word) {
  std::string sql = "CASE";
  for (const Rule& rule : rules) sql += fmt::format(" WHEN {} THEN {}", rule.condition, sql_text(rule.*word));
  return sql + " END";
}

/// The value that the policy leaves of a cell.
std::string treated(const RegisterSchema& reg, const SchemaColumn& column, const std::string& value) {
  std::string gone;
  for (const CellRule& rule : kCellRules) {
    if (treatment_of(reg, column, rule) == Treatment::Missing)
      gone += fmt::format(" WHEN {} THEN NULL", failed(column, rule));
  }
  return gone.empty() ? value : fmt::format("CASE{} ELSE {} END", gone, value);
}

/// Raw cells → present texts → typed values → checks → what the policy leaves, with the reason for
/// quarantine.
std::string typed_rows(const RegisterSchema& reg, const fs::path& raw,
                       const std::vector<std::string>& headers) {
  std::string present = "SELECT \"row#\"", derived = "SELECT *", values = "SELECT *", checks = "SELECT *",
              treated_cells = "SELECT \"row#\"";
  for (const SchemaColumn& column : reg.columns) {
    const std::string name = sql_name(column.name), value = sql_name("v#" + column.name);
    if (column.derive_from.empty())
      present += fmt::format(
          ", {} AS {}", sql_present(column, fmt::format("c{}", place_of(headers, raw_name(column)))), name);
    else
      derived += fmt::format(", left({}, {}) AS {}", sql_name(column.derive_from), column.derive_first, name);
    values += fmt::format(", {} AS {}", sql_value(column, name, reg.source.decimal), value);
    checks += fmt::format(", {} AS {}", sql_check(column, name, value), check_name(column));
    treated_cells += fmt::format(", {} AS {}, {}", treated(reg, column, value), name, check_name(column));
  }
  const std::vector<Rule> rules = quarantine_rules(reg);
  return fmt::format(
      "WITH a AS ({} FROM {}), b AS ({} FROM a), c AS ({} FROM b), d AS ({} FROM c), e AS ({} FROM d) "
      "SELECT *, {} AS \"reason#\", {} AS \"column#\" FROM e ORDER BY \"row#\"",
      present, staged_table(raw), derived, values, checks, treated_cells, case_of(rules, &Rule::reason),
      case_of(rules, &Rule::column));
}

// ---- counts ----------------------------------------------------------------------------------------------

void fail_on(Session& session, const RegisterSchema& reg, const fs::path& typed, const Finding& finding,
             const std::string& condition) {
  const std::int64_t row = session.read_integer(
      fmt::format("SELECT min(\"row#\") FROM {} WHERE {}", staged_table(typed), condition));
  throw Error(
      ErrorKind::Data,
      fmt::format("register {}: {} in column {}: {}, the first is record {}", reg.name, finding.check,
                  finding.column, format_count(static_cast<std::uint64_t>(finding.rows), "row"), row),
      reg.source.file,
      fmt::format("mend the file or the schema, or choose a policy: {{{}: quarantine}}", finding.check));
}

/// Everything that can be counted in one pass over the typed rows.
void count_findings(Session& session, const RegisterSchema& reg, const fs::path& typed, RegisterImport& out) {
  struct Counted {
    Finding finding;
    std::string condition;
    Treatment treatment;
  };
  std::vector<Counted> counted;
  for (const SchemaColumn& column : reg.columns) {
    counted.push_back({{column.name, "missing", 0},
                       fmt::format("{} IS NULL AND {} = 0", sql_name(column.name), check_name(column)),
                       Treatment::Keep});
    for (const CellRule& rule : kCellRules)
      counted.push_back(
          {{column.name, rule.reason, 0}, failed(column, rule), treatment_of(reg, column, rule)});
  }
  if (const Rule dates = date_rule(reg); !dates.reason.empty())
    counted.push_back({{dates.column, dates.reason, 0}, dates.condition, reg.policy.dates_out_of_order});
  std::vector<std::string> sums;
  for (const Counted& one : counted) sums.push_back(fmt::format("count_if({})", one.condition));
  const Table counts = session.read(fmt::format("SELECT {} FROM {}", join(sums, ", "), staged_table(typed)));
  for (std::size_t i = 0; i < counted.size(); ++i) {
    counted[i].finding.rows = counts.columns[i].integers()[0];
    if (counted[i].finding.rows > 0 && counted[i].treatment == Treatment::Fail)
      fail_on(session, reg, typed, counted[i].finding, counted[i].condition);
    out.findings.push_back(counted[i].finding);
  }
}

/// Rows whose key a row before them has, among those that passed so far. A key with a missing part is not
/// compared.
void find_duplicates(Session& session, const RegisterSchema& reg, const StagedRegister& staged,
                     RegisterImport& out) {
  std::vector<std::string> key, present;
  for (const std::string& name : reg.key) {
    key.push_back(sql_name(name));
    present.push_back(sql_name(name) + " IS NOT NULL");
  }
  const std::string good = "\"reason#\" IS NULL";
  const std::string rows =
      key.empty() ? fmt::format("SELECT \"row#\" FROM {} WHERE false", staged_table(staged.typed))
                  : fmt::format(
                        "SELECT \"row#\" FROM (SELECT \"row#\", row_number() OVER (PARTITION BY {} ORDER BY "
                        "\"row#\") AS n FROM {} WHERE {} AND {}) WHERE n > 1 ORDER BY 1",
                        join(key, ", "), staged_table(staged.typed), good, join(present, " AND "));
  const Finding finding{join(reg.key, ", "), "duplicate_key", session.write_parquet(rows, staged.duplicates)};
  out.findings.push_back(finding);
  if (!key.empty())
    out.findings.push_back(
        {join(reg.key, ", "), "key_incomplete",
         session.read_integer(fmt::format("SELECT count(*) FROM {} WHERE {} AND NOT ({})",
                                          staged_table(staged.typed), good, join(present, " AND ")))});
  if (finding.rows > 0 && reg.policy.duplicate_key == Treatment::Fail)
    fail_on(session, reg, staged.typed, finding,
            fmt::format("\"row#\" IN (SELECT \"row#\" FROM {})", staged_table(staged.duplicates)));
  if (reg.policy.duplicate_key == Treatment::Keep)
    session.write_parquet(fmt::format("SELECT \"row#\" FROM {} WHERE false", staged_table(staged.typed)),
                          staged.duplicates);
}

void check_headers(const RegisterSchema& reg, const std::vector<std::string>& headers, RegisterImport& out) {
  std::vector<std::string> used{reg.source.join_on};
  for (const SchemaColumn& column : reg.columns) {
    if (!column.derive_from.empty()) continue;
    if (place_of(headers, raw_name(column)) < 0)
      throw missing_column(reg.source.file, raw_name(column), headers);
    used.push_back(raw_name(column));
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (place_of(used, headers[i]) < 0) out.extra_columns.push_back(static_cast<int>(i) + 1);
  }
}

}  // namespace

StagedRegister check_register(Session& session, const RegisterSchema& reg, const ImportFolders& folders,
                              RegisterImport& out) {
  out.name = reg.name;
  out.source = reg.source.file;
  const fs::path file = folders.raw / reg.source.file;
  StagedFile raw = stage_file(session, file, reg.source, folders.staging, reg.name);
  out.source_bytes = fs::file_size(file);
  out.source_hash = hash_file(file);
  out.rows_read = raw.records();
  out.findings.push_back({"", "malformed_line", raw.malformed_lines});
  if (!reg.source.join_file.empty()) join_file(session, reg, folders, raw, out);
  check_headers(reg, raw.headers, out);

  const auto file_of = [&](const char* what) { return folders.staging / (reg.name + what); };
  StagedRegister staged{raw.rows,
                        raw.malformed,
                        file_of(".typed.parquet"),
                        file_of(".duplicates.parquet"),
                        file_of(".units.parquet"),
                        raw.headers};
  session.write_parquet(typed_rows(reg, raw.rows, raw.headers), staged.typed);
  count_findings(session, reg, staged.typed, out);
  find_duplicates(session, reg, staged, out);
  session.write_parquet(
      fmt::format(
          "SELECT DISTINCT {} AS unit FROM {} WHERE \"reason#\" IS NULL AND \"row#\" NOT IN (SELECT \"row#\" "
          "FROM {}) ORDER BY 1",
          sql_name(reg.unit), staged_table(staged.typed), staged_table(staged.duplicates)),
      staged.units);
  return staged;
}

}  // namespace kohort
