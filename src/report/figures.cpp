#include "report/figures.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace kohort {
namespace {

using Json = nlohmann::ordered_json;

const Filter kForecastPath{.column = "design", .value = "forecast_path"};
const Filter kShortest{.column = "horizon", .keep = Keep::Lowest};
const Filter kLongest{.column = "horizon", .keep = Keep::Highest};

Filter equal(std::string column, std::string value) {
  return {.column = std::move(column), .keep = Keep::Equal, .value = std::move(value)};
}

Figure correlation_figure(std::string id, int source, std::vector<Filter> filters) {
  return {.id = std::move(id),
          .section = "ranking",
          .source = source,
          .kind = FigureKind::Points,
          .table = "correlation",
          .filters = std::move(filters),
          .x = "horizon",
          .colour = "model",
          .columns = "outcome",
          .measures = {{"correlation", YFormat::Number, {{"correlation", "correlation"}}}}};
}

Figure concentration_figure(std::string id, int source, Filter horizon) {
  return {.id = std::move(id),
          .section = "ranking",
          .source = source,
          .kind = FigureKind::Lines,
          .table = "concentration",
          .filters = {kForecastPath, std::move(horizon)},
          .x = "fraction",
          .x_scale = XScale::Share,
          .rows = "outcome",
          .columns = "model",
          .measures = {{"cumulative_share",
                        YFormat::Share,
                        {{"actual", "share_actual"},
                         {"predicted", "share_predicted"},
                         {"perfect", "share_perfect"},
                         {"random", "fraction"}}}}};
}

const Measure kPersons{"persons", YFormat::Count, {{"count", "count"}}, true};
const Measure kShareOfPersons{"share_of_decile", YFormat::Share, {{"share", "share"}}, true};

Figure decile_figure(std::string id, int source, std::string population, std::vector<Measure> measures) {
  return {.id = std::move(id),
          .section = "ranking",
          .source = source,
          .kind = FigureKind::Bars,
          .table = "decile_counts",
          .filters = {kForecastPath, equal("population", std::move(population))},
          .x = "decile",
          .colour = "events",
          .colour_ordered = true,
          .rows = "outcome",
          .columns = "model",
          .measures = std::move(measures),
          .controls = {"horizon"}};
}

Figure without_events_figure() {
  return {.id = "deciles_none",
          .section = "ranking",
          .source = 18,
          .kind = FigureKind::Points,
          .table = "decile_counts",
          .filters = {kForecastPath, equal("population", "all"), equal("events", "0")},
          .x = "decile",
          .colour = "model",
          .columns = "outcome",
          .measures = {{.key = "share_without",
                        .format = YFormat::Share,
                        .series = {{"share", "share"}},
                        .from_zero = false}},
          .controls = {"horizon"}};
}

Figure freshness_figure() {
  return {.id = "freshness",
          .section = "freshness",
          .source = 19,
          .kind = FigureKind::Points,
          .table = "correlation",
          .filters = {equal("design", "freshness"), equal("group_by", "age_group")},
          .x = "group",
          .colour = "trained_on",
          .colour_ordered = true,
          .rows = "outcome",
          .columns = "model",
          .measures = {{"correlation", YFormat::Number, {{"correlation", "correlation"}}}}};
}

Figure forecast_figure(std::string id, int source, std::string group_by, std::string rows,
                       std::vector<std::string> controls) {
  return {.id = std::move(id),
          .section = "forecast",
          .source = source,
          .kind = FigureKind::Lines,
          .table = "forecast",
          .filters = {kForecastPath, equal("group_by", std::move(group_by))},
          .x = "year",
          .x_scale = XScale::Year,
          .rows = std::move(rows),
          .columns = "model",
          .measures = {{.key = "index",
                        .series = {{"actual", "index_actual"}, {"predicted", "index_predicted"}},
                        .from_zero = false},
                       {.key = "level",
                        .series = {{"actual", "mean_actual"}, {"predicted", "mean_predicted"}},
                        .own_scale = true}},
          .controls = std::move(controls)};
}

Figure signal_figure() {
  return {.id = "signal",
          .section = "forecast",
          .source = 23,
          .kind = FigureKind::Points,
          .table = "signal_value",
          .filters = {kForecastPath, equal("group_by", "age_group")},
          .x = "group",
          .colour = "horizon",
          .colour_ordered = true,
          .error = "standard_error",
          .rows = "outcome",
          .columns = "model",
          .measures = {{.key = "slope", .series = {{"slope", "slope"}}, .own_scale = true, .reference = 1}}};
}

Figure calibration_figure() {
  return {.id = "calibration",
          .section = "calibration",
          .source = 10,
          .kind = FigureKind::Calibration,
          .table = "calibration_curve",
          .filters = {kForecastPath},
          .x = "prediction",
          .x_scale = XScale::Number,
          .rows = "outcome",
          .columns = "model",
          .measures = {{"calibrated",
                        YFormat::Number,
                        {{"curve", "calibrated"}, {"observed", "observed"}, {"identity", "prediction"}},
                        true}},
          .controls = {"horizon", "by", "group", "sample"}};
}

std::string_view name_of(FigureKind kind) {
  constexpr std::array<std::string_view, 4> names{"points", "lines", "bars", "calibration"};
  return names.at(static_cast<std::size_t>(kind));
}
std::string_view name_of(Keep keep) {
  constexpr std::array<std::string_view, 3> names{"equal", "lowest", "highest"};
  return names.at(static_cast<std::size_t>(keep));
}
std::string_view name_of(YFormat format) {
  constexpr std::array<std::string_view, 3> names{"number", "share", "count"};
  return names.at(static_cast<std::size_t>(format));
}
std::string_view name_of(XScale scale) {
  constexpr std::array<std::string_view, 4> names{"category", "number", "share", "year"};
  return names.at(static_cast<std::size_t>(scale));
}

Json to_json(const Measure& measure) {
  Json series = Json::array();
  for (const Series& one : measure.series) series.push_back({{"key", one.key}, {"column", one.column}});
  return {{"key", measure.key},
          {"format", name_of(measure.format)},
          {"own_scale", measure.own_scale},
          {"from_zero", measure.from_zero},
          {"reference", measure.reference ? Json(*measure.reference) : Json(nullptr)},
          {"series", std::move(series)}};
}

Json to_json(const Figure& figure) {
  Json filters = Json::array(), measures = Json::array();
  for (const Filter& filter : figure.filters)
    filters.push_back({{"column", filter.column}, {"keep", name_of(filter.keep)}, {"value", filter.value}});
  for (const Measure& measure : figure.measures) measures.push_back(to_json(measure));
  return {{"id", figure.id},
          {"section", figure.section},
          {"source", figure.source},
          {"kind", name_of(figure.kind)},
          {"table", figure.table},
          {"filters", std::move(filters)},
          {"x", figure.x},
          {"x_scale", name_of(figure.x_scale)},
          {"colour", figure.colour},
          {"colour_ordered", figure.colour_ordered},
          {"error", figure.error},
          {"rows", figure.rows},
          {"columns", figure.columns},
          {"measures", std::move(measures)},
          {"controls", figure.controls}};
}

}  // namespace

std::vector<Figure> report_figures() {
  return {
      correlation_figure("correlation", 11, {kForecastPath, equal("group_by", "nation")}),
      correlation_figure("correlation_previously", 12,
                         {kForecastPath, equal("group_by", "previously"), equal("group", "yes")}),
      concentration_figure("concentration_shortest", 13, kShortest),
      concentration_figure("concentration_longest", 14, kLongest),
      decile_figure("deciles", 15, "all", {kPersons, kShareOfPersons}),
      decile_figure("deciles_previously", 16, "previously", {kShareOfPersons, kPersons}),
      decile_figure("deciles_not_previously", 17, "not_previously", {kShareOfPersons, kPersons}),
      without_events_figure(),
      freshness_figure(),
      forecast_figure("forecast_nation", 20, "nation", "outcome", {"calibration"}),
      forecast_figure("forecast_area", 21, "area", "group", {"outcome", "calibration"}),
      forecast_figure("forecast_age", 22, "age_group", "group", {"outcome", "calibration"}),
      signal_figure(),
      calibration_figure(),
  };
}

std::string figures_json(const std::vector<Figure>& figures) {
  Json list = Json::array();
  for (const Figure& figure : figures) list.push_back(to_json(figure));
  return list.dump();
}

}  // namespace kohort
