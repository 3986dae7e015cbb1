#pragma once
// What a report is made of, as plain values: nothing here reads files, clocks or the study.

#include <string>
#include <vector>

#include "report/figures.hpp"
#include "store/table.hpp"

namespace kohort {

/// One line "key: value". Keys known to web/src/texts.ts (kohort_version, seed, persons, years, peak_memory,
/// …) are translated, others are shown as written.
struct Fact {
  std::string key, value;
  bool operator==(const Fact&) const = default;
};

/// A tidy result table under the name figures ask for it: correlation, forecast, ….
struct NamedTable {
  std::string name;
  Table table;
  bool operator==(const NamedTable&) const = default;
};

/// Everything on the page. Tables hold aggregates only; suppressed cells are missing cells.
struct ReportData {
  std::string study = {}, title = {};
  std::string purpose = "aggregate";    // aggregate | validation | decision-support
  std::string language = "en";          // nb | da | en: the language the page opens in
  std::vector<Fact> facts = {};         // in the order shown
  std::vector<Fact> labels = {};        // identifier (outcome, model, group) → the words a reader sees
  std::vector<std::string> flags = {};  // banners: "dry_run" and other keys of texts.ts, or a sentence
  std::vector<NamedTable> tables = {};  // in the order of the appendix
  std::vector<Figure> figures = report_figures();
};

}  // namespace kohort
