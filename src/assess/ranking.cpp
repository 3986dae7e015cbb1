#include "assess/ranking.hpp"

#include <bit>

namespace kohort {
namespace {

struct Key {
  std::uint64_t falls;  // smaller for a higher score
  std::uint32_t place;
};

/// The bits of a double, turned so that unsigned order is falling numeric order.
std::uint64_t falling_bits(double score) {
  const auto bits = std::bit_cast<std::uint64_t>(score + 0.0);  // + 0.0: -0 becomes 0
  constexpr std::uint64_t kSign = 1ULL << 63;
  return ~((bits & kSign) != 0 ? ~bits : bits | kSign);
}

}  // namespace

std::vector<std::uint32_t> descending_order(std::span<const double> score) {
  std::vector<Key> keys(score.size());
  for (std::size_t i = 0; i < score.size(); ++i)
    keys[i] = {falling_bits(score[i]), static_cast<std::uint32_t>(i)};
  std::ranges::sort(keys, [](const Key& a, const Key& b) {
    return a.falls != b.falls ? a.falls < b.falls : a.place < b.place;
  });
  std::vector<std::uint32_t> order(score.size());
  std::ranges::transform(keys, order.begin(), &Key::place);
  return order;
}

}  // namespace kohort
