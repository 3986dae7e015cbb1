#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "cohort/predictors.hpp"

namespace kohort {
namespace {

/// Texts with their lengths, so that no two lists of texts read alike.
void add(Hasher& hasher, const std::vector<std::string>& texts) {
  hasher.add(fmt::format("[{}]", texts.size()));
  for (const std::string& text : texts) hasher.add(fmt::format("{}:{}", text.size(), text));
}

void add(Hasher& hasher, const PredictorColumn& column) {
  add(hasher, {column.name, column.label, std::string{kind_name(column.kind)}, column.register_name,
               column.relative, column.window, column.known_at});
  add(hasher, column.levels);
  add(hasher, column.level_labels);
}

}  // namespace

std::string predictors_key(const std::vector<PredictorSpec>& predictors) {
  Hasher hasher;
  for (const PredictorSpec& spec : predictors) {
    add(hasher, spec.column);
    const auto [least, most] = spec.mean_ages.value_or(std::pair{-1, -1});
    add(hasher, {spec.of, spec.by, spec.split, spec.code, spec.where, spec.weight_where,
                 spec.deflate_register, spec.deflate_by});
    add(hasher, spec.within);
    hasher.add(fmt::format("{} {} {} {} {} {};", static_cast<int>(spec.aggregate),
                           spec.window_years.value_or(0), spec.digits, least, most, spec.deflate_year));
  }
  return hasher.digest();
}

}  // namespace kohort
