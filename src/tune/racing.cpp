#include "tune/racing.hpp"

#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "tune/score.hpp"

namespace kohort {
namespace {

/// The quantile of Student's t: Abramowitz and Stegun (1964), 26.7.5. Within 2 % from two degrees of freedom
/// on, at the levels of a test.
double student_quantile(double p, double freedom) {
  const double z = stable::normal_quantile(p), z2 = z * z, n = freedom;
  const double g1 = (z2 + 1) / 4, g2 = ((5 * z2 + 16) * z2 + 3) / 96,
               g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
               g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
  return z * (1 + g1 / n + g2 / (n * n) + g3 / (n * n * n) + g4 / (n * n * n * n));
}

}  // namespace

void check(const Racing& racing) {
  if (racing.min_folds < 2 || !(racing.alpha > 0 && racing.alpha < 0.5))
    throw Error(ErrorKind::Defect, "a race needs two folds and a level between 0 and .5");
}

bool beaten(std::span<const double> best, std::span<const double> other, const Racing& racing) {
  std::vector<double> behind;
  for (std::size_t k = 0; k < other.size(); ++k) behind.push_back(best[k] - other[k]);
  const auto n = static_cast<double>(behind.size());
  const double mean = mean_of(behind);
  double squares = 0;
  for (const double x : behind) squares += (x - mean) * (x - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  return mean > 0 && mean > student_quantile(1 - racing.alpha, n - 1) * error;
}

}  // namespace kohort
