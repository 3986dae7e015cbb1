#include "learn/explain/quadrature.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace kohort {
namespace {

/// The Legendre polynomial of degree n and its derivative, inside (-1, 1).
struct Legendre {
  double value = 1, slope = 0;

  Legendre(int n, double x) {
    double before = 0;
    for (int k = 1; k <= n; ++k) {
      const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
      before = value;
      value = next;
    }
    slope = n * (before - x * value) / (1 - x * x);
  }
};

}  // namespace

Quadrature gauss_legendre(int n) {
  constexpr int kSteps = 8;  // Newton's steps double the digits, and the start has three of them
  Quadrature out;
  out.at.resize(static_cast<std::size_t>(n));
  out.weight.resize(static_cast<std::size_t>(n));
  for (int k = 0; k < n; ++k) {
    double x = -std::cos(std::numbers::pi * (k + 0.75) / (n + 0.5));
    for (int step = 0; step < kSteps; ++step) {
      const Legendre p{n, x};
      x -= p.value / p.slope;
    }
    const Legendre p{n, x};
    out.at[static_cast<std::size_t>(k)] = (1 + x) / 2;
    out.weight[static_cast<std::size_t>(k)] = 1 / ((1 - x * x) * p.slope * p.slope);
  }
  return out;
}

}  // namespace kohort
