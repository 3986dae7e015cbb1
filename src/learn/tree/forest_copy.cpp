#include "learn/tree/forest_copy.hpp"

#include <algorithm>
#include <bit>

namespace kohort {

template <class Entry>
void LinesCopy<Entry>::copy(const ForestLines<Entry>& from, std::span<const std::uint32_t> rows) {
  constexpr std::size_t kFar = 32, kNear = 16;  // rows asked for before they are copied: lines, lists
  words_ = from.words;
  rows_.assign(rows.begin(), rows.end());
  lines_.resize(std::max(lines_.size(), rows.size() * (words_ + 1)));
  std::size_t used = 0;  // entries
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kFar < rows.size()) __builtin_prefetch(from.line(rows[i + kFar]));
    if (i + kNear < rows.size()) {
      const auto* list = reinterpret_cast<const char*>(from.list(rows[i + kNear]));
      for (std::size_t ahead = 0; ahead < 256; ahead += 64) __builtin_prefetch(list + ahead);
    }
    const std::uint64_t* line = from.line(rows[i]);
    std::size_t listed = 0;
    for (std::size_t w = 1; w <= words_; ++w) listed += static_cast<std::size_t>(std::popcount(line[w]));
    if (entries_.size() < used + listed) entries_.resize(2 * (used + listed));
    std::uint64_t* copied = &lines_[i * (words_ + 1)];
    copied[0] = used;
    std::copy_n(line + 1, words_, copied + 1);
    std::copy_n(from.list(rows[i]), listed, entries_.begin() + static_cast<std::ptrdiff_t>(used));
    used += listed;
  }
}

template class LinesCopy<std::uint16_t>;
template class LinesCopy<std::uint32_t>;

}  // namespace kohort
