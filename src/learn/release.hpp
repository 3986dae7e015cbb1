#pragma once
// Before a model leaves the house: does every part of it stand on enough persons?

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "learn/model.hpp"

namespace kohort {

/// A group of a model's parts of one sort: the leaves of all trees, the steps between the thresholds of one
/// predictor, the levels of one category, the cells of one predictor outside its most frequent value.
struct ModelParts {
  std::string what;             // "leaves", "steps of column 'age'", …; never a threshold or a level
  std::uint64_t parts = 0;      // that anybody's training row is in
  std::uint64_t least = 0;      // persons of the smallest of them, counted up to the minimum; 0 for no part
  std::uint64_t too_small = 0;  // parts of fewer than the minimum
  bool operator==(const ModelParts&) const = default;
};

/// Counts the persons that each part of a model stands on. A part without rows tells of nobody.
///   matrix   the table the model was fitted on, predictors by name
///   rows     its training rows, ascending
///   persons  the person of each row of the table, shape (rows of the matrix): equal numbers are one person,
///            who counts once in a part, with however many rows; empty: every row is a person of its own
///   minimum  fewest persons, at least 1
///   returns  trees: the leaves; per feature that is split, the steps between neighbouring thresholds (below
///            the first and above the last as well) and, as one more, its missing cells; per feature that is
///            split by sets, its levels. Linear: per category its levels, missing among them where it is one;
///            per other predictor the cells outside the most frequent value, and those inside it; per
///            predictor with thresholds the steps between them; per power or interaction the rows where it is
///            what most frequent values make it, and the others
///   throws   Error (data) naming a predictor that the matrix lacks
/// The same for any number of threads and any order of the rows. O(rows x (trees x depth + features log
/// thresholds)), and a logarithm of the minimum more until a part has enough; memory: twice the minimum per
/// part that has not.
std::vector<ModelParts> count_parts(const Model& model, const Matrix& matrix,
                                    std::span<const std::uint32_t> rows,
                                    std::span<const std::uint64_t> persons, std::uint64_t minimum,
                                    Workers& workers);

/// Thresholds of one column that join_steps has given up.
struct JoinedSteps {
  std::string column;
  std::uint64_t thresholds = 0, joined = 0;  // before, and how many of them
  bool operator==(const JoinedSteps&) const = default;
};

/// Moves thresholds of trees, so that between two of a feature lie `minimum` persons or nobody, as
/// count_parts counts them: from the lowest upwards a threshold that closes a step of too few moves to the
/// next one kept above, the topmost to the one below. Leaves, their values and covers stay; a few rows come
/// into others. A column that has too few persons for one step is left as it is. Deterministic; cost that of
/// count_parts.
std::vector<JoinedSteps> join_steps(TreeModel& model, const Matrix& matrix,
                                    std::span<const std::uint32_t> rows,
                                    std::span<const std::uint64_t> persons, std::uint64_t minimum,
                                    Workers& workers);

}  // namespace kohort
