#include "report/sample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>

namespace kohort {
namespace {

constexpr auto kText = ColumnType::Text;
constexpr auto kInteger = ColumnType::Integer;
constexpr auto kNumber = ColumnType::Number;
constexpr auto kFlag = ColumnType::Flag;

constexpr std::array kOutcomes{"all_charges", "violence", "property_damage", "theft_for_gain"};
constexpr std::array kModels{"lasso", "forest", "xgboost"};
constexpr std::array kAges{"15-17", "18-20", "21-25", "26-30", "31-40", "41-50", "51-60", "61+"};
constexpr std::array kAreas{"Northern coast", "Inland", "Capital", "South-west", "Fjords", "Eastern valleys"};
constexpr std::array kEvents{"0", "1", "2", "3", "4", "5+"};
constexpr std::array kRate{0.046, 0.006, 0.009, 0.015};  // events a year and person

/// A smooth value in -1 .. 1 that differs between places: stands in for sampling noise.
double wobble(double a, double b, double c) { return std::sin(12.9898 * a + 78.233 * b + 37.719 * c); }

using Visit = std::function<void(int outcome, int model, int horizon)>;
void for_each_forecast(const Visit& visit) {
  for (int outcome = 0; outcome < 4; ++outcome)
    for (int model = 0; model < 3; ++model)
      for (int horizon = 2; horizon <= 5; ++horizon) visit(outcome, model, horizon);
}

double correlation_at(int outcome, int model, int horizon) {
  const double level = outcome == 1 ? 0.13 : 0.26 - 0.01 * outcome;
  return level - 0.008 * (horizon - 2) + 0.012 * wobble(outcome, model, horizon);
}

Table correlation_table(bool with_freshness) {
  Rows rows{{"design", kText},          {"outcome", kText},
            {"model", kText},           {"horizon", kInteger},
            {"trained_on", kInteger},   {"predict_from", kInteger},
            {"predict_year", kInteger}, {"group_by", kText},
            {"group", kText},           {"n", kInteger},
            {"correlation", kNumber},   {"suppressed", kFlag}};
  for_each_forecast([&](int o, int m, int h) {
    const double r = correlation_at(o, m, h);
    rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, "nation", "all", 30'000, r,
             0);
    rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, "previously", "yes", 3'412,
             r + 0.09, 0);
  });
  for (int o = 0; with_freshness && o < 4; ++o)
    for (int m = 0; m < 3; ++m)
      for (int year = 2014; year <= 2017; ++year)
        for (int age = 0; age < 8; ++age) {
          const double r =
              correlation_at(o, m, 2) + (age == 0 ? -0.08 : -0.01 * age) + 0.01 * wobble(year, age, m);
          const bool hidden = o == 1 && age == 7;
          rows.add("freshness", kOutcomes[o], kModels[m], 2, year, 2017, 2019, "age_group", kAges[age],
                   hidden ? 0 : 2'000 + 431 * age, hidden ? std::nan("") : r, hidden ? 1 : 0);
        }
  return rows.take();
}

Table concentration_table() {
  Rows rows{{"design", kText},          {"outcome", kText},
            {"model", kText},           {"horizon", kInteger},
            {"trained_on", kInteger},   {"predict_from", kInteger},
            {"predict_year", kInteger}, {"fraction", kNumber},
            {"share_actual", kNumber},  {"share_predicted", kNumber},
            {"share_perfect", kNumber}};
  for_each_forecast([&](int o, int m, int h) {
    for (int step = 0; step <= 80; ++step) {
      const double x = step / 80.0;
      const double steep = 9.5 + m - 0.4 * h + o;
      const double actual = (1 - std::exp(-steep * x)) / (1 - std::exp(-steep));
      const double predicted =
          std::min(1.04, std::pow(actual, 0.85 + 0.12 * m)) - (m == 0 ? 0.06 * x * x : 0);
      rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, x, actual, predicted,
               std::min(1.0, x / (0.6 * kRate[o])));
    }
  });
  return rows.take();
}

/// Share of a decile's persons with exactly this many events.
double share_with(int outcome, int model, int decile, int events, double lift) {
  const double any = lift * kRate[outcome] * 3.2 * std::exp(-0.55 * (decile - 1)) *
                     (1 + 0.05 * wobble(model, decile, outcome));
  if (events == 0) return 1 - any;
  return any * std::pow(0.42, events - 1) * (events < 5 ? 0.58 : 1);
}

Table decile_table() {
  Rows rows{{"design", kText},          {"outcome", kText},       {"model", kText},
            {"horizon", kInteger},      {"trained_on", kInteger}, {"predict_from", kInteger},
            {"predict_year", kInteger}, {"population", kText},    {"decile", kInteger},
            {"events", kText},          {"n", kInteger},          {"count", kInteger},
            {"share", kNumber}};
  struct Population {
    const char* name;
    double persons, lift;
  };
  constexpr std::array populations{Population{"all", 30'000, 1}, Population{"previously", 3'400, 3},
                                   Population{"not_previously", 26'600, 0.5}};
  for_each_forecast([&](int o, int m, int h) {
    for (const auto& [name, persons, lift] : populations)
      for (int decile = 1; decile <= 10; ++decile)
        for (int events = 0; events < 6; ++events) {
          const double share = share_with(o, m, decile, events, lift);
          const auto count = static_cast<std::int64_t>(std::lround(share * persons / 10));
          const bool hidden = count > 0 && count < 5;
          const auto add = [&](const auto& cell, double part) {
            rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, name, decile,
                     kEvents[events], static_cast<std::int64_t>(persons / 10), cell, part);
          };
          if (hidden)
            add(std::nullopt, std::nan(""));
          else
            add(count, static_cast<double>(count) / (persons / 10));
        }
  });
  return rows.take();
}

struct Level {
  double actual, predicted;
};

Level level_at(int o, int m, int h, double group_rate, bool calibrated) {
  const double actual = kRate[o] * group_rate * (1 - 0.05 * (h - 2) + 0.07 * wobble(o, 50 * group_rate, h));
  const double drift = m == 0 ? 1.0 : 1 + 0.03 * wobble(m, h, o);
  return {actual, kRate[o] * group_rate * drift * (calibrated ? 0.98 : 1.12)};
}

Table forecast_table() {
  Rows rows{{"design", kText},
            {"outcome", kText},
            {"model", kText},
            {"horizon", kInteger},
            {"trained_on", kInteger},
            {"predict_from", kInteger},
            {"predict_year", kInteger},
            {"calibration", kText},
            {"group_by", kText},
            {"group", kText},
            {"year", kInteger},
            {"n", kInteger},
            {"mean_predicted", kNumber},
            {"mean_actual", kNumber},
            {"index_predicted", kNumber},
            {"index_actual", kNumber}};
  const auto add_group = [&](const char* group_by, const char* group, double rate, std::int64_t n) {
    for (const char* calibration : {"none", group_by})
      for_each_forecast([&](int o, int m, int h) {
        const bool calibrated = calibration == group_by;
        const Level now = level_at(o, m, h, rate, calibrated), first = level_at(o, m, 2, rate, calibrated);
        rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, calibration, group_by,
                 group, 2014 + h, n, now.predicted, now.actual, 100 * now.predicted / first.predicted,
                 100 * now.actual / first.actual);
      });
  };
  add_group("nation", "all", 1, 30'000);
  for (int age = 0; age < 8; ++age) add_group("age_group", kAges[age], 1.6 - 0.19 * age, 2'000 + 431 * age);
  for (int area = 0; area < 6; ++area) add_group("area", kAreas[area], 0.8 + 0.09 * area, 3'100 + 700 * area);
  return rows.take();
}

Table signal_table() {
  Rows rows{{"design", kText},          {"outcome", kText},          {"model", kText},
            {"horizon", kInteger},      {"trained_on", kInteger},    {"predict_from", kInteger},
            {"predict_year", kInteger}, {"group_by", kText},         {"group", kText},
            {"slope", kNumber},         {"standard_error", kNumber}, {"n", kInteger}};
  for_each_forecast([&](int o, int m, int h) {
    for (int age = 0; age < 8; ++age)
      rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, "age_group", kAges[age],
               1.15 - 0.07 * age + 0.12 * wobble(o + 0.3 * m, age, 7 * h), 0.03 + 0.02 * o + 0.005 * age,
               2'000 + 431 * age);
  });
  return rows.take();
}

Table calibration_table() {
  Rows rows{{"design", kText},
            {"outcome", kText},
            {"model", kText},
            {"horizon", kInteger},
            {"trained_on", kInteger},
            {"predict_from", kInteger},
            {"predict_year", kInteger},
            {"by", kText},
            {"group", kText},
            {"sample", kText},
            {"part", kText},
            {"prediction", kNumber},
            {"calibrated", kNumber},
            {"observed", kNumber},
            {"n", kInteger}};
  const auto add_curve = [&](int o, int m, int h, const char* by, const char* group, const char* sample,
                             double scale) {
    const double top = 14 * kRate[o] * (1 + 0.2 * m);
    const auto add = [&](const char* part, double x, const Rows::Cell& calibrated, const Rows::Cell& observed,
                         const Rows::Cell& n) {
      rows.add("forecast_path", kOutcomes[o], kModels[m], h, 2014, 2014, 2014 + h, by, group, sample, part, x,
               calibrated, observed, n);
    };
    for (int knot = 0; knot <= 12; ++knot) {
      const double x = top * knot / 12;
      add("knots", x, scale * x * (0.55 + 0.3 * x / top), Rows::Missing{}, Rows::Missing{});
    }
    for (int point = 0; point < 10; ++point) {
      const double x = top * (point + 0.5) / 10;
      add("points", x, Rows::Missing{},
          scale * x * (0.57 + 0.28 * x / top) * (1 + 0.12 * wobble(o, point, m)),
          std::int64_t{12'000 / (1 + point * point)});
    }
  };
  for_each_forecast([&](int o, int m, int h) {
    for (const char* sample : {"fitted", "held_out"}) {
      const double shift = *sample == 'h' ? 0.9 : 1;
      add_curve(o, m, h, "nation", "all", sample, shift);
      for (int age = 0; age < 8; ++age)
        add_curve(o, m, h, "age_group", kAges[age], sample, shift * (1.1 - 0.05 * age));
    }
  });
  return rows.take();
}

Table calibration_summary() {
  Rows rows{{"design", kText},     {"outcome", kText},   {"model", kText},
            {"horizon", kInteger}, {"by", kText},        {"fitted_on", kInteger},
            {"sample", kText},     {"groups", kInteger}, {"own_curve", kInteger}};
  for_each_forecast([&](int o, int m, int h) {
    rows.add("forecast_path", kOutcomes[o], kModels[m], h, "nation", 2014, "out_of_fold", 1, 1);
    rows.add("forecast_path", kOutcomes[o], kModels[m], h, "age_group", 2014, "out_of_fold", 8, 7);
  });
  return rows.take();
}

Table attrition_table() {
  Rows rows{{"step", kText}, {"year", kInteger}, {"persons", kInteger}};
  for (int year = 2009; year <= 2014; ++year) {
    rows.add("in the register on 31 December", year, 31'900 + 40 * (year - 2009));
    rows.add("age 15 to 84", year, 30'400 + 40 * (year - 2009));
    rows.add("resident all year", year, 29'800 + 40 * (year - 2009));
  }
  return rows.take();
}

Table cv_table() {
  Rows rows{{"model", kText},
            {"draw", kInteger},
            {"param_alpha", kNumber},
            {"mean_test_score", kNumber},
            {"std_test_score", kNumber},
            {"rank_test_score", kInteger}};
  for (int draw = 0; draw < 20; ++draw)
    rows.add(kModels[draw % 3], draw, std::pow(10.0, -3 + 0.1 * draw), -0.118 - 0.002 * wobble(draw, 1, 2),
             0.004 + 0.001 * wobble(draw, 3, 1), draw + 1);
  return rows.take();
}

}  // namespace

ReportData sample_report(const std::string& language, bool figures_of_ageing) {
  ReportData data{.study = "crime-forecast", .title = "Charges 2016-2019 forecast from registers of 2014"};
  data.language = language;
  data.facts = {{"kohort_version", "0.1.0"}, {"seed", "15"},
                {"persons", "30 000"},       {"years", "2005-2019"},
                {"predictors", "412"},       {"peak_memory", "1.4 GiB"},
                {"duration", "6 min 12 s"},  {"suppression_below", "5"}};
  data.labels = {{"all_charges", "All charges"}, {"theft_for_gain", "Theft & gain"}};
  data.flags = {"dry_run"};
  data.tables = {{"correlation", correlation_table(figures_of_ageing)},
                 {"concentration", concentration_table()},
                 {"decile_counts", decile_table()},
                 {"forecast", forecast_table()},
                 {"calibration_curve", calibration_table()},
                 {"calibration_summary", calibration_summary()},
                 {"attrition", attrition_table()},
                 {"cv_results", cv_table()}};
  if (figures_of_ageing) data.tables.push_back({"signal_value", signal_table()});
  return data;
}

}  // namespace kohort
