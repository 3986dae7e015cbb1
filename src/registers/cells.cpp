#include "registers/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

std::string in_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(sql_text(text));
  return "(" + join(quoted, ", ") + ")";
}

bool is_code(const SchemaColumn& column, const std::string& word) {
  return std::ranges::any_of(column.codes, [&](const Code& code) { return lower(code.code) == word; });
}

std::string decimal_pattern(char decimal) { return decimal == '.' ? "\\." : ","; }

/// 12, -3, 130469.0
std::string whole_number(const std::string& text, const char* type, char decimal) {
  return fmt::format(
      "CASE WHEN regexp_full_match({0}, '[+-]?[0-9]+({1}0*)?') THEN "
      "TRY_CAST(split_part({0}, '{2}', 1) AS {3}) END",
      text, decimal_pattern(decimal), decimal, type);
}

std::string number(const std::string& text, char decimal) {
  const std::string cast = fmt::format("TRY_CAST(replace({}, '{}', '.') AS DOUBLE)", text, decimal);
  return fmt::format(
      "CASE WHEN regexp_full_match({0}, '[+-]?([0-9]+({1}[0-9]*)?|{1}[0-9]+)([eE][+-]?[0-9]+)?') "
      "AND isfinite({2}) THEN {2} + 0 END",  // + 0: -0 becomes 0
      text, decimal_pattern(decimal), cast);
}

std::string date(const std::string& text) {
  return fmt::format(
      "CASE WHEN regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T]00:00(:00([.]0+)?)?Z?)?') "
      "THEN TRY_CAST(left({0}, 10) AS DATE) "
      "WHEN regexp_full_match({0}, '[0-9]{{1,2}}[.][0-9]{{1,2}}[.][0-9]{{4}}') "
      "THEN CAST(TRY_STRPTIME({0}, '%d.%m.%Y') AS DATE) "
      "WHEN regexp_full_match({0}, '[0-9]{{8}}') THEN CAST(TRY_STRPTIME({0}, '%Y%m%d') AS DATE) END",
      text);
}

std::string flag(const std::string& text) {
  return fmt::format(
      "CASE WHEN lower({0}) IN ('1', '1.0', 'true', 'yes', 'ja') THEN true "
      "WHEN lower({0}) IN ('0', '0.0', 'false', 'no', 'nei') THEN false END",
      text);
}

std::string bound(double value, CellType type) {
  if (type == CellType::Date)
    return fmt::format("DATE {}", sql_text(format_date(static_cast<std::int32_t>(value))));
  return fmt::format("CAST({} AS DOUBLE)", sql_text(format_number(value)));
}

std::string out_of_range(const SchemaColumn& column, const std::string& value) {
  std::vector<std::string> conditions;
  if (column.least && std::isfinite(*column.least))
    conditions.push_back(fmt::format("{} < {}", value, bound(*column.least, column.type)));
  else if (column.type == CellType::Count && !column.least)
    conditions.push_back(value + " < 0");
  if (column.most && std::isfinite(*column.most))
    conditions.push_back(fmt::format("{} > {}", value, bound(*column.most, column.type)));
  return join(conditions, " OR ");
}

}  // namespace

std::string sql_present(const SchemaColumn& column, const std::string& raw) {
  std::vector<std::string> words{".", "na", "nan", "null"};
  if (column.type == CellType::Number || column.type == CellType::Count || column.type == CellType::Year)
    words.insert(words.end(), {"inf", "-inf", "+inf", "infinity", "-infinity", "+infinity"});
  std::erase_if(words, [&](const std::string& word) { return is_code(column, word); });
  const std::string text = fmt::format("trim({}, ' ' || chr(9) || chr(10) || chr(13) || chr(160))", raw);
  std::string missing = fmt::format("{} = ''", text);
  if (!words.empty()) missing += fmt::format(" OR lower({}) IN {}", text, in_list(words));
  if (!column.missing.empty()) missing += fmt::format(" OR {} IN {}", text, in_list(column.missing));
  return fmt::format("CASE WHEN {} THEN NULL ELSE {} END", missing, text);
}

std::string sql_value(const SchemaColumn& column, const std::string& present, char decimal) {
  switch (column.type) {
    case CellType::Id:
      return column.text_id ? present : whole_number(present, "BIGINT", decimal);
    case CellType::Count:
      return whole_number(present, "BIGINT", decimal);
    case CellType::Year:
      return whole_number(present, "INTEGER", decimal);
    case CellType::Number:
      return number(present, decimal);
    case CellType::Date:
      return date(present);
    case CellType::Flag:
      return flag(present);
    case CellType::Category:
    case CellType::Code:
    case CellType::Text:
      return present;
  }
  return {};
}

std::string sql_check(const SchemaColumn& column, const std::string& present, const std::string& value) {
  std::string sql = fmt::format("CASE WHEN {} IS NOT NULL AND {} IS NULL THEN 1", present, value);
  if (const std::string range = out_of_range(column, value); !range.empty())
    sql += fmt::format(" WHEN {} THEN 2", range);
  if (!column.codes.empty()) {
    std::vector<std::string> codes;
    for (const Code& code : column.codes) codes.push_back(code.code);
    sql += fmt::format(" WHEN {} NOT IN {} THEN 3", value, in_list(codes));
  }
  return fmt::format("CAST({} ELSE 0 END AS UTINYINT)", sql);
}

}  // namespace kohort
