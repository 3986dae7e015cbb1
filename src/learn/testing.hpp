#pragma once
// For tests: problems of known shape, made from keyed chance.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "learn/problem.hpp"

namespace kohort {

/// A matrix of mixed columns with missing and infinite cells, and outcomes that depend on them. Row i is unit
/// `order[i]` (or i), whose cells depend on the unit alone.
struct MixedProblem {
  Matrix matrix;
  std::vector<double> count, event;  // outcomes: 0, 1, 2, … and 0 or 1
  RowList rows;

  explicit MixedProblem(std::size_t n, Stream stream = Stream{5},
                        const std::vector<std::uint32_t>& order = {})
      : rows(all_rows(n)) {
    MatrixBuilder builder{n};
    const auto unit = [&](std::size_t i) { return order.empty() ? i : order[i]; };
    std::vector<double> level(n);
    for (std::size_t i = 0; i < n; ++i) level[i] = -std::log(1 - stream.child("level").uniform(unit(i)));
    for (int k = 0; k < 6; ++k) {
      std::vector<float> cells(n);
      const Stream column = stream.child("charges").child(static_cast<std::uint64_t>(k));
      for (std::size_t i = 0; i < n; ++i)
        cells[i] = static_cast<float>(column.poisson(unit(i), level[i] * 0.1 * (k + 1)));
      builder.add({"charges_" + std::to_string(k), ColumnKind::Count}, cells);
    }
    std::vector<float> age(n), income(n), area(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t u = unit(i);
      age[i] = static_cast<float>(15 + 70 * stream.child("age").uniform(u));
      const double draw = stream.child("gap").uniform(u);
      income[i] = draw < 0.2    ? std::numeric_limits<float>::quiet_NaN()
                  : draw < 0.22 ? std::numeric_limits<float>::infinity()
                                : static_cast<float>(300 * stream.child("income").normal(u) + 200);
      area[i] = static_cast<float>(stream.child("area").below(u, 3));
      count.push_back(
          static_cast<double>(stream.child("y").poisson(u, 0.2 + 0.4 * level[i] + 0.2 * area[i])));
      event.push_back(count.back() > 0 ? 1 : 0);
    }
    builder.add({"age", ColumnKind::Number}, age);
    builder.add({"income", ColumnKind::Number}, income);
    builder.add({"area", ColumnKind::Category, {"N", "S", "W"}}, area);
    matrix = builder.finish();
  }

  Problem counts() const { return {matrix, count, rows}; }
  Problem events() const { return {matrix, event, rows, Objective::Logistic}; }
};

}  // namespace kohort
