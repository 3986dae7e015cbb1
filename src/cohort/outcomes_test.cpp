#include "cohort/outcomes.hpp"

#include <gtest/gtest.h>

#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

/// Present on 31 December 2014: 1 stays; 2 dies before 2016; 3 dies on 1 July 2016; 4 leaves in 2015, 5 on
/// the last day of March 2016.
struct Village {
  TestFolder folder;
  RegisterStore store = tiny_store(folder);
  Population population = parse_population(yaml("{unit: person}"), store.schema);

  Village() {
    std::string persons, residence;
    for (const auto& [unit, death, end] : {std::tuple{1, "NULL", "NULL"},
                                           {2, "'2015-05-05'", "NULL"},
                                           {3, "'2016-07-01'", "NULL"},
                                           {4, "NULL", "'2015-08-01'"},
                                           {5, "NULL", "'2016-03-31'"}}) {
      const char* comma = unit == 1 ? "" : ", ";
      persons += fmt::format("{}({}, '1980-01-01', '1', NULL, NULL, NULL, {})", comma, unit, death);
      residence += fmt::format("{}({}, '1980-01-01', {}, '0301')", comma, unit, end);
    }
    write_register(store, "persons", persons);
    write_register(store, "residence", residence);
    write_register(store, "charges",
                   "(1, 1, '2016-01-01', '2015-01-01', '1', NULL, NULL, NULL), (1, 2, '2016-12-31', "
                   "'2015-01-01', '4', NULL, NULL, NULL),"
                   "(1, 3, '2015-12-31', '2015-01-01', '4', NULL, NULL, NULL), (1, 4, '2017-01-01', "
                   "'2016-12-31', '4', NULL, NULL, NULL),"
                   "(3, 5, '2016-02-01', '2016-01-01', '1', NULL, NULL, NULL), (9, 6, '2016-02-01', "
                   "'2016-01-01', '1', NULL, NULL, NULL)");
  }
  Outcome outcome(const std::string& declaration) const {
    return parse_outcome("charged", yaml(declaration), store.schema, population);
  }
  Table attrition = {};
  std::string csv(const std::string& declaration) {
    Session session = open_session(folder.path());
    attrition = make_outcome_table(session, store, population, outcome(declaration), 2014, 2016,
                                   folder / "outcome.parquet");
    return to_csv(read_parquet(folder / "outcome.parquet"));
  }
};

TEST(Outcomes, CountTheRowsOfACalendarYear) {
  Village village;
  EXPECT_EQ(village.csv("{count: charges, by: registration_year}"),
            "unit,outcome,exposure,status\n1,2,1,observed\n3,1,1,died\n5,0,1,left\n");
  EXPECT_EQ(village.csv("{any: charges, by: offence_year, where: offence_group in (4), absent: drop}"),
            "unit,outcome,exposure,status\n1,1,1,observed\n3,0,1,died\n5,0,1,left\n");
}

TEST(Outcomes, ThoseWhoAreGoneAreTreatedByPolicyAndCounted) {
  Village village;
  EXPECT_EQ(village.csv("{count: charges, absent: zero}"),
            "unit,outcome,exposure,status\n1,2,1,observed\n2,0,1,died\n3,1,1,died\n4,0,1,left\n5,0,1,left\n");
  EXPECT_EQ(village.csv("{count: charges, absent: weight}"),
            "unit,outcome,exposure,status\n1,2,1,observed\n3,1,0.4972677595628415,died\n5,0,0."
            "24863387978142076,left\n");
  EXPECT_EQ(to_csv(village.attrition),
            "outcome,index_year,outcome_year,status,units,kept\ncharged,2014,2016,observed,1,1\ncharged,2014,"
            "2016,died_before,1,0\n"
            "charged,2014,2016,left_before,1,0\ncharged,2014,2016,died_during,1,1\ncharged,2014,2016,left_"
            "during,1,1\n");
}

TEST(Outcomes, AreReadWithTheirBands) {
  const Village village;
  const Outcome outcome =
      village.outcome("{count: charges, by: registration_year, where: offence_group = 4, bands: [0, 1, 2]}");
  EXPECT_EQ(outcome.by, "registration_date");
  EXPECT_EQ(outcome.bands, (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(outcome.where_text, "offence_group = 4");
  for (const char* bad :
       {"{count: charges, any: charges}", "{}", "{count: crimes}", "{count: charges, by: fine}",
        "{count: persons}", "{count: charges, bands: [0, 0]}", "{count: charges, absent: never}",
        "{count: cpi}", "{count: charges, where: offence_group = 7}"})
    EXPECT_THROW(village.outcome(bad), Error) << bad;
}

TEST(Outcomes, MustComeAfterTheIndexYear) {
  Village village;
  Session session = open_session(village.folder.path());
  try {
    make_outcome_table(session, village.store, village.population, village.outcome("{count: charges}"), 2014,
                       2014, village.folder / "o.parquet");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Leak);
  }
}

}  // namespace
}  // namespace kohort
