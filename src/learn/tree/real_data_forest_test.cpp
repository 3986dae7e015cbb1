// The report's grid of forests read off six of them, on real data; only where KOHORT_DATA is set.

#include <gtest/gtest.h>

#include <algorithm>

#include "learn/tree/forest.hpp"
#include "learn/tree/real_tables.hpp"

namespace kohort {
namespace {

/// Every k-th row, some hundreds of them, a fifth of those held out.
struct SomeRows {
  RowList train, held;

  explicit SomeRows(std::size_t rows) {
    const std::size_t step = std::max<std::size_t>(1, rows / 500);
    for (std::size_t i = 0; i < rows; i += step)
      (i / step % 5 == 0 ? held : train).push_back(static_cast<std::uint32_t>(i));
  }
};

std::vector<ForestCut> cuts_of_the_grid() {
  std::vector<ForestCut> cuts;
  for (const int trees : {200, 300, 400, 500})
    for (const std::optional<int> depth : {std::optional{10}, {15}, {20}, {}})
      for (const int split : {2, 5, 10}) cuts.push_back({trees, depth, split});
  return cuts;
}

/// Its own fit for each of the 288 settings. The cuts of a group are compared side by side.
class RealForests : public testing::TestWithParam<std::string> {};

TEST_P(RealForests, ReadOffTheGridAreTheForestsOfTheirOwnSettings) {
  const auto sources = real_sources();
  const auto source = std::ranges::find(sources, GetParam(), &RealSource::folder);
  ASSERT_NE(source, sources.end());
  const RealTable table = read_real_table(*source);
  const SomeRows rows{table.rows.size()};
  const bool logistic = source->objectives.front() == Objective::Logistic;
  const Problem training{table.matrix, logistic ? table.event : table.count, rows.train,
                         source->objectives.front()};
  Workers workers;
  TreeBins bins{table.matrix, CategoryRule::Report, 256, workers};
  bins.mark(workers);
  const std::vector<ForestCut> cuts = cuts_of_the_grid();
  for (const int leaf : {1, 5, 10})
    for (const char* features : {"sqrt", "log2"}) {
      ForestSettings settings;
      settings.min_samples_leaf = leaf;
      settings.max_features = features;
      const auto read_off = forest_cuts(bins, training, settings, cuts, rows.held, Stream{3}, workers);
      ASSERT_EQ(read_off.size(), cuts.size());
      workers.for_each(cuts.size(), [&](std::size_t c) {
        Workers alone{1};
        ForestSettings own = settings;
        own.n_estimators = cuts[c].n_estimators;
        own.max_depth = cuts[c].max_depth;
        own.min_samples_split = cuts[c].min_samples_split;
        const TreeModel forest = fit_forest(bins, training, own, Stream{3}, alone);
        EXPECT_EQ(read_off[c], predict(forest, table.matrix, rows.held, alone)) << leaf << features << c;
      });
    }
}

INSTANTIATE_TEST_SUITE_P(RealData, RealForests,
                         testing::Values("adult-census", "credit-default-taiwan", "fertility-1980"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace kohort
