#include "learn/settings.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/forest.hpp"

namespace kohort {
namespace {

std::string message(const SettingValues& values) {
  try {
    read_settings<BoostingSettings>(values);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Study);
    return e.what();
  }
  return "no error";
}

TEST(Settings, KeepDefaultsWhereNothingIsGiven) {
  const auto settings = read_settings<BoostingSettings>({{"max_depth", "4"}});
  EXPECT_EQ(settings.max_depth, 4);
  EXPECT_EQ(settings.learning_rate, 0.3);
  EXPECT_FALSE(settings.base_score);
}

TEST(Settings, ReadWhatTheyWrite) {
  BoostingSettings settings;
  settings.learning_rate = 0.05;
  settings.base_score = 0.25;
  const auto again = read_settings<BoostingSettings>(write_settings(settings));
  EXPECT_EQ(write_settings(again), write_settings(settings));
  EXPECT_EQ(write_settings(settings).at("base_score"), "0.25");
}

TEST(Settings, RefuseAnUnknownNameWithTheNearest) {
  EXPECT_TRUE(message({{"learning_rat", "0.1"}})
                  .starts_with("learning_rat: there is no setting 'learning_rat'\n"
                               "   mend: did you mean 'learning_rate'?"))
      << message({{"learning_rat", "0.1"}});
}

TEST(Settings, RefuseAValueOutOfRangeOrOfTheWrongType) {
  EXPECT_EQ(message({{"learning_rate", "7"}}),
            "learning_rate: '7' is no value of learning_rate\n   mend: give 1e-06 to 1");
  EXPECT_EQ(message({{"max_depth", "4.5"}}),
            "max_depth: '4.5' is no value of max_depth\n   mend: give a whole number, 0 to 60");
  EXPECT_EQ(message({{"gamma", "much"}}), "gamma: 'much' is no value of gamma\n   mend: give 0 to 1e+09");
  EXPECT_EQ(message({{"gamma", "nan"}}), "gamma: 'nan' is no value of gamma\n   mend: give 0 to 1e+09");
  EXPECT_EQ(message({{"encoding", "set"}}),
            "encoding: 'set' is no value of encoding\n   mend: give sets or report or ordinal");
}

TEST(Settings, TakeNoneWhereItMeansNoLimit) {
  EXPECT_FALSE(read_settings<ForestSettings>({{"max_depth", "none"}}).max_depth);
  EXPECT_EQ(read_settings<ForestSettings>({{"max_depth", "10"}}).max_depth, 10);
  EXPECT_NE(message({{"max_depth", "none"}}), "no error");
}

TEST(Settings, TakeASharedOfFeaturesAsWordPartOrNumber) {
  for (const char* good : {"sqrt", "log2", "0.5", "1.0", "12"})
    EXPECT_EQ(read_settings<ForestSettings>({{"max_features", good}}).max_features, good);
  for (const char* bad : {"auto", "0", "1.5", "-1", ""})
    EXPECT_THROW(read_settings<ForestSettings>({{"max_features", bad}}), Error) << bad;
}

}  // namespace
}  // namespace kohort
