#include "tune/halving.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"

namespace kohort {

void check(const Halving& halving) {
  if (halving.factor < 2 || halving.min_resources < 1)
    throw Error(ErrorKind::Defect, "halving needs a factor of two or more and a row");
}

std::size_t halving_kept(std::size_t candidates, const Halving& halving) {
  const auto factor = static_cast<std::size_t>(halving.factor);
  return (candidates + factor - 1) / factor;
}

std::vector<std::size_t> halving_rows(std::size_t candidates, std::size_t rows, const Halving& halving) {
  const auto factor = static_cast<std::size_t>(halving.factor);
  std::vector<std::size_t> of_rung{rows};
  for (std::size_t left = candidates / factor; left > 0 && of_rung.back() / factor >= halving.min_resources;
       left /= factor)
    of_rung.push_back(of_rung.back() / factor);
  std::ranges::reverse(of_rung);
  return of_rung;
}

std::vector<std::uint32_t> halving_order(std::size_t n, Stream stream) {
  std::vector<std::uint32_t> row(n), place(n);
  std::iota(row.begin(), row.end(), 0U);
  std::ranges::sort(row, {}, [&](std::uint32_t i) { return std::pair{stream.bits(i), i}; });
  for (std::size_t p = 0; p < n; ++p) place[row[p]] = static_cast<std::uint32_t>(p);
  return place;
}

}  // namespace kohort
