#pragma once
// For fuzzing: what must hold of every model a reader has given.

#include <cstdlib>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "learn/model.hpp"
#include "learn/model_features.hpp"

namespace kohort {

/// A model and its record; nothing when the reader refuses the bytes as it should.
struct ReadModel {
  Model model;
  ModelRecord record;
};

inline std::optional<ReadModel> read_or_refuse(std::string_view bytes) {
  try {
    ReadModel read;
    read.model = from_bytes(bytes, &read.record);
    return read;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data) std::abort();
    return std::nullopt;
  }
}

inline std::vector<ColumnInfo> columns_of(const Model& model) {
  std::vector<ColumnInfo> columns;
  if (const auto* linear = std::get_if<LinearModel>(&model))
    for (const LinearTerm& term : linear->terms) columns.push_back(term.info);
  if (const auto* trees = std::get_if<TreeModel>(&model))
    for (const EncodedColumn& column : trees->encoding.columns) columns.push_back(column.info);
  return columns;
}

/// A table of the predictors with cells at the edges of what they may hold; nothing when a name comes twice.
inline std::optional<Matrix> table_for(const Model& model) {
  using Limits = std::numeric_limits<float>;
  MatrixBuilder builder{5};
  for (const ColumnInfo& info : columns_of(model)) {
    std::vector<float> cells{Limits::quiet_NaN(), 0, Limits::lowest(), Limits::max(), Limits::infinity()};
    if (info.kind == ColumnKind::Category) {
      cells.assign(5, Limits::quiet_NaN());
      if (!info.levels.empty()) cells[1] = 0;
      if (!info.levels.empty()) cells[2] = static_cast<float>(info.levels.size() - 1);
    }
    try {
      builder.add(info, cells);
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  return builder.finish();
}

/// It predicts on any table that has its predictors.
inline void use(const Model& model) {
  const std::optional<Matrix> table = table_for(model);
  if (!table) return;
  static Workers workers{1};
  predict(model, *table, all_rows(5), workers);
  model_features(model, *table, all_rows(5));
}

}  // namespace kohort
