#include "report/report.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "report/bundle.hpp"
#include "report/figure_rows.hpp"
#include "report/key_figures.hpp"

namespace kohort {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kLanguages{"nb", "da", "en"};

// Nothing may be loaded from anywhere; pictures the reader saves are made in the page.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'";

std::string_view name_of(ColumnType type) {
  constexpr std::array<std::string_view, 5> names{"integer", "number", "text", "date", "flag"};
  return names.at(static_cast<std::size_t>(type));
}

Json cell(const Column& column, std::size_t row) {
  if (column.is_missing(row)) return nullptr;
  switch (column.type) {
    case ColumnType::Integer:
      return column.integers()[row];
    case ColumnType::Number:
      return column.numbers()[row] + 0.0;  // -0 is 0
    case ColumnType::Text:
      return column.texts()[row];
    case ColumnType::Date:
      return format_date(static_cast<std::int32_t>(column.integers()[row]));
    case ColumnType::Flag:
      return column.integers()[row] != 0;
  }
  return nullptr;
}

/// A column of texts: each text once, and the place of each row's text in that list.
Json texts_to_json(const Column& column) {
  std::unordered_map<std::string_view, std::size_t> place;
  Json levels = Json::array(), codes = Json::array();
  for (std::size_t row = 0; row < column.rows(); ++row) {
    if (column.is_missing(row)) {
      codes.push_back(nullptr);
      continue;
    }
    const std::string& text = column.texts()[row];
    const auto [found, is_new] = place.try_emplace(text, place.size());
    if (is_new) levels.push_back(text);
    codes.push_back(found->second);
  }
  return {
      {"name", column.name}, {"type", "text"}, {"levels", std::move(levels)}, {"values", std::move(codes)}};
}

Json to_json(const Column& column) {
  if (column.type == ColumnType::Text) return texts_to_json(column);
  Json values = Json::array();
  for (std::size_t row = 0; row < column.rows(); ++row) values.push_back(cell(column, row));
  return {{"name", column.name}, {"type", name_of(column.type)}, {"values", std::move(values)}};
}

Json to_json(const NamedTable& named) {
  Json columns = Json::array();
  for (const Column& column : named.table.columns) columns.push_back(to_json(column));
  return {{"name", named.name}, {"columns", std::move(columns)}};
}

Json to_json(const std::vector<Fact>& facts) {
  Json list = Json::array();
  for (const Fact& fact : facts) list.push_back({fact.key, fact.value});
  return list;
}

Json to_json(const std::vector<KeyFigure>& figures) {
  Json list = Json::array();
  for (const KeyFigure& figure : figures)
    list.push_back({{"id", figure.id},
                    {"outcome", figure.outcome},
                    {"horizon", figure.horizon},
                    {"low", figure.low},
                    {"high", figure.high}});
  return list;
}

std::string replace_all(std::string_view text, char character, std::string_view by) {
  std::string out;
  out.reserve(text.size() + text.size() / 64);
  for (const char c : text) {
    if (c == character)
      out += by;
    else
      out += c;
  }
  return out;
}

std::string escape_html(std::string_view text) {
  return replace_all(replace_all(replace_all(text, '&', "&amp;"), '<', "&lt;"), '"', "&quot;");
}

void check_language(const std::string& language) {
  for (const std::string_view known : kLanguages)
    if (language == known) return;
  throw Error{ErrorKind::Study, "no report language is called '" + language + "'", "language",
              "use nb, da or en"};
}

}  // namespace

std::string report_json(const ReportData& data) {
  Json tables = Json::array();
  for (const auto& [name, table] : data.tables)
    tables.push_back(to_json(NamedTable{name, rows_for_figures(name, table, data.figures)}));
  const Json page{{"format", 1},
                  {"study", data.study},
                  {"title", data.title},
                  {"purpose", data.purpose},
                  {"language", data.language},
                  {"facts", to_json(data.facts)},
                  {"labels", to_json(data.labels)},
                  {"flags", data.flags},
                  {"key_figures", to_json(key_figures(data.tables))},
                  {"figures", Json::parse(figures_json(data.figures))},
                  {"tables", std::move(tables)}};
  const std::string text = page.dump(-1, ' ', false, Json::error_handler_t::replace);
  return replace_all(text, '<', "\\u003c");
}

std::string render_report(const ReportData& data) {
  check_language(data.language);
  std::string page =
      "<!doctype html>\n<html lang=\"" + data.language + "\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta http-equiv=\"Content-Security-Policy\" content=\"";
  page += kPolicy;
  page += "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  page += escape_html(data.title);
  page += "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>";
  page += bundle_style();
  page +=
      "</style>\n</head>\n<body>\n<div id=\"report\"></div>\n<script type=\"application/json\" id=\"data\">";
  page += report_json(data);
  page += "</script>\n<script>";
  page += bundle_script();
  page += "</script>\n</body>\n</html>\n";
  return page;
}

}  // namespace kohort
