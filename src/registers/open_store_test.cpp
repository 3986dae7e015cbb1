#include "registers/open_store.hpp"

#include "registers/testing.hpp"

namespace kohort {
namespace {
namespace fs = std::filesystem;

const char* const kTwoSmall =
    "registers: {a: {unit: p, temporality: accumulated, year: y, source: {file: a.csv}, "
    "columns: {p: {type: id}, y: {type: year}, x: {type: number}}}, "
    "b: {unit: p, temporality: fixed, source: {file: a.csv}, columns: {p: {type: id}}}}";

void import_two_small(const TestFolder& folder) {
  folder.raw("a.csv", "p,y,x\n1,2001,1\n1,2002,3\n");
  import_into(folder, schema_of(kTwoSmall));
}

std::string complaint(const TestFolder& folder) {
  try {
    open_store(folder / "store");
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    return e.what();
  }
  return {};
}

TEST(OpenStore, GivesTheSchemaOfTheStore) {
  const TestFolder folder;
  import_two_small(folder);
  EXPECT_EQ(open_store(folder / "store").schema.registers, schema_of(kTwoSmall).registers);
}

TEST(OpenStore, NamesWhatIsMissing) {
  const TestFolder folder;
  EXPECT_NE(complaint(folder).find("this folder is no register store"), std::string::npos);
  import_two_small(folder);
  Rows rows{{"p", ColumnType::Integer}, {"y", ColumnType::Text}, {"xx", ColumnType::Number}};
  rows.add(1, "2003", 1.0);
  write_parquet(rows.table(), folder / "store/a/2003.parquet");
  EXPECT_EQ(complaint(folder),
            "a/2003.parquet: column 'y' is stored as VARCHAR, and the schema says INTEGER\n"
            "   mend: import the register again, or mend schema.yaml");
  std::ofstream{folder / "store/a/2003.parquet"} << "garbage";
  EXPECT_NE(complaint(folder).find("a/2003.parquet: a register's file is damaged or no Parquet"),
            std::string::npos);
  fs::remove(folder / "store/a/2003.parquet");
  EXPECT_EQ(complaint(folder), "");
  fs::remove_all(folder / "store/b");
  EXPECT_NE(complaint(folder).find("register b has no file"), std::string::npos);
}

TEST(OpenStore, AFingerprintFollowsTheContent) {
  const TestFolder folder;
  import_two_small(folder);
  const RegisterStore store = open_store(folder / "store");
  const std::string a = store.fingerprint("a"), b = store.fingerprint("b");
  EXPECT_NE(a, b);
  EXPECT_TRUE(fs::exists(folder / "store/.fingerprints.json"));
  EXPECT_EQ(store.fingerprint("a"), a);
  fs::remove(folder / "store/.fingerprints.json");
  EXPECT_EQ(store.fingerprint("a"), a);
  std::ofstream{folder / "store/.fingerprints.json"} << "[1, {garbage";
  EXPECT_EQ(store.fingerprint("a"), a);

  Rows rows{{"p", ColumnType::Integer}, {"y", ColumnType::Integer}, {"x", ColumnType::Number}};
  rows.add(1, 2002, 4.0);
  write_parquet(rows.table(), folder / "store/a/2002.parquet");
  EXPECT_NE(store.fingerprint("a"), a);
  EXPECT_EQ(store.fingerprint("b"), b);
}

TEST(OpenStore, RemembersUnchangedFilesWithoutReadingThem) {
  const TestFolder folder;
  import_two_small(folder);
  const RegisterStore store = open_store(folder / "store");
  store.fingerprint("b");
  std::string memory = read_text_file(folder / "store/.fingerprints.json");
  const std::size_t at = memory.find("\"hash\":\"") + 8;
  memory[at] = memory[at] == '0' ? '1' : '0';
  const std::string before = store.fingerprint("b");
  std::ofstream{folder / "store/.fingerprints.json"} << memory;
  EXPECT_NE(store.fingerprint("b"), before);  // the remembered hash was believed
}

}  // namespace
}  // namespace kohort
