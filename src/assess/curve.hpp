#pragma once
// A curve drawn through points: what isotonic calibration and concentration curves are made of.

#include <span>
#include <vector>

namespace kohort {

/// A piecewise linear function: straight between its knots, constant outside them.
struct Curve {
  std::vector<double> x, y;  // the knots, x ascending without repeats, at least one
  bool operator==(const Curve&) const = default;

  /// The value at `place`; NaN for NaN. O(log knots).
  double at(double place) const;
  /// The value at each place, shape (places).
  std::vector<double> at(std::span<const double> places) const;
};

}  // namespace kohort
