#pragma once
// What a register store says of itself: schema.yaml (docs/formats/schema.md). Every column has a meaning, a
// type, codes and a range; every register says whom a row is about, when it happened and when the authority
// knew.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.hpp"

namespace kohort {

enum class CellType { Id, Date, Year, Count, Number, Category, Code, Flag, Text };

/// One code of a list. Dates are days since 1970-01-01; nothing means open.
struct Code {
  std::string code, label;
  std::optional<std::int32_t> valid_from, valid_to;
  bool operator==(const Code&) const = default;
};

struct SchemaColumn {
  std::string name, meaning;
  CellType type = CellType::Text;
  bool text_id = false;               // ids only: text instead of whole numbers
  std::vector<Code> codes;            // category, code: the list in order; empty: open
  int parent_digits = 0;              // code: its first digits name the parent; 0: no parent
  std::optional<double> least, most;  // valid range; dates as days, otherwise in the column's own unit
  std::vector<std::string> missing;   // raw spellings that mean missing, besides the usual ones
  std::string known_at;               // date column from which this cell is known; empty: known with its row
  std::string links;                  // id: the register whose unit it names
  std::string from;                   // name in the raw file, if another
  std::string derive_from;            // made at import from this column instead of read; empty: read
  int derive_first = 0;               // derived: the first characters of the other column's cell
  bool operator==(const SchemaColumn&) const = default;
};

/// How a register moves in time (SPEC S-1).
enum class Temporality { Fixed, Status, Event, Accumulated };

/// What import does with a row or cell that fails a check: the row to quarantine, the cell missing, nothing
/// (counted), or the import fails.
enum class Treatment { Quarantine, Missing, Keep, Fail };

/// The treatment of each check that has a choice.
struct ImportPolicy {
  Treatment wrong_type = Treatment::Quarantine;
  Treatment out_of_range = Treatment::Quarantine;
  Treatment unknown_code = Treatment::Quarantine;
  Treatment duplicate_key = Treatment::Quarantine;       // never missing; the first row of the file stays
  Treatment dates_out_of_order = Treatment::Quarantine;  // never missing
  Treatment dangling_link = Treatment::Missing;
  bool operator==(const ImportPolicy&) const = default;
};

/// The raw file a register is imported from.
struct RawSource {
  std::string file;
  std::string join_file, join_on;  // a second file whose columns are added by a shared column; empty: none
  char delimiter = ',';
  std::string encoding = "utf-8";
  char decimal = '.';
  bool operator==(const RawSource&) const = default;
};

struct RegisterSchema {
  std::string name, meaning;
  std::string unit;              // id column: whom a row is about
  std::vector<std::string> key;  // no two rows share it; may be empty
  Temporality temporality = Temporality::Event;
  std::string event_date;  // event: when it happened
  std::string
      known_at;  // date column: when the authority registered the row; empty: never later than it happened
  std::string start, end;  // status: the spell; the end is known only once it has passed
  std::string
      year;  // accumulated: one row per unit and year, known at its 31 December unless known_at is given
  int delivery_lag = 0;  // years after which a finished calendar year reaches the researcher
  RawSource source;
  ImportPolicy policy;
  std::vector<SchemaColumn> columns;

  const SchemaColumn* find(std::string_view column) const;
  /// Throws Error (defect) when absent.
  const SchemaColumn& at(std::string_view column) const;
  std::vector<std::string> column_names() const;
  bool operator==(const RegisterSchema&) const = default;
};

struct Schema {
  std::string file;  // as read, for messages
  std::vector<RegisterSchema> registers;

  const RegisterSchema* find(std::string_view name) const;
  const RegisterSchema& at(std::string_view name) const;
  std::vector<std::string> register_names() const;
};

/// Reads and checks schema.yaml. Throws Error (study) with file, line, column and mend.
Schema read_schema(const std::filesystem::path& file);
Schema parse_schema(const Node& document);
/// The same schema as YAML text; parse_schema(write) gives it back.
std::string write_schema(const Schema& schema);

/// The Parquet/SQL type of a column: BIGINT, VARCHAR, DATE, INTEGER, DOUBLE, BOOLEAN.
std::string sql_type(const SchemaColumn& column);

/// The words of schema.yaml: id, date, …; fixed, status, …; quarantine, missing, ….
std::string_view name_of(CellType type);
std::string_view name_of(Temporality temporality);
std::string_view name_of(Treatment treatment);

/// <store>/<register>/*.parquet as SQL for a FROM clause: read_parquet('…/charges/*.parquet', …).
std::string sql_register(const std::filesystem::path& store, const RegisterSchema& reg);

}  // namespace kohort
