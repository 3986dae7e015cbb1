#include "cohort/expression.hpp"

#include <gtest/gtest.h>

#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

const std::vector<ExpressionName> kNames{{"age", "age", CellType::Number, {}},
                                         {"sex", "\"sex\"", CellType::Category, {"1", "2"}},
                                         {"born", "\"born\"", CellType::Date, {}},
                                         {"foreign", "\"foreign\"", CellType::Flag, {}},
                                         {"person", "\"person\"", CellType::Id, {}}};

std::string sql(const std::string& condition) {
  return parse_expression(yaml("where: " + condition).at("where"), kNames);
}
std::string message(const std::string& condition) {
  try {
    sql(condition);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Study);
    return error.what();
  }
  return "no error";
}

TEST(Expression, ComparesColumnsWithConstants) {
  EXPECT_EQ(sql("age between 15 and 84"), "(age BETWEEN 15 AND 84)");
  EXPECT_EQ(sql("sex in (1, '2')"), "(\"sex\" IN ('1', '2'))");
  EXPECT_EQ(sql("born >= 1980-01-31"), "(\"born\" >= DATE '1980-01-31')");
  EXPECT_EQ(sql("sex is not missing and not foreign"), "((\"sex\" IS NOT NULL) AND (NOT (\"foreign\")))");
}

TEST(Expression, AndBindsCloserThanOr) {
  EXPECT_EQ(sql("age < 20 or age > 60 and sex = 1"), "((age < 20) OR ((age > 60) AND (\"sex\" = '1')))");
  EXPECT_EQ(sql("(age < 20 or age > 60) and sex = 1"), "(((age < 20) OR (age > 60)) AND (\"sex\" = '1'))");
}

TEST(Expression, QuotesCannotEscape) {
  const std::vector<ExpressionName> names{{"note", "\"note\"", CellType::Text, {}}};
  EXPECT_EQ(parse_expression(yaml("where: note = \"it's\"").at("where"), names), "(\"note\" = 'it''s')");
}

TEST(Expression, RefusesWhatIsNoCondition) {
  EXPECT_EQ(message("agee > 3"),
            "study.yaml:1:8: there is no column 'agee' to compare (character 1 of the condition)\n"
            "    1 | where: agee > 3\n"
            "      |        ^\n"
            "   mend: did you mean 'age'? Known: age, sex, born, foreign, person.");
  for (const char* bad : {"age >", "age", "age between 15", "sex in ()", "age > 'x'", "sex = 3", "person = 5",
                          "5 = 5", "age > 3; drop table x", "read_text('x') = 'y'", "age > 3 age < 5",
                          "born > 2020", "(age > 3", "age = 'open", "age > 12x"})
    EXPECT_NE(message(bad), "no error") << bad;
}

}  // namespace
}  // namespace kohort
