#include "registers/import.hpp"

#include "base/hash.hpp"
#include "registers/testing.hpp"

namespace kohort {
namespace {
namespace fs = std::filesystem;

const char* const kTwoRegisters = R"(registers:
  charges:
    unit: person
    key: [person, case_id]
    temporality: event
    event_date: offence_date
    known_at: registration_date
    source: {file: charges.csv}
    columns:
      person: {type: id, links: persons}
      case_id: {type: id, text: true}
      offence_date: {type: date, range: [1980-01-01, 2030-12-31]}
      registration_date: {type: date}
      municipality: {type: category, codes: ["0301", "5001"]}
      fine: {type: number, range: [0, 1e6], missing: ["-99"]}
      guilty: {type: flag}
  persons:
    unit: person
    key: [person]
    temporality: fixed
    source: {file: persons.csv}
    columns:
      person: {type: id}
      birth_year: {type: year, from: BORN}
      mother: {type: id, links: persons}
)";

const char* const kPersons = "person,BORN,mother\n3,1950.0,\n1,1980,3\n2,.,1\n4,1990,77\n";

void write_two_registers(const TestFolder& folder) {
  folder.raw("persons.csv", kPersons);
  folder.raw("charges.csv",
             "person,case_id,offence_date,registration_date,municipality,fine,guilty\n"
             "2,b,2010-01-05 00:00:00,2010-02-01,0301,100.5,ja\n"
             "1,a,05.01.2010,20100201,5001,-99,0\n"
             "1,b,2009-12-31,2010-01-01,,NaN,TRUE\n"
             "1,c,2010-01-05\n"                                   // 4 malformed line
             ",d,2010-01-05,2010-02-01,0301,1,1\n"                // 5 unit missing
             "1,e,2010-01-05,2010-02-01,0301,much,1\n"            // 6 wrong type
             "1,f,2010-02-30,2010-02-01,0301,1,1\n"               // 7 wrong type: no such day
             "1,g,2010-01-05,2010-02-01,0301,1000001,1\n"         // 8 out of range
             "1,h,2010-01-05,2010-02-01,301,1,1\n"                // 9 unknown code
             "1,i,2010-03-05,2010-02-01,0301,1,1\n"               // 10 dates out of order
             "1,a,2010-01-05,2010-02-01,0301,1,1\n"               // 11 duplicate key
             "9,j,2010-01-05,2010-02-01,0301,1,1\n"               // 12 dangling link
             "1,\"two\nlines\",2010-01-05,2010-02-01,0301,1,1\n"  // 13
             "x7,k,2010-01-05,2010-02-01,0301,1,1\n");            // 14 wrong type in the unit
}

TEST(Import, KeepsGoodRowsInOrderAndQuarantinesTheOthersWithTheirReason) {
  const TestFolder folder;
  write_two_registers(folder);
  const ImportResult result = import_into(folder, schema_of(kTwoRegisters));
  EXPECT_EQ(stored(folder, "charges/all.parquet"),
            "person,case_id,offence_date,registration_date,municipality,fine,guilty\n"
            "1,b,2009-12-31,2010-01-01,,,true\n"
            "1,a,2010-01-05,2010-02-01,5001,,false\n"
            "1,\"two\nlines\",2010-01-05,2010-02-01,0301,1,true\n"
            "2,b,2010-01-05,2010-02-01,0301,100.5,true\n");
  Session session{{.folders = {folder / "store"}, .temp_folder = {}}};
  EXPECT_EQ(to_csv(session.read(
                "SELECT quarantine_row, quarantine_reason, quarantine_column, quarantine_line, fine FROM " +
                std::string{"read_parquet("} + sql_path(folder / "store/quarantine/charges.parquet") + ")")),
            "quarantine_row,quarantine_reason,quarantine_column,quarantine_line,fine\n"
            "4,malformed_line,\"\",\"1,c,2010-01-05\",\n"
            "5,unit_missing,person,,1\n"
            "6,wrong_type,fine,,much\n"
            "7,wrong_type,offence_date,,1\n"
            "8,out_of_range,fine,,1000001\n"
            "9,unknown_code,municipality,,1\n"
            "10,dates_out_of_order,registration_date,,1\n"
            "11,duplicate_key,\"\",,1\n"
            "12,dangling_link,person,,1\n"
            "14,wrong_type,person,,1\n");
  const RegisterImport& charges = result.registers.at(0);
  EXPECT_EQ(charges.rows_read, 14);
  EXPECT_EQ(charges.rows_kept, 4);
  EXPECT_EQ(charges.rows_quarantined(), 10);
  EXPECT_EQ(charges.quarantined[2], (std::pair<std::string, std::int64_t>{"wrong_type", 3}));
}

TEST(Import, ADanglingLinkIsMissingUnlessItIsTheUnit) {
  const TestFolder folder;
  write_two_registers(folder);
  const ImportResult result = import_into(folder, schema_of(kTwoRegisters));
  EXPECT_EQ(stored(folder, "persons/all.parquet"),
            "person,birth_year,mother\n1,1980,3\n2,,1\n3,1950,\n4,1990,\n");
  EXPECT_EQ(result.registers.at(1).findings,
            (std::vector<Finding>{
                {"birth_year", "missing", 1}, {"mother", "missing", 1}, {"mother", "dangling_link", 1}}));
  EXPECT_FALSE(fs::exists(folder / "store/quarantine/persons.parquet"));
}

TEST(Import, LinksNameOnlyRowsThatAreInTheStore) {
  const TestFolder folder;
  write_two_registers(folder);
  folder.raw("persons.csv", "person,BORN,mother\n3,soon,\n1,1980,3\n2,.,1\n");  // 3 goes to quarantine
  import_into(folder, schema_of(kTwoRegisters));
  EXPECT_EQ(stored(folder, "persons/all.parquet"), "person,birth_year,mother\n1,1980,\n2,,1\n");
}

TEST(Import, FollowsThePolicy) {
  const TestFolder folder;
  folder.raw("a.csv", "p,q,d,e,c,n\n1,2,2001-02-01,2001-01-01,z,5\n1,2,2001-02-01,2001-03-01,a,x\n");
  const std::string yaml = R"(registers:
  a:
    unit: p
    key: [p]
    temporality: event
    event_date: d
    known_at: e
    source: {file: a.csv}
    policy: {wrong_type: missing, out_of_range: keep, unknown_code: POLICY, duplicate_key: keep, dates_out_of_order: keep, dangling_link: keep}
    columns: {p: {type: id}, q: {type: id, links: a}, d: {type: date}, e: {type: date}, c: {type: code, codes: [a]}, n: {type: number, range: [0, 1]}}
)";
  const auto with = [&](const std::string& treatment) {
    std::string text = yaml;
    return schema_of(text.replace(text.find("POLICY"), 6, treatment));
  };
  const ImportResult result = import_into(folder, with("missing"));
  EXPECT_EQ(stored(folder, "a/all.parquet"),
            "p,q,d,e,c,n\n1,2,2001-02-01,2001-01-01,,5\n1,2,2001-02-01,2001-03-01,a,\n");
  EXPECT_EQ(result.registers[0].findings, (std::vector<Finding>{{"c", "unknown_code", 1},
                                                                {"n", "wrong_type", 1},
                                                                {"n", "out_of_range", 1},
                                                                {"e", "dates_out_of_order", 1},
                                                                {"p", "duplicate_key", 1},
                                                                {"q", "dangling_link", 2}}));
  try {
    import_into(folder, with("error"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(std::string{e.what()},
              "a.csv: register a: unknown_code in column c: 1 row, the first is record 1\n"
              "   mend: mend the file or the schema, or choose a policy: {unknown_code: quarantine}");
    EXPECT_EQ(e.kind(), ErrorKind::Data);
  }
}

const char* const kOneRegister = R"(registers:
  a:
    unit: p
    temporality: fixed
    source: {file: FILE, delimiter: ";", decimal: ",", encoding: ENCODING}
    columns: {p: {type: id, from: "næ me"}, x: {type: number}, t: {type: text}}
)";

Schema one_register(const std::string& file, const std::string& encoding) {
  std::string yaml = kOneRegister;
  yaml.replace(yaml.find("FILE"), 4, file);
  return schema_of(yaml.replace(yaml.find("ENCODING"), 8, encoding));
}

TEST(Import, ReadsEveryEncoding) {
  const std::string text = "p,x,t\n1,1.5,Bjørn “é”\n2,-1000,\n", plain = "p,x,t\n1,1.5,Bjørn é\n2,-1000,\n";
  {
    const TestFolder folder;
    folder.raw("a.csv", "\xef\xbb\xbfnæ me;x;t\r\n1;1,5;Bjørn “é”\r\n2;-1,0e3;NA\r\n");
    import_into(folder, one_register("a.csv", "utf-8"));
    EXPECT_EQ(stored(folder, "a/all.parquet"), text);
  }
  {
    const TestFolder folder;
    folder.raw("a.csv", "n\xe6 me;x;t\n1;1,5;Bj\xf8rn \x93\xe9\x94\n2;-1,0e3;NA\n");
    import_into(folder, one_register("a.csv", "windows-1252"));
    EXPECT_EQ(stored(folder, "a/all.parquet"), text);
  }
  {
    const TestFolder folder;
    folder.raw("a.csv", "n\xe6 me;x;t\n1;1,5;Bj\xf8rn \xe9\n2;-1,0e3;NA\n");
    import_into(folder, one_register("a.csv", "latin-1"));
    EXPECT_EQ(stored(folder, "a/all.parquet"), plain);
  }
}

TEST(Import, ReadsUtf16InEitherByteOrder) {
  const std::u16string text = u"\ufeffnæ me;x;t\n1;1,5;Bjørn “é” 😀\n2;-1,0e3;NA\n3;1;\xd800 alone\n";
  for (const bool big : {false, true}) {
    std::string bytes;
    for (const char16_t unit : text) {
      const char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
      bytes += big ? std::string{high, low} : std::string{low, high};
    }
    const TestFolder folder;
    folder.raw("a.csv", bytes);
    const ImportResult result = import_into(folder, one_register("a.csv", "utf-16"));
    EXPECT_EQ(stored(folder, "a/all.parquet"), "p,x,t\n1,1.5,Bjørn “é” 😀\n2,-1000,\n");
    EXPECT_EQ(result.registers[0].quarantined.at(0).first, "malformed_line");  // half a character pair
  }
}

TEST(Import, ReadsCompressedFiles) {
  const TestFolder folder;
  Session session{{.folders = {folder / "raw"}, .temp_folder = {}}};
  session.run("COPY (SELECT i AS \"næ me\", '1,5' AS x, 'a;\"b' AS t FROM range(3) r(i)) TO " +
              sql_path(folder / "raw/a.csv.gz") + " (FORMAT csv, HEADER, DELIMITER ';')");
  import_into(folder, one_register("a.csv.gz", "utf-8"));
  EXPECT_EQ(stored(folder, "a/all.parquet"),
            "p,x,t\n0,1.5,\"a;\"\"b\"\n1,1.5,\"a;\"\"b\"\n2,1.5,\"a;\"\"b\"\n");
  EXPECT_THROW(import_into(folder, one_register("a.csv.gz", "latin-1")), Error);
}

TEST(Import, JoinsASecondFileAndDerivesAColumn) {
  const TestFolder folder;
  folder.raw("accused.csv", "p,case,code\n1,10.0,05A\n2,11,06B\n1,12,05C\n");
  folder.raw("cases.csv", "case,day,code\n10,2001-01-01,zzz\n11,2002-01-01,zzz\n13,2003-01-01,zzz\n");
  const char* yaml = R"(registers:
  charges:
    unit: p
    temporality: event
    event_date: day
    source: {file: accused.csv, join: {file: cases.csv, on: case}}
    columns: {p: {type: id}, case: {type: id}, day: {type: date}, code: {type: code}, group: {type: category, derive: {from: code, first: 2}}}
)";
  const ImportResult result = import_into(folder, schema_of(yaml));
  EXPECT_EQ(stored(folder, "charges/all.parquet"),
            "p,case,day,code,group\n1,10,2001-01-01,05A,05\n1,12,,05C,05\n2,11,2002-01-01,06B,06\n");
  EXPECT_EQ(result.registers[0].findings,
            (std::vector<Finding>{{"case", "join_unmatched", 1}, {"day", "missing", 1}}));
  folder.raw("cases.csv", "case,day\n10,2001-01-01\n10.0,2002-01-01\n");
  EXPECT_THROW(import_into(folder, schema_of(yaml)), Error);
}

TEST(Import, SplitsAccumulatedRegistersByYear) {
  const TestFolder folder;
  folder.raw("a.csv", "p,y,x\n2,2001,1\n1,2001,2\n1,2002,3\n1,,4\n");
  import_into(folder,
              schema_of("registers: {a: {unit: p, temporality: accumulated, year: y, source: {file: a.csv}, "
                        "columns: {p: {type: id}, y: {type: year}, x: {type: count}}}}"));
  EXPECT_EQ(stored(folder, "a/2001.parquet"), "p,y,x\n1,2001,2\n2,2001,1\n");
  EXPECT_EQ(stored(folder, "a/2002.parquet"), "p,y,x\n1,2002,3\n");
  EXPECT_EQ(stored(folder, "a/missing.parquet"), "p,y,x\n1,,4\n");
}

TEST(Import, GivesTheSameBytesOnAnyNumberOfThreads) {
  const TestFolder folder;
  write_two_registers(folder);
  std::vector<std::string> seen;
  for (const int threads : {1, 2, 5}) {
    import_into(folder, schema_of(kTwoRegisters), 1, threads);
    std::string all;
    for (const char* file : {"charges/all.parquet", "persons/all.parquet", "quarantine/charges.parquet",
                             "quality/data_quality.parquet", "import.json", "schema.yaml"})
      all += hash_file(folder / (std::string{"store/"} + file));
    seen.push_back(all);
  }
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST(Import, AFailureLeavesTheOldStoreAsItWas) {
  const TestFolder folder;
  write_two_registers(folder);
  import_into(folder, schema_of(kTwoRegisters));
  const std::string before = hash_file(folder / "store/charges/all.parquet");
  try {
    import_into(folder, schema_of(kTwoRegisters), 0.05);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(
        e.problem(),
        "register charges: 10 of 14 rows failed a check (malformed_line 1, unit_missing 1, wrong_type 3, "
        "out_of_range 1, unknown_code 1, dates_out_of_order 1, duplicate_key 1, dangling_link 1)");
  }
  EXPECT_EQ(hash_file(folder / "store/charges/all.parquet"), before);
  EXPECT_FALSE(fs::exists(folder / "store.partial"));
  EXPECT_EQ(read_parquet(folder / "store.rejected/quarantine/charges.parquet").rows(), 10u);
  EXPECT_TRUE(fs::exists(folder / "store.rejected/quality/data_quality.parquet"));
}

TEST(Import, CleansUpWhatAKilledImportLeft) {
  const TestFolder folder;
  write_two_registers(folder);
  import_into(folder, schema_of(kTwoRegisters));
  fs::create_directories(folder / "store.partial/staging");
  fs::rename(folder / "store", folder / "store.old");  // as if killed between the two renames
  folder.raw("persons.csv", "wrong\n1\n");
  EXPECT_THROW(import_into(folder, schema_of(kTwoRegisters)), Error);
  EXPECT_TRUE(fs::exists(folder / "store/charges/all.parquet"));
  EXPECT_FALSE(fs::exists(folder / "store.partial"));
  EXPECT_FALSE(fs::exists(folder / "store.old"));
}

TEST(Import, OnlyTheOwnerReadsTheStore) {
  const TestFolder folder;
  write_two_registers(folder);
  import_into(folder, schema_of(kTwoRegisters));
  EXPECT_EQ(fs::status(folder / "store").permissions(), fs::perms::owner_all);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "store"))
    EXPECT_EQ(entry.status().permissions() & fs::perms(0077), fs::perms::none) << entry.path();
}

TEST(Import, NamesTheFileAndTheNearestColumn) {
  const auto complaint = [](const std::string& persons) {
    const TestFolder folder;
    write_two_registers(folder);
    folder.raw("persons.csv", persons);
    try {
      import_into(folder, schema_of(kTwoRegisters));
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::Data);
      return std::string{e.what()};
    }
    return std::string{};
  };
  EXPECT_EQ(complaint("person,BORM,mother\n1,1980,\n"),
            "persons.csv:1: the column 'BORN' of the schema is missing\n"
            "   mend: did you mean 'BORM'? Then write from: BORM in the schema");
  EXPECT_NE(complaint("person,B\xf8RN,mother\n1,1,1\n").find("cannot be read in the encoding given"),
            std::string::npos);
  EXPECT_NE(complaint("").find("the file has no header line"), std::string::npos);
  EXPECT_NE(complaint("person,BORN,mother\n").find("the file has a header but no row"), std::string::npos);
  EXPECT_NE(complaint("person,BORN,mother,BORN\n1,1,1,1\n").find("two columns have the same name"),
            std::string::npos);
  EXPECT_NE(complaint("person,BORN,mother\n1,1980,\n2,\"1981,\n3,1982,\n")
                .find("a quote opens in record 2 and is never closed"),
            std::string::npos);
  EXPECT_NE(complaint(std::string("\x1f\x8b\x08garbage\0\n\xff\xfe", 14)).find("persons.csv"),
            std::string::npos);
}

/// Every file a program or person reads, as one text.
std::string all_texts(const TestFolder& folder, const std::string& message) {
  std::string texts = message + read_text_file(folder / "log.jsonl");
  for (const char* root : {"store", "store.rejected"}) {
    for (const char* file : {"import.json", "schema.yaml"})
      texts += read_text_file(folder / (std::string{root} + "/" + file));
    const fs::path quality = folder / (std::string{root} + "/quality/data_quality.parquet");
    if (fs::exists(quality)) texts += to_csv(read_parquet(quality));
  }
  return texts;
}

/// Imports persons and these charges; the message and all texts must not hold the planted cell.
void expect_hidden(const Schema& schema, const std::string& charges, double max_bad) {
  const TestFolder folder;
  folder.raw("persons.csv", kPersons);
  folder.raw("charges.csv", charges);
  std::string message;
  try {
    import_into(folder, schema, max_bad);
  } catch (const Error& e) {
    message = e.what();
    EXPECT_NE(e.kind(), ErrorKind::Defect);
  }
  const std::string texts = all_texts(folder, message);
  EXPECT_EQ(texts.find("7731"), std::string::npos) << texts;
}

TEST(Import, NoMessageHoldsAPlantedCell) {
  const std::string p = "PLANTED-7731", good = "1,z,2010-01-05,2010-02-01,0301,1,1\n";
  const std::string header = "person,case_id,offence_date,registration_date,municipality,fine,guilty\n";
  const std::vector<std::string> lines{
      p + ",a,2010-01-05,2010-02-01,0301,1,1\n",
      "7731773177317731,a,2010-01-05,2010-02-01,0301,1,1\n",
      "1," + p + ",2010-01-05,2010-02-01,0301,1,1\n1," + p + ",2010-01-05,2010-02-01,0301,1,1\n",
      "1,b," + p + ",2010-02-01,0301,1,1\n",
      "1,c,2010-01-05,2010-02-01," + p + ",1,1\n",
      "1,d,2010-01-05,2010-02-01,0301," + p + ",1\n",
      "1,e,2010-01-05,2010-02-01,0301,7731773177317731,1\n",
      "1,f,2010-01-05,2010-02-01,0301,1," + p + "\n",
      "1,a," + p + "\n",
      "1,g,2010-01-05,2010-02-01,0301,1,1," + p + "\n",
      "1,\"" + p + "\"x,2010-01-05,2010-02-01,0301,1,1\n",
      "1,\xff" + p + ",2010-01-05,2010-02-01,0301,1,1\n",
      p + ",h,9999-01-01,2010-02-01,0301,1,1\n"};
  std::string all;
  for (const std::string& line : lines) all += line;
  for (const std::string& top : {header, p + "," + header, std::string{}}) {  // "": the first line is data
    for (const double max_bad : {0.0, 1.0})
      expect_hidden(schema_of(kTwoRegisters), top + all + good, max_bad);
    expect_hidden(schema_of(kTwoRegisters),
                  top + good + "1,\"" + p + ",2010-01-05,2010-02-01,0301,1,1\n" + good, 1);
  }
  std::string strict = kTwoRegisters;
  strict.insert(
      strict.find("    columns:"),
      "    policy: {wrong_type: error, out_of_range: error, unknown_code: error, duplicate_key: error, "
      "dates_out_of_order: error, dangling_link: error}\n");
  for (const std::string& line : lines) expect_hidden(schema_of(strict), header + line + good, 1);
}

}  // namespace
}  // namespace kohort
