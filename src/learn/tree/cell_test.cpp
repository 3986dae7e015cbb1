#include "learn/tree/cell.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace kohort {
namespace {

using Code = CellCode<PackedCell>;

/// Numbers of rows at and around the ends of ranges of bits.
const std::vector<std::size_t> kRows{0, 1, 4095, 4096, 20'000, 65'535, 65'536, 500'000, Code::kMostRows};

/// The largest sum of gradients that is allowed.
double largest(const Code& code) { return std::ldexp(1.0, code.gradient_bits()) - 1; }

/// Sums over up to so many rows, the largest ones among them.
std::vector<GradientPair> sums_over(std::size_t rows, Stream stream) {
  const double most = largest(Code{rows}), all = static_cast<double>(rows);
  std::vector<GradientPair> sums{{0, 0}, {0, all}, {most, all}, {-most, all}, {most, 0}, {-most, 0}, {-1, 1}};
  for (std::uint64_t i = 0; i < 300; ++i) {
    const double share = std::exp2(-50 * stream.child("size").uniform(i));
    const double sign = stream.child("sign").below(i, 2) == 0 ? 1 : -1;
    sums.push_back(
        {sign * std::floor(share * most), static_cast<double>(stream.child("count").below(i, rows + 1))});
  }
  return sums;
}

TEST(PackedCell, IsReadAsTheSumItWasWrittenFor) {
  for (const std::size_t rows : kRows) {
    SCOPED_TRACE("rows " + std::to_string(rows));
    const Code code{rows};
    for (const GradientPair& sum : sums_over(rows, Stream{rows}))
      ASSERT_EQ(code.sum(code.cell(sum)), sum) << sum.gradient << " over " << sum.hessian;
  }
}

TEST(PackedCell, AddsUpAndSubtractsAsTheSumsItStandsFor) {
  for (const std::size_t rows : kRows) {
    const Code code{rows};
    const std::vector<GradientPair> sums = sums_over(rows / 2, Stream{rows});
    for (std::size_t i = 0; i + 1 < sums.size(); ++i) {  // halves, so that a sum of two is a sum too
      const GradientPair a{std::trunc(sums[i].gradient / 4), sums[i].hessian},
          b{std::trunc(sums[i + 1].gradient / 4), sums[i + 1].hessian};
      PackedCell both = code.cell(a);
      both += code.cell(b);
      ASSERT_EQ(both, code.cell(a + b)) << "rows " << rows << ", sums " << i;
      ASSERT_EQ(both - code.cell(b), code.cell(a)) << "rows " << rows << ", sums " << i;
    }
  }
}

/// Nothing is lost on the way through numbers that no rows have.
TEST(PackedCell, IsTheSumOfWhatIsLeftWhateverLayBetween) {
  const Code code{5000};
  const GradientPair most{largest(code), 5000}, least{-largest(code), 5000};
  PackedCell cell = code.cell({-7, 3});
  for (int k = 0; k < 5; ++k) cell += code.cell(most);
  for (int k = 0; k < 5; ++k) cell -= code.cell(least);
  for (int k = 0; k < 5; ++k) cell -= code.cell(most);
  for (int k = 0; k < 5; ++k) cell += code.cell(least);
  EXPECT_EQ(code.sum(cell), (GradientPair{-7, 3}));
}

}  // namespace
}  // namespace kohort
