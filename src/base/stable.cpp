#include "base/stable.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kohort::stable {
namespace {

constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // ln 2 with the last 11 bits zero: k * kLn2High is exact
constexpr double kLn2Low = 0x1.ef35793c76730p-45;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// e^r - 1 by the Taylor series to r^degree: 14 terms leave less than 2^-60 of the result on |r| <= 0.36, 20
/// on |r| <= 1.
double expm1_near_zero(double r, int degree = 14) {
  double q = 0;
  for (int n = degree; n >= 2; --n) q = (q + 1.0) / n * r;
  return r + r * q;
}

/// log(1 + f) for m = 1 + f in [sqrt(1/2), sqrt(2)] through s = f / (2 + f): 2 atanh(s).
double log_near_one(double f) {
  const double s = f / (2.0 + f), z = s * s;
  double series = 0;
  for (int n = 25; n >= 3; n -= 2) series = (series + 1.0 / n) * z;
  // 2 s = f - s f, so the leading term stays exact and only the correction is rounded.
  return f - s * (f - 2.0 * series);
}

template <int N>
double polynomial(const double (&c)[N], double x) {
  double value = c[N - 1];
  for (int i = N - 2; i >= 0; --i) value = value * x + c[i];
  return value;
}

}  // namespace

double exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.782712893384) return kInfinity;
  if (x < -745.2) return 0;
  const double k = std::nearbyint(x * 1.4426950408889634074);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  return std::ldexp(1.0 + expm1_near_zero(r), static_cast<int>(k));
}

double expm1(double x) { return std::abs(x) <= 1 ? expm1_near_zero(x, 20) : exp(x) - 1.0; }

double log(double x) {
  if (std::isnan(x) || x < 0) return kNaN;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return x;
  int k = 0;
  double m = std::frexp(x, &k);  // m in [0.5, 1)
  if (m < 0.70710678118654752) {
    m *= 2;
    --k;
  }
  return k * kLn2High + (log_near_one(m - 1.0) + k * kLn2Low);
}

double log1p(double x) {
  if (std::isnan(x) || x < -1) return kNaN;
  if (x > -0.29 && x < 0.41) return log_near_one(x);
  return log(1.0 + x);
}

double sigmoid(double x) {
  if (x >= 0) return 1.0 / (1.0 + exp(-x));
  const double e = exp(x);
  return e / (1.0 + e);
}

double logit(double p) { return log(p) - log1p(-p); }

double normal_cdf(double x) {
  if (std::isnan(x)) return x;
  constexpr double kLogSqrt2Pi = 0.91893853320467274178;
  const double a = std::abs(x);
  if (a > 38.6) return x > 0 ? 1.0 : 0.0;
  const double density = exp(-0.5 * a * a - kLogSqrt2Pi);
  double tail;
  if (a < 2.5) {  // 1/2 - density * (a + a^3/3 + a^5/(3 5) + …)
    double term = a, sum = a;
    for (int n = 3; term > sum * 1e-17; n += 2) {
      term *= a * a / n;
      sum += term;
    }
    tail = 0.5 - density * sum;
  } else {  // Laplace's continued fraction of the Mills ratio
    double fraction = a;
    for (int n = 80; n >= 1; --n) fraction = a + n / fraction;
    tail = density / fraction;
  }
  return x > 0 ? 1.0 - tail : tail;
}

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) return p == 0 ? -kInfinity : p == 1 ? kInfinity : kNaN;
  static constexpr double a[] = {3.3871328727963666080,   1.3314166789178437745e2, 1.9715909503065514427e3,
                                 1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                 3.3430575583588128105e4, 2.5090809287301226727e3};
  static constexpr double b[] = {1.0,
                                 4.2313330701600911252e1,
                                 6.8718700749205790830e2,
                                 5.3941960214247511077e3,
                                 2.1213794301586595867e4,
                                 3.9307895800092710610e4,
                                 2.8729085735721942674e4,
                                 5.2264952788528545610e3};
  static constexpr double c[] = {1.42343711074968357734,    4.63033784615654529590,
                                 5.76949722146069140550,    3.64784832476320460504,
                                 1.27045825245236838258,    2.41780725177450611770e-1,
                                 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double d[] = {1.0,
                                 2.05319162663775882187,
                                 1.67638483018380384940,
                                 6.89767334985100004550e-1,
                                 1.48103976427480074590e-1,
                                 1.51986665636164571966e-2,
                                 5.47593808499534494600e-4,
                                 1.05075007164441684324e-9};
  static constexpr double e[] = {6.65790464350110377720,    5.46378491116411436990,
                                 1.78482653991729133580,    2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double f[] = {1.0,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double r = std::sqrt(-log(q < 0 ? p : 1.0 - p));
  double value;
  if (r <= 5) {
    r -= 1.6;
    value = polynomial(c, r) / polynomial(d, r);
  } else {
    r -= 5;
    value = polynomial(e, r) / polynomial(f, r);
  }
  return q < 0 ? -value : value;
}

}  // namespace kohort::stable
