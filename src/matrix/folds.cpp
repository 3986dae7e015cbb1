#include "matrix/folds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

/// One cluster with its place in the deck: by band, then by its keyed draw, then by id.
struct Card {
  int band;
  std::uint64_t draw, id;
  auto operator<=>(const Card&) const = default;
};

std::vector<Card> make_deck(std::span<const std::uint64_t> cluster_of, std::span<const double> outcome,
                            std::span<const double> edges, Stream stream) {
  std::unordered_map<std::uint64_t, int> band_of_cluster;
  for (std::size_t i = 0; i < cluster_of.size(); ++i) {
    const int band = band_of(outcome[i], edges);
    const auto [place, fresh] = band_of_cluster.try_emplace(cluster_of[i], band);
    if (!fresh) place->second = std::max(place->second, band);
  }
  std::vector<Card> deck;
  deck.reserve(band_of_cluster.size());
  for (const auto& [id, band] : band_of_cluster) deck.push_back({band, stream.bits(id), id});
  std::ranges::sort(deck);
  return deck;
}

}  // namespace

int band_of(double outcome, std::span<const double> edges) {
  return static_cast<int>(std::ranges::upper_bound(edges, outcome) - edges.begin());
}

std::vector<int> deal_folds(std::span<const std::uint64_t> cluster_of, std::span<const double> outcome,
                            std::span<const double> edges, int folds, Stream stream) {
  if (cluster_of.size() != outcome.size())
    throw Error(ErrorKind::Defect, "folds need one cluster id and one outcome per row");
  if (folds < 2)
    throw Error(ErrorKind::Study, fmt::format("{} fold is no cross-validation", folds), "folds",
                "ask for 2 or more");
  const auto missing = std::ranges::count_if(outcome, [](double y) { return std::isnan(y); });
  if (missing > 0)
    throw Error(
        ErrorKind::Fit,
        fmt::format("the outcome is missing in {}", format_count(static_cast<std::uint64_t>(missing), "row")),
        {}, "leave rows without an outcome out of training");

  const std::vector<Card> deck = make_deck(cluster_of, outcome, edges, stream);
  if (std::ssize(deck) < folds)
    throw Error(ErrorKind::Study,
                fmt::format("{} cannot fill {} folds", format_count(deck.size(), "unit"), folds), "folds",
                "ask for fewer folds or a larger population");

  std::unordered_map<std::uint64_t, int> fold_of;
  for (std::size_t place = 0; place < deck.size(); ++place)
    fold_of[deck[place].id] = static_cast<int>(place % static_cast<std::size_t>(folds));

  std::vector<int> fold(cluster_of.size());
  std::ranges::transform(cluster_of, fold.begin(), [&](std::uint64_t id) { return fold_of.at(id); });
  return fold;
}

}  // namespace kohort
