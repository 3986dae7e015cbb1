#pragma once
// Where the bins of a numeric feature meet. No outcome is used, so every fold may share them.

#include <cstdint>
#include <span>
#include <vector>

namespace kohort {

/// Cut points of one feature, ascending: a value x lies in bin 1 + (number of cuts at or below x); missing
/// and infinite values are bin 0.
///   cells   shape (rows); NaN and infinities are left out
///   bins    most bins of finite values, at least 1
///   min_data_in_bin  fewest finite cells of a bin (LightGBM's name): smaller bins are joined to the next
///   above, the
///           last to the one below; 1 joins none
///   returns at most bins - 1 cuts. Up to `bins` distinct values have a bin each, whose cuts lie halfway
///   between
///           neighbours; above that, bins of about equal numbers of rows, a frequent value alone
/// Of more than 200,000 finite cells, 200,000 are looked at, drawn evenly over the file. O(rows) for few
/// distinct values, O(rows log rows) else.
std::vector<float> make_cuts(std::span<const float> cells, std::size_t bins, std::size_t min_data_in_bin = 1);

/// The bin of a value: 0 when it is not finite. O(log cuts).
std::uint32_t bin_of(float value, std::span<const float> cuts);

}  // namespace kohort
