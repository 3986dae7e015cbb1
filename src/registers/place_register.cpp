#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "registers/register_import.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// One id column that names the unit of another register.
struct Link {
  const SchemaColumn* column;
  std::string alias, dangling;  // SQL: the linked units; true where they lack the id
  Treatment treatment;
};

std::vector<Link> links_of(const RegisterSchema& reg) {
  std::vector<Link> links;
  for (const SchemaColumn& column : reg.columns) {
    if (column.links.empty() || (column.links == reg.name && column.name == reg.unit)) continue;
    const std::string alias = fmt::format("u{}", links.size());
    Treatment treatment = reg.policy.dangling_link;
    if (treatment == Treatment::Missing && column.name == reg.unit) treatment = Treatment::Quarantine;
    links.push_back({&column, alias,
                     fmt::format("(t.{} IS NOT NULL AND {}.unit IS NULL)", sql_name(column.name), alias),
                     treatment});
  }
  return links;
}

/// unit, then the day the row belongs to, then its key, then its place in the file.
std::string order_of(const RegisterSchema& reg) {
  std::vector<std::string> columns;
  if (!reg.year.empty()) columns.push_back(reg.year);  // one file per year
  columns.push_back(reg.unit);
  for (const std::string& day : {reg.known_at, reg.event_date, reg.start}) {
    if (!day.empty()) columns.push_back(day);
  }
  columns.insert(columns.end(), reg.key.begin(), reg.key.end());
  columns.emplace_back("row#");
  std::string sql;
  std::vector<std::string> seen;
  for (const std::string& column : columns) {
    if (std::ranges::find(seen, column) != seen.end()) continue;
    seen.push_back(column);
    sql += fmt::format("{}{} NULLS LAST", sql.empty() ? "" : ", ", sql_name(column));
  }
  return sql;
}

/// All rows in the order of the store, with "row#", "reason#", "column#" and one "dangling#<column>" per
/// link.
std::string sorted_rows(const RegisterSchema& reg, const StagedRegister& staged,
                        const std::vector<Link>& links,
                        const std::function<fs::path(const std::string&)>& units_of) {
  std::string cells, joins, flags, reason = "CASE WHEN d.\"row#\" IS NOT NULL THEN 'duplicate_key'",
                                   place = "CASE WHEN d.\"row#\" IS NOT NULL THEN ''";
  for (const SchemaColumn& column : reg.columns) {
    std::string cell = "t." + sql_name(column.name);
    for (const Link& link : links) {
      if (link.column == &column && link.treatment == Treatment::Missing)
        cell = fmt::format("CASE WHEN {} THEN NULL ELSE {} END", link.dangling, cell);
    }
    cells += fmt::format("{} AS {}, ", cell, sql_name(column.name));
  }
  for (const Link& link : links) {
    joins += fmt::format(" LEFT JOIN {} {} ON t.{} = {}.unit", staged_table(units_of(link.column->links)),
                         link.alias, sql_name(link.column->name), link.alias);
    flags += fmt::format(", {} AS {}", link.dangling, sql_name("dangling#" + link.column->name));
    if (link.treatment != Treatment::Quarantine) continue;
    reason += fmt::format(" WHEN {} THEN 'dangling_link'", link.dangling);
    place += fmt::format(" WHEN {} THEN {}", link.dangling, sql_text(link.column->name));
  }
  return fmt::format(
      "SELECT * FROM (SELECT {}t.\"row#\", coalesce(t.\"reason#\", {} END) AS \"reason#\", "
      "coalesce(t.\"column#\", {} "
      "END) AS \"column#\"{} FROM {} t LEFT JOIN {} d ON t.\"row#\" = d.\"row#\"{}) ORDER BY {}",
      cells, reason, place, flags, staged_table(staged.typed), staged_table(staged.duplicates), joins,
      order_of(reg));
}

void count_links(Session& session, const RegisterSchema& reg, const std::vector<Link>& links,
                 const fs::path& sorted, RegisterImport& out) {
  for (const Link& link : links) {
    const std::string where =
        fmt::format("FROM {} WHERE {} AND coalesce(\"reason#\", 'dangling_link') = 'dangling_link'",
                    staged_table(sorted), sql_name("dangling#" + link.column->name));
    const Finding finding{link.column->name, "dangling_link",
                          session.read_integer("SELECT count(*) " + where)};
    out.findings.push_back(finding);
    if (finding.rows == 0 || link.treatment != Treatment::Fail) continue;
    throw Error(
        ErrorKind::Data,
        fmt::format(
            "register {}: column {} names a unit that register {} lacks in {}; the first is record {}",
            reg.name, finding.column, link.column->links,
            format_count(static_cast<std::uint64_t>(finding.rows), "row"),
            session.read_integer("SELECT min(\"row#\") " + where)),
        reg.source.file, "deliver the missing rows, or choose a policy: {dangling_link: missing}");
  }
}

/// Writes the rows kept: one file, or one per year. The files, for counting.
std::vector<fs::path> write_kept(Session& session, const RegisterSchema& reg, const fs::path& sorted,
                                 const fs::path& folder) {
  std::string columns;
  for (const SchemaColumn& column : reg.columns)
    columns += fmt::format("{}{}", columns.empty() ? "" : ", ", sql_name(column.name));
  const std::string kept =
      fmt::format("SELECT {} FROM {} WHERE \"reason#\" IS NULL", columns, staged_table(sorted));
  if (reg.year.empty()) {
    session.write_parquet(kept, folder / "all.parquet");
    return {folder / "all.parquet"};
  }
  const std::string year = sql_name(reg.year);
  const Table years = session.read(
      fmt::format("SELECT DISTINCT {0} AS year FROM {1} WHERE \"reason#\" IS NULL ORDER BY 1 NULLS LAST",
                  year, staged_table(sorted)));
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < years.rows(); ++i) {
    const Column& value = years.columns[0];
    const std::string part = value.is_missing(i) ? "missing" : std::to_string(value.integers()[i]);
    files.push_back(folder / (part + ".parquet"));
    session.write_parquet(kept + (value.is_missing(i) ? fmt::format(" AND {} IS NULL", year)
                                                      : fmt::format(" AND {} = {}", year, part)),
                          files.back());
  }
  if (files.empty()) {  // the register is empty, and says so with its columns
    files.push_back(folder / "all.parquet");
    session.write_parquet(kept, files.back());
  }
  return files;
}

/// The raw fields of quarantined rows under their own headers, unless two differ only in case.
std::string raw_fields(const std::vector<std::string>& headers) {
  std::string sql;
  std::vector<std::string> seen{"quarantine_row", "quarantine_reason", "quarantine_column",
                                "quarantine_line"};
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::string name = headers[i].empty() ? fmt::format("column_{}", i + 1) : headers[i];
    while (std::ranges::find(seen, lower(name)) != seen.end()) name += fmt::format("_{}", i + 1);
    seen.push_back(lower(name));
    sql += fmt::format(", r.c{} AS {}", i, sql_name(name));
  }
  return sql;
}

void write_quarantine(Session& session, const StagedRegister& staged, const fs::path& sorted,
                      const fs::path& file, RegisterImport& out) {
  const std::string rows = fmt::format(
      "SELECT * FROM (SELECT s.\"row#\" AS quarantine_row, s.\"reason#\" AS quarantine_reason, s.\"column#\" "
      "AS "
      "quarantine_column, CAST(NULL AS VARCHAR) AS quarantine_line{} FROM {} s JOIN {} r ON s.\"row#\" = "
      "r.\"row#\" "
      "WHERE s.\"reason#\" IS NOT NULL UNION ALL BY NAME SELECT \"row#\" AS quarantine_row, 'malformed_line' "
      "AS "
      "quarantine_reason, '' AS quarantine_column, line AS quarantine_line FROM {}) ORDER BY quarantine_row",
      raw_fields(staged.headers), staged_table(sorted), staged_table(staged.raw),
      staged_table(staged.malformed));
  if (session.write_parquet(rows, file) == 0) {
    fs::remove(file);
    return;
  }
  const Table counts =
      session.read(fmt::format("SELECT quarantine_reason, count(*) FROM {} GROUP BY 1", staged_table(file)));
  for (const char* reason : {"malformed_line", "unit_missing", "wrong_type", "out_of_range", "unknown_code",
                             "dates_out_of_order", "duplicate_key", "dangling_link"}) {
    for (std::size_t i = 0; i < counts.rows(); ++i) {
      if (counts.columns[0].texts()[i] == reason)
        out.quarantined.emplace_back(reason, counts.columns[1].integers()[i]);
    }
  }
}

}  // namespace

void place_register(Session& session, const RegisterSchema& reg, const StagedRegister& staged,
                    const ImportFolders& folders, const std::function<fs::path(const std::string&)>& units_of,
                    RegisterImport& out) {
  const std::vector<Link> links = links_of(reg);
  const fs::path sorted = folders.staging / (reg.name + ".sorted.parquet");
  session.write_parquet(sorted_rows(reg, staged, links, units_of), sorted);
  count_links(session, reg, links, sorted, out);
  for (const fs::path& file : write_kept(session, reg, sorted, folders.store / reg.name))
    out.rows_kept += session.read_integer("SELECT count(*) FROM " + staged_table(file));
  write_quarantine(session, staged, sorted, folders.store / "quarantine" / (reg.name + ".parquet"), out);
  std::erase_if(out.findings, [](const Finding& finding) { return finding.rows == 0; });
  if (out.rows_read != out.rows_kept + out.rows_quarantined())
    throw Error(ErrorKind::Defect,
                fmt::format("register {}: {} rows read, {} kept and {} quarantined do not add up", reg.name,
                            out.rows_read, out.rows_kept, out.rows_quarantined()),
                reg.source.file, "please report this; the old store is untouched");
  const fs::path units = staged.units.string() + ".final";  // links to this register name only rows that stay
  session.write_parquet(fmt::format("SELECT DISTINCT {} AS unit FROM {} WHERE \"reason#\" IS NULL ORDER BY 1",
                                    sql_name(reg.unit), staged_table(sorted)),
                        units);
  for (const fs::path& done : {sorted, staged.typed, staged.raw}) fs::remove(done);
}

}  // namespace kohort
