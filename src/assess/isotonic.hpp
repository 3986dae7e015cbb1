#pragma once
// Isotonic regression: the never-falling step curve nearest to what happened.

#include <span>

#include "assess/curve.hpp"

namespace kohort {

/// The least squares fit of `actual` by a function of `predicted` that never falls: pool adjacent violators.
///   predicted  where, shape (units); units with equal predictions are averaged first
///   actual     what happened, probabilities or counts alike, shape (units)
///   weight     shape (units); empty means one each; units of weight zero are left out
///   returns    the ends of each level step as knots: level inside a step, straight lines between steps,
///              constant outside, as scikit-learn's IsotonicRegression(out_of_bounds="clip")
///   throws     Error (fit) without a unit of positive weight
/// Ayer et al. (1955); Barlow et al. (1972). O(n log n). Only predictions that compare equal are joined
/// first; scikit-learn also joins those nearer than 1e-15.
Curve fit_isotonic(std::span<const double> predicted, std::span<const double> actual,
                   std::span<const double> weight = {});

}  // namespace kohort
