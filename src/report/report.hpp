#pragma once
// Tables to one self-contained HTML file: data, pictures, words and style in it, and no request ever.

#include <string>

#include "report/report_data.hpp"

namespace kohort {

/// The whole page. The data go into a JSON script element (docs/formats/report.md), numbers in shortest
/// round-trip form; the same data give the same bytes.
///   throws Error (study) when the language is none of nb, da, en
std::string render_report(const ReportData& data);

/// The JSON of the page: '<' is written \u003c, so no cell can end the element it stands in.
std::string report_json(const ReportData& data);

}  // namespace kohort
