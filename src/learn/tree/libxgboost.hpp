#pragma once
// Boosting by Debian's libxgboost: the reference our own trees are compared with, and `engine: libxgboost`.

#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/workers.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "learn/tree/boosting.hpp"
#include "learn/tree/tree_data.hpp"

namespace kohort {

/// As fit_boosting, by the library, on one thread; `workers` only stops it, between rounds.
///   data    prepared from problem.matrix with the settings' encoding and max_bin; problem.rows are among its
///           rows
///   throws  as fit_boosting; Error (study) for an offset or an objective the library's path here does not
///   take
TreeModel fit_libxgboost(const TreeData& data, const Problem& problem, const BoostingSettings& settings,
                         Stream stream, const Workers& workers);
/// The same with data of its own, made from the problem's rows.
TreeModel fit_libxgboost(const Problem& problem, const BoostingSettings& settings, Stream stream,
                         const Workers& workers);

/// As boosting_path, by the library.
std::vector<std::vector<double>> libxgboost_path(const TreeData& data, const Problem& problem,
                                                 BoostingSettings settings, std::span<const int> rounds,
                                                 std::span<const std::uint32_t> held, Stream stream,
                                                 const Workers& workers);

}  // namespace kohort
