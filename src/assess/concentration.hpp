#pragma once
// Concentration curves: how much of all that happened, the highest predicted account for.

#include <span>

#include "assess/curve.hpp"

namespace kohort {

/// Three curves over the fraction of units from 0 to 1, the highest predicted first; the line of a prediction
/// that knows nothing is the diagonal. Units with equal values share evenly, so the order of rows is nothing.
/// Where a total is not positive its curve has one knot of NaN.
struct Concentration {
  Curve actual;     // share of what happened, by prediction
  Curve predicted;  // share of what was predicted, by prediction; above 1 where some are negative
  Curve perfect;    // share of what happened, ranked by what happened
};

/// Lorenz (1905) curves, from the top, by another variable's rank (concentration curves: Kakwani 1977).
///   actual     what happened, shape (units)
///   predicted  what was predicted, may be negative, shape (units)
/// O(n log n).
Concentration concentration(std::span<const double> actual, std::span<const double> predicted);

/// Fractions to draw such a curve at: `points` from 0 to 1, spaced as squares, since the curve bends early.
std::vector<double> drawing_fractions(int points = 200);

}  // namespace kohort
