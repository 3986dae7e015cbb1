#include "registers/altered_store.hpp"

#include "base/text.hpp"
#include "registers/testing.hpp"

namespace kohort {
namespace {

const char* const kSchema = R"(registers:
  persons:
    unit: person
    temporality: fixed
    source: {file: persons.csv}
    columns: {person: {type: id}, born: {type: year}, died: {type: date, known_at: died}, cause: {type: category, known_at: died, codes: [a, b, c]}}
  charges:
    unit: person
    temporality: event
    event_date: happened
    known_at: registered
    source: {file: charges.csv}
    policy: {dates_out_of_order: keep}
    columns: {person: {type: id}, happened: {type: date}, registered: {type: date}, fine: {type: number, range: [0, 10]}, guilty: {type: flag}, note: {type: text}}
  homes:
    unit: person
    temporality: status
    start: from_day
    end: to_day
    source: {file: homes.csv}
    columns: {person: {type: id}, from_day: {type: date}, to_day: {type: date}, town: {type: category, codes: [x, y]}}
  income:
    unit: person
    temporality: accumulated
    year: year
    source: {file: income.csv}
    columns: {person: {type: id}, year: {type: year}, income: {type: number}}
)";

const std::int32_t kDay = *parse_date("2010-12-31");

RegisterStore make_store(const TestFolder& folder) {
  folder.raw("persons.csv", "person,born,died,cause\n1,1950,2009-05-05,a\n2,1960,2012-05-05,b\n3,1970,,\n");
  folder.raw("charges.csv",
             "person,happened,registered,fine,guilty,note\n"
             "1,2010-12-30,2010-12-31,1,1,known\n"
             "2,2010-12-30,2011-01-01,2,1,registered later\n"
             "3,2011-01-05,2010-12-01,3,0,happened later\n"
             "3,2011-02-05,2011-02-06,10,0,both later\n"
             "1,2010-02-05,,5,0,never registered\n"
             "2,,2010-12-31,6,0,happened nobody knows when\n");
  folder.raw("homes.csv",
             "person,from_day,to_day,town\n1,2001-01-01,2010-12-31,x\n1,2011-01-01,,y\n2,2001-01-01,2011-06-"
             "01,x\n3,2002-01-01,,y\n");
  folder.raw("income.csv", "person,year,income\n1,2010,5\n1,2011,6\n2,2009,7\n");
  import_into(folder, schema_of(kSchema));
  return open_store(folder / "store");
}

/// One register of a store as known at kDay, written here by hand as the definition.
std::string known(const std::filesystem::path& store, const std::string& reg) {
  const std::string from = " FROM read_parquet(" + sql_path(store / reg / "all.parquet") + ") WHERE ";
  const std::string income = " FROM read_parquet([" + sql_path(store / reg / "2009.parquet") + ", " +
                             sql_path(store / reg / "2010.parquet") + "]) WHERE ";
  const bool split = reg == "income" && std::filesystem::exists(store / reg / "2009.parquet");
  std::string sql;
  if (reg == "persons")
    sql =
        "SELECT person, born, if(died <= DATE '2010-12-31', died, NULL), if(died <= DATE '2010-12-31', "
        "cause, NULL)" +
        from + "true";
  else if (reg == "charges")
    sql = "SELECT *" + from +
          "registered <= DATE '2010-12-31' AND (happened IS NULL OR happened <= DATE '2010-12-31')";
  else if (reg == "homes")
    sql = "SELECT person, from_day, if(to_day <= DATE '2010-12-31', to_day, NULL), town" + from +
          "from_day <= DATE '2010-12-31'";
  else
    sql = "SELECT *" + (split ? income : from) + "year <= 2010";
  Session session{{.folders = {store}, .temp_folder = {}}};
  return to_csv(session.read(sql + " ORDER BY ALL"));
}

TEST(AlteredStore, NothingKnownAtTheDayMoves) {
  const TestFolder folder;
  const RegisterStore store = make_store(folder);
  for (const Alteration how : {Alteration::Delete, Alteration::Garble}) {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      write_altered_store(store, kDay, folder / "other", how, seed);
      open_store(folder / "other");
      for (const std::string& reg : store.schema.register_names()) {
        EXPECT_EQ(known(folder / "other", reg), known(folder / "store", reg)) << reg;
        EXPECT_GT(known(folder / "store", reg).size(), 30u);
      }
    }
  }
}

TEST(AlteredStore, DeletesEveryRowAndBlanksEveryCellKnownLater) {
  const TestFolder folder;
  write_altered_store(make_store(folder), kDay, folder / "other", Alteration::Delete);
  const auto csv = [&](const char* file) {
    return to_csv(read_parquet(folder / (std::string{"other/"} + file)));
  };
  EXPECT_EQ(csv("persons/all.parquet"), "person,born,died,cause\n1,1950,2009-05-05,a\n2,1960,,\n3,1970,,\n");
  EXPECT_EQ(csv("charges/all.parquet"),
            "person,happened,registered,fine,guilty,note\n1,2010-12-30,2010-12-31,1,true,known\n"
            "2,,2010-12-31,6,false,happened nobody knows when\n");
  EXPECT_EQ(csv("homes/all.parquet"),
            "person,from_day,to_day,town\n1,2001-01-01,2010-12-31,x\n2,2001-01-01,,x\n3,2002-01-01,,y\n");
  EXPECT_EQ(csv("income/all.parquet"), "person,year,income\n1,2010,5\n2,2009,7\n");
}

TEST(AlteredStore, GarblesWhatIsKnownLaterIntoOtherValidValues) {
  const TestFolder folder;
  write_altered_store(make_store(folder), kDay, folder / "other", Alteration::Garble);
  Session session{{.folders = {folder / "store", folder / "other"}, .temp_folder = {}}};
  const auto count = [&](const char* store, const char* reg, const std::string& where) {
    return session.read_integer("SELECT count(*) FROM read_parquet(" +
                                sql_path(folder / (std::string{store} + "/" + reg + "/all.parquet")) +
                                ") WHERE " + where);
  };
  EXPECT_EQ(count("other", "charges", "true"), 6);
  EXPECT_EQ(count("other", "charges", "fine = 2 AND registered = DATE '2011-01-01'"), 0);
  EXPECT_EQ(count("other", "charges", "fine IN (3, 4, 9, 6)"),
            5);  // 2→3, 3→4, 10→9, 5→6, and the 6 that was known
  EXPECT_EQ(count("other", "charges", "guilty AND fine IN (4, 9)"), 2);
  EXPECT_EQ(count("other", "persons", "person = 2 AND died > DATE '2012-05-05' AND cause IN ('a', 'c')"), 1);
  EXPECT_EQ(count("other", "homes", "person = 2 AND to_day > DATE '2011-06-01' AND town = 'x'"), 1);
  EXPECT_EQ(count("other", "homes", "from_day > DATE '2011-01-01' AND town = 'x'"), 1);
  EXPECT_EQ(count("other", "income", "year > 2011 AND income = 7"), 1);
}

}  // namespace
}  // namespace kohort
