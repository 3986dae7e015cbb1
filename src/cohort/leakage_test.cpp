#include "cohort/leakage.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "cohort/predictor_table.hpp"
#include "cohort/tiny_registers.hpp"
#include "registers/altered_store.hpp"

namespace kohort {
namespace {

constexpr int kPersons = 60;

std::string day(Stream stream, int first_year, int years) {
  const std::int32_t from = days_from_date(first_year, 1, 1);
  return format_date(from +
                     static_cast<std::int32_t>(stream.bits(0) % static_cast<std::uint64_t>(365 * years)));
}

std::int32_t number(const std::string& date) { return *parse_date(date); }

/// Random registers of 60 persons around 31 December 2014. With `other`, everything that becomes known after
/// that day is drawn anew or left out; what is known stays.
RegisterStore random_store(const TestFolder& folder, Stream stream, bool other) {
  const RegisterStore store = tiny_store(folder);
  const std::int32_t t = days_from_date(2014, 12, 31);
  const Stream future = stream.child(other ? "other future" : "future");
  std::string persons, residence, charges, prison, income;
  const auto add = [](std::string& rows, const std::string& row) {
    rows += (rows.empty() ? "" : ", ") + row;
  };
  for (int i = 1; i <= kPersons; ++i) {
    const Stream one = stream.child("person").child(i), later = future.child(i);
    const auto end_after = [&](const std::string& end, std::uint64_t salt) {
      return number(end) <= t ? "'" + end + "'"
             : later.bits(salt) % 3 == 0
                 ? "NULL"
                 : "'" + format_date(t + 1 + static_cast<int>(later.bits(salt) % 900)) + "'";
    };
    const std::string death = one.bits(1) % 5 == 0 ? end_after(day(one.child("death"), 2013, 4), 1) : "NULL";
    add(persons, fmt::format("({}, '{}', '{}', NULL, {}, {}, {})", i, day(one.child("birth"), 1950, 50),
                             1 + one.bits(2) % 2, i > 5 ? std::to_string(1 + one.bits(3) % 5) : "NULL",
                             i > 5 ? std::to_string(6 + one.bits(4) % 50) : "NULL", death));
    add(residence,
        fmt::format("({}, '2000-01-01', {}, '0301')", i, end_after(day(one.child("move"), 2014, 3), 2)));
    for (int k = 0; k < 4; ++k) {
      const std::string seen = day(one.child("charge").child(k), 2011, 6);
      if (number(seen) > t && other && later.bits(10 + k) % 2 == 0)
        continue;  // some of the future never happens
      const bool known = number(seen) <= t;
      const std::string verdict = day(one.child("verdict").child(k), 2013, 4);
      const std::string registered =
          known ? seen : format_date(t + 1 + static_cast<int>(later.bits(20 + k) % 500));
      const std::string verdict_cells =
          known && number(verdict) <= t
              ? fmt::format("{}, '{}'", one.bits(30 + k) % 2 == 0, verdict)
              : fmt::format("{}, '{}'", later.bits(30 + k) % 2 == 0,
                            format_date(t + 1 + static_cast<int>(later.bits(40 + k) % 500)));
      add(charges, fmt::format("({}, {}, '{}', '2011-01-01', '{}', {}, {}.25)", i,
                               (known ? one : later).bits(50 + k) % 40, registered,
                               (known ? one : later).bits(60 + k) % 2 ? "1" : "4", verdict_cells,
                               (known ? one : later).bits(70 + k) % 1000));
    }
    add(prison, fmt::format("({}, '2014-{:02}-01', {}, '1')", i, 1 + one.bits(5) % 12,
                            end_after(day(one.child("free"), 2014, 3), 3)));
    for (int year = 2012; year <= 2016; ++year)
      add(income, fmt::format("({}, {}, {}.5, {})", i, year,
                              (year <= 2014 ? one : later).bits(100 + year) % 500, one.bits(6) % 2 == 0));
  }
  write_register(store, "persons", persons);
  write_register(store, "residence", residence);
  write_register(store, "charges", charges);
  write_register(store, "prison", prison);
  write_register(store, "income", income);
  return store;
}

constexpr const char* kEverything = R"([
  {from: persons, age: true, at_index: sex, age_at: {dead_at: death_date}, of: [self, mother, father]},
  {from: persons, family: [siblings, older_siblings, birth_order, children, age_first_birth, age_youngest_child]},
  {from: residence, at_index: municipality, days: true},
  {from: charges, windows: [1y, 3y, ever], split: [total, offence_group], count: true, any: true, since: [first, last],
   distinct: case_id, sum: fine, mean: fine, min: fine, max: fine, latest: [verdict, fine], first: verdict,
   share: {name: guilty, where: verdict}, of: [self, mother]},
  {from: charges, others: {sharing: case_id, windows: [2y, ever]}},
  {from: prison, windows: [1y, ever], days: true, years: true, any: true, count: true},
  {from: income, at_index: amount, sum: amount, rank: {of: amount, within: [sex]}}])";

PredictorManifest make(const RegisterStore& store, const TestFolder& folder) {
  const Population population = parse_population(yaml("{unit: person}"), store.schema);
  PredictorTableSettings settings;
  settings.file = folder / "table.parquet";
  settings.temp_folder = folder / "temp";
  Workers workers{1};
  return make_predictor_table(store, population,
                              parse_predictors(yaml(kEverything), store.schema, population), 2014, settings,
                              workers);
}

TEST(Leakage, NoPredictorMovesWhenTheFutureIsAnother) {
  for (int seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const TestFolder one, two;
    const PredictorManifest manifest =
        make(random_store(one, Stream{static_cast<std::uint64_t>(seed)}, false), one);
    EXPECT_EQ(manifest, make(random_store(two, Stream{static_cast<std::uint64_t>(seed)}, true), two));
    const LeakageVerdict verdict =
        compare_predictor_tables(one / "table.parquet", two / "table.parquet", manifest);
    EXPECT_TRUE(verdict.clean()) << verdict.text();
  }
}

TEST(Leakage, NoPredictorMovesWhenTheStoreIsAltered) {
  const TestFolder folder;
  const RegisterStore store = random_store(folder, Stream{9}, false);
  const TestFolder one;
  const PredictorManifest manifest = make(store, one);
  for (const Alteration how : {Alteration::Delete, Alteration::Garble}) {
    const TestFolder two;
    const std::filesystem::path altered = two / "registers";
    write_altered_store(store, days_from_date(2014, 12, 31), altered, how);
    EXPECT_EQ(make({altered, store.schema}, two), manifest);
    const LeakageVerdict verdict =
        compare_predictor_tables(one / "table.parquet", two / "table.parquet", manifest);
    EXPECT_TRUE(verdict.clean()) << verdict.text();
  }
}

TEST(Leakage, AMovedColumnIsNamed) {
  const TestFolder folder;
  Session session = open_session(folder.path());
  session.write_parquet("SELECT * FROM (VALUES (1, 2, 3.5), (2, NULL, 4)) t(unit, a, b) ORDER BY unit",
                        folder / "one.parquet");
  session.write_parquet("SELECT * FROM (VALUES (1, 2, 3.5), (2, 0, 4)) t(unit, a, b) ORDER BY unit",
                        folder / "two.parquet");
  session.write_parquet("SELECT * FROM (VALUES (1, 2, 3.5)) t(unit, a, b) ORDER BY unit",
                        folder / "three.parquet");
  PredictorManifest manifest;
  manifest.columns.resize(2);
  manifest.columns[0].name = "a";
  manifest.columns[1].name = "b";
  const LeakageVerdict moved =
      compare_predictor_tables(folder / "one.parquet", folder / "two.parquet", manifest);
  EXPECT_EQ(moved.text(), "leak: 1 column moves when what became known later is altered: a");
  EXPECT_FALSE(moved.clean());
  const LeakageVerdict fewer =
      compare_predictor_tables(folder / "one.parquet", folder / "three.parquet", manifest);
  EXPECT_EQ(fewer.text(), "leak: the units of the population move when what became known later is altered");
  EXPECT_TRUE(compare_predictor_tables(folder / "one.parquet", folder / "one.parquet", manifest).clean());
}

}  // namespace
}  // namespace kohort
