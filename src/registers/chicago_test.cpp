// The schema in studies/chicago against the real register; only where KOHORT_DATA is set.

#include <algorithm>

#include "registers/open_store.hpp"
#include "registers/testing.hpp"

namespace kohort {
namespace {
namespace fs = std::filesystem;

const fs::path kRaw = fs::path{KOHORT_DATA} / "chicago-police-register";

ImportResult import_chicago(const TestFolder& folder, const Schema& schema) {
  std::FILE* nowhere = std::tmpfile();
  Log log{{.quiet = true, .ascii = false, .json_file = {}}, nowhere};
  Workers workers{2};
  const ImportResult result =
      import_registers(schema, kRaw, folder / "store",
                       {.max_bad = 0, .memory = 1u << 30, .version = "test", .stop = {}}, workers, log);
  std::fclose(nowhere);
  return result;
}

std::int64_t found(const RegisterImport& reg, const std::string& column, const std::string& check) {
  for (const Finding& finding : reg.findings) {
    if (finding.column == column && finding.check == check) return finding.rows;
  }
  return 0;
}

TEST(Chicago, IsImportedWholeWithTheDirtThatItsReadmeDescribes) {
  const TestFolder folder;
  const ImportResult result =
      import_chicago(folder, read_schema(fs::path{KOHORT_SOURCE} / "studies/chicago/schema.yaml"));
  const std::vector<std::int64_t> rows{33693, 244436, 106874, 211112};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(result.registers.at(i).rows_read, rows[i]);
    EXPECT_EQ(result.registers.at(i).rows_kept, rows[i]);
    EXPECT_EQ(found(result.registers.at(i), "person", "dangling_link"), 0);
  }
  EXPECT_EQ(found(result.registers[0], "birth_year", "missing"), 1105);         // 3.3 %
  EXPECT_EQ(found(result.registers[0], "resignation_date", "missing"), 13499);  // 40 % still serving
  EXPECT_EQ(found(result.registers[1], "complaint_date", "dates_out_of_order"),
            1316);  // officers in such cases
  EXPECT_EQ(found(result.registers[1], "case_id", "join_unmatched"), 0);
  EXPECT_EQ(found(result.registers[2], "unit_end_date", "missing"), 29905);  // open on 2018-06-01
  EXPECT_EQ(open_store(folder / "store").schema.register_names().size(), 4u);
}

TEST(Chicago, SevenHundredAndNineCasesAreRegisteredBeforeTheyHappened) {
  const TestFolder folder;
  const ImportResult result = import_chicago(folder, schema_of(R"(registers:
  cases:
    unit: case_id
    key: [case_id]
    temporality: event
    event_date: incident_date
    known_at: complaint_date
    policy: {dates_out_of_order: keep}
    source: {file: complaints.csv.gz}
    columns: {case_id: {type: id, text: true, from: cr_id}, incident_date: {type: date}, complaint_date: {type: date}}
)"));
  EXPECT_EQ(result.registers[0].rows_kept, 181412);
  EXPECT_EQ(found(result.registers[0], "complaint_date", "dates_out_of_order"), 709);
}

}  // namespace
}  // namespace kohort
