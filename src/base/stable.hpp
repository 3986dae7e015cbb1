#pragma once
// exp, log and their kin with our own arithmetic: the C library picks code by processor, so its last bits
// differ between machines. Only +, -, *, /, sqrt and integer operations are used here, compiled without
// contraction.

namespace kohort::stable {

/// e^x; within 2 units in the last place on [-708, 709], 0 below -745, infinity above 709.79; NaN stays NaN.
double exp(double x);
/// Natural logarithm; within 2 units in the last place; log(0) = -infinity, negative and NaN give NaN.
double log(double x);
/// log(1 + x), accurate for small x; x < -1 gives NaN.
double log1p(double x);
/// e^x - 1, accurate for small x.
double expm1(double x);
/// 1 / (1 + e^-x), without overflow.
double sigmoid(double x);
/// log(p / (1 - p)).
double logit(double p);
/// The standard normal distribution function : Marsaglia (2004) series below 2.5, Laplace's fraction in the
/// tail.
double normal_cdf(double x);
/// Its inverse on (0, 1): Wichura (1988), AS 241, PPND16; relative error about 1e-16.
double normal_quantile(double p);

}  // namespace kohort::stable
