#pragma once
// Sums of gradients per bin of every feature, from the cells outside the modal bins.

#include <cstdint>
#include <span>

#include "learn/tree/cell.hpp"
#include "matrix/binned.hpp"

namespace kohort {

/// Adds the gradients of some rows to the places their listed cells belong to; the modal bins stay as they
/// are (restore_modal_bin). O(listed cells).
///   rows       ascending
///   gradients  shape (rows of the matrix), as cells
///   out        shape (matrix.places()); added to, not cleared
/// Chen and Guestrin (2016), XGBoost, section 3.4: only present entries are visited, here those off the mode.
void add_rows(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
              std::span<const GradientPair> gradients, std::span<GradientPair> out);
void add_rows(const BinnedMatrix& matrix, std::span<const std::uint32_t> rows,
              std::span<const PackedCell> gradients, std::span<PackedCell> out);

/// Adds one histogram to another, or part of one to that of another.
void add_cells(std::span<GradientPair> to, std::span<const GradientPair> cells);
void add_cells(std::span<PackedCell> to, std::span<const PackedCell> cells);
/// Takes cells off others: a child's off its parent's leaves its sibling's.
void take_cells(std::span<GradientPair> from, std::span<const GradientPair> cells);
void take_cells(std::span<PackedCell> from, std::span<const PackedCell> cells);

/// Gives the modal bin of one column what the other bins leave of the total.
///   cells  shape (bins + 1) of that column, the modal one zero
/// Returns false when nothing lies outside the modal bin: no split there.
bool restore_modal_bin(std::span<GradientPair> cells, std::uint32_t mode, const GradientPair& total);
bool restore_modal_bin(std::span<PackedCell> cells, std::uint32_t mode, const PackedCell& total);

}  // namespace kohort
