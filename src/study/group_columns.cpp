#include "study/group_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "assess/bands.hpp"
#include "cohort/predictor_manifest.hpp"
#include "store/artifacts.hpp"
#include "store/session.hpp"
#include "study/visit_data.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// The place of each code in the group's labels; -1 for levels that make no group.
std::vector<std::int16_t> group_of_codes(const GroupDeclaration& group,
                                         const std::vector<std::string>& levels) {
  std::vector<std::int16_t> place(levels.size(), -1);
  for (std::size_t code = 0; code < levels.size(); ++code) {
    for (std::size_t g = 0; g < group.named.size(); ++g) {
      if (std::ranges::find(group.named[g].levels, levels[code]) != group.named[g].levels.end())
        place[code] = static_cast<std::int16_t>(g);
    }
  }
  return place;
}

GroupColumn make_group(const GroupDeclaration& group, const PredictorColumn& column,
                       const std::vector<float>& cells) {
  GroupColumn out{group.name, group.labels, {}};
  if (column.kind != PredictorKind::Category) {
    out.codes = cut(std::vector<double>{cells.begin(), cells.end()}, Bands{group.bands, group.labels});
    return out;
  }
  for (const auto& named : group.named) out.labels.push_back(named.label);
  const auto place = group_of_codes(group, column.levels);
  for (const float cell : cells)
    out.codes.push_back(std::isnan(cell) ? std::int16_t{-1} : place[static_cast<std::size_t>(cell)]);
  return out;
}

}  // namespace

std::vector<GroupColumn> read_groups(const std::vector<GroupDeclaration>& declarations,
                                     const fs::path& folder) {
  std::vector<GroupColumn> groups;
  if (declarations.empty()) return groups;
  const PredictorManifest manifest = parse_manifest(read_file(folder / kPredictorColumns));
  Session session{{.folders = {folder}, .temp_folder = {}}};
  for (const GroupDeclaration& group : declarations) {
    const auto cells = session.read_floats(fmt::format("SELECT {} FROM read_parquet({})", sql_name(group.of),
                                                       sql_text((folder / kPredictorFile).string())));
    groups.push_back(make_group(group, *manifest.find(group.of), cells.front()));
  }
  return groups;
}

}  // namespace kohort
