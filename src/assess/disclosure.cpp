#include "assess/disclosure.hpp"

#include <algorithm>
#include <cstddef>

#include "assess/shapes.hpp"

namespace kohort {

void hide_a_second(std::span<const std::int64_t> persons, std::span<char> hidden) {
  expect_equal_lengths(persons.size(), hidden.size());
  if (std::ranges::count_if(hidden, [](char h) { return h != 0; }) != 1) return;
  std::size_t smallest = persons.size();
  for (std::size_t i = 0; i < persons.size(); ++i) {
    if (hidden[i] != 0 || persons[i] == 0) continue;
    if (smallest == persons.size() || persons[i] < persons[smallest]) smallest = i;
  }
  if (smallest < persons.size()) hidden[smallest] = 1;
}

}  // namespace kohort
