#include "base/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "base/error.hpp"

namespace kohort {
namespace {

TEST(Workers, RunEveryTaskOnce) {
  for (const int threads : {1, 2, 7}) {
    Workers workers{threads};
    std::vector<std::atomic<int>> runs(10'000);
    for (int round = 0; round < 20; ++round) workers.for_each(runs.size(), [&](std::size_t i) { ++runs[i]; });
    for (const auto& count : runs) ASSERT_EQ(count.load(), 20);
  }
}

TEST(Workers, TheLowestFailureWins) {
  Workers workers{4};
  for (int round = 0; round < 50; ++round) {
    try {
      workers.for_each(1000, [&](std::size_t i) {
        if (i % 7 == 3) throw Error(ErrorKind::Data, std::to_string(i));
      });
      FAIL();
    } catch (const Error& e) {
      ASSERT_EQ(e.problem(), "3");
    }
  }
}

TEST(Workers, TellHowManyTasksWouldRunAtOnce) {
  Workers workers{3};
  EXPECT_EQ(workers.at_once(), 3);
  std::vector<int> inside(50);
  workers.for_each(inside.size(), [&](std::size_t i) { inside[i] = workers.at_once(); });
  EXPECT_EQ(inside, std::vector<int>(50, 1));
  EXPECT_EQ(workers.at_once(), 3);
}

TEST(Workers, NestedCallsRunInline) {
  Workers workers{3};
  std::atomic<int> sum{0};
  workers.for_each(10, [&](std::size_t) { workers.for_each(10, [&](std::size_t) { ++sum; }); });
  EXPECT_EQ(sum.load(), 100);
}

TEST(Workers, StopEndsWithInterrupted) {
  std::stop_source source;
  Workers workers{2, source.get_token()};
  std::atomic<int> ran{0};
  try {
    workers.for_each(100'000, [&](std::size_t i) {
      ++ran;
      if (i == 10) source.request_stop();
    });
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), 75);
  }
  EXPECT_LT(ran.load(), 100'000);
}

TEST(Workers, BlockedSumsHaveTheSameBitsOnAnyNumberOfThreads) {
  Workers one{1}, seven{7};
  const auto f = [](std::size_t i) { return 1.0 / static_cast<double>(i + 1); };
  EXPECT_EQ(sum_in_blocks(one, 1'000'003, f), sum_in_blocks(seven, 1'000'003, f));
}

}  // namespace
}  // namespace kohort
