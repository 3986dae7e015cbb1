#include "matrix/row_marks.hpp"

#include <algorithm>
#include <vector>

#include "base/memory.hpp"

namespace kohort {
namespace {

constexpr std::size_t kRowBlock = 4096;  // rows marked as one task

}  // namespace

RowMarks::RowMarks(const BinnedMatrix& matrix, Workers& workers)
    : rows_(matrix.rows()),
      stride_(1 + (matrix.columns() + 63) / 64),
      lines_(new (std::align_val_t{64}) std::uint64_t[std::max<std::size_t>(1, rows_ * stride_)]) {
  ask_for_large_pages(lines_.get(), bytes());
  std::vector<std::uint32_t> column_of(matrix.places());
  for (std::uint32_t j = 0; j < matrix.columns(); ++j)
    std::fill_n(&column_of[matrix.first_place(j)], matrix.column(j).bins + 1, j);
  matrix.with_entries([&](auto starts, auto entries) {
    workers.for_each((rows_ + kRowBlock - 1) / kRowBlock, [&](std::size_t b) {
      for (std::size_t row = b * kRowBlock; row < std::min(rows_, (b + 1) * kRowBlock); ++row) {
        std::uint64_t* line = lines_.get() + row * stride_;
        std::fill_n(line, stride_, 0);
        line[0] = starts[row];
        for (std::uint64_t k = starts[row]; k < starts[row + 1]; ++k) {
          const std::uint32_t column = column_of[entries[k]];
          line[1 + column / 64] |= std::uint64_t{1} << (column % 64);
        }
      }
    });
  });
}

}  // namespace kohort
