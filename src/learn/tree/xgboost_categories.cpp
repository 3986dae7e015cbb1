#include "learn/tree/xgboost_categories.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

using nlohmann::json;
using Levels = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& why,
                         const char* mend = "save the model again with the version that made it") {
  throw Error(ErrorKind::Data, "this is no tree model that kohort can read: " + why, {}, mend);
}

/// A whole number from least to most.
std::int64_t whole(const json& value, std::int64_t least, std::int64_t most) {
  if (!value.is_number_integer()) refuse("a category is no whole number");
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    refuse("a category is out of range");
  const auto x = value.get<std::int64_t>();
  if (x < least || x > most) refuse("a category is out of range");
  return x;
}

Levels texts(const json& offsets, const json& values) {
  std::string all;
  for (const json& byte : values.get_ref<const json::array_t&>())
    all += static_cast<char>(whole(byte, -128, 255));  // signed today, meant to become unsigned
  Levels levels;
  std::size_t begin = 0;
  for (std::size_t k = 0; k < offsets.size(); ++k) {
    const auto end = static_cast<std::size_t>(whole(offsets[k], 0, std::ssize(all)));
    if (k == 0 ? end != 0 : end < begin) refuse("the texts of its categories do not follow each other");
    if (k > 0) levels.push_back(all.substr(begin, end - begin));
    begin = end;
  }
  if (begin != all.size()) refuse("the texts of its categories do not follow each other");
  if (!std::ranges::all_of(levels, is_utf8)) refuse("a category is no UTF-8", "name the categories in UTF-8");
  return levels;
}

Levels numbers(const json& type, const json& values) {
  constexpr std::int64_t kFloat = 7, kDouble = 8, kUint64 = 16;  // what lies between are whole numbers
  const std::int64_t of = whole(type, 0, 100);
  if (of == kFloat || of == kDouble)
    refuse("its categories are numbers with fractions", "name the categories by text or whole numbers");
  if (of < kFloat || of > kUint64) refuse("its categories are of an unknown type");
  Levels levels;
  for (const json& value : values.get_ref<const json::array_t&>())
    levels.push_back(std::to_string(
        whole(value, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max())));
  return levels;
}

bool has_double(Levels levels) {
  std::ranges::sort(levels);
  return std::ranges::adjacent_find(levels) != levels.end();
}

}  // namespace

std::vector<Levels> read_xgboost_categories(const json& cats) {
  std::vector<Levels> features;
  for (const json& feature : cats.at("enc").get_ref<const json::array_t&>()) {
    features.push_back(
        feature.contains("offsets")
            ? texts(feature.at("offsets").get_ref<const json::array_t&>(), feature.at("values"))
            : numbers(feature.at("type"), feature.at("values")));
    if (has_double(features.back())) refuse("a feature has the same category twice");
  }
  const bool none = std::ranges::all_of(features, [](const Levels& levels) { return levels.empty(); });
  return none ? std::vector<Levels>{} : features;
}

}  // namespace kohort
