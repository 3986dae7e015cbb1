#include "matrix/linear_terms.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

std::string column_name(const LinearCells& cells, std::uint32_t j) {
  const LinearColumn& column = cells.columns()[j];
  const ColumnInfo& info = cells.matrix().column(column.source).info;
  if (column.level < 0) return info.name;
  const auto level = static_cast<std::size_t>(column.level);
  return info.name + "=" + (level < info.levels.size() ? info.levels[level] : std::string{"(missing)"});
}

/// "age^2", "age > cut 0", "age:area=N", as tests/reference/linear_terms/make.py names them.
std::vector<std::string> names_of(const TermedDesign& design) {
  std::vector<std::string> names;
  std::map<std::uint32_t, int> cuts;
  for (const LinearProduct& product : design.products) {
    const std::string first = column_name(*design.base.cells, product.front().column);
    if (product.front().above) {
      names.push_back(first + " > cut " + std::to_string(cuts[product.front().column]++));
    } else if (product.size() > 1 && product[0] == product[1]) {
      names.push_back(first + "^" + std::to_string(product.size()));
    } else {
      std::vector<std::string> factors;
      for (const LinearFactor& f : product) factors.push_back(column_name(*design.base.cells, f.column));
      names.push_back(join(factors, ":"));
    }
  }
  return names;
}

/// A scaled column of the design, cell by cell.
std::vector<double> dense(const LinearDesign& design, std::size_t j) {
  std::vector<double> x(design.weight.size());
  add_plain_deviations(design, j, 1, x);
  for (double& value : x) value += mode_value(design, j);
  return x;
}

RowList without_each_third(const Matrix& matrix) {
  RowList rows;
  for (std::uint32_t i = 0; i < matrix.rows(); ++i)
    if (i % 3 != 2) rows.push_back(i);
  return rows;
}

TermedDesign designed(const LinearCells& cells, const RowList& rows, const TermRecipe& recipe,
                      std::span<const double> weights = {}, int threads = 1) {
  Workers workers{threads};
  return add_terms(make_linear_design(cells, rows, weights), rows, recipe, workers);
}

constexpr const char* kInteractions =
    "count:skewed, median_below_zero:missing, negative:mostly_missing, infinite:flag, constant_missing : "
    "count, "
    "mostly_missing:area,area:area_missing, count:negative:area_missing";

TEST(LinearTerms, EqualScikitLearnColumnByColumn) {
  const ReferenceCsv train{"linear_preprocessing/train.csv"}, expected{"linear_terms/expected.csv"};
  const Matrix matrix = reference_matrix(train);
  const LinearCells cells{matrix};
  TermRecipe recipe = parse_terms(3, "3", kInteractions);
  recipe.cuts = parse_terms(1, "skewed > 10.5, flag>0", "none").cuts;
  const TermedDesign design = designed(cells, without_each_third(matrix), recipe);
  const std::vector<std::string> names = names_of(design);
  EXPECT_EQ(names.size(), expected.names.size());
  ASSERT_EQ(design.whole().numbers.size(), cells.columns().size() + names.size());
  for (std::size_t k = 0; k < names.size(); ++k) {
    SCOPED_TRACE(names[k]);
    const std::vector<double> want = expected.numbers(names[k]),
                              have = dense(design.whole(), cells.columns().size() + k);
    // products of up to three 32-bit cells: 6e-8 relative each, over the scale
    for (std::size_t i = 0; i < want.size(); ++i)
      ASSERT_NEAR(have[i], want[i], 4e-6 * (1 + std::abs(want[i])));
  }
}

TEST(LinearTerms, HaveTheMeansAndNormsOfTheirCellsUnderWeights) {
  const Matrix matrix = reference_matrix(ReferenceCsv{"linear_preprocessing/train.csv"});
  const LinearCells cells{matrix};
  const RowList rows = without_each_third(matrix);
  std::vector<double> weights(matrix.rows());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % 7 == 0 ? 0 : 1 + Stream{2}.uniform(i);
  const TermedDesign design = designed(cells, rows, parse_terms(2, "2", kInteractions), weights);
  double total = 0;
  for (const std::uint32_t row : rows) total += weights[row];
  for (std::size_t j = cells.columns().size(); j < design.whole().numbers.size(); ++j) {
    SCOPED_TRACE(j);
    const std::vector<double> x = dense(design.whole(), j);
    double mean = 0, norm2 = 0, plain = 0, variance = 0;
    for (const std::uint32_t row : rows) {
      mean += weights[row] * x[row] / total;
      plain += x[row] / static_cast<double>(rows.size());
    }
    for (const std::uint32_t row : rows) {
      norm2 += weights[row] * (x[row] - mean) * (x[row] - mean);
      variance += (x[row] - plain) * (x[row] - plain) / static_cast<double>(rows.size());
    }
    EXPECT_NEAR(design.whole().numbers[j].mean, mean, 1e-12 * (1 + mean));
    EXPECT_NEAR(design.whole().numbers[j].norm2, norm2, 1e-10 * norm2);
    EXPECT_NEAR(variance, 1, 1e-12);  // medians and scales take no weights
  }
}

Matrix two_columns(const std::vector<float>& a, const std::vector<float>& b) {
  MatrixBuilder builder{a.size()};
  builder.add({.name = "a"}, a);
  builder.add({.name = "b"}, b);
  return builder.finish();
}

TEST(LinearTerms, AreAsSparseAsTheirFactors) {
  std::vector<float> rare(1000), common(1000), fives(1000, 5);
  for (std::size_t i = 0; i < 1000; ++i) {
    rare[i] = i % 100 == 0 ? 3 : 0;
    common[i] = static_cast<float>(i);
    if (i % 250 == 7) fives[i] = kNan;
  }
  const Matrix zeros = two_columns(rare, common), modes = two_columns(rare, fives);
  for (const Matrix* matrix : {&zeros, &modes}) {
    const LinearCells cells{*matrix};
    const TermedDesign design = designed(cells, all_rows(1000), parse_terms(1, "none", "all"));
    ASSERT_EQ(design.products.size(), 1);
    EXPECT_LE(design.whole().cells->columns()[2].rows.size(), 10);  // as many as the rare one lists
  }
}

TEST(LinearTerms, AreOfTheCellsThemselvesWithoutATransform) {
  const Matrix matrix = two_columns({-2, 3, kNan, 1.5, -2, 4}, {1, -1, 2, 0, kInf, 5});
  const LinearCells cells{matrix, Transform::None};
  const TermedDesign design = designed(cells, all_rows(6), parse_terms(2, "a > -1, a > 2, b > 1", "a:b"));
  const std::vector<std::string> names = names_of(design);
  ASSERT_EQ(names, (std::vector<std::string>{"a^2", "a > cut 0", "a > cut 1", "b^2", "b > cut 0", "a:b"}));
  const double a[] = {-2, 3, 1.5, 1.5, -2, 4}, b[] = {1, -1, 2, 0, 1, 5};  // gaps hold the medians
  for (std::size_t k = 0; k < names.size(); ++k) {
    SCOPED_TRACE(names[k]);
    const std::vector<double> x = dense(design.whole(), 2 + k);
    for (std::size_t i = 0; i < 6; ++i) {
      const double want[] = {a[i] * a[i], a[i] > -1 ? 1.0 : 0.0, a[i] > 2 ? 1.0 : 0.0,
                             b[i] * b[i], b[i] > 1 ? 1.0 : 0.0,  a[i] * b[i]};
      EXPECT_NEAR(x[i] * design.whole().numbers[2 + k].scale, want[k], 1e-13);
    }
  }
}

TEST(LinearTerms, RefuseProductsTooLargeFor32Bits) {
  const Matrix matrix = two_columns({1e20F, 2, 3}, {1, 2, 4});
  const LinearCells plain{matrix, Transform::None}, logarithms{matrix};
  EXPECT_EQ(designed(logarithms, all_rows(3), parse_terms(2, "none", "none")).products.size(), 2);
  try {
    designed(plain, all_rows(3), parse_terms(2, "none", "none"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Fit);
    EXPECT_EQ(e.where(), "column 'a'");
    EXPECT_EQ(e.problem(), "a power or product of this predictor is too large for 32-bit numbers");
  }
}

TEST(LinearTerms, LearnFromTrainingRowsOnly) {
  const std::vector<float> a{1, 2, 3, 4, kNan, -1, 6, 7}, b{3, 1, kNan, 1, 0, 5, kInf, 2};
  std::vector<float> other_a = a, other_b = b;
  const RowList rows{0, 1, 2, 3, 4, 5};
  for (const std::size_t held : {6, 7}) other_a[held] = 1000, other_b[held] = 0;
  const TermRecipe recipe = parse_terms(3, "2", "a:b");
  const Matrix one = two_columns(a, b), two = two_columns(other_a, other_b);
  const LinearCells cells_one{one}, cells_two{two};
  const TermedDesign x = designed(cells_one, rows, recipe), y = designed(cells_two, rows, recipe);
  ASSERT_EQ(x.products, y.products);
  ASSERT_GT(x.products.size(), 6);
  for (std::size_t j = 0; j < x.whole().numbers.size(); ++j) {
    // the cells listed are others, so sums are rounded otherwise
    EXPECT_NEAR(x.whole().numbers[j].mean, y.whole().numbers[j].mean, 1e-12);
    for (const std::uint32_t row : rows)
      ASSERT_NEAR(dense(x.whole(), j)[row], dense(y.whole(), j)[row], 1e-12);
  }
}

TEST(LinearTerms, WithoutAnyAreTheDesignItself) {
  const Matrix matrix = two_columns({0, 0, 1}, {0, 1, 0});
  const LinearCells cells{matrix};
  const TermedDesign none = designed(cells, all_rows(3), parse_terms(1, "none", "none"));
  EXPECT_EQ(&none.whole(), &none.base);
  // a and b are never 1 together, flags of one value have no second threshold
  EXPECT_EQ(&designed(cells, all_rows(3), parse_terms(1, "a > 5", "a:b")).whole().cells->matrix(), &matrix);
  EXPECT_TRUE(designed(cells, all_rows(3), parse_terms(1, "a > 5", "a:b")).products.empty());
}

TEST(LinearTerms, AreTheSameBitsOnAnyNumberOfThreads) {
  const Matrix matrix = reference_matrix(ReferenceCsv{"linear_preprocessing/train.csv"});
  const LinearCells cells{matrix};
  const TermRecipe recipe = parse_terms(3, "4", "all");
  const TermedDesign one = designed(cells, all_rows(matrix.rows()), recipe);
  for (const int threads : {2, 7}) {
    const TermedDesign many = designed(cells, all_rows(matrix.rows()), recipe, {}, threads);
    ASSERT_EQ(one.products, many.products);
    for (std::size_t j = 0; j < one.whole().numbers.size(); ++j) {
      ASSERT_EQ(one.whole().numbers[j].mean, many.whole().numbers[j].mean);
      ASSERT_EQ(dense(one.whole(), j), dense(many.whole(), j));
    }
  }
}

/// The whole message of the error that f throws.
template <class F>
std::string refused(F f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Study);
    return e.what();
  }
  return "nothing was refused";
}

TEST(LinearTerms, RefuseTextThatIsNoRecipe) {
  for (const char* text : {"0", "101", "-3", "age", "age > ", "age > x", "age > inf", "a > 1,,b > 2", ""})
    EXPECT_EQ(
        refused([&] { parse_terms(1, text, "none"); }),
        "thresholds: '" + std::string{text} +
            "' is no value of thresholds\n   mend: give none, a whole number from 1 to 100, or cuts such as "
            "age > 17, income > 300");
  for (const char* text : {"age", "age:", ":", "a:b,", "a::b", ""})
    EXPECT_EQ(refused([&] { parse_terms(1, "none", text); }),
              "interactions: '" + std::string{text} +
                  "' is no value of interactions\n   mend: give none, all, or products such as age:sex, "
                  "income:county");
}

TEST(LinearTerms, RefuseColumnsThatDoNotSuit) {
  MatrixBuilder builder{2};
  builder.add({.name = "age"}, std::vector<float>{1, 2});
  builder.add({"area", ColumnKind::Category, {"N"}}, std::vector<float>{0, 0});
  const Matrix matrix = builder.finish();
  const LinearCells cells{matrix};
  const auto check = [&](const char* thresholds, const char* interactions) {
    return refused([&] { check_terms(parse_terms(1, thresholds, interactions), cells); });
  };
  EXPECT_EQ(check("agee > 3", "none"),
            "thresholds: there is no predictor 'agee'\n   mend: did you mean 'age'? Known: age, area.");
  EXPECT_EQ(check("none", "age:arae"),
            "interactions: there is no predictor 'arae'\n   mend: did you mean 'area'? Known: age, area.");
  EXPECT_EQ(check("area > 3", "none"),
            "thresholds: 'area' is a category and has no cuts\n   mend: its levels are indicators already: "
            "leave it "
            "out");
  EXPECT_EQ(
      check("none", "age:age"),
      "interactions: 'age:age' names a predictor twice\n   mend: give different predictors; degree asks for "
      "powers");
}

TEST(LinearTerms, SayHowManyTooManyAre) {
  MatrixBuilder builder{2};
  for (int k = 0; k < 150; ++k) builder.add({.name = "x" + std::to_string(k)}, std::vector<float>{0, 1});
  const Matrix matrix = builder.finish();
  EXPECT_EQ(refused([&] { check_terms(parse_terms(1, "none", "all"), LinearCells{matrix}); }),
            "interactions: these settings ask for 11 175 further columns of 150 predictors, and 10 000 are "
            "the most\n"
            "   mend: name the products that matter, as interactions: age:sex, income:county; or leave "
            "predictors out");
  EXPECT_NO_THROW(check_terms(parse_terms(50, "none", "none"), LinearCells{matrix}));
  EXPECT_THROW(check_terms(parse_terms(68, "none", "none"), LinearCells{matrix}), Error);
}

}  // namespace
}  // namespace kohort
