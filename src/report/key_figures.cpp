#include "report/key_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace kohort {
namespace {

constexpr double kTopFraction = 0.125;  // the fraction the Frisch Centre reports on figures 13 and 14

double number_at(const Column& column, std::size_t row) {
  if (column.is_missing(row)) return std::nan("");
  return column.type == ColumnType::Number ? column.numbers()[row]
                                           : static_cast<double>(column.integers()[row]);
}

struct Equals {
  std::string_view column, value;
};

/// Rows of a table that meet all conditions; a table without the columns has none.
class Selection {
 public:
  Selection(const std::vector<NamedTable>& tables, std::string_view name,
            const std::vector<Equals>& conditions) {
    const auto found = std::ranges::find(tables, name, &NamedTable::name);
    if (found == tables.end()) return;
    table_ = &found->table;
    for (std::size_t row = 0; row < table_->rows(); ++row)
      if (meets(row, conditions)) rows_.push_back(row);
  }

  const std::vector<std::size_t>& rows() const { return rows_; }
  bool has(std::string_view column) const { return table_ != nullptr && table_->has(column); }
  double number(std::string_view column, std::size_t row) const { return number_at(table_->at(column), row); }
  const std::string& text(std::string_view column, std::size_t row) const {
    return table_->at(column).texts()[row];
  }
  void keep(std::string_view column, double value) {
    std::erase_if(rows_, [&](std::size_t row) { return number(column, row) != value; });
  }
  void keep(std::string_view column, const std::string& value) {
    std::erase_if(rows_, [&](std::size_t row) { return text(column, row) != value; });
  }

 private:
  bool meets(std::size_t row, const std::vector<Equals>& conditions) const {
    return std::ranges::all_of(conditions, [&](const Equals& condition) {
      return table_->has(condition.column) && table_->at(condition.column).type == ColumnType::Text &&
             table_->at(condition.column).texts()[row] == condition.value;
    });
  }

  const Table* table_ = nullptr;
  std::vector<std::size_t> rows_;
};

struct Range {
  double low = INFINITY, high = -INFINITY;
  void add(double value) {
    if (std::isnan(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Range range_of(const Selection& selection, std::string_view column) {
  Range range;
  for (const std::size_t row : selection.rows()) range.add(selection.number(column, row));
  return range;
}

using Curve = std::map<double, double>;  // fraction → share of events

/// The curve at the top fraction, straight between the points beside it; nothing outside its points.
std::optional<double> at_top_fraction(const Curve& curve) {
  const auto right = curve.lower_bound(kTopFraction);
  if (right == curve.end()) return std::nullopt;
  if (right->first == kTopFraction) return right->second;
  if (right == curve.begin()) return std::nullopt;
  const auto left = std::prev(right);
  const double weight = (kTopFraction - left->first) / (right->first - left->first);
  return left->second + weight * (right->second - left->second);
}

Range top_share(const Selection& selection) {
  std::map<std::string, Curve> curves;
  for (const std::size_t row : selection.rows()) {
    const double share = selection.number("share_actual", row);
    if (std::isnan(share)) continue;
    curves[selection.text("model", row)][selection.number("fraction", row)] = share;
  }
  Range range;
  for (const auto& [model, curve] : curves)
    if (const auto share = at_top_fraction(curve)) range.add(*share);
  return range;
}

/// What a key figure needs beyond outcome and horizon: where its rows are and how they become a range.
struct Recipe {
  std::string id, table;
  std::vector<Equals> conditions;
  std::string column;
};

std::vector<Recipe> recipes() {
  const Equals path{"design", "forecast_path"};
  return {{"correlation", "correlation", {path, {"group_by", "nation"}}, "correlation"},
          {"correlation_previously",
           "correlation",
           {path, {"group_by", "previously"}, {"group", "yes"}},
           "correlation"},
          {"top_share", "concentration", {path}, "share_actual"},
          {"top_decile_without", "decile_counts", {path, {"population", "all"}, {"events", "0"}}, "share"},
          {"forecast_actual",
           "forecast",
           {path, {"group_by", "nation"}, {"calibration", "none"}},
           "index_actual"},
          {"forecast_predicted",
           "forecast",
           {path, {"group_by", "nation"}, {"calibration", "none"}},
           "index_predicted"}};
}

bool usable(const Selection& selection, const Recipe& recipe) {
  std::vector<std::string_view> columns{"outcome", "model", "horizon", recipe.column};
  if (recipe.id == "top_share") columns.push_back("fraction");
  if (recipe.id == "top_decile_without") columns.push_back("decile");
  return !selection.rows().empty() &&
         std::ranges::all_of(columns, [&](std::string_view column) { return selection.has(column); });
}

void add_figures(const Recipe& recipe, Selection selection, std::vector<KeyFigure>& figures) {
  const std::string outcome = selection.text("outcome", selection.rows().front());
  selection.keep("outcome", outcome);
  if (recipe.id == "top_decile_without") selection.keep("decile", 1.0);
  const Range horizons = range_of(selection, "horizon");
  const bool is_forecast = recipe.table == "forecast";  // an index is one by definition at the first horizon
  for (const double horizon : {horizons.low, horizons.high}) {
    if (horizon == horizons.low && is_forecast) continue;
    if (!figures.empty() && figures.back().id == recipe.id && horizons.low == horizons.high) continue;
    Selection chosen = selection;
    chosen.keep("horizon", horizon);
    const Range range = recipe.id == "top_share" ? top_share(chosen) : range_of(chosen, recipe.column);
    if (range.low > range.high) continue;
    figures.push_back({recipe.id, outcome, static_cast<std::int64_t>(horizon), range.low, range.high});
  }
}

/// What a figure is, for a terminal.
std::string_view words_of(std::string_view id) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords{{
      {"correlation", "correlation of predicted and actual"},
      {"correlation_previously", "the same among those with earlier events"},
      {"top_share", "share held by the 12.5 % predicted highest"},
      {"top_decile_without", "without an event in the top tenth"},
      {"forecast_actual", "actual index at the end of the forecast"},
      {"forecast_predicted", "predicted index at the end of the forecast"},
  }};
  const auto found = std::ranges::find(kWords, id, [](const auto& entry) { return entry.first; });
  return found == kWords.end() ? id : found->second;
}

}  // namespace

std::vector<KeyFigure> key_figures(const std::vector<NamedTable>& tables) {
  std::vector<KeyFigure> figures;
  for (const Recipe& recipe : recipes()) {
    const Selection selection{tables, recipe.table, recipe.conditions};
    if (usable(selection, recipe)) add_figures(recipe, selection, figures);
  }
  return figures;
}

std::string key_figure_line(const KeyFigure& figure) {
  const bool is_share = figure.id.starts_with("top_");
  const double scale = is_share ? 100 : 1;
  const int decimals = is_share || figure.id.starts_with("forecast_") ? 1 : 3;
  const std::string unit = is_share ? " %" : "";
  const std::string low = fmt::format("{:.{}f}", figure.low * scale, decimals);
  const std::string high = fmt::format("{:.{}f}", figure.high * scale, decimals);
  return fmt::format("{}, {}, {} years ahead: {}{}{}", words_of(figure.id), figure.outcome, figure.horizon,
                     low, low == high ? "" : "-" + high, unit);
}

}  // namespace kohort
