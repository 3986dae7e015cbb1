#include "matrix/linear_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

// --- recipes

[[noreturn]] void refuse(const char* setting, std::string_view text, const char* give) {
  throw Error(ErrorKind::Study, fmt::format("'{}' is no value of {}", text, setting), setting,
              fmt::format("give {}", give));
}

constexpr const char* kThresholdsAre =
    "none, a whole number from 1 to 100, or cuts such as age > 17, income > 300";
constexpr const char* kInteractionsAre = "none, all, or products such as age:sex, income:county";

NamedCut read_cut(std::string_view part, std::string_view text) {
  const auto sign = part.rfind('>');
  const auto cut = sign == std::string_view::npos ? std::nullopt : parse_double(trim(part.substr(sign + 1)));
  if (!cut || !std::isfinite(static_cast<float>(*cut))) refuse("thresholds", text, kThresholdsAre);
  return {std::string{trim(part.substr(0, sign))}, static_cast<float>(*cut)};
}

std::vector<std::string> read_product(std::string_view part, std::string_view text) {
  std::vector<std::string> names;
  for (const std::string& name : split(part, ':')) names.emplace_back(trim(name));
  if (names.size() < 2 || std::ranges::count(names, "") > 0) refuse("interactions", text, kInteractionsAre);
  return names;
}

// --- the columns a recipe asks for

/// Columns of the design that one column of the matrix became: first, last.
struct Block {
  std::uint32_t first, last;
  std::size_t size() const { return last - first; }
};

/// By column of the matrix.
std::vector<Block> blocks_of(const LinearCells& cells) {
  std::vector<Block> blocks(cells.matrix().columns());
  const LinearColumns columns = cells.columns();
  for (std::uint32_t j = 0; j < columns.size(); ++j) {
    Block& block = blocks[columns[j].source];
    if (block.size() == 0) block.first = j;
    block.last = j + 1;
  }
  return blocks;
}

/// Flags have no powers and no quantiles of their own; categories have no numbers.
bool has_numbers(ColumnKind kind) { return kind == ColumnKind::Number || kind == ColumnKind::Count; }

std::size_t place_of(const Matrix& matrix, const std::string& name, const char* setting) {
  const std::size_t place = matrix.find(name);
  if (place < matrix.columns()) return place;
  std::vector<std::string> known;
  for (std::size_t j = 0; j < matrix.columns(); ++j) known.push_back(matrix.column(j).info.name);
  throw Error(ErrorKind::Study, fmt::format("there is no predictor '{}'", name), setting,
              suggest(name, known));
}

/// The columns of the matrix that each interaction is of, ascending, each once.
std::vector<std::vector<std::size_t>> interacting(const TermRecipe& recipe, const Matrix& matrix) {
  std::vector<std::vector<std::size_t>> out;
  if (recipe.all_pairs)
    for (std::size_t a = 0; a < matrix.columns(); ++a)
      for (std::size_t b = a + 1; b < matrix.columns(); ++b) out.push_back({a, b});
  for (const std::vector<std::string>& names : recipe.interactions) {
    std::vector<std::size_t> of;
    for (const std::string& name : names) of.push_back(place_of(matrix, name, "interactions"));
    std::ranges::sort(of);
    if (std::ranges::adjacent_find(of) != of.end())
      throw Error(ErrorKind::Study, fmt::format("'{}' names a predictor twice", join(names, ":")),
                  "interactions", "give different predictors; degree asks for powers");
    if (std::ranges::find(out, of) == out.end()) out.push_back(std::move(of));
  }
  return out;
}

std::size_t columns_asked(const TermRecipe& recipe, const LinearCells& cells) {
  const Matrix& matrix = cells.matrix();
  std::size_t numbers = 0, asked = recipe.cuts.size();
  for (std::size_t j = 0; j < matrix.columns(); ++j) numbers += has_numbers(matrix.column(j).info.kind);
  asked += numbers * static_cast<std::size_t>(recipe.degree - 1 + recipe.thresholds);
  const std::vector<Block> blocks = blocks_of(cells);
  for (const std::vector<std::size_t>& of : interacting(recipe, matrix)) {
    std::size_t product = 1;
    for (const std::size_t j : of) product = std::min(product * blocks[j].size(), std::size_t{1} << 40);
    asked += product;
  }
  return asked;
}

// --- the training rows of one design

/// A factor's cells: every row not listed holds `mode`.
struct Cells {
  float mode = 1;
  std::vector<std::uint32_t> rows{};  // ascending
  std::vector<float> values{};
};

/// Calls f(row, raw cell, logarithm or what fills it, whether it is filled) for the listed cells of a numeric
/// column, ascending by row, and returns the same of the mode as f would get it.
template <class F>
void each_listed(const LinearDesign& design, std::uint32_t j, F f) {
  const LinearColumn& column = design.cells->columns()[j];
  const ColumnNumbers& numbers = design.numbers[j];
  const MatrixColumn& from = design.cells->matrix().column(column.source);
  std::size_t observed = 0, missing = column.values.size();
  for (std::size_t k = 0; k < from.rows.size(); ++k) {
    const std::uint32_t row = from.rows[k];
    if (observed < column.values.size() && column.rows[observed] == row) {
      f(row, from.values[k], column.values[observed++], false);
    } else {
      const bool is_missing = missing < column.missing_end && column.rows[missing] == row;
      missing += is_missing ? 1 : 0;
      f(row, from.values[k], static_cast<float>(is_missing ? numbers.missing : numbers.negative), true);
    }
  }
}

/// What fills a numeric column's mode; nothing where it is observed.
std::optional<float> filled_mode(const LinearDesign& design, std::uint32_t j) {
  const float mode = design.cells->columns()[j].mode;
  if (std::isnan(mode)) return static_cast<float>(design.numbers[j].missing);
  if (std::isinf(mode)) return static_cast<float>(design.numbers[j].negative);
  return std::nullopt;
}

Cells read_factor(const LinearDesign& design, const LinearFactor& factor) {
  const LinearColumn& column = design.cells->columns()[factor.column];
  if (column.level >= 0) return {column.mode, column.rows, column.values};
  const MatrixColumn& from = design.cells->matrix().column(column.source);
  const auto value_of = [&](float raw, float log, bool filled) {
    if (!factor.above) return log;
    const bool above =
        filled ? fill_above(log, *factor.above, design.cells->transform()) : raw > *factor.above;
    return above ? 1.0F : 0.0F;
  };
  const auto fill = filled_mode(design, factor.column);
  Cells cells{value_of(from.mode, fill.value_or(column.mode), fill.has_value()), {}, {}};
  each_listed(design, factor.column, [&](std::uint32_t row, float raw, float log, bool filled) {
    const float value = value_of(raw, log, filled);
    if (value == cells.mode) return;
    cells.rows.push_back(row);
    cells.values.push_back(value);
  });
  return cells;
}

Cells multiply(const Cells& a, const Cells& b) {
  Cells out{a.mode * b.mode, {}, {}};
  for (std::size_t i = 0, k = 0; i < a.rows.size() || k < b.rows.size();) {
    constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
    const std::uint32_t in_a = i < a.rows.size() ? a.rows[i] : kEnd,
                        in_b = k < b.rows.size() ? b.rows[k] : kEnd;
    const std::uint32_t row = std::min(in_a, in_b);
    const float value = (in_a == row ? a.values[i++] : a.mode) * (in_b == row ? b.values[k++] : b.mode);
    if (value == out.mode) continue;
    out.rows.push_back(row);
    out.values.push_back(value);
  }
  return out;
}

/// Scale, mean and norm of a further column, as those of the columns it is made from (linear_design.cpp).
ColumnNumbers spread(const Cells& cells, const LinearDesign& design, std::span<const char> training,
                     std::size_t rows) {
  const auto n = static_cast<double>(rows);
  double listed = 0, weight = 0, sum = 0, weighted = 0;  // sums of deviations from the mode
  const auto each = [&](auto f) {
    for (std::size_t k = 0; k < cells.rows.size(); ++k)
      if (training[cells.rows[k]])
        f(static_cast<double>(cells.values[k]) - static_cast<double>(cells.mode),
          design.weight[cells.rows[k]]);
  };
  each([&](double deviation, double w) {
    listed += 1;
    weight += w;
    sum += deviation;
    weighted += w * deviation;
  });
  const double mean = sum / n, weighted_mean = weighted / design.total_weight;
  double squares = (n - listed) * mean * mean,
         weighted_squares = (design.total_weight - weight) * weighted_mean * weighted_mean;
  each([&](double deviation, double w) {
    squares += (deviation - mean) * (deviation - mean);
    weighted_squares += w * (deviation - weighted_mean) * (deviation - weighted_mean);
  });
  ColumnNumbers numbers;
  const double variance = squares / n, eps = std::numeric_limits<double>::epsilon(),
               middle = static_cast<double>(cells.mode) + mean;
  numbers.used = variance > n * eps * variance + (n * middle * eps) * (n * middle * eps);
  if (std::isfinite(variance) && !numbers.used) return numbers;
  numbers.scale = std::sqrt(variance);
  numbers.mean = (static_cast<double>(cells.mode) + weighted_mean) / numbers.scale;
  numbers.norm2 = weighted_squares / variance;
  return numbers;
}

Error too_large(const LinearDesign& design, const LinearProduct& product) {
  const LinearColumn& column = design.cells->columns()[product.front().column];
  return {ErrorKind::Fit, "a power or product of this predictor is too large for 32-bit numbers",
          fmt::format("column '{}'", design.cells->matrix().column(column.source).info.name),
          "divide the column by a thousand or a million, or take its logarithm: transform: log1p"};
}

/// Cuts at quantiles of a column's observed training values, ascending (numpy.quantile's: linear
/// between two values).
std::vector<float> quantile_cuts(const LinearDesign& design, std::uint32_t j, std::span<const char> training,
                                 std::size_t rows, std::size_t count) {
  const LinearColumn& column = design.cells->columns()[j];
  std::vector<float> values;
  std::size_t listed = 0;
  each_listed(design, j, [&](std::uint32_t row, float raw, float, bool filled) {
    if (!training[row]) return;
    ++listed;
    if (!filled) values.push_back(raw);
  });
  if (!filled_mode(design, j))
    values.insert(values.end(), rows - listed, design.cells->matrix().column(column.source).mode);
  std::vector<float> cuts;
  if (values.empty()) return cuts;
  std::ranges::sort(values);
  for (std::size_t k = 1; k <= count; ++k) {
    const std::size_t place = k * (values.size() - 1) / (count + 1),
                      rest = k * (values.size() - 1) % (count + 1);
    const double low = values[place], high = values[std::min(place + 1, values.size() - 1)];
    const auto cut =
        static_cast<float>(low + (high - low) * static_cast<double>(rest) / static_cast<double>(count + 1));
    cuts.push_back(cut);
  }
  return cuts;
}

/// Every product a recipe asks of a design, varying or not.
std::vector<LinearProduct> products_of(const TermRecipe& recipe, const LinearDesign& design,
                                       std::span<const char> training, std::size_t rows) {
  const Matrix& matrix = design.cells->matrix();
  const std::vector<Block> blocks = blocks_of(*design.cells);
  std::vector<LinearProduct> products;
  for (std::size_t source = 0; source < matrix.columns(); ++source) {
    const ColumnInfo& info = matrix.column(source).info;
    const std::uint32_t j = blocks[source].first;
    if (info.kind == ColumnKind::Category || !design.numbers[j].used) continue;
    if (has_numbers(info.kind))
      for (int power = 2; power <= recipe.degree; ++power)
        products.push_back(LinearProduct(static_cast<std::size_t>(power), LinearFactor{.column = j}));
    std::vector<float> cuts;
    if (has_numbers(info.kind) && recipe.thresholds > 0)
      cuts = quantile_cuts(design, j, training, rows, static_cast<std::size_t>(recipe.thresholds));
    for (const NamedCut& named : recipe.cuts)
      if (named.column == info.name) cuts.push_back(named.cut);
    std::ranges::sort(cuts);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    for (const float cut : cuts) products.push_back({{.column = j, .above = cut}});
  }
  for (const std::vector<std::size_t>& of : interacting(recipe, matrix)) {
    std::vector<LinearProduct> some{{}};
    for (const std::size_t source : of) {
      std::vector<LinearProduct> longer;
      for (const LinearProduct& product : some)
        for (std::uint32_t j = blocks[source].first; j < blocks[source].last; ++j) {
          if (!design.numbers[j].used) continue;
          longer.push_back(product);
          longer.back().push_back({.column = j});
        }
      some = std::move(longer);
    }
    products.insert(products.end(), some.begin(), some.end());
  }
  return products;
}

}  // namespace

bool TermRecipe::empty() const {
  return degree == 1 && thresholds == 0 && cuts.empty() && !all_pairs && interactions.empty();
}

TermRecipe parse_terms(int degree, std::string_view thresholds, std::string_view interactions) {
  TermRecipe recipe{.degree = degree, .cuts = {}, .interactions = {}};
  if (const auto count = parse_integer(thresholds)) {
    if (*count < 1 || *count > 100) refuse("thresholds", thresholds, kThresholdsAre);
    recipe.thresholds = static_cast<int>(*count);
  } else if (thresholds != "none") {
    for (const std::string& part : split(thresholds, ',')) recipe.cuts.push_back(read_cut(part, thresholds));
  }
  recipe.all_pairs = interactions == "all";
  if (!recipe.all_pairs && interactions != "none")
    for (const std::string& part : split(interactions, ','))
      recipe.interactions.push_back(read_product(part, interactions));
  return recipe;
}

bool fill_above(float fill, float cut, Transform transform) {
  if (transform == Transform::None) return fill > cut;
  return cut < 0 || fill > static_cast<float>(stable::log1p(cut));
}

void check_terms(const TermRecipe& recipe, const LinearCells& cells) {
  for (const NamedCut& named : recipe.cuts) {
    const ColumnInfo& info = cells.matrix().column(place_of(cells.matrix(), named.column, "thresholds")).info;
    if (info.kind == ColumnKind::Category)
      throw Error(ErrorKind::Study, fmt::format("'{}' is a category and has no cuts", info.name),
                  "thresholds", "its levels are indicators already: leave it out");
  }
  const std::size_t asked = columns_asked(recipe, cells);
  if (asked > kMostTerms)
    throw Error(
        ErrorKind::Study,
        fmt::format("these settings ask for {} further columns of {} predictors, and {} are the most",
                    format_count(asked), format_count(cells.matrix().columns()), format_count(kMostTerms)),
        recipe.all_pairs ? "interactions" : "degree, thresholds, interactions",
        "name the products that matter, as interactions: age:sex, income:county; or leave predictors "
        "out");
}

TermedDesign add_terms(LinearDesign base, std::span<const std::uint32_t> rows, const TermRecipe& recipe,
                       Workers& workers) {
  TermedDesign out{.base = std::move(base), .products = {}, .cells = {}, .extended = {}};
  if (recipe.empty()) return out;
  const LinearDesign& design = out.base;
  check_terms(recipe, *design.cells);
  std::vector<char> training(design.weight.size());
  for (const std::uint32_t row : rows) training[row] = 1;

  std::vector<LinearProduct> products = products_of(recipe, design, training, rows.size());
  std::map<std::pair<std::uint32_t, std::optional<float>>, Cells> factors;
  for (const LinearProduct& product : products)
    for (const LinearFactor& factor : product) factors[{factor.column, factor.above}];
  std::vector<std::pair<LinearFactor, Cells*>> reading;
  for (auto& [factor, cells] : factors) reading.push_back({{factor.first, factor.second}, &cells});
  workers.for_each(reading.size(),
                   [&](std::size_t k) { *reading[k].second = read_factor(design, reading[k].first); });

  std::vector<LinearColumn> columns(products.size());
  std::vector<ColumnNumbers> numbers(products.size());
  workers.for_each(products.size(), [&](std::size_t k) {
    workers.check();
    const auto cells_of = [&](const LinearFactor& f) -> const Cells& {
      return factors.at({f.column, f.above});
    };
    Cells cells = cells_of(products[k].front());
    for (std::size_t f = 1; f < products[k].size(); ++f) cells = multiply(cells, cells_of(products[k][f]));
    numbers[k] = spread(cells, design, training, rows.size());
    if (!std::isfinite(numbers[k].norm2)) throw too_large(design, products[k]);
    if (!numbers[k].used) return;
    columns[k] = {.source = design.cells->columns()[products[k].front().column].source,
                  .mode = cells.mode,
                  .rows = std::move(cells.rows),
                  .values = std::move(cells.values)};
    columns[k].missing_end = static_cast<std::uint32_t>(columns[k].rows.size());
  });

  out.extended = design;
  std::vector<LinearColumn> further;
  for (std::size_t k = 0; k < products.size(); ++k) {
    if (!numbers[k].used) continue;
    out.products.push_back(std::move(products[k]));
    out.extended.numbers.push_back(numbers[k]);
    further.push_back(std::move(columns[k]));
  }
  if (further.empty()) return out;
  out.cells = std::make_unique<LinearCells>(*design.cells, std::move(further));
  out.extended.cells = out.cells.get();
  return out;
}

}  // namespace kohort
