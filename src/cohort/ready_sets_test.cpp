#include <gtest/gtest.h>

#include <set>

#include "cohort/predictors.hpp"
#include "cohort/tiny_registers.hpp"
#include "synth/register_schema.hpp"

namespace kohort {
namespace {

std::vector<PredictorSpec> columns_of(const std::string& set) {
  const Schema schema = synthetic_schema(make_codes());
  return parse_predictors(yaml("[" + set + "]"), schema, parse_population(yaml("{unit: person}"), schema));
}

TEST(ReadySets, NorwayTableTwoHasItsColumns) {
  const std::vector<PredictorSpec> specs = columns_of("norway-table-2");
  EXPECT_GE(specs.size(), 300u);
  std::set<std::string> names, registers;
  for (const PredictorSpec& spec : specs) {
    names.insert(spec.column.name);
    registers.insert(spec.column.register_name);
  }
  for (const char* name : {"age",
                           "sex",
                           "older_siblings",
                           "municipality",
                           "age_youngest_child",
                           "charges_count_1y",
                           "charges_count_5y_group_4",
                           "charges_count_ever_code_101",
                           "charges_days_since_last_code_801",
                           "charges_distinct_offence_group_ever",
                           "charges_share_with_others_ever",
                           "imprisonment_days_ever_kind_2",
                           "child_welfare_age_first_kind_1",
                           "income_after_tax_rank",
                           "education_latest_level_1digit_ever",
                           "general_study_competence",
                           "military_sum_service_months_ever",
                           "mother_age_at_own_birth",
                           "father_income_after_tax_rank_mean_35_45",
                           "father_charges_count_ever_group_6",
                           "mother_imprisonment_days_ever_kind_1"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_EQ(registers, (std::set<std::string>{"benefits", "charges", "child_welfare", "civil_status",
                                              "education", "enrolment", "imprisonment", "income", "military",
                                              "persons", "residence", "school"}));
}

TEST(ReadySets, NorwayTableThreeHasNoCharges) {
  const std::vector<PredictorSpec> specs = columns_of("norway-table-3");
  EXPECT_GE(specs.size(), 20u);
  for (const PredictorSpec& spec : specs) EXPECT_NE(spec.column.register_name, "charges");
}

TEST(ReadySets, AnUnknownOneNamesTheNearest) {
  EXPECT_EQ(ready_sets(), (std::vector<std::string>{"norway-table-2", "norway-table-3"}));
  EXPECT_THROW(ready_set("norway-table-4"), Error);
}

}  // namespace
}  // namespace kohort
