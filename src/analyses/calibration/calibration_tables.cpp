#include "analyses/calibration/calibration_tables.hpp"

#include <algorithm>

#include "analyses/disclosure.hpp"
#include "assess/concentration.hpp"
#include "assess/deciles.hpp"

namespace kohort {
namespace {

constexpr auto kText = ColumnType::Text;
constexpr auto kInteger = ColumnType::Integer;
constexpr auto kNumber = ColumnType::Number;
constexpr int kIntervals = 50;

/// Sums over neighbours in prediction.
struct Bin {
  std::int64_t units = 0, with_event = 0;
  double predicted = 0, calibrated = 0, actual = 0;

  void add(const Bin& other) {
    units += other.units, with_event += other.with_event;
    predicted += other.predicted, calibrated += other.calibrated, actual += other.actual;
  }
};

/// The units in kIntervals intervals of the prediction, narrow where it is low, the lowest first.
std::vector<Bin> bins_of(const GroupPairs& g, const Curve& curve) {
  const auto [low, high] = std::ranges::minmax(g.predicted);
  std::vector<double> edges = drawing_fractions(kIntervals + 1);
  for (double& edge : edges) edge = low + edge * (high - low);
  std::vector<Bin> bins(kIntervals);
  for (std::size_t i = 0; i < g.predicted.size(); ++i) {
    const auto above = std::upper_bound(edges.begin() + 1, edges.end() - 1, g.predicted[i]);
    bins[static_cast<std::size_t>(above - edges.begin() - 1)].add(
        {1, g.actual[i] > 0 ? 1 : 0, g.predicted[i], curve.at(g.predicted[i]), g.actual[i]});
  }
  return bins;
}

/// Joins each bin with those after it until it may be shown; a remainder joins the last.
std::vector<Bin> joined(const std::vector<Bin>& bins, std::int64_t minimum) {
  std::vector<Bin> out;
  Bin open;
  for (const Bin& bin : bins) {
    open.add(bin);
    if (open.units < minimum || is_small(open.with_event, minimum)) continue;
    out.push_back(open);
    open = {};
  }
  if (open.units == 0) return out;
  if (out.empty()) return {open};
  out.back().add(open);
  return out;
}

Rows empty_rows() {
  return {{"by", kText},         {"group", kText},        {"sample", kText},
          {"part", kText},       {"prediction", kNumber}, {"calibrated", kNumber},
          {"observed", kNumber}, {"n", kInteger},         {"events", kInteger}};
}

/// The rows of one calibration.
class CurveRows {
 public:
  CurveRows(const Calibration& calibration, Stream ties, std::int64_t minimum)
      : calibration_{calibration}, ties_{ties}, minimum_{minimum} {}

  /// The curve itself, once for each sample it is drawn with.
  void add_knots(const GroupPairs& g, const std::vector<std::string>& sample_names) {
    const std::vector<Bin> bins = joined(bins_of(g, calibration_.curve_of(g.group)), minimum_);
    for (const std::string& sample_name : sample_names)
      for (const Bin& bin : bins) {
        const double n = static_cast<double>(bin.units);
        rows_.add(calibration_.by, g.group, sample_name, "knots", bin.predicted / n, bin.calibrated / n,
                  std::nullopt, bin.units, bin.with_event);
      }
  }

  /// Ten groups by prediction.
  void add_points(const GroupPairs& g, const std::string& sample_name) {
    const auto summary = summarise_deciles(deciles(g.predicted, ties_.child(g.group_by).child(g.group)),
                                           g.actual, g.predicted);
    for (const DecileSummary& tenth : summary) {
      if (tenth.units == 0) continue;
      const double n = static_cast<double>(tenth.units);
      rows_.add(calibration_.by, g.group, sample_name, "points", tenth.predicted_sum / n, std::nullopt,
                tenth.actual_sum / n, tenth.units, tenth.with_any());
    }
  }

  Table take() { return rows_.take(); }

 private:
  const Calibration& calibration_;
  Stream ties_;
  std::int64_t minimum_;
  Rows rows_ = empty_rows();
};

/// Whether a group of the walk is one that this calibration has a curve for.
bool has_curve(const Calibration& calibration, const GroupPairs& g) {
  if (g.group_by != calibration.by) return false;
  if (calibration.by == "nation") return true;
  const auto found = std::ranges::find(calibration.groups, g.group, &Calibration::Group::label);
  return found != calibration.groups.end() && found->curve.has_value();
}

/// The one column a calibration goes by; none for the nation.
std::span<const GroupColumn> column_of(std::span<const GroupColumn> groups, const Calibration& calibration) {
  const auto found = std::ranges::find(groups, calibration.by, &GroupColumn::name);
  return found == groups.end() ? std::span<const GroupColumn>{} : std::span{&*found, 1};
}

}  // namespace

Table calibration_curve_table(const PredictionSet& set, std::span<const GroupColumn> groups,
                              const CalibrationSample& sample, std::span<const Calibration> calibrations,
                              Stream ties, std::int64_t minimum) {
  PredictionSet fitted;
  fitted.predicted = sample.predicted;
  fitted.actual = sample.actual;
  std::vector<std::string> samples{"fitted"};
  if (!set.actual.empty()) samples.push_back("held_out");
  std::vector<Table> tables{empty_rows().take()};
  for (const Calibration& calibration : calibrations) {
    CurveRows rows{calibration, ties, minimum};
    for_each_group(fitted, column_of(sample.groups, calibration), [&](const GroupPairs& g) {
      if (!has_curve(calibration, g)) return;
      rows.add_knots(g, samples);
      rows.add_points(g, "fitted");
    });
    for_each_group(set, column_of(groups, calibration), [&](const GroupPairs& g) {
      if (has_curve(calibration, g)) rows.add_points(g, "held_out");
    });
    tables.push_back(rows.take());
  }
  return suppress_small_cells(
      with_identity(set, stack(tables)),
      {.persons = {"n", "events"}, .blank = {"prediction", "calibrated", "observed"}, .internal = {"events"}},
      minimum);
}

Table calibration_summary(const PredictionSet& set, std::span<const Calibration> calibrations,
                          std::int64_t minimum) {
  Rows rows{{"by", kText},        {"fitted_on", kInteger}, {"sample", kText},
            {"groups", kInteger}, {"own_curve", kInteger}, {"national_curve", kInteger},
            {"n", kInteger},      {"n_national", kInteger}};
  for (const Calibration& c : calibrations) {
    std::int64_t own = 0, units_national = 0;
    for (const Calibration::Group& group : c.groups) {
      own += group.curve ? 1 : 0;
      units_national += group.curve ? 0 : group.units;
    }
    rows.add(c.by, c.fitted_on, c.in_sample ? "in_sample" : "out_of_fold", c.groups.size(), own,
             std::ssize(c.groups) - own, c.units, units_national);
  }
  return suppress_small_cells(with_identity(set, rows.take()),
                              {.persons = {"n", "n_national"}, .blank = {}, .internal = {}}, minimum);
}

}  // namespace kohort
