#pragma once
// Further columns of a linear design (SPEC M-1): powers, thresholds and interactions of the columns it has.
// They are products of what the linear kinds see, logarithms with filled gaps and indicators, so
// scikit-learn's PolynomialFeatures behind the preprocessing gives the same numbers.
//
// A product is as sparse as its factors: it has a value where no factor is listed, and differs from it at
// most where one is. Gaps are filled and cuts taken by training rows, so the columns belong to one design;
// those they are made from stay shared.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/workers.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {

/// An indicator asked for: 1 where the column is above the cut.
struct NamedCut {
  std::string column;
  float cut = 0;
  bool operator==(const NamedCut&) const = default;
};

/// What to add to the columns of a matrix.
struct TermRecipe {
  int degree = 1;              // the highest power of each number and count
  int thresholds = 0;          // cuts of each number and count, at quantiles of the training rows
  std::vector<NamedCut> cuts;  // and those asked for
  bool all_pairs = false;      // of different columns
  std::vector<std::vector<std::string>> interactions;  // of these columns

  bool empty() const;
  bool operator==(const TermRecipe&) const = default;
};

/// A recipe out of settings.
///   thresholds    "none", a number of quantiles, or cuts: "age > 17, income > 300"
///   interactions  "none", "all", or products: "age:sex, income:county"
///   throws        Error (study) on any other text
TermRecipe parse_terms(int degree, std::string_view thresholds, std::string_view interactions);

/// Throws Error (study) when the recipe names a column that the matrix lacks, cuts a category, or asks for
/// more columns than kMostTerms.
void check_terms(const TermRecipe& recipe, const LinearCells& cells);
inline constexpr std::size_t kMostTerms = 10'000;

/// One factor of a product: a column of the design before scaling, or whether it is above a cut.
struct LinearFactor {
  std::uint32_t column = 0;
  std::optional<float> above{};
  bool operator==(const LinearFactor&) const = default;
};
using LinearProduct = std::vector<LinearFactor>;  // a power: the same factor again

/// Whether what fills a cell, transformed, is above a cut.
bool fill_above(float fill, float cut, Transform transform);

/// A design, and the same with further columns. Moved, never copied.
struct TermedDesign {
  LinearDesign base;
  std::vector<LinearProduct> products;       // one per further column
  std::unique_ptr<const LinearCells> cells;  // of `extended`; null where there are no products
  LinearDesign extended;

  const LinearDesign& whole() const { return cells ? extended : base; }
};

/// Adds columns to a design: powers and cuts in the order of its columns, then interactions. What does not
/// vary in the training rows is left out: levels never seen together, cuts that nobody is above. A column is
/// divided by its standard deviation in the training rows, as the others are.
///   rows    the training rows of the design
///   throws  as check_terms; Error (fit) naming the predictor whose products are too large for 32 bits
/// O(cells of the factors) a column; the same bits for any number of threads.
TermedDesign add_terms(LinearDesign base, std::span<const std::uint32_t> rows, const TermRecipe& recipe,
                       Workers& workers);

}  // namespace kohort
