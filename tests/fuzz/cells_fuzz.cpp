// Any text is a good cell, a missing one or a failed check, for every type of column; never an error of the
// query.

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "registers/cells.hpp"
#include "store/session.hpp"

namespace {

/// One cell per line. Bytes that are no UTF-8 never reach a cell (the CSV reader rejects their line): keep
/// ASCII.
kohort::Table cells_of(const std::uint8_t* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    const char c = static_cast<char>(data[i] & 0x7f);
    if (c != 0) text += c;
  }
  kohort::Rows rows{{"raw", kohort::ColumnType::Text}};
  for (const std::string& cell : kohort::split(text, '\n')) rows.add(cell);
  return rows.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kohort;
  static Session session{{.folders = {}, .temp_folder = {}}};
  session.run("DROP TABLE IF EXISTS cells");
  session.add("cells", cells_of(data, size));
  std::string values = "SELECT raw", present = "SELECT raw", checks = "SELECT 0";
  for (int type = 0; type <= static_cast<int>(CellType::Text); ++type) {
    SchemaColumn column;
    column.type = static_cast<CellType>(type);
    if (column.type == CellType::Number || column.type == CellType::Year) {
      column.least = -10;
      column.most = 2100;
    }
    const std::string x = "x" + std::to_string(type), v = "v" + std::to_string(type);
    present += ", " + sql_present(column, "raw") + " AS " + x;
    values += ", " + x + ", " + sql_value(column, x, size % 2 == 0 ? '.' : ',') + " AS " + v;
    checks += ", " + sql_check(column, x, v);
  }
  const Table table = session.read(checks + " FROM (" + values + " FROM (" + present + " FROM cells))");
  for (const Column& column : table.columns) {
    for (std::size_t row = 0; row < column.rows(); ++row)
      if (column.is_missing(row) || column.integers()[row] > 2) std::abort();
  }
  return 0;
}
