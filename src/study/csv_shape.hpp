#pragma once
// Whether a CSV file is a table: DuckDB reads many that are none, as one column or from a later line.

#include <filesystem>
#include <string>
#include <vector>

#include "store/session.hpp"

namespace kohort {

/// The cells of a file's first line, at whichever of , ; tab | gives most; texts in double quotes are one
/// cell. Reads that line only.
struct CsvHeader {
  char delimiter = ',';
  std::vector<std::string> names;
};
CsvHeader read_csv_header(Session& session, const std::filesystem::path& file);

/// Throws Error (data) naming two columns with one name, or names that differ only in case: DuckDB would call
/// the second one otherwise.
void check_names(const CsvHeader& header, const std::filesystem::path& file);

/// Throws Error (data) naming the first line, quoted line ends not counted, that has another number of cells
/// than the header or leaves a quote open, if there is one. O(bytes of the file).
void check_cells(Session& session, const CsvHeader& header, const std::filesystem::path& file);

}  // namespace kohort
