// Any bytes are a model or an Error of the data. A model writes the bytes it was read from, and predicts on
// any table that has its predictors.

#include <cstring>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "model_checks.hpp"

namespace {

using namespace kohort;

constexpr std::size_t kDigest = 32;

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

/// Changes the bytes before the checksum, and makes it anew: else nothing but the checksum would be tried.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  if (size < kDigest || most < size || Stream{seed}.below(0, 50) == 0)
    return LLVMFuzzerMutate(data, size, most);
  const std::size_t changed = LLVMFuzzerMutate(data, size - kDigest, most - kDigest);
  const std::string digest = hash_text({reinterpret_cast<const char*>(data), changed});
  std::memcpy(data + changed, digest.data(), kDigest);
  return changed + kDigest;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto read = read_or_refuse(bytes);
  if (!read) return 0;
  if (to_bytes(read->model, read->record) != bytes) std::abort();
  use(read->model);
  return 0;
}
