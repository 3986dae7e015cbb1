#include "assess/deciles.hpp"

#include <algorithm>

#include "assess/ranking.hpp"
#include "assess/shapes.hpp"

namespace kohort {
namespace {

/// Puts each run of equal predictions in the order of their lots.
void draw_lots(std::vector<std::uint32_t>& order, std::span<const double> predicted, Stream ties) {
  for_each_tie(order, predicted, [&](std::size_t first, std::size_t last) {
    if (last - first == 1) return;
    std::sort(order.begin() + static_cast<std::ptrdiff_t>(first),
              order.begin() + static_cast<std::ptrdiff_t>(last), [&](std::uint32_t a, std::uint32_t b) {
                return std::pair{ties.bits(a), a} < std::pair{ties.bits(b), b};
              });
  });
}

}  // namespace

std::vector<std::uint8_t> deciles(std::span<const double> predicted, Stream ties) {
  std::vector<std::uint32_t> order = descending_order(predicted);
  draw_lots(order, predicted, ties);
  std::vector<std::uint8_t> decile(predicted.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    decile[order[rank]] = static_cast<std::uint8_t>(1 + rank * kDeciles / order.size());
  return decile;
}

std::array<DecileSummary, kDeciles> summarise_deciles(std::span<const std::uint8_t> decile,
                                                      std::span<const double> actual,
                                                      std::span<const double> predicted) {
  expect_equal_lengths(decile.size(), actual.size());
  expect_equal_lengths(decile.size(), predicted.size());
  std::array<DecileSummary, kDeciles> out{};
  for (std::size_t i = 0; i < decile.size(); ++i) {
    DecileSummary& d = out[decile[i] - 1u];
    ++d.units;
    ++d.with_events[static_cast<std::size_t>(std::clamp(actual[i], 0.0, kEventClasses - 1.0))];
    d.predicted_sum += predicted[i];
    d.actual_sum += actual[i];
  }
  return out;
}

}  // namespace kohort
