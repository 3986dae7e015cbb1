// What a build without libxgboost lacks says so: boosting with engine libxgboost.

#include "base/error.hpp"
#include "learn/tree/libxgboost.hpp"

namespace kohort {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::System, "this build has no libxgboost", {},
              "build with -DKOHORT_LIBXGBOOST=ON, or leave engine out");
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

}  // namespace kohort
