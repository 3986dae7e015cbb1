#include "learn/tree/xgboost_categories.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace kohort {
namespace {

using nlohmann::json;
using Levels = std::vector<std::vector<std::string>>;

/// `enc` of three features: texts, a number, whole numbers. The bytes are those of "Sør" and "N".
json container() {
  return json::parse(R"({"enc": [{"offsets": [0, 4, 5], "values": [83, -61, -72, 114, 78]},
                                 {"offsets": [], "values": []},
                                 {"type": 15, "values": [7, -2, 30]}],
                         "feature_segments": [0, 2, 2, 5], "sorted_idx": [1, 0, 1, 0, 2]})");
}

TEST(XgboostCategories, AreTextsOrWholeNumbersInTheOrderOfTheirCodes) {
  EXPECT_EQ(read_xgboost_categories(container()), (Levels{{"Sør", "N"}, {}, {"7", "-2", "30"}}));
}

TEST(XgboostCategories, OfArraysAreNone) {
  EXPECT_EQ(read_xgboost_categories({{"enc", json::array()}}), Levels{});
  EXPECT_EQ(read_xgboost_categories(json::parse(R"({"enc": [{"offsets": [], "values": []},
                                                            {"offsets": [0], "values": []}]})")),
            Levels{});
}

TEST(XgboostCategories, MayBeEmptyAndTheLargestNumbers) {
  json cats = container();
  cats["enc"][0] = {{"offsets", {0, 0, 1}}, {"values", {65}}};
  cats["enc"][2]["values"] = {std::numeric_limits<std::int64_t>::min(),
                              std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(read_xgboost_categories(cats),
            (Levels{{"", "A"}, {}, {"-9223372036854775808", "9223372036854775807"}}));
}

/// What is said after `damage` to the texts and the numbers.
template <class Damage>
std::string refusal(Damage damage) {
  json cats = container();
  damage(cats["enc"][0], cats["enc"][2]);
  try {
    read_xgboost_categories(cats);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    EXPECT_FALSE(e.mend().empty());
    const std::string before = "this is no tree model that kohort can read: ";
    EXPECT_TRUE(e.problem().starts_with(before)) << e.problem();
    return e.problem().substr(before.size());
  } catch (const json::exception&) {
    return "json";
  }
  return "read";
}

TEST(XgboostCategories, ThatAreDamagedAreRefused) {
  EXPECT_EQ(refusal([](json&, json&) {}), "read");
  const std::string apart = "the texts of its categories do not follow each other",
                    range = "a category is out of range";
  for (const json& offsets : {json{1, 4, 5}, json{0, 4}, json{0, 5, 4, 5}, json::array()})
    EXPECT_EQ(refusal([&](json& t, json&) { t["offsets"] = offsets; }), apart) << offsets;
  EXPECT_EQ(refusal([](json& t, json&) { t["offsets"] = {0, 4, 6}; }), range);
  EXPECT_EQ(refusal([](json& t, json&) { t["offsets"] = {0, -1, 5}; }), range);
  EXPECT_EQ(refusal([](json& t, json&) { t["offsets"] = 5; }), "json");
  EXPECT_EQ(refusal([](json& t, json&) { t["values"][0] = 256; }), range);
  EXPECT_EQ(refusal([](json& t, json&) { t["values"][0] = "S"; }), "a category is no whole number");
  EXPECT_EQ(refusal([](json& t, json&) { t["values"][1] = -60; }), "read");
  EXPECT_EQ(refusal([](json& t, json&) { t["values"][1] = -1; }), "a category is no UTF-8");
  EXPECT_EQ(refusal([](json& t, json&) {
              t = {{"offsets", {0, 1, 2}}, {"values", {65, 65}}};
            }),
            "a feature has the same category twice");
  EXPECT_EQ(refusal([](json&, json& n) { n["values"][0] = 30; }), "a feature has the same category twice");
  EXPECT_EQ(refusal([](json&, json& n) { n["values"][0] = 1.5; }), "a category is no whole number");
  EXPECT_EQ(refusal([](json&, json& n) { n["values"][0] = std::numeric_limits<std::uint64_t>::max(); }),
            range);
  for (const int type : {7, 8})
    EXPECT_EQ(refusal([&](json&, json& n) { n["type"] = type; }),
              "its categories are numbers with fractions");
  for (const int type : {6, 17})
    EXPECT_EQ(refusal([&](json&, json& n) { n["type"] = type; }), "its categories are of an unknown type");
  EXPECT_EQ(refusal([](json&, json& n) { n.erase("type"); }), "json");
}

}  // namespace
}  // namespace kohort
