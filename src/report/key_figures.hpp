#pragma once
// The few numbers that sum a study up: on top of the page and at the end of `kohort run`.

#include <cstdint>
#include <string>
#include <vector>

#include "report/report_data.hpp"

namespace kohort {

/// One number over all models: its lowest and highest value. Ids: correlation, correlation_previously,
/// top_share (share of events held by the 12.5 % with the highest prediction), top_decile_without (share of
/// the top decile without an event), forecast_actual and forecast_predicted (index in the last forecast
/// year).
struct KeyFigure {
  std::string id, outcome;
  std::int64_t horizon = 0;  // years
  double low = 0, high = 0;
  bool operator==(const KeyFigure&) const = default;
};

/// Of the first outcome, for the shortest and the longest horizon of design forecast_path. Numbers whose
/// table, columns or cells are missing are left out.
std::vector<KeyFigure> key_figures(const std::vector<NamedTable>& tables);

/// One English line for a terminal: "correlation of predicted and actual, all_charges, 2 years ahead:
/// 0.270-0.290".
std::string key_figure_line(const KeyFigure& figure);

}  // namespace kohort
