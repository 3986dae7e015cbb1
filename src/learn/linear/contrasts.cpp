#include "learn/linear/contrasts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

/// The level that the others of a category are compared with: its column of the design, by column of the
/// matrix.
using References = std::unordered_map<std::uint32_t, std::size_t>;

References references(const LinearDesign& design, const std::string& asked) {
  const auto& columns = design.cells->columns();
  const Matrix& matrix = design.cells->matrix();
  References chosen;
  for (std::size_t j = 0; j < columns.size(); ++j)
    if (columns[j].level >= 0 && design.numbers[j].used) chosen.emplace(columns[j].source, j);
  for (const std::string& pair : split(asked, ';')) {
    if (trim(pair).empty()) continue;
    const std::size_t cut = pair.find('=');
    if (cut == std::string::npos)
      throw Error(ErrorKind::Study, fmt::format("'{}' is no reference level", pair), "reference",
                  "write column=level, several with a semicolon between them");
    const std::string name{trim(std::string_view{pair}.substr(0, cut))};
    const std::string level{trim(std::string_view{pair}.substr(cut + 1))};
    bool found = false;
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const ColumnInfo& info = matrix.column(columns[j].source).info;
      const auto code = static_cast<std::size_t>(std::max(columns[j].level, 0));
      if (columns[j].level < 0 || !design.numbers[j].used || info.name != name ||
          code >= info.levels.size() || info.levels[code] != level)
        continue;
      chosen[columns[j].source] = j;
      found = true;
    }
    if (!found)
      throw Error(ErrorKind::Study,
                  fmt::format("no category '{}' has the level '{}' in the training rows", name, level),
                  "reference", "name a category among the predictors and one of its levels");
  }
  return chosen;
}

}  // namespace

std::vector<std::size_t> contrast_columns(const TermedDesign& terms, const std::string& reference) {
  const References chosen = references(terms.base, reference);
  const LinearDesign& design = terms.whole();
  const auto is_reference = [&](std::size_t j) {
    const auto found = chosen.find(design.cells->columns()[j].source);
    return found != chosen.end() && found->second == j;
  };
  const std::size_t own = terms.base.numbers.size();
  std::vector<std::size_t> kept;
  for (std::size_t j = 0; j < design.numbers.size(); ++j) {
    if (!design.numbers[j].used) continue;
    const bool left_out =
        j < own ? is_reference(j)
                : terms.products[j - own].size() == 2 &&
                      std::ranges::any_of(terms.products[j - own], [&](const LinearFactor& factor) {
                        return is_reference(factor.column);
                      });
    if (!left_out) kept.push_back(j);
  }
  return kept;
}

}  // namespace kohort
