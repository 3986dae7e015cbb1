#include "matrix/full_columns.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>

#include "matrix/linear_design.hpp"

namespace kohort {
namespace {

constexpr std::size_t kLanes = 16;
using Lanes = std::array<double, kLanes>;

double sum_of(const Lanes& lanes) { return std::accumulate(lanes.begin(), lanes.end(), 0.0); }

/// f(row, lane) for all rows.
template <class F>
inline void each_lane(std::size_t rows, F f) {
  std::size_t i = 0;
  for (; i + kLanes <= rows; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) f(i + lane, lane);
  for (std::size_t lane = 0; i + lane < rows; ++lane) f(i + lane, lane);
}

/// 0 where x has no value.
inline double deviation(float x, double centre) {
  const double d = static_cast<double>(x) - centre;
  const auto there = -static_cast<std::uint64_t>(d == d);  // a mask: vector code has no branches
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(d) & there);
}

}  // namespace

FullColumns::FullColumns(const LinearColumns& columns, std::size_t rows) : cells_(columns.size()) {
  for (std::size_t k = 0; k < cells_.size(); ++k) {
    const LinearColumn& column = columns[k];
    if (column.values.size() * 4 <= rows) continue;
    cells_[k].assign(rows, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t c = 0; c < column.values.size(); ++c) cells_[k][column.rows[c]] = column.values[c];
  }
}

std::size_t FullColumns::bytes() const {
  std::size_t sum = 0;
  for (const std::vector<float>& column : cells_) sum += column.size() * sizeof(float);
  return sum;
}

double full_dot(std::span<const float> x, double centre, std::span<const double> r) {
  Lanes sum{};
  each_lane(x.size(), [&](std::size_t i, std::size_t lane) { sum[lane] += deviation(x[i], centre) * r[i]; });
  return sum_of(sum);
}

void full_add(std::span<const float> x, double centre, double step, std::span<const double> weight,
              std::span<double> r) {
  for (std::size_t i = 0; i < x.size(); ++i) r[i] += step * (deviation(x[i], centre) * weight[i]);
}

void full_add(std::span<const float> x, double centre, double step, std::span<double> r) {
  for (std::size_t i = 0; i < x.size(); ++i) r[i] += step * deviation(x[i], centre);
}

FullMoments full_moments(std::span<const float> x, double centre, std::span<const double> weight,
                         std::span<const double> r) {
  Lanes first{}, second{}, dot{};
  each_lane(x.size(), [&](std::size_t i, std::size_t lane) {
    const double d = deviation(x[i], centre), weighted = weight[i] * d;
    first[lane] += weighted;
    second[lane] += weighted * d;
    dot[lane] += r[i] * d;
  });
  return {sum_of(first), sum_of(second), sum_of(dot)};
}

}  // namespace kohort
