#pragma once
// Dealing units into folds: stratified by bands of the outcome, whole clusters together.

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace kohort {

/// The band of an outcome: the number of edges at or below it. Edges ascend; a closing infinity may be left
/// out. Edges 0, 1, 2, 4: none, one, two or three, four and more are bands 1, 2, 3, 4.
int band_of(double outcome, std::span<const double> edges);

/// Deal rows into folds so that each fold holds its share of every outcome band and no cluster is split.
///   cluster_of  one id per row, shape (rows): the person, mother or household; rows of equal id stay
///   together.
///               Where nothing recurs, the unit's own id
///   outcome     shape (rows); a cluster belongs to the highest band among its rows
///   edges       of the bands, ascending; empty: no stratification
///   returns     the fold of each row, shape (rows), 0 .. folds-1
///   throws      Error (study) when folds < 2 or there are fewer clusters than folds; Error (fit) when an
///               outcome is missing
/// A cluster's fold depends on `stream` and the ids in each band, never on the order of the rows. Sizes of
/// folds differ by at most one cluster, and so does each band's share.
std::vector<int> deal_folds(std::span<const std::uint64_t> cluster_of, std::span<const double> outcome,
                            std::span<const double> edges, int folds, Stream stream);

}  // namespace kohort
