#pragma once
// The area under the ROC curve with its sampling error.

#include <optional>
#include <span>

namespace kohort {

/// An AUC with its variance and an interval, cut at 0 and 1.
struct AucInterval {
  double auc = 0, variance = 0, low = 0, high = 0;
  bool operator==(const AucInterval&) const = default;
};

/// DeLong, DeLong and Clarke-Pearson (1988): the variance of the AUC from its structural components, the
/// share of the other kind that each unit is ranked rightly against (ties half); computed by ranks as Sun and
/// Xu (2014), O(n log n). The interval is auc -+ z sqrt(variance), as pROC's ci.auc.
///   actual     an event is actual > 0, shape (units)
///   predicted  shape (units)
///   level      coverage of the interval, inside (0, 1)
/// Nothing with fewer than two units of either kind.
std::optional<AucInterval> auc_with_interval(std::span<const double> actual,
                                             std::span<const double> predicted, double level = 0.95);

}  // namespace kohort
