#pragma once
// What this process and this machine have of memory, and large arrays read at random.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kohort {

std::uint64_t resident_bytes();       // now in memory, this process; 0 where unknown
std::uint64_t peak_resident_bytes();  // the most it ever was
std::uint64_t available_bytes();      // what the machine (or the control group, if smaller) can still give

/// Asks for large pages where the machine has them: rows read here and there then miss no translation. For
/// memory not written yet; changes nothing else.
void ask_for_large_pages(void* begin, std::size_t bytes);

/// A vector of n zeros in large pages.
template <class T>
std::vector<T> large_vector(std::size_t n) {
  std::vector<T> cells;
  cells.reserve(n);
  ask_for_large_pages(cells.data(), n * sizeof(T));
  cells.resize(n);
  return cells;
}

}  // namespace kohort
