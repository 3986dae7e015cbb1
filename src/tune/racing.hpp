#pragma once
// Dropping configurations that are beaten after a few folds.

#include <span>

namespace kohort {

/// Drops configurations while a search goes on: folds come one after the other, and from `min_folds` on a
/// configuration is out when the best so far beats it by a one-sided paired t-test over the folds at level
/// `alpha`. Maron and Moore (1994), Hoeffding races; Birattari et al. (2002), with the t-test.
struct Racing {
  int min_folds = 3;
  double alpha = 0.05;
};

/// Throws Error (defect) unless there are two folds to test and a level between 0 and .5.
void check(const Racing& racing);

/// Whether the second of two configurations is beaten: paired scores of the same folds, larger is better.
bool beaten(std::span<const double> best, std::span<const double> other, const Racing& racing);

}  // namespace kohort
