#include "cohort/predictor_table.hpp"

#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "cohort/leakage.hpp"
#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

/// A family (3 of mother 1 and father 2, siblings 4 and 5; 5 is a half sister), on 31 December 2014.
struct Village {
  TestFolder folder;
  RegisterStore store = tiny_store(folder);
  PredictorManifest manifest = {};

  Village() {
    write_register(
        store, "persons",
        "(1, '1960-03-01', '2', '1970-05-05', NULL, NULL, NULL), (2, '1950-12-31', '1', NULL, NULL, NULL, "
        "'2010-02-02'),"
        "(3, '1990-12-31', '1', NULL, 1, 2, NULL), (4, '1988-01-01', '1', NULL, 1, 2, '2016-01-01'),"
        "(5, '1995-06-01', '2', NULL, 1, NULL, NULL), (6, '2015-01-01', '2', NULL, 5, 3, NULL)");
    write_register(
        store, "residence",
        "(1, '1970-05-05', NULL, '0301'), (3, '1990-12-31', '2013-01-01', '0301'), (3, '2013-01-02', "
        "'2014-12-31', '1101'),"
        "(4, '1988-01-01', NULL, '9999'), (5, '1995-06-01', NULL, '0302'), (6, '2015-01-01', NULL, '0302')");
    write_register(
        store, "charges",
        "(3, 10, '2014-12-31', '2014-12-30', '1', true, '2014-12-31', 100.0),"  // on t
        "(3, 11, '2014-01-01', '2013-05-01', '4', true, '2015-03-01', 50.0),"   // first day of 1y
        "(3, 12, '2013-12-31', '2013-05-01', '4', false, '2014-02-01', NULL),"  // just outside 1y
        "(3, 13, '2015-01-01', '2014-12-30', '4', true, '2015-03-01', 9.0),"    // known the day after t
        "(4, 10, '2014-12-31', '2014-12-30', '9', NULL, NULL, NULL),"           // an unlisted group
        "(5, 12, '2015-01-01', '2013-05-01', '1', NULL, NULL, NULL),"  // the co-charged is known later
        "(1, 20, '2000-01-01', '1999-01-01', '1', NULL, NULL, NULL)");
    write_register(store, "prison",
                   "(3, '2013-12-30', '2014-01-02', '1'), (3, '2014-12-30', '2015-02-01', '2'), (3, "
                   "'2012-06-01', '2012-06-01', '1'),"
                   "(2, '2001-12-31', '2003-01-01', '1')");
    write_register(
        store, "income",
        "(3, 2014, 10.0, true), (3, 2013, 20.0, true), (3, 2015, 99.0, true), (4, 2014, 10.0, false),"
        "(1, 1995, 5.0, false), (5, 2014, 7.0, NULL)");
    write_register(store, "cpi", "(1, 2013, 50.0), (1, 2014, 100.0), (1, 2015, 200.0)");
  }

  std::filesystem::path make(const std::string& predictors, const std::string& name = "table",
                             int threads = 1, std::int64_t block = 250'000) {
    const Population population = parse_population(yaml("{unit: person}"), store.schema);
    const auto specs = parse_predictors(yaml(predictors), store.schema, population);
    PredictorTableSettings settings;
    settings.file = folder / (name + ".parquet");
    settings.temp_folder = folder / "temp";
    settings.block_units = block;
    Workers workers{threads};
    manifest = make_predictor_table(store, population, specs, 2014, settings, workers);
    EXPECT_TRUE(std::filesystem::is_empty(folder / "temp"));
    return settings.file;
  }
  /// The columns of units 1, 3, 4, 5 as CSV, without unit and date.
  std::string csv(const std::string& predictors) {
    Table table = read_parquet(make(predictors));
    EXPECT_EQ(table.at("unit").integers(), (std::vector<std::int64_t>{1, 3, 4, 5}));
    table.columns.erase(table.columns.begin(), table.columns.begin() + 2);
    const std::string text = to_csv(table);
    return text.substr(text.find('\n') + 1);
  }
};

TEST(PredictorTable, CountsRowsOfTheWindowThatAreKnown) {
  Village village;
  EXPECT_EQ(
      village.csv("[{from: charges, windows: [1y, 2y, ever], split: [total, offence_group], count: true}]"),
      "0,0,0,0,0,0,1,1,0\n2,1,1,3,1,2,3,1,2\n1,0,0,1,0,0,1,0,0\n0,0,0,0,0,0,0,0,0\n");
}

TEST(PredictorTable, WindowsMayGoByAnotherDateButNotKnowMore) {
  Village village;
  EXPECT_EQ(village.csv("[{from: charges, by: offence_date, windows: [1y, ever], count: true}]"),
            "0,1\n1,3\n1,1\n0,0\n");
}

TEST(PredictorTable, TimeSinceFirstAndLastAndAgeAtFirst) {
  Village village;
  EXPECT_EQ(village.csv("[{from: charges, since: [first, last], age_first: true}]"),
            "5478,5478,39\n365,0,23\n0,0,26\n,,\n");
}

TEST(PredictorTable, SumsAndMeansAndEnds) {
  Village village;
  EXPECT_EQ(village.csv("[{from: charges, sum: fine, mean: fine, min: fine, max: fine}]"),
            "0,,,\n150,75,50,100\n0,,,\n0,,,\n");
}

TEST(PredictorTable, DistinctValuesSharesAndAny) {
  Village village;
  EXPECT_EQ(village.csv("[{from: charges, distinct: offence_group, any: {windows: 1y}, "
                        "share: {name: violence, where: offence_group = 4}}]"),
            "1,false,0\n2,true,0.6666666865348816\n1,true,0\n0,false,\n");
}

TEST(PredictorTable, OthersChargedInTheSameCase) {
  Village village;  // 5's part in case 12 is registered after t
  EXPECT_EQ(village.csv("[{from: charges, others: {sharing: case_id}}]"),
            "0,0\n1,0.3333333432674408\n1,1\n0,\n");
}

TEST(PredictorTable, CellsKnownLaterAreMissing) {
  Village village;  // 3's verdict in case 11 falls in 2015
  EXPECT_EQ(village.csv("[{from: charges, latest: verdict, first: verdict, windows: [2y]}]"),
            ",\ntrue,false\n,\n,\n");
  EXPECT_EQ(village.csv("[{from: charges, where: verdict, count: true}]"), "0\n1\n0\n0\n");
}

TEST(PredictorTable, DaysInSpellEndAtT) {
  Village village;  // 30 Dec 2013 - 2 Jan 2014 (2 days of it in the window) and 30-31 Dec 2014
  EXPECT_EQ(village.csv("[{from: prison, windows: [1y, ever], split: [total, kind], days: true}]"),
            "0,0,0,0,0,0\n4,2,2,7,5,2\n0,0,0,0,0,0\n0,0,0,0,0,0\n");
  EXPECT_EQ(village.csv("[{from: prison, windows: [1y, 2y, ever], years: true, any: true, count: true}]"),
            "0,0,0,false,false,false,0,0,0\n1,2,3,true,true,true,1,2,3\n0,0,0,false,false,false,0,0,0\n"
            "0,0,0,false,false,false,0,0,0\n");
}

TEST(PredictorTable, AttributesAtTheIndexDate) {
  Village village;
  EXPECT_EQ(village.csv("[{from: persons, age: true, at_index: sex, age_at: {immigration_age: "
                        "immigration_date}, years_since: {years_here: immigration_date}},"
                        " {from: residence, at_index: [municipality]}, {from: residence, at_index: {of: "
                        "municipality, digits: 2}}]"),
            "54,1,10,44,0,0\n24,0,,,2,1\n26,0,,,,\n19,1,,,1,0\n");
  EXPECT_EQ(village.manifest.find("municipality")->unlisted, 1);
  EXPECT_EQ(village.manifest.find("sex")->unlisted, 0);
  EXPECT_EQ(village.manifest.units, 4);
}

TEST(PredictorTable, YearsOfAccumulatedRegisters) {
  Village village;
  EXPECT_EQ(village.csv("[{from: income, at_index: amount, windows: [1y, 2y], sum: amount}, "
                        "{from: income, name: aid, where: aid, years: true}]"),
            ",0,0,0\n10,10,30,2\n10,10,10,0\n7,7,7,0\n");
}

TEST(PredictorTable, AmountsAtConstantPrices) {
  Village village;
  EXPECT_EQ(village.csv("[{from: income, windows: 2y, sum: {of: amount, at_prices_of: {register: cpi, "
                        "column: index, year: 2014}}}]"),
            "0\n50\n10\n7\n");
  EXPECT_THROW(
      village.make(
          "[{from: income, sum: {of: amount, at_prices_of: {register: cpi, column: index, year: 2015}}}]"),
      Error);
}

TEST(PredictorTable, RanksWithinGroupsWithTies) {
  Village village;
  write_register(
      village.store, "persons",
      "(1, '1980-01-01', '1', NULL, NULL, NULL, NULL), (3, '1980-01-01', '1', NULL, NULL, NULL, NULL),"
      "(4, '1980-01-01', '1', NULL, 3, NULL, NULL), (5, '1980-01-01', '2', NULL, NULL, NULL, NULL),"
      "(7, '1980-01-01', '1', NULL, NULL, NULL, NULL)");  // 7 is no resident, but counts in the ranks
  write_register(
      village.store, "residence",
      "(1, '1990-01-01', NULL, '0301'), (3, '1990-01-01', NULL, '0301'), (4, '1990-01-01', NULL, '0301'),"
      "(5, '1990-01-01', NULL, '0301')");
  write_register(village.store, "income",
                 "(1, 2014, 10.0, NULL), (3, 2014, 10.0, NULL), (4, 2014, 30.0, NULL), (7, 2014, 20.0, "
                 "NULL), (5, 2014, 1.0, NULL),"
                 "(3, 2013, 9.0, NULL), (4, 2013, 8.0, NULL), (3, 2012, 1.0, NULL), (4, 2012, 2.0, NULL)");
  EXPECT_EQ(village.csv("[{from: income, rank: {of: amount, within: [age, sex]}},"
                        " {from: income, of: [self, mother], rank: {of: amount, within: [age, sex], "
                        "mean_over_ages: [33, 34]}}]"),
            "0,0,\n0,0.5,\n1,0.5,0.5\n0,0,\n");  // 3: 1 of 2013 and 0 of 2014
}

TEST(PredictorTable, FamilyAsKnown) {
  Village village;  // 6, the child of 5 and 3, is born the day after t
  EXPECT_EQ(village.csv("[{from: persons, family: [siblings, older_siblings, birth_order, children, "
                        "age_first_birth, age_youngest_child]}]"),
            "0,0,,3,27,19\n2,1,2,0,,\n2,0,1,0,,\n2,2,3,0,,\n");
}

TEST(PredictorTable, RelativesAreSeenAsKnownAndMayLiveElsewhere) {
  Village village;
  EXPECT_EQ(village.csv("[{from: persons, of: [mother, father], family: age_at_own_birth, age_at: "
                        "{age_at_death: death_date}},"
                        " {from: charges, of: mother, count: true}, {from: prison, of: father, days: true},"
                        " {from: prison, of: father, any: true}]"),
            ",,,,,,\n30,,40,59,1,367,true\n27,,37,59,1,367,true\n35,,,,1,,\n");
}

TEST(PredictorTable, TheSameBytesForAnyThreadsAndBlocks) {
  Village village;
  const std::string predictors =
      "[{from: charges, windows: [1y, ever], split: [total, offence_group], count: true, mean: fine, of: "
      "[self, mother]},"
      " {from: residence, at_index: municipality}, {from: income, rank: {of: amount, within: [age, sex]}}]";
  const std::string one = hash_file(village.make(predictors, "one"));
  EXPECT_EQ(one, hash_file(village.make(predictors, "four", 4)));
  EXPECT_EQ(one, hash_file(village.make(predictors, "blocks", 2, 1)));
  EXPECT_EQ(village.manifest.find("municipality")->unlisted, 1);
}

TEST(PredictorTable, TypesAreSmall) {
  Village village;
  const auto file =
      village.make("[{from: charges, count: true, any: true, sum: fine}, {from: persons, at_index: sex}]");
  Session session = open_session(village.folder.path());
  EXPECT_EQ(to_csv(session.read("SELECT column_type FROM (DESCRIBE SELECT * FROM read_parquet(" +
                                sql_text(file.string()) + "))")),
            "column_type\nBIGINT\nDATE\nUSMALLINT\nBOOLEAN\nFLOAT\nINTEGER\n");
}

TEST(PredictorTable, AStopLeavesNothingBehind) {
  Village village;
  std::stop_source source;
  source.request_stop();
  const Population population = parse_population(yaml("{unit: person}"), village.store.schema);
  PredictorTableSettings settings;
  settings.file = village.folder / "table.parquet";
  settings.temp_folder = village.folder / "temp";
  settings.stop = source.get_token();
  Workers workers{1};
  const auto specs =
      parse_predictors(yaml("[{from: charges, count: true}]"), village.store.schema, population);
  try {
    make_predictor_table(village.store, population, specs, 2014, settings, workers);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Interrupted);
  }
  EXPECT_FALSE(std::filesystem::exists(settings.file));
  EXPECT_TRUE(std::filesystem::is_empty(settings.temp_folder));
}

TEST(PredictorTable, ABrokenRegisterFailsWithoutATableOrAValue) {
  Village village;
  std::filesystem::remove_all(village.store.folder / "prison");
  EXPECT_THROW(village.make("[{from: prison, days: true}]"), Error);
  EXPECT_FALSE(std::filesystem::exists(village.folder / "table.parquet"));
}

}  // namespace
}  // namespace kohort
