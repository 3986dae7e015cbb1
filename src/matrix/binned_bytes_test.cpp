#include "matrix/binned_bytes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

/// Bytes at an address that a mapped file could have.
struct Page {
  std::shared_ptr<std::byte[]> owner;
  std::span<std::byte> bytes;

  explicit Page(std::size_t size)
      : owner(static_cast<std::byte*>(::operator new (size + 64, std::align_val_t{64})),
              [](std::byte* p) { ::operator delete (p, std::align_val_t{64}); }),
        bytes(owner.get(), size) {}
};

BinnedMatrix sample(std::size_t rows, std::size_t levels) {
  const Stream stream{3};
  std::vector<BinnedColumn> columns;
  for (int k = 0; k < 5; ++k) {
    std::vector<float> cells(rows);
    const Stream draws = stream.child(static_cast<std::uint64_t>(k));
    for (std::size_t i = 0; i < rows; ++i) {
      const double u = draws.uniform(i);
      cells[i] = u < 0.1 ? std::nanf("") : k < 3 && u < 0.8 ? 0.0F : static_cast<float>(std::floor(400 * u));
    }
    columns.push_back(make_binned_column(cells, k == 4 ? 1000 : 255));
  }
  std::vector<float> codes(rows);
  for (std::size_t i = 0; i < rows; ++i) codes[i] = static_cast<float>(stream.below(i, levels));
  columns.push_back(make_binned_column(codes, 255, levels));
  Workers workers{1};
  return {rows, std::move(columns), workers};
}

Page written(const BinnedMatrix& matrix) {
  std::size_t size = 0;
  write_binned(matrix, [&](auto piece) { size += piece.size(); });
  Page page{size};
  std::size_t at = 0;
  write_binned(matrix, [&](auto piece) {
    if (!piece.empty()) std::memcpy(page.bytes.data() + at, piece.data(), piece.size());
    at += piece.size();
  });
  return page;
}

TEST(BinnedBytes, ReadBackAsTheSameMatrixWithoutACopy) {
  for (const std::size_t levels : {std::size_t{7}, std::size_t{70'000}}) {
    const BinnedMatrix matrix = sample(1000, levels);
    const Page page = written(matrix);
    const BinnedMatrix again = read_binned(page.bytes, page.owner);
    ASSERT_EQ(again.rows(), matrix.rows());
    ASSERT_EQ(again.places(), matrix.places());
    for (std::size_t j = 0; j < matrix.columns(); ++j) {
      EXPECT_EQ(again.column(j).cuts, matrix.column(j).cuts);
      EXPECT_EQ(again.column(j).code_of_level, matrix.column(j).code_of_level);
      for (std::uint32_t row = 0; row < 1000; ++row)
        ASSERT_EQ(again.column(j).code(row), matrix.column(j).code(row)) << j << " " << row;
    }
    const auto places_of = [](const BinnedMatrix& m) {
      return m.with_entries([](auto starts, auto entries) {
        std::vector<std::uint64_t> all{starts.begin(), starts.end()};
        all.insert(all.end(), entries.begin(), entries.end());
        return all;
      });
    };
    EXPECT_EQ(places_of(again), places_of(matrix));
    const std::byte* first = reinterpret_cast<const std::byte*>(again.column(0).narrow.cells.data());
    EXPECT_TRUE(first >= page.bytes.data() && first < page.bytes.data() + page.bytes.size());
  }
}

TEST(BinnedBytes, RefuseWhatIsCutOrDamaged) {
  const BinnedMatrix matrix = sample(200, 7);
  const Page page = written(matrix);
  for (std::size_t size = 0; size < page.bytes.size(); size += 37)
    EXPECT_THROW(read_binned(page.bytes.first(size), page.owner), Error) << size;
  int refused = 0;
  const Stream stream{8};
  for (std::uint64_t k = 0; k < 2000;
       ++k) {  // a byte changed: refused, or a matrix whose every place is sound
    Page damaged = written(matrix);
    damaged.bytes[stream.below(2 * k, damaged.bytes.size())] ^=
        static_cast<std::byte>(1 + stream.below(2 * k + 1, 255));
    try {
      const BinnedMatrix again = read_binned(damaged.bytes, damaged.owner);
      for (std::size_t j = 0; j < again.columns(); ++j)
        for (std::uint32_t row = 0; row < again.rows(); ++row)
          ASSERT_LE(again.column(j).code(row), again.column(j).bins);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::Data);
      ++refused;
    }
  }
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace kohort
