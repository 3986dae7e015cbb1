// What a build without libxgboost lacks says so: forests, and boosting with engine libxgboost.

#include "base/error.hpp"
#include "learn/tree/forest.hpp"
#include "learn/tree/libxgboost.hpp"

namespace kohort {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::System, "this build has no libxgboost", {},
              "build with -DKOHORT_LIBXGBOOST=ON, or use boosting with engine kohort");
}

}  // namespace

struct TreeData::Bins {};
TreeData::TreeData(const Matrix&, std::span<const std::uint32_t>, CategoryRule, int, int) { refuse(); }
TreeData::~TreeData() = default;
std::vector<std::uint32_t> TreeData::places(std::span<const std::uint32_t>) const { refuse(); }

TreeModel fit_libxgboost(const TreeData&, const Problem&, const BoostingSettings&, Stream, const Workers&) {
  refuse();
}
TreeModel fit_libxgboost(const Problem&, const BoostingSettings&, Stream, const Workers&) { refuse(); }
std::vector<std::vector<double>> libxgboost_path(const TreeData&, const Problem&, BoostingSettings,
                                                 std::span<const int>, std::span<const std::uint32_t>, Stream,
                                                 const Workers&) {
  refuse();
}

void check_settings(const ForestSettings&) {}
TreeModel fit_forest(const TreeData&, const Problem&, const ForestSettings&, Stream, const Workers&) {
  refuse();
}
TreeModel fit_forest(const Problem&, const ForestSettings&, Stream, const Workers&) { refuse(); }
std::vector<double> forest_predictions(const TreeData&, const Problem&, const ForestSettings&,
                                       std::span<const std::uint32_t>, Stream, const Workers&) {
  refuse();
}

}  // namespace kohort
