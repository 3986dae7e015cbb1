// Any bytes are a matrix of bins whose every row has a code inside its column and places inside the
// histogram, or an Error of the data.

#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "matrix/binned_bytes.hpp"

namespace {

using namespace kohort;

struct alignas(64) Line {
  std::byte bytes[64];
};

void look_at_every_cell(const BinnedMatrix& matrix) {
  for (std::uint32_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t j = 0; j < matrix.columns(); ++j)
      if (matrix.column(j).code(row) > matrix.column(j).bins) std::abort();
    matrix.with_entries([&](auto starts, auto entries) {
      for (std::uint64_t k = starts[row]; k < starts[row + 1]; ++k)
        if (entries[k] >= matrix.places()) std::abort();
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = std::make_shared<std::vector<Line>>((size + 63) / 64 + 1);
  std::memcpy(lines->data(), data, size);
  const std::span bytes{reinterpret_cast<const std::byte*>(lines->data()), size};
  try {
    look_at_every_cell(read_binned(bytes, lines));
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data) std::abort();
  }
  return 0;
}
