#pragma once
// The levels of categories in a model file of XGBoost 3.1 and later.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace kohort {

/// The levels of each feature, a level's code being its place; none of a feature that is no category. Empty
/// when the file holds none at all: it is older than 3.1, or was trained on arrays, whose codes stand for
/// themselves. The format is that of src/data/cat_container.cc of XGBoost 3.1 to 3.4: per feature in `enc`
/// either `values`, the bytes of all levels as signed numbers, cut at `offsets`; or `values`, whole numbers,
/// and their `type`. Whole numbers become their text, as levels of a table of one's own by --categories.
///   cats    the member of that name beside the trees
///   throws  Error (data) on levels that are no UTF-8, come twice, or are numbers with fractions
std::vector<std::vector<std::string>> read_xgboost_categories(const nlohmann::json& cats);

}  // namespace kohort
