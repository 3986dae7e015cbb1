#include "cohort/predictor_manifest.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace kohort {
namespace {

PredictorManifest example() {
  PredictorManifest manifest{"person", 16435, 3, {}};
  PredictorColumn count;
  count.name = "charges_count_3y";
  count.label = "Number of charges, last 3 years";
  count.kind = PredictorKind::Count;
  count.register_name = "charges";
  count.window = "3y";
  count.known_at = "registration_date <= t";
  PredictorColumn category = count;
  category.name = "mother_sex";
  category.kind = PredictorKind::Category;
  category.relative = "mother";
  category.window = "";
  category.levels = {"1", "2"};
  category.level_labels = {"Man", "Woman"};
  category.unlisted = 4;
  manifest.columns = {count, category};
  return manifest;
}

TEST(PredictorManifest, ComesBackFromItsJson) {
  EXPECT_EQ(parse_manifest(write_manifest(example())), example());
  EXPECT_NE(write_manifest(example()).find("\"index_date\": \"2014-12-31\""), std::string::npos);
}

TEST(PredictorManifest, FindsColumnsByName) {
  const PredictorManifest manifest = example();
  EXPECT_EQ(manifest.find("mother_sex"), &manifest.columns[1]);
  EXPECT_EQ(manifest.find("father_sex"), nullptr);
}

TEST(PredictorManifest, DamagedTextIsRefused) {
  const std::string whole = write_manifest(example());
  for (const std::string& bad : {std::string{}, std::string{"{}"}, whole.substr(0, whole.size() / 2)})
    EXPECT_THROW(parse_manifest(bad), Error);
}

}  // namespace
}  // namespace kohort
