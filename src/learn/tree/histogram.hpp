#pragma once
// Sums of gradients per bin of every feature, from the cells outside the modal bins.

#include <cstdint>
#include <span>

#include "learn/tree/gradient.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// Adds the gradients of some rows to the places their listed cells belong to; the modal bins stay as they
/// are (restore_modal_bin). O(listed cells).
///   rows       ascending
///   gradients  shape (rows of the matrix)
///   out        shape (matrix.places()); added to, not cleared
/// Chen and Guestrin (2016), XGBoost, section 3.4: only present entries are visited, here those off the mode.
void add_rows(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
              std::span<const GradientPair> gradients, std::span<GradientPair> out);

/// Gives the modal bin of one column what the other bins leave of the total.
///   cells  shape (bins + 1) of that column, the modal one zero
/// Returns false when nothing lies outside the modal bin: no split there.
bool restore_modal_bin(std::span<GradientPair> cells, std::uint32_t mode, const GradientPair& total);

}  // namespace kohort
