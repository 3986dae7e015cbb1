#include "study/visit_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "store/artifacts.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

ColumnKind column_kind(PredictorKind kind) {
  switch (kind) {
    case PredictorKind::Number:
      return ColumnKind::Number;
    case PredictorKind::Count:
      return ColumnKind::Count;
    case PredictorKind::Flag:
      return ColumnKind::Flag;
    case PredictorKind::Category:
      return ColumnKind::Category;
  }
  return ColumnKind::Number;
}

std::string from_predictors(const fs::path& folder) {
  return fmt::format("read_parquet({})", sql_text((folder / kPredictorFile).string()));
}

Column read_units(Session& session, const fs::path& folder) {
  return session.read(fmt::format("SELECT unit FROM {}", from_predictors(folder))).columns.front();
}

/// One number per unit: the id itself, or a hash of a text id.
void append_clusters(const Column& units, std::vector<std::uint64_t>& cluster) {
  for (std::size_t i = 0; i < units.rows(); ++i) {
    if (units.type == ColumnType::Text) {
      cluster.push_back(
          static_cast<std::uint64_t>(std::stoull(hash_text(units.texts()[i]).substr(0, 15), nullptr, 16)));
    } else {
      cluster.push_back(static_cast<std::uint64_t>(units.integers()[i]));
    }
  }
}

/// Columns first … last - 1 of every year, stacked: shape (columns)(rows of the visit).
std::vector<std::vector<float>> read_block(Session& session, const std::vector<fs::path>& folders,
                                           const PredictorManifest& manifest, std::size_t first,
                                           std::size_t last) {
  std::string names;
  for (std::size_t j = first; j < last; ++j)
    names += (j == first ? "" : ", ") + sql_name(manifest.columns[j].name);
  std::vector<std::vector<float>> stacked(last - first);
  for (const fs::path& folder : folders) {
    auto columns = session.read_floats(fmt::format("SELECT {} FROM {}", names, from_predictors(folder)));
    for (std::size_t j = 0; j < stacked.size(); ++j) {
      if (stacked[j].empty())
        stacked[j] = std::move(columns[j]);
      else
        stacked[j].insert(stacked[j].end(), columns[j].begin(), columns[j].end());
    }
  }
  return stacked;
}

int compare_units(const Column& a, std::size_t i, const Column& b, std::size_t j) {
  if (a.type == ColumnType::Text) return a.texts()[i].compare(b.texts()[j]);
  return a.integers()[i] < b.integers()[j] ? -1 : a.integers()[i] > b.integers()[j] ? 1 : 0;
}

/// Calls found(row of units, row of outcome) for every unit of an outcome table; both ascend by unit.
template <class Found>
void each_match(const Column& units, const Column& with_outcome, Found found) {
  std::size_t row = 0;
  for (std::size_t k = 0; k < with_outcome.rows(); ++k) {
    while (row < units.rows() && compare_units(units, row, with_outcome, k) < 0) ++row;
    if (row == units.rows() || compare_units(units, row, with_outcome, k) != 0) {
      throw Error(ErrorKind::Defect, "an outcome belongs to nobody in the predictor table", {},
                  "please report this");
    }
    found(row, k);
  }
}

}  // namespace

VisitData load_visit(const std::vector<int>& years, const std::vector<fs::path>& folders) {
  VisitData data{.years = years,
                 .units = {},
                 .first_row = {0},
                 .cluster = {},
                 .manifest = {},
                 .matrix = {},
                 .inputs = {}};
  std::vector<fs::path> seen{folders.begin(), folders.end()};
  Session session{{.folders = seen, .temp_folder = {}}};
  data.manifest = parse_manifest(read_file(folders.front() / kPredictorColumns));
  for (const fs::path& folder : folders) {
    data.units.push_back(read_units(session, folder));
    append_clusters(data.units.back(), data.cluster);
    data.first_row.push_back(data.cluster.size());
  }
  constexpr std::size_t kBlockBytes = 64 << 20;
  const std::size_t width =
      std::max<std::size_t>(1, kBlockBytes / (sizeof(float) * std::max<std::size_t>(1, data.rows())));
  MatrixBuilder builder{data.rows()};
  for (std::size_t first = 0; first < data.manifest.columns.size(); first += width) {
    const std::size_t last = std::min(first + width, data.manifest.columns.size());
    auto block = read_block(session, folders, data.manifest, first, last);
    for (std::size_t j = first; j < last; ++j) {
      const PredictorColumn& column = data.manifest.columns[j];
      builder.add({column.name, column_kind(column.kind), column.levels}, block[j - first]);
      block[j - first] = {};
    }
  }
  data.matrix = builder.finish();
  return data;
}

OutcomeRows spread_outcomes(const VisitData& data, const std::vector<fs::path>& files, AbsentPolicy policy) {
  OutcomeRows rows;
  rows.outcome.assign(data.rows(), std::numeric_limits<double>::quiet_NaN());
  if (policy == AbsentPolicy::Weight) rows.weights.assign(data.rows(), 0.0);
  for (std::size_t y = 0; y < files.size(); ++y) {
    const Table table = read_parquet(files[y]);
    each_match(data.units[y], table.at("unit"), [&](std::size_t row, std::size_t k) {
      rows.outcome[data.first_row[y] + row] = table.at("outcome").numbers()[k];
      if (!rows.weights.empty()) rows.weights[data.first_row[y] + row] = table.at("exposure").numbers()[k];
    });
  }
  for (std::uint32_t row = 0; row < data.rows(); ++row) {
    if (!std::isnan(rows.outcome[row])) rows.observed.push_back(row);
  }
  return rows;
}

std::vector<double> align_outcome(const Column& units, const Table& outcome) {
  std::vector<double> aligned(units.rows(), std::numeric_limits<double>::quiet_NaN());
  const auto& numbers = outcome.at("outcome").numbers();
  each_match(units, outcome.at("unit"), [&](std::size_t row, std::size_t k) { aligned[row] = numbers[k]; });
  return aligned;
}

}  // namespace kohort
