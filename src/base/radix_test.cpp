#include "base/radix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "base/random.hpp"

namespace kohort {
namespace {

TEST(Radix, OrdersFloatsAsNumbers) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  std::vector<float> values{0.0F, -0.0F, kInf, -kInf, 1e-40F, -1e-40F, 3.5F, -3.5F};
  for (std::size_t i = 0; i < 5000; ++i) values.push_back(static_cast<float>(Stream{1}.normal(i) * 1e3));
  std::vector<std::uint32_t> keys;
  for (const float x : values) keys.push_back(ordered_bits(x));
  EXPECT_EQ(keys[0], keys[1]) << "0 and -0 are one";
  radix_sort(keys, std::identity{});
  std::ranges::sort(values);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(float_of(keys[i]), values[i]);
}

TEST(Radix, LeavesEqualKeysInTheirOrder) {
  struct Item {
    std::uint32_t key;
    std::size_t place;
  };
  std::vector<Item> items;
  for (std::size_t i = 0; i < 3000; ++i)
    items.push_back({static_cast<std::uint32_t>(Stream{2}.below(i, 7) * 0x10001003U), i});
  radix_sort(items, [](const Item& item) { return item.key; });
  for (std::size_t i = 1; i < items.size(); ++i) {
    ASSERT_LE(items[i - 1].key, items[i].key);
    if (items[i - 1].key == items[i].key) ASSERT_LT(items[i - 1].place, items[i].place);
  }
}

}  // namespace
}  // namespace kohort
