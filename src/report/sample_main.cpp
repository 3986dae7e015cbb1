// report_sample FILE LANGUAGE [short]: writes the invented report that the browser test opens.

#include <fstream>
#include <iostream>
#include <string_view>

#include "report/report.hpp"
#include "report/sample.hpp"

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: report_sample FILE LANGUAGE [short]\n";
    return 2;
  }
  const bool whole = count < 4 || std::string_view{arguments[3]} != "short";
  std::ofstream file{arguments[1], std::ios::binary};
  file << kohort::render_report(kohort::sample_report(arguments[2], whole));
  return file.flush() ? 0 : 8;
}
