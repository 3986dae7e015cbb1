#include "base/student.hpp"

#include <array>
#include <cmath>

#include "base/stable.hpp"

namespace kohort {
namespace {

constexpr double kLogSqrt2Pi = 0.91893853320467274178, kPi = 3.14159265358979323846;

/// The incomplete beta function's continued fraction by Lentz's method; converges fast for x below (a + 1) /
/// (a + b + 2).
double beta_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  const auto away = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m < 100'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return value;
}

/// log Gamma(a + 1/2) - log Gamma(a), whose digits the two would lose for large a.
double half_step(double a) {
  if (a < 40) return log_gamma(a + 0.5) - log_gamma(a);
  const double r = 1 / a, r2 = r * r;
  const double series =
      -1.0 / 8 + r2 * (1.0 / 192 + r2 * (-1.0 / 640 + r2 * (17.0 / 14336 - r2 * 31 / 18432)));
  return stable::log(a) / 2 + r * series;
}

double density(double t, double freedom) {
  return stable::exp(half_step(freedom / 2) - (freedom + 1) / 2 * stable::log1p(t * t / freedom)) /
         std::sqrt(freedom * kPi);
}

}  // namespace

double log_gamma(double x) {
  constexpr std::array kSeries{1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                               1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
  double product = 1;
  for (; x < 12; ++x) product *= x;
  double series = 0;
  for (std::size_t k = kSeries.size(); k-- > 0;) series = series / (x * x) + kSeries[k];
  return (x - 0.5) * stable::log(x) - x + kLogSqrt2Pi + series / x - stable::log(product);
}

double two_sided_p(double t, double freedom) {
  if (std::isnan(t) || std::isnan(freedom)) return t + freedom;
  if (std::isinf(freedom)) return 2 * stable::normal_cdf(-std::abs(t));
  const double share = t * t / freedom;
  if (std::isinf(share)) return 0;
  // I_x(a, 1/2) at x = 1 / (1 + share)
  const double a = freedom / 2, x = 1 / (1 + share), log_more = stable::log1p(share);
  const double front =
      stable::exp(half_step(a) - a * log_more + (stable::log(share) - log_more) / 2) / std::sqrt(kPi);
  if (t == 0) return 1;
  if (x < (a + 1) / (a + 2.5)) return front * beta_fraction(x, a, 0.5) / a;
  return 1 - front * beta_fraction(share * x, 0.5, a) * 2;
}

double two_sided_quantile(double p, double freedom) {
  double t = -stable::normal_quantile(p / 2);
  if (std::isinf(freedom)) return t;
  // p falls and is convex in t > 0, and the normal quantile lies below: Newton's steps never go too far.
  for (int k = 0; k < 200; ++k) {
    const double step = (two_sided_p(t, freedom) - p) / (2 * density(t, freedom));
    t += step;
    if (std::abs(step) <= 1e-14 * t) break;
  }
  return t;
}

}  // namespace kohort
