#pragma once
// For the tests alone: the made-up units and the peers' numbers in tests/reference/assess.

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace kohort::reference {

/// The number columns of a CSV file with a header row, by name.
inline std::map<std::string, std::vector<double>> columns(const std::string& file) {
  std::ifstream in{std::string{KOHORT_REFERENCE} + "/" + file};
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error("no reference file " + file);
  const std::vector<std::string> names = split(line, ',');
  std::map<std::string, std::vector<double>> out;
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = split(line, ',');
    for (std::size_t i = 0; i < names.size(); ++i)
      if (const auto number = parse_double(cells.at(i))) out[names[i]].push_back(*number);
  }
  return out;
}

/// One of the peers' numbers.
inline double number(const std::string& name) {
  std::ifstream in{std::string{KOHORT_REFERENCE} + "/numbers.csv"};
  for (std::string line; std::getline(in, line);)
    if (const auto cells = split(line, ','); cells.at(0) == name) return parse_double(cells.at(1)).value();
  throw std::runtime_error("no reference number " + name);
}

}  // namespace kohort::reference
