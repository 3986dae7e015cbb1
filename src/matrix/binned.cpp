#include "matrix/binned.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "matrix/cuts.hpp"

namespace kohort {
namespace {

constexpr std::size_t kMostCodes = 65'534;  // besides missing
constexpr std::size_t kRowBlock = 2048;     // rows whose lists are filled together: they stay in the cache

/// The codes of a category with more levels than codes: the rarest levels share the last.
std::vector<std::uint16_t> shared_codes(std::size_t levels, std::span<const float> cells) {
  std::vector<std::uint16_t> code_of(levels);
  std::vector<std::size_t> count(levels), order(levels);
  for (const float x : cells)
    if (!std::isnan(x)) ++count[static_cast<std::size_t>(x)];
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t level) { return count[level]; });
  for (std::size_t k = 0; k < levels; ++k)
    code_of[order[k]] = static_cast<std::uint16_t>(std::min(k + 1, kMostCodes));
  return code_of;
}

std::vector<std::uint16_t> numeric_codes(std::span<const float> cells, std::span<const float> cuts) {
  std::vector<std::uint16_t> codes(cells.size());
  float last = std::numeric_limits<float>::quiet_NaN();
  std::uint16_t code = 0;  // of `last`
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] != last) {
      last = cells[i];
      code = static_cast<std::uint16_t>(bin_of(last, cuts));
    }
    codes[i] = code;
  }
  return codes;
}

template <class Code>
std::vector<Code> kept_codes(std::span<const std::uint16_t> codes, bool all, std::uint32_t mode,
                             std::size_t listed) {
  std::vector<Code> kept;
  kept.reserve(all ? codes.size() : listed);
  for (const std::uint16_t code : codes)
    if (all || code != mode) kept.push_back(static_cast<Code>(code));
  return kept;
}

void store_codes(BinnedColumn& column, std::span<const std::uint16_t> codes) {
  std::vector<std::size_t> count(column.bins + 1);
  for (const std::uint16_t code : codes) ++count[code];
  column.mode = static_cast<std::uint32_t>(std::ranges::max_element(count) - count.begin());
  const std::size_t listed = codes.size() - count[column.mode];
  const bool all = 5 * listed > 4 * codes.size();  // then bits and ranks cost more than they save
  if (column.bins < 256)
    column.narrow = Shared{kept_codes<std::uint8_t>(codes, all, column.mode, listed)};
  else
    column.wide = Shared{kept_codes<std::uint16_t>(codes, all, column.mode, listed)};
  if (all) return;
  std::vector<std::uint64_t> words((codes.size() + 63) / 64);
  std::vector<std::uint32_t> rank(words.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    words[i / 64] |= std::uint64_t{codes[i] != column.mode} << (i % 64);
  for (std::size_t w = 1; w < words.size(); ++w)
    rank[w] = rank[w - 1] + static_cast<std::uint32_t>(std::popcount(words[w - 1]));
  column.listed = Shared{std::move(words)};
  column.rank = Shared{std::move(rank)};
}

/// Calls f(row, code) for the rows of begin .. end-1 outside the column's mode, ascending.
template <class F>
void for_listed(const BinnedColumn& column, std::size_t begin, std::size_t end, F f) {
  const auto code_at = [&](std::size_t place) -> std::uint32_t {
    return column.wide.cells.empty() ? column.narrow[place] : column.wide[place];
  };
  if (column.dense()) {
    for (std::size_t row = begin; row < end; ++row)
      if (const std::uint32_t code = code_at(row); code != column.mode) f(row, code);
    return;
  }
  for (std::size_t w = begin / 64; w * 64 < end; ++w) {  // blocks begin at a whole word
    std::size_t place = column.rank[w];
    for (std::uint64_t word = column.listed[w]; word != 0; word &= word - 1)
      f(w * 64 + static_cast<std::size_t>(std::countr_zero(word)), code_at(place++));
  }
}

}  // namespace

BinnedColumn make_binned_column(std::span<const float> cells, std::size_t bins, std::size_t levels,
                                std::size_t min_data_in_bin) {
  BinnedColumn column;
  column.category = levels > 0;
  if (column.category) {
    if (levels > kMostCodes) column.code_of_level = shared_codes(levels, cells);
    std::vector<std::uint16_t> codes(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!std::isnan(cells[i]))
        codes[i] = static_cast<std::uint16_t>(column.level_code(static_cast<std::size_t>(cells[i])));
    column.bins = static_cast<std::uint32_t>(std::min(levels, kMostCodes));
    store_codes(column, codes);
    return column;
  }
  column.cuts = make_cuts(cells, std::min(bins, kMostCodes), min_data_in_bin);
  column.bins = static_cast<std::uint32_t>(column.cuts.size() + 1);
  store_codes(column, numeric_codes(cells, column.cuts));
  return column;
}

BinnedMatrix::BinnedMatrix(std::size_t rows, std::vector<BinnedColumn> columns, Lists lists)
    : rows_(rows), columns_(std::move(columns)), first_place_(1), lists_(std::move(lists)) {
  for (const BinnedColumn& column : columns_) first_place_.push_back(first_place_.back() + column.bins + 1);
}

BinnedMatrix::BinnedMatrix(std::size_t rows, std::vector<BinnedColumn> columns, Workers& workers)
    : BinnedMatrix(rows, std::move(columns), Lists{}) {
  const std::size_t blocks = (rows + kRowBlock - 1) / kRowBlock;
  std::vector<std::uint64_t> starts(rows + 1);
  workers.for_each(blocks, [&](std::size_t b) {
    const std::size_t begin = b * kRowBlock, end = std::min(rows, begin + kRowBlock);
    for (const BinnedColumn& column : columns_)
      for_listed(column, begin, end, [&](std::size_t row, std::uint32_t) { ++starts[row + 1]; });
  });
  std::partial_sum(starts.begin(), starts.end(), starts.begin());

  const auto fill = [&](auto& entries) {
    workers.for_each(blocks, [&](std::size_t b) {
      const std::size_t begin = b * kRowBlock, end = std::min(rows, begin + kRowBlock);
      std::vector<std::uint64_t> next{starts.begin() + static_cast<std::ptrdiff_t>(begin),
                                      starts.begin() + static_cast<std::ptrdiff_t>(end)};
      for (std::size_t j = 0; j < columns_.size(); ++j)
        for_listed(columns_[j], begin, end, [&](std::size_t row, std::uint32_t code) {
          using Entry = typename std::remove_reference_t<decltype(entries)>::value_type;
          entries[next[row - begin]++] = static_cast<Entry>(first_place_[j] + code);
        });
    });
  };
  if (places() <= 65'536) {
    auto entries = large_vector<std::uint16_t>(starts.back());
    fill(entries);
    lists_.narrow = Shared{std::move(entries)};
  } else {
    auto entries = large_vector<std::uint32_t>(starts.back());
    fill(entries);
    lists_.wide = Shared{std::move(entries)};
  }
  lists_.starts = Shared{std::move(starts)};
}

std::size_t BinnedMatrix::bytes() const {
  std::size_t sum =
      lists_.starts.cells.size_bytes() + lists_.narrow.cells.size_bytes() + lists_.wide.cells.size_bytes();
  for (const BinnedColumn& c : columns_)
    sum += c.listed.cells.size_bytes() + c.rank.cells.size_bytes() + c.narrow.cells.size_bytes() +
           c.wide.cells.size_bytes();
  return sum;
}

namespace {

/// Every cell of a matrix column as a feature sees it.
std::vector<float> feature_cells(const MatrixColumn& column, std::size_t rows, std::int64_t indicator_of) {
  const auto seen = [&](float x) {
    return indicator_of < 0 || std::isnan(x) ? x : (x == static_cast<float>(indicator_of) ? 1.0F : 0.0F);
  };
  std::vector<float> cells(rows, seen(column.mode));
  for (std::size_t k = 0; k < column.rows.size(); ++k) cells[column.rows[k]] = seen(column.values[k]);
  return cells;
}

}  // namespace

BinnedMatrix bin_features(const Matrix& matrix, const TreeEncoding& encoding, int max_bin, Workers& workers,
                          int min_data_in_bin) {
  struct Feature {
    const MatrixColumn* cells;
    std::int64_t indicator_of;
    std::size_t levels;
  };
  std::vector<Feature> features;
  for (const EncodedColumn& column : encoding.columns) {
    const MatrixColumn& cells = find_predictor(matrix, column.info);
    if (cells.info != column.info)
      throw Error(ErrorKind::Defect, "bins are made from the matrix that the encoding was made from");
    for (std::uint32_t k = 0; k < column.features(); ++k)
      features.push_back(
          {&cells, column.one_hot ? std::int64_t{k} : -1, column.as_set ? column.info.levels.size() : 0});
  }
  std::vector<BinnedColumn> columns(features.size());
  workers.for_each(features.size(), [&](std::size_t j) {
    const Feature& feature = features[j];
    columns[j] = make_binned_column(feature_cells(*feature.cells, matrix.rows(), feature.indicator_of),
                                    static_cast<std::size_t>(max_bin - 1), feature.levels,
                                    static_cast<std::size_t>(min_data_in_bin));
  });
  return BinnedMatrix{matrix.rows(), std::move(columns), workers};
}

}  // namespace kohort
