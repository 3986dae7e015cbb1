#pragma once
// Gauss-Legendre quadrature on [0, 1].

#include <vector>

namespace kohort {

/// Places in (0, 1), ascending, and their weights, which are above 0 and add up to 1.
struct Quadrature {
  std::vector<double> at, weight;
};

/// With n >= 1 places: the integral over [0, 1] of any polynomial of degree below 2n is the weighted sum of
/// its values there, up to rounding. Newton's method on the Legendre polynomial (Abramowitz and Stegun 1972,
/// 25.4.29). O(n²).
Quadrature gauss_legendre(int n);

}  // namespace kohort
