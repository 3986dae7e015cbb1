#pragma once
// The distributions that tests of coefficients are read off, with our own arithmetic (base/stable.hpp).

namespace kohort {

/// log Gamma(x) for x > 0: Stirling's series, from 12 on. Relative error about 1e-15 away from its zeros at 1
/// and 2.
double log_gamma(double x);

/// P(|T| >= |t|) of Student's t; freedom above 0, infinity for the normal distribution. By the continued
/// fraction of the incomplete beta function (Abramowitz and Stegun 1964, 26.7.1 and 26.5.8); relative error
/// about 1e-12 up to a million degrees of freedom.
double two_sided_p(double t, double freedom);

/// The t whose two_sided_p is p, for p in (0, 1).
double two_sided_quantile(double p, double freedom);

}  // namespace kohort
