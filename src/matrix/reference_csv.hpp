#pragma once
// For tests: the small CSV files of tests/reference/, without quotes, and matrices made from them.

#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "matrix/matrix.hpp"

namespace kohort {

struct ReferenceCsv {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> cells;  // one list per column

  explicit ReferenceCsv(const std::string& file) {
    std::ifstream in{std::string{KOHORT_REFERENCE} + "/" + file};
    if (!in) throw std::runtime_error("no file tests/reference/" + file);
    std::string line;
    std::getline(in, line);
    names = split(line, ',');
    cells.resize(names.size());
    while (std::getline(in, line)) {
      const std::vector<std::string> row = split(line, ',');
      for (std::size_t j = 0; j < names.size(); ++j) cells[j].push_back(row.at(j));
    }
  }

  std::size_t rows() const { return cells.front().size(); }
  /// Empty cells are NaN.
  std::vector<double> numbers(std::size_t j) const {
    std::vector<double> out;
    for (const std::string& text : cells[j])
      out.push_back(text.empty()     ? std::numeric_limits<double>::quiet_NaN()
                    : text == "inf"  ? std::numeric_limits<double>::infinity()
                    : text == "-inf" ? -std::numeric_limits<double>::infinity()
                                     : parse_double(text).value());
    return out;
  }
  std::vector<double> numbers(const std::string& name) const {
    for (std::size_t j = 0; j < names.size(); ++j)
      if (names[j] == name) return numbers(j);
    throw std::runtime_error("no column " + name);
  }
};

/// Every column but `except`; those named area… are categories, levels in order of appearance.
inline Matrix reference_matrix(const ReferenceCsv& csv, const std::string& except = {}) {
  MatrixBuilder builder{csv.rows()};
  for (std::size_t j = 0; j < csv.names.size(); ++j) {
    if (csv.names[j] == except) continue;
    ColumnInfo info{.name = csv.names[j]};
    std::vector<float> cells;
    if (csv.names[j].starts_with("area")) {
      info.kind = ColumnKind::Category;
      for (const std::string& text : csv.cells[j]) {
        std::size_t code = 0;
        while (code < info.levels.size() && info.levels[code] != text) ++code;
        if (!text.empty() && code == info.levels.size()) info.levels.push_back(text);
        cells.push_back(text.empty() ? std::nanf("") : static_cast<float>(code));
      }
    } else {
      for (const double x : csv.numbers(j)) cells.push_back(static_cast<float>(x));
    }
    builder.add(std::move(info), cells);
  }
  return builder.finish();
}

}  // namespace kohort
