#include "learn/tree/real_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>

#include "store/session.hpp"

namespace kohort {
namespace {

/// Training and test rows together. fnlwgt, a sampling weight, counts as a predictor, as in most published
/// uses.
std::string adult() {
  return R"(
SELECT income LIKE '>50K%' AS outcome, * EXCLUDE (income)
FROM read_csv([file('adult.data.gz'), file('adult.test.gz')], skip = 1, header = false, delim = ', ', nullstr = '?',
  columns = {age: 'DOUBLE', workclass: 'VARCHAR', fnlwgt: 'DOUBLE', education: 'VARCHAR', education_years: 'DOUBLE',
    marital_status: 'VARCHAR', occupation: 'VARCHAR', relationship: 'VARCHAR', race: 'VARCHAR', sex: 'VARCHAR',
    capital_gain: 'DOUBLE', capital_loss: 'DOUBLE', hours_per_week: 'DOUBLE', country: 'VARCHAR', income: 'VARCHAR'}))";
}

std::string credit() {
  return "SELECT class AS outcome, * EXCLUDE (ID, class) FROM read_csv(file('UCI_Credit_Card.csv.gz'))";
}

std::string claims() {
  return "SELECT antskad AS outcome, agarald, kon, zon, mcklass, fordald, bonuskl, duration FROM "
         "read_csv(file('dataOhlsson.csv.gz'))";
}

/// Weighted by the years: the same derivatives as counts with the years as exposure.
std::string claims_a_year() {
  return "SELECT antskad / duration AS outcome, duration AS weight, agarald, kon, zon, mcklass, fordald, "
         "bonuskl "
         "FROM read_csv(file('dataOhlsson.csv.gz')) WHERE duration > 0";
}

std::string children() {
  return "SELECT morekids = 'yes' AS outcome, * EXCLUDE (morekids) FROM read_csv(file('fertility.csv.gz'))";
}

std::string weeks_worked() {
  return "SELECT work AS outcome, * EXCLUDE (work) FROM read_csv(file('fertility.csv.gz'))";
}

/// Officers serving at the end of 2010: complaints of each of ten years and of each group of codes before
/// that day, days since the last, age, months served, sex, race, pay; outcome: complaints of 2012.
std::string chicago() {
  std::string counts;
  for (int year = 2001; year <= 2010; ++year)
    counts += fmt::format(", count(*) FILTER (year(day) = {0}) AS in_{0}", year);
  for (const char* group :
       {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "12", "14", "15", "S0"})
    counts += fmt::format(", count(*) FILTER (code[:2] = '{0}') AS group_{0}", group);
  return fmt::format(R"(
WITH charges AS (
  SELECT UID, complaint_date AS day, complaint_code AS code
  FROM read_csv(file('accused.csv.gz'), types = {{UID: 'DOUBLE', complaint_code: 'VARCHAR', cr_id: 'VARCHAR'}})
  JOIN read_csv(file('complaints.csv.gz'), types = {{cr_id: 'VARCHAR', complaint_date: 'DATE', beat: 'VARCHAR'}})
    USING (cr_id)),
past AS (SELECT UID, date '2010-12-31' - max(day) AS days_since, count(*) AS ever{}
  FROM charges WHERE day <= '2010-12-31' GROUP BY UID),
future AS (SELECT UID, count(*) AS outcome FROM charges WHERE year(day) = 2012 GROUP BY UID),
pay AS (SELECT UID, max(salary) AS salary FROM read_csv(file('salary.csv.gz')) WHERE year = 2010 GROUP BY UID)
SELECT coalesce(outcome, 0) AS outcome, 2010 - birth_year AS age, gender, race, salary,
  date_diff('month', appointed_date, date '2010-12-31') AS months_served, past.* EXCLUDE (UID)
FROM read_csv(file('persons.csv.gz'), types = {{UID: 'DOUBLE'}}) AS person LEFT JOIN past USING (UID)
  LEFT JOIN future USING (UID) LEFT JOIN pay USING (UID)
WHERE appointed_date <= '2010-12-31' AND (resignation_date IS NULL OR resignation_date > '2010-12-31')
ORDER BY UID)",
                     counts);
}

/// The texts of a column in alphabetical order; none of numbers.
std::vector<std::string> levels_of(const Column& column) {
  std::vector<std::string> levels;
  if (column.type != ColumnType::Text) return levels;
  for (std::size_t i = 0; i < column.rows(); ++i)
    if (!column.is_missing(i)) levels.push_back(column.texts()[i]);
  std::ranges::sort(levels);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

/// Numbers as they are, texts as their place in the alphabet; missing is NaN.
std::vector<float> to_floats(const Column& column) {
  const std::vector<std::string> levels = levels_of(column);
  std::vector<float> cells(column.rows(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (column.is_missing(i)) continue;
    if (column.type == ColumnType::Text)
      cells[i] = static_cast<float>(std::ranges::lower_bound(levels, column.texts()[i]) - levels.begin());
    else
      cells[i] =
          static_cast<float>(column.type == ColumnType::Number ? column.numbers()[i]
                                                               : static_cast<double>(column.integers()[i]));
  }
  return cells;
}

std::vector<double> to_doubles(const Column& column) {
  const std::vector<float> cells = to_floats(column);
  return {cells.begin(), cells.end()};
}

}  // namespace

std::vector<RealSource> real_sources() {
  constexpr auto kSquared = Objective::SquaredError, kLogistic = Objective::Logistic,
                 kPoisson = Objective::Poisson;
  return {{"adult-census", "income above 50 000", adult(), {kSquared, kLogistic, kPoisson}},
          {"credit-default-taiwan", "default next month", credit(), {kSquared, kLogistic, kPoisson}},
          {"motorcycle-claims-sweden", "claims", claims(), {kSquared, kLogistic, kPoisson}},
          {"motorcycle-claims-sweden", "claims a year", claims_a_year(), {kSquared, kPoisson}},
          {"fertility-1980", "more than two children", children(), {kLogistic}},
          {"fertility-1980", "weeks worked", weeks_worked(), {kSquared, kPoisson}},
          {"chicago-police-register", "complaints in 2012", chicago(), {kSquared, kLogistic, kPoisson}}};
}

RealTable read_real_table(const RealSource& source, RealTexts texts) {
  const std::filesystem::path folder = std::filesystem::path{KOHORT_DATA} / source.folder;
  Session session{{.folders = {folder}, .temp_folder = {}}};
  session.run("CREATE MACRO file(name) AS " + sql_text(folder.string() + "/") + " || name");
  const Table table = session.read(source.sql);

  RealTable real;
  real.rows = all_rows(table.rows());
  MatrixBuilder builder{table.rows()};
  for (const Column& column : table.columns) {
    if (column.name == "outcome")
      real.count = to_doubles(column);
    else if (column.name == "weight")
      real.weight = to_doubles(column);
    else if (column.type == ColumnType::Text && texts == RealTexts::Categories)
      builder.add({column.name, ColumnKind::Category, levels_of(column)}, to_floats(column));
    else
      builder.add({column.name}, to_floats(column));
  }
  real.matrix = builder.finish();
  for (const double count : real.count) real.event.push_back(count > 0 ? 1 : 0);
  return real;
}

}  // namespace kohort
