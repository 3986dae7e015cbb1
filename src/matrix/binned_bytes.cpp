#include "matrix/binned_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.hpp"

namespace kohort {
namespace {

constexpr std::array<char, 8> kMagic{'k', 'o', 'h', 'b', 'i', 'n', '0', '1'};
constexpr std::size_t kAlign = 64;

[[noreturn]] void refuse(const char* why) {
  throw Error(ErrorKind::Data, fmt::format("this is no whole matrix of bins: {}", why), {},
              "delete the file; it is made again when it is needed");
}

/// What stands before the cells of one column: sizes in elements.
struct ColumnHead {
  std::uint64_t category, bins, mode, cuts, code_of_level, listed, narrow, wide;
};
struct Head {
  std::array<char, 8> magic;
  std::uint64_t rows, columns, narrow, wide;
};

class Writer {
 public:
  explicit Writer(const std::function<void(std::span<const std::byte>)>& write) : write_(write) {}
  template <class T>
  void put(std::span<const T> cells) {
    write_(std::as_bytes(cells));
    size_ += cells.size_bytes();
    static constexpr std::array<std::byte, kAlign> kZeros{};
    const std::size_t gap = (kAlign - size_ % kAlign) % kAlign;
    write_(std::span{kZeros}.first(gap));
    size_ += gap;
  }

 private:
  const std::function<void(std::span<const std::byte>)>& write_;
  std::size_t size_ = 0;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <class T>
  std::span<const T> take(std::uint64_t count) {
    if (at_ > bytes_.size() || count > (bytes_.size() - at_) / sizeof(T)) refuse("it ends too early");
    const std::span<const T> cells{reinterpret_cast<const T*>(bytes_.data() + at_), count};
    at_ += (cells.size_bytes() + kAlign - 1) / kAlign * kAlign;
    return cells;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

ColumnHead head_of(const BinnedColumn& c) {
  return {c.category ? 1U : 0U,
          c.bins,
          c.mode,
          c.cuts.size(),
          c.code_of_level.size(),
          c.listed.cells.size(),
          c.narrow.cells.size(),
          c.wide.cells.size()};
}

/// Every rank must count the bits before it, and every code be one of the column's.
void check_column(const BinnedColumn& column, std::size_t rows) {
  std::size_t listed = column.dense() ? rows : 0;
  for (std::size_t w = 0; w < column.listed.cells.size(); ++w) {
    if (column.rank[w] != listed) refuse("a rank does not count its bits");
    listed += static_cast<std::size_t>(std::popcount(column.listed[w]));
  }
  const bool narrow = column.wide.cells.empty();
  if ((narrow ? column.narrow.cells.size() : column.wide.cells.size()) != listed)
    refuse("codes do not fit the bits");
  if (!column.dense() && rows % 64 != 0 && (column.listed.cells.back() >> (rows % 64)) != 0)
    refuse("a bit lies past the last row");
  const auto outside = [&](std::uint32_t code) { return code > column.bins; };
  if (std::ranges::any_of(column.narrow.cells, outside) || std::ranges::any_of(column.wide.cells, outside))
    refuse("a code lies outside its column");
}

BinnedColumn read_column(Reader& reader, const ColumnHead& head, std::size_t rows,
                         const std::shared_ptr<const void>& owner) {
  constexpr std::uint64_t kMostBins = 65'535;
  if (head.bins == 0 || head.bins > kMostBins || head.mode > head.bins)
    refuse("a column's bins make no sense");
  if (head.listed != 0 && head.listed != (rows + 63) / 64) refuse("a column has too many or too few bits");
  BinnedColumn column;
  column.category = head.category != 0;
  column.bins = static_cast<std::uint32_t>(head.bins);
  column.mode = static_cast<std::uint32_t>(head.mode);
  const auto cuts = reader.take<float>(head.cuts);
  const auto levels = reader.take<std::uint16_t>(head.code_of_level);
  column.cuts.assign(cuts.begin(), cuts.end());
  column.code_of_level.assign(levels.begin(), levels.end());
  if (!column.category && column.cuts.size() + 1 != column.bins) refuse("cuts do not fit the bins");
  if (std::ranges::any_of(levels, [&](std::uint16_t code) { return code == 0 || code > column.bins; }))
    refuse("a level has no code");
  column.listed = {reader.take<std::uint64_t>(head.listed), owner};
  column.rank = {reader.take<std::uint32_t>(head.listed), owner};
  column.narrow = {reader.take<std::uint8_t>(head.narrow), owner};
  column.wide = {reader.take<std::uint16_t>(head.wide), owner};
  check_column(column, rows);
  return column;
}

}  // namespace

void write_binned(const BinnedMatrix& matrix, const std::function<void(std::span<const std::byte>)>& write) {
  Writer writer{write};
  matrix.with_entries([&](auto starts, auto entries) {
    const bool narrow = sizeof(entries[0]) == sizeof(std::uint16_t);
    const Head head{kMagic, matrix.rows(), matrix.columns(), narrow ? entries.size() : 0,
                    narrow ? 0 : entries.size()};
    writer.put(std::span{&head, 1});
    std::vector<ColumnHead> heads;
    for (std::size_t j = 0; j < matrix.columns(); ++j) heads.push_back(head_of(matrix.column(j)));
    writer.put(std::span<const ColumnHead>{heads});
    for (std::size_t j = 0; j < matrix.columns(); ++j) {
      const BinnedColumn& column = matrix.column(j);
      writer.put(std::span<const float>{column.cuts});
      writer.put(std::span<const std::uint16_t>{column.code_of_level});
      writer.put(column.listed.cells);
      writer.put(column.rank.cells);
      writer.put(column.narrow.cells);
      writer.put(column.wide.cells);
    }
    writer.put(starts);
    writer.put(entries);
  });
}

BinnedMatrix read_binned(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlign != 0)
    throw Error(ErrorKind::Defect, "a mapped matrix must start at a multiple of 64 bytes");
  Reader reader{bytes};
  const Head head = reader.take<Head>(1)[0];
  if (head.magic != kMagic) refuse("another format");
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;  // keeps sums of sizes from wrapping
  if (head.rows > kMost || head.columns > kMost) refuse("its sizes make no sense");
  const auto heads = reader.take<ColumnHead>(head.columns);
  std::vector<BinnedColumn> columns;
  for (const ColumnHead& column : heads) columns.push_back(read_column(reader, column, head.rows, owner));
  BinnedMatrix::Lists lists;
  lists.starts = {reader.take<std::uint64_t>(head.rows + 1), owner};
  lists.narrow = {reader.take<std::uint16_t>(head.narrow), owner};
  lists.wide = {reader.take<std::uint32_t>(head.wide), owner};
  const std::size_t entries = std::max(head.narrow, head.wide);
  if (!std::ranges::is_sorted(lists.starts.cells) || lists.starts.cells.back() != entries ||
      (head.narrow > 0 && head.wide > 0))
    refuse("rows do not fit their lists");
  BinnedMatrix matrix{head.rows, std::move(columns), std::move(lists)};
  const auto outside = [&](std::uint32_t place) { return place >= matrix.places(); };
  if (matrix.with_entries([&](auto, auto places) { return std::ranges::any_of(places, outside); }))
    refuse("a row lists a place outside the histogram");
  return matrix;
}

}  // namespace kohort
