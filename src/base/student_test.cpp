#include "base/student.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace kohort {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Value {
  double freedom, at, value;
};

// R 4.2.2: 2 * pt(-t, df). A million degrees of freedom lose digits: 4e-11.
TEST(Student, TwoSidedProbabilitiesAreThoseOfR) {
  constexpr std::array kValues{
      Value{1, 1e-3, 0.99936338043983886},     Value{1, .7, 0.61119977557157057},
      Value{1, 30, 0.021212804811070848},      Value{2.5, 1.96, 0.16294756447281394},
      Value{2.5, 30, 0.00029106470915739552},  Value{10, .7, 0.49988757017288443},
      Value{10, 30, 3.9617923420313195e-11},   Value{29, 1.96, 0.059667795519591338},
      Value{29, 30, 2.1977448450988108e-23},   Value{500, 1e-3, 0.99920251441467278},
      Value{500, 4.2, 3.1606396979720853e-05}, Value{500, 30, 7.2142888884282899e-114},
      Value{1e6, 1.96, 0.049996067585269796},  Value{1e6, 4.2, 2.6693805372482778e-05}};
  for (const Value& v : kValues)
    EXPECT_NEAR(two_sided_p(v.at, v.freedom) / v.value, 1, 1e-10) << v.freedom << " " << v.at;
  EXPECT_EQ(two_sided_p(-4.2, 29), two_sided_p(4.2, 29));
  EXPECT_EQ(two_sided_p(0, 29), 1);
  EXPECT_NEAR(two_sided_p(1.96, kInfinity), std::erfc(1.96 / std::sqrt(2.0)), 1e-14);
}

// R 4.2.2: qt(1 - p / 2, df).
TEST(Student, QuantilesAreThoseOfR) {
  constexpr std::array kValues{Value{1, .5, 1},
                               Value{1, .05, 12.706204736174694},
                               Value{1, .001, 636.6192487687897},
                               Value{2, .05, 4.3026527297494619},
                               Value{7, .001, 5.4078825208618291},
                               Value{40, .05, 2.0210753903062733},
                               Value{1e5, .05, 1.9599877075346088}};
  for (const Value& v : kValues)
    EXPECT_NEAR(two_sided_quantile(v.at, v.freedom) / v.value, 1, 1e-10) << v.freedom << " " << v.at;
  EXPECT_NEAR(two_sided_quantile(.05, kInfinity), 1.959963984540054, 1e-14);
}

// What is shifted to 12 is a difference of numbers near 20.
TEST(Student, LogGammaIsTheLibrarys) {
  for (double x = 0.01; x < 1e7; x *= 1.07)
    EXPECT_NEAR(log_gamma(x), std::lgamma(x), 1e-14 * std::max(1.0, std::abs(std::lgamma(x)))) << x;
}

}  // namespace
}  // namespace kohort
