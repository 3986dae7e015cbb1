#include "base/error.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace kohort {
namespace {

std::string compose(std::string_view where, std::string_view problem, std::string_view excerpt,
                    std::string_view mend) {
  std::string text;
  if (!where.empty()) text.append(where).append(": ");
  text.append(problem);
  if (!excerpt.empty()) text.append("\n").append(excerpt);
  if (!mend.empty()) text.append("\n   mend: ").append(mend);
  return text;
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitute});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last.back();
}

}  // namespace

Error::Error(ErrorKind kind, std::string what, std::string where, std::string mend, std::string excerpt)
    : kind_(kind),
      problem_(std::move(what)),
      where_(std::move(where)),
      mend_(std::move(mend)),
      message_(compose(where_, problem_, excerpt, mend_)) {}

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  std::string best;
  std::size_t best_distance = 4;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    const std::size_t longer = std::max(name.size(), candidate.size());
    if (distance < best_distance && distance * 3 <= longer) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggest(std::string_view name, std::span<const std::string> known) {
  constexpr std::size_t kMost = 20;
  std::string text;
  if (const std::string near = nearest_name(name, known); !near.empty())
    text = "did you mean '" + near + "'? ";
  text += "Known: ";
  for (std::size_t i = 0; i < std::min(kMost, known.size()); ++i) text += (i == 0 ? "" : ", ") + known[i];
  if (known.size() > kMost) text += ", …";
  return text + ".";
}

}  // namespace kohort
