#include "registers/altered_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// The words of one register's query.
class Altered {
 public:
  Altered(const RegisterSchema& reg, std::int32_t t, std::uint64_t seed)
      : reg_(reg), day_("DATE '" + format_date(t) + "'"), seed_(seed) {}

  std::string row_known() const {
    std::vector<std::string> rules;
    const auto by_then = [&](const std::string& date) { rules.push_back(before(sql_name(date))); };
    if (!reg_.known_at.empty()) by_then(reg_.known_at);
    if (reg_.temporality == Temporality::Event && reg_.known_at.empty()) by_then(reg_.event_date);
    if (reg_.temporality == Temporality::Event && !reg_.known_at.empty())
      rules.push_back(fmt::format("({0} IS NULL OR {0} <= {1})", sql_name(reg_.event_date), day_));
    if (reg_.temporality == Temporality::Status) by_then(reg_.start);
    if (reg_.temporality == Temporality::Accumulated)
      rules.push_back(before(fmt::format("make_date({}, 12, 31)", sql_name(reg_.year))));
    return rules.empty() ? "true" : fmt::format("coalesce({}, false)", join(rules, " AND "));
  }

  /// True for a cell that is only known later in a row known at t; empty when the column has none.
  std::string cell_unknown(const SchemaColumn& column) const {
    std::vector<std::string> rules;
    if (!column.known_at.empty()) rules.push_back("NOT " + before(sql_name(column.known_at)));
    if (reg_.temporality == Temporality::Status && column.name == reg_.end)
      rules.push_back("NOT " + before(sql_name(column.name)));
    return join(rules, " OR ");
  }

  /// Another valid value for a cell that is not known at t.
  std::string garbled_cell(const SchemaColumn& column) const {
    const std::string name = sql_name(column.name);
    if (column.known_at == column.name ||
        column.name == reg_.end)  // the date itself: later, or one where none was
      return fmt::format("CASE WHEN {} IS NOT NULL OR {} % 2 = 0 THEN {} END", name, chance(column),
                         later(column));
    return other(column);
  }

  /// Another valid value in a row that is not known at t; dates that make it unknown stay later than t.
  std::string garbled_row_cell(const SchemaColumn& column) const {
    const std::string name = sql_name(column.name);
    if (column.name == reg_.year)
      return fmt::format("{} + 1 + CAST({} % 3 AS INTEGER)", name, chance(column));
    if (column.name == reg_.known_at || column.name == reg_.event_date || column.name == reg_.start)
      return fmt::format("CASE WHEN {} > {} THEN {} ELSE {} END", name, day_, later(column), name);
    return other(column);
  }

 private:
  std::string before(const std::string& date) const {
    return fmt::format("coalesce({} <= {}, false)", date, day_);
  }
  std::string chance(const SchemaColumn& column) const {
    return fmt::format("hash(\"row#\", {}, {})", sql_text(column.name), seed_);
  }
  std::string days(const SchemaColumn& column) const {
    return fmt::format("CAST(1 + {} % 400 AS INTEGER)", chance(column));
  }
  std::string later(const SchemaColumn& column) const {
    return fmt::format("greatest(coalesce({0}, {1}), {1}) + {2}", sql_name(column.name), day_, days(column));
  }

  std::string other_number(const SchemaColumn& column) const {
    const std::string name = sql_name(column.name);
    if (!column.least) return name + " + 1";
    const std::string least = format_number(*column.least), most = format_number(*column.most);
    return fmt::format(
        "CASE WHEN {0} + 1 <= CAST('{2}' AS DOUBLE) THEN {0} + 1 WHEN {0} - 1 >= CAST('{1}' AS DOUBLE) "
        "THEN {0} - 1 ELSE CAST('{1}' AS DOUBLE) + CAST('{2}' AS DOUBLE) - {0} END",
        name, least, most);
  }

  std::string other_code(const SchemaColumn& column, const std::vector<std::string>& codes) const {
    return fmt::format("coalesce({0}[CAST((list_position({0}, {1}) + {2} % {3}) % {4} AS INTEGER) + 1], {1})",
                       sql_texts(codes), sql_name(column.name), chance(column), codes.size() - 1,
                       codes.size());
  }

  /// The value of another row, a few places away in an order made by chance.
  std::string of_another_row(const SchemaColumn& column) const {
    const auto place = &column - reg_.columns.data();
    return fmt::format("lag({0}, {1}, {0}) OVER (PARTITION BY \"known#\" ORDER BY \"order#\", \"row#\")",
                       sql_name(column.name), 1 + place % 7);
  }

  std::string other(const SchemaColumn& column) const {
    std::vector<std::string> codes;
    for (const Code& code : column.codes) {
      if (std::ranges::find(codes, code.code) == codes.end()) codes.push_back(code.code);
    }
    switch (column.type) {
      case CellType::Flag:
        return "NOT " + sql_name(column.name);
      case CellType::Date:
        return fmt::format("{} + {}", sql_name(column.name), days(column));
      case CellType::Year:
      case CellType::Count:
      case CellType::Number:
        return other_number(column);
      default:
        return codes.size() > 1 ? other_code(column, codes) : of_another_row(column);
    }
  }

  const RegisterSchema& reg_;
  std::string day_;
  std::uint64_t seed_;
};

/// The types the cells are stored in, so that the copy's files look the same.
std::string stored_type(const Table& described, const std::string& column) {
  const std::vector<std::string>& names = described.columns[0].texts();
  const auto place = static_cast<std::size_t>(std::ranges::find(names, column) - names.begin());
  return described.columns[1].texts().at(place);
}

std::string altered_rows(const RegisterSchema& reg, const Altered& altered, const std::string& source,
                         Alteration how, std::uint64_t seed, const Table& described) {
  std::string cells;
  for (const SchemaColumn& column : reg.columns) {
    const std::string name = sql_name(column.name), unknown = altered.cell_unknown(column);
    std::string cell = "CASE";
    if (how == Alteration::Garble) cell += " WHEN NOT \"known#\" THEN " + altered.garbled_row_cell(column);
    if (!unknown.empty())
      cell += fmt::format(" WHEN {} THEN {}", unknown,
                          how == Alteration::Delete ? std::string{"NULL"} : altered.garbled_cell(column));
    cell = cell == "CASE" ? name : cell + " ELSE " + name + " END";
    cells += fmt::format("CAST({} AS {}) AS {}, ", cell, stored_type(described, column.name), name);
  }
  return fmt::format(
      "SELECT * EXCLUDE (\"row#\") FROM (SELECT {}\"row#\" FROM (SELECT *, {} AS \"known#\", hash(\"row#\", "
      "{}) AS \"order#\" FROM (SELECT *, row_number() OVER () AS \"row#\" FROM {})) WHERE {}) ORDER BY {} "
      "NULLS LAST, \"row#\"",
      cells, altered.row_known(), seed, source, how == Alteration::Delete ? "\"known#\"" : "true",
      sql_name(reg.unit));
}

}  // namespace

void write_altered_store(const RegisterStore& store, std::int32_t t, const fs::path& out, Alteration how,
                         std::uint64_t seed) {
  fs::remove_all(out);
  fs::create_directories(out / "spill");
  fs::permissions(out, fs::perms::owner_all);
  Session session{{.folders = {store.folder, out}, .temp_folder = out / "spill"}};
  for (const RegisterSchema& reg : store.schema.registers) {
    const std::string source = sql_register(store.folder, reg);
    const Table described =
        session.read("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + source + ")");
    session.write_parquet(altered_rows(reg, Altered{reg, t, seed}, source, how, seed, described),
                          out / reg.name / "all.parquet");
  }
  std::ofstream schema{out / "schema.yaml", std::ios::binary};
  schema << write_schema(store.schema) << std::flush;
  if (!schema)
    throw Error(ErrorKind::System, "schema.yaml could not be written", (out / "schema.yaml").string(),
                "free some space and run the same command again");
  fs::remove_all(out / "spill");
}

}  // namespace kohort
