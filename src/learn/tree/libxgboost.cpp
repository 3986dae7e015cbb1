// Boosting through libxgboost 1.7. Every fit runs on one thread with gradients of our own, so
// that all fits on a matrix share one set of bins whatever their rows, outcome or weights.

#include "learn/tree/libxgboost.hpp"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "learn/tree/loss.hpp"
#include "learn/tree/xgboost_json.hpp"

namespace kohort {
namespace {

void check(int status) {
  if (status != 0) throw Error(ErrorKind::Defect, fmt::format("libxgboost failed: {}", XGBGetLastError()));
}

/// Blocks of encoded rows, handed to the library one after the other.
class BlockFeed {
 public:
  BlockFeed(const EncodedMatrix& encoded, std::span<const std::uint32_t> rows)
      : encoded_(encoded), rows_(rows), block_(kBlock * encoded.features()) {
    check(XGProxyDMatrixCreate(&proxy_));
  }
  ~BlockFeed() { XGDMatrixFree(proxy_); }
  BlockFeed(const BlockFeed&) = delete;
  BlockFeed& operator=(const BlockFeed&) = delete;

  DMatrixHandle proxy() const { return proxy_; }
  void reset() { next_ = 0; }
  /// 1 and a block in the proxy, or 0 at the end: the protocol of the library.
  int next() {
    if (next_ >= rows_.size()) return 0;
    const std::span<const std::uint32_t> rows = rows_.subspan(next_, std::min(kBlock, rows_.size() - next_));
    encoded_.fill(rows, block_);
    const std::string array =
        fmt::format(R"({{"data":[{},true],"typestr":"<f4","shape":[{},{}],"version":3}})",
                    reinterpret_cast<std::uintptr_t>(block_.data()), rows.size(), encoded_.features());
    check(XGProxyDMatrixSetDataDense(proxy_, array.c_str()));
    next_ += rows.size();
    return 1;
  }

 private:
  static constexpr std::size_t kBlock = 4096;
  const EncodedMatrix& encoded_;
  std::span<const std::uint32_t> rows_;
  std::vector<float> block_;
  std::size_t next_ = 0;
  DMatrixHandle proxy_ = nullptr;
};

/// One booster of the library.
class Booster {
 public:
  explicit Booster(DMatrixHandle data) { check(XGBoosterCreate(&data, 1, &handle_)); }
  ~Booster() { XGBoosterFree(handle_); }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  void set(const char* name, const std::string& value) {
    check(XGBoosterSetParam(handle_, name, value.c_str()));
  }
  void set(const char* name, double value) { set(name, format_number(value)); }
  void boost(DMatrixHandle data, std::vector<float>& gradient, std::vector<float>& hessian) {
    check(XGBoosterBoostOneIter(handle_, data, gradient.data(), hessian.data(), gradient.size()));
  }
  /// The sums of base score and leaf values, before the sigmoid. Valid until the next call.
  std::span<const float> margins(DMatrixHandle data) const {
    constexpr int kMargin = 1, kAllTrees = 0, kNotTraining = 0;
    bst_ulong size = 0;
    const float* values = nullptr;
    check(XGBoosterPredict(handle_, data, kMargin, kAllTrees, kNotTraining, &size, &values));
    return {values, size};
  }
  TreeEnsemble trees(const TreeEncoding& encoding) const {
    bst_ulong size = 0;
    const char* text = nullptr;
    check(XGBoosterSaveModelToBuffer(handle_, R"({"format":"json"})", &size, &text));
    return read_xgboost_json({text, size}, xgboost_features(encoding));
  }

 private:
  BoosterHandle handle_ = nullptr;
};

}  // namespace

struct TreeData::Bins {
  DMatrixHandle handle = nullptr;
  ~Bins() { XGDMatrixFree(handle); }
};

TreeData::TreeData(const Matrix& matrix, std::span<const std::uint32_t> rows, CategoryRule rule, int max_bin,
                   int threads)
    : matrix_(&matrix),
      rows_(rows.begin(), rows.end()),
      encoding_(make_tree_encoding(matrix, rule)),
      max_bin_(max_bin),
      bins_(std::make_unique<Bins>()) {
  check_rows(rows, matrix.rows());
  const EncodedMatrix encoded{encoding_, matrix};
  BlockFeed feed{encoded, rows_};
  check(XGQuantileDMatrixCreateFromCallback(
      &feed, feed.proxy(), nullptr, [](DataIterHandle it) { static_cast<BlockFeed*>(it)->reset(); },
      [](DataIterHandle it) { return static_cast<BlockFeed*>(it)->next(); },
      fmt::format(R"({{"missing":NaN,"nthread":{},"max_bin":{}}})", threads, max_bin).c_str(),
      &bins_->handle));
}

TreeData::~TreeData() = default;

std::vector<std::uint32_t> TreeData::places(std::span<const std::uint32_t> some) const {
  std::vector<std::uint32_t> places;
  places.reserve(some.size());
  auto from = rows_.begin();
  for (const std::uint32_t row : some) {
    from = std::lower_bound(from, rows_.end(), row);
    if (from == rows_.end() || *from != row)
      throw Error(ErrorKind::Defect, "rows to fit or to score are not among the rows prepared");
    places.push_back(static_cast<std::uint32_t>(from - rows_.begin()));
  }
  return places;
}

namespace {

/// The gradient of the loss at each row of the data; rows outside the problem have none and so count nowhere.
class RowGradients {
 public:
  RowGradients(const TreeData& data, const Problem& problem, const LossSettings& settings)
      : gradient(data.rows().size()),
        hessian(data.rows().size()),
        problem_(problem),
        settings_(settings),
        places_(data.places(problem.rows)),
        margins_(problem.matrix.rows()),
        pairs_(problem.matrix.rows()) {}

  /// margins: shape (rows of the data).
  void update(std::span<const float> margins) {
    Workers alone{1};
    for (std::size_t k = 0; k < places_.size(); ++k) margins_[problem_.rows[k]] = margins[places_[k]];
    fill_gradients(problem_, settings_, problem_.rows, margins_, pairs_, alone);
    for (std::size_t k = 0; k < places_.size(); ++k) {
      gradient[places_[k]] = static_cast<float>(pairs_[problem_.rows[k]].gradient);
      hessian[places_[k]] = static_cast<float>(pairs_[problem_.rows[k]].hessian);
    }
  }

  std::vector<float> gradient, hessian;  // shape (rows of the data)

 private:
  const Problem& problem_;
  LossSettings settings_;
  std::vector<std::uint32_t> places_;
  std::vector<float> margins_;
  std::vector<GradientPair> pairs_;
};

const char* library_name(Objective objective) {
  switch (objective) {
    case Objective::SquaredError:
      return "reg:squarederror";
    case Objective::Logistic:
      return "binary:logistic";
    case Objective::Poisson:
      return "count:poisson";
    case Objective::Tweedie:
      return "reg:tweedie";
  }
  return "";
}

void set_common(Booster& booster, Objective objective, Stream stream, int max_bin) {
  booster.set("objective", library_name(objective));
  booster.set("tree_method", "hist");
  booster.set("nthread", "1");
  booster.set("verbosity", "0");
  booster.set("max_bin", std::to_string(max_bin));
  booster.set("seed", std::to_string(library_seed(stream)));
}

void set_boosting(Booster& booster, const BoostingSettings& s, Objective objective, double base_score) {
  booster.set("base_score", static_cast<double>(static_cast<float>(base_score)));
  booster.set("learning_rate", s.learning_rate);
  booster.set("max_depth", std::to_string(s.max_depth));
  booster.set("min_child_weight", s.min_child_weight);
  booster.set("subsample", s.subsample);
  booster.set("colsample_bytree", s.colsample_bytree);
  booster.set("colsample_bylevel", s.colsample_bylevel);
  booster.set("colsample_bynode", s.colsample_bynode);
  booster.set("gamma", s.gamma);
  booster.set("reg_lambda", s.reg_lambda);
  booster.set("reg_alpha", s.reg_alpha);
  booster.set("max_delta_step", s.max_delta_step.value_or(objective == Objective::Poisson ? 0.7 : 0));
  booster.set("grow_policy", s.grow_policy);
  booster.set("max_leaves", std::to_string(s.max_leaves));
  if (objective == Objective::Tweedie) booster.set("tweedie_variance_power", s.tweedie_variance_power);
}

LossSettings loss_settings(const BoostingSettings& s) {
  return {s.scale_pos_weight, s.max_delta_step.value_or(0.7), s.tweedie_variance_power};
}

CategoryRule rule_of(const std::string& encoding) { return parse_category_rule(encoding).value(); }

void check_data(const TreeData& data, const Problem& problem, const std::string& encoding, int max_bin) {
  check_problem(problem);
  if (&data.matrix() != &problem.matrix || data.max_bin() != max_bin ||
      data.encoding().rule != rule_of(encoding))
    throw Error(ErrorKind::Defect, "the bins were prepared for another matrix or other settings");
}

/// Boosts round by round; after each calls then(round, booster), rounds counted from 1.
template <class Then>
void run_boosting(const TreeData& data, const Problem& problem, const BoostingSettings& settings,
                  Stream stream, const Workers& workers, Then then) {
  check_data(data, problem, settings.encoding, settings.max_bin);
  if (!problem.offset.empty())
    throw Error(ErrorKind::Study, "libxgboost takes no exposure here", "engine", "leave engine out");
  const LossSettings loss = loss_settings(settings);
  const double base = settings.base_score ? *settings.base_score : estimate_base_score(problem, loss);
  margin_of(base, problem.objective);  // refuses what is no prediction
  RowGradients gradients{data, problem, loss};
  Booster booster{data.bins().handle};
  set_common(booster, problem.objective, stream, settings.max_bin);
  set_boosting(booster, settings, problem.objective, base);
  for (int round = 1; round <= settings.n_estimators; ++round) {
    workers.check();
    gradients.update(booster.margins(data.bins().handle));
    booster.boost(data.bins().handle, gradients.gradient, gradients.hessian);
    then(round, booster);
  }
}

std::vector<double> predictions_at(std::span<const float> margins, std::span<const std::uint32_t> places,
                                   Objective objective) {
  std::vector<double> out;
  out.reserve(places.size());
  for (const std::uint32_t i : places) out.push_back(prediction_of(margins[i], objective));
  return out;
}

}  // namespace

TreeModel fit_libxgboost(const TreeData& data, const Problem& problem, const BoostingSettings& settings,
                         Stream stream, const Workers& workers) {
  TreeModel model{"boosting", data.encoding(), {}};
  run_boosting(data, problem, settings, stream, workers, [&](int round, const Booster& booster) {
    if (round == settings.n_estimators) model.trees = booster.trees(data.encoding());
  });
  return model;
}

TreeModel fit_libxgboost(const Problem& problem, const BoostingSettings& settings, Stream stream,
                         const Workers& workers) {
  check_problem(problem);
  const TreeData data{problem.matrix, problem.rows, rule_of(settings.encoding), settings.max_bin};
  return fit_libxgboost(data, problem, settings, stream, workers);
}

std::vector<std::vector<double>> libxgboost_path(const TreeData& data, const Problem& problem,
                                                 BoostingSettings settings, std::span<const int> rounds,
                                                 std::span<const std::uint32_t> held, Stream stream,
                                                 const Workers& workers) {
  settings.n_estimators = rounds.back();
  const std::vector<std::uint32_t> places = data.places(held);
  std::vector<std::vector<double>> path;
  run_boosting(data, problem, settings, stream, workers, [&](int round, const Booster& booster) {
    if (std::ranges::find(rounds, round) != rounds.end())
      path.push_back(predictions_at(booster.margins(data.bins().handle), places, problem.objective));
  });
  return path;
}

}  // namespace kohort
