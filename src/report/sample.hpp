#pragma once
// A report on invented results, for the tests of the page: every table in its real shape and about its real
// size.

#include "report/report_data.hpp"

namespace kohort {

/// Four outcomes, three models, horizons 2-5, eight age groups, six areas; some cells suppressed. The curves
/// are formulas, so the same call gives the same bytes. Without `figures_of_ageing` the freshness rows and
/// signal_value are absent, and the page has to say so.
ReportData sample_report(const std::string& language, bool figures_of_ageing = true);

}  // namespace kohort
