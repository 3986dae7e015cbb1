#include "study/synth_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

/// Rows of a tidy table found by the text of some columns.
class Finder {
 public:
  Finder(const std::vector<NamedTable>& tables, std::string_view name) {
    const auto found = std::ranges::find(tables, name, &NamedTable::name);
    if (found == tables.end()) throw Error(ErrorKind::Defect, fmt::format("the check has no table {}", name));
    table_ = &found->table;
  }

  using Where = std::vector<std::pair<std::string_view, std::string>>;

  /// The number in `column` of the only row where the columns have these values; NaN when there is none.
  double at(std::string_view column, const Where& where) const {
    for (std::size_t row = 0; row < table_->rows(); ++row) {
      if (std::ranges::all_of(where, [&](const auto& w) { return text(w.first, row) == w.second; }))
        return number(column, row);
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  std::vector<std::string> models() const {
    std::vector<std::string> names;
    for (const std::string& name : table_->at("model").texts()) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
  }

 private:
  std::string text(std::string_view column, std::size_t row) const {
    const Column& cells = table_->at(column);
    if (cells.type == ColumnType::Text) return cells.texts()[row];
    return cells.type == ColumnType::Number ? fmt::format("{}", cells.numbers()[row])
                                            : fmt::format("{}", cells.integers()[row]);
  }
  double number(std::string_view column, std::size_t row) const {
    const Column& cells = table_->at(column);
    if (cells.is_missing(row)) return std::numeric_limits<double>::quiet_NaN();
    return cells.type == ColumnType::Number ? cells.numbers()[row]
                                            : static_cast<double>(cells.integers()[row]);
  }
  const Table* table_;
};

void add_correlations(const Finder& correlation, std::vector<SynthTarget>& targets) {
  for (const int horizon : {2, 5}) {
    const std::string h = std::to_string(horizon);
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const std::string& model : correlation.models()) {
      const auto of = [&](const char* outcome, const char* by, const char* group) {
        return correlation.at(
            "correlation",
            {{"model", model}, {"outcome", outcome}, {"horizon", h}, {"group_by", by}, {"group", group}});
      };
      const double all = of("all_charges", "nation", "all"), violence = of("violence", "nation", "all");
      targets.push_back({fmt::format("correlation, all charges, horizon {}, {}", h, model), .20, .35, all});
      targets.push_back(
          {fmt::format("correlation, all charges, previously charged, horizon {}, {}", h, model), .30, .42,
           of("all_charges", "previously", "yes")});
      targets.push_back({fmt::format("correlation, violence below all charges, horizon {}, {}", h, model), -1,
                         all, violence});
      least = std::min(least, all);
      most = std::max(most, all);
    }
    targets.push_back({fmt::format("largest difference of correlation between models, horizon {}", h), 0, .03,
                       most - least});
  }
}

void add_concentration(const Finder& top_share, const Finder& deciles, std::vector<SynthTarget>& targets) {
  for (const int horizon : {2, 5}) {
    const std::string h = std::to_string(horizon);
    for (const std::string& model : top_share.models()) {
      targets.push_back(
          {fmt::format("share of charges held by the top 12.5 %, horizon {}, {}", h, model), .70, .80,
           top_share.at(
               "share_actual",
               {{"model", model}, {"outcome", "all_charges"}, {"horizon", h}, {"fraction", "0.125"}})});
      const auto without = [&](const char* outcome) {
        return deciles.at("share", {{"model", model},
                                    {"outcome", outcome},
                                    {"horizon", h},
                                    {"population", "all"},
                                    {"decile", "1"},
                                    {"events", "0"}});
      };
      targets.push_back({fmt::format("top decile without a charge, horizon {}, {}", h, model), .90, 1,
                         without("all_charges")});
      targets.push_back({fmt::format("top decile without a charge of violence, horizon {}, {}", h, model),
                         .97, 1, without("violence")});
    }
  }
}

}  // namespace

std::vector<SynthTarget> compare_with_published(const std::vector<NamedTable>& tables) {
  std::vector<SynthTarget> targets;
  add_correlations(Finder{tables, "correlation"}, targets);
  add_concentration(Finder{tables, "top_share"}, Finder{tables, "decile_counts"}, targets);
  return targets;
}

std::vector<SynthTarget> true_falls(const fs::path& truth, const fs::path& persons_of_2014) {
  Session session{{.folders = {truth, persons_of_2014.parent_path()}, .temp_folder = {}}};
  std::vector<SynthTarget> targets;
  for (const char* set : {"all", "acquisitive", "violence", "property"}) {
    const Table index = session.read(fmt::format(
        "SELECT 100.0 * CAST(sum(CAST(round(rate_{0} * 1e9) AS HUGEINT)) FILTER (year = 2019) AS DOUBLE) / "
        "count(*) FILTER (year = 2019)"
        " / (CAST(sum(CAST(round(rate_{0} * 1e9) AS HUGEINT)) FILTER (year = 2016) AS DOUBLE) / count(*) "
        "FILTER (year = 2016)) AS i"
        " FROM read_parquet({1}) JOIN read_parquet({2}) ON person = unit WHERE presence > 0",
        set, sql_text((truth / "person_years" / "*.parquet").string()), sql_text(persons_of_2014.string())));
    targets.push_back(
        {fmt::format("true rate of the persons of 2014 in 2019, percent of 2016, {} charges", set), 80, 90,
         index.columns.front().numbers().front()});
  }
  return targets;
}

std::string target_line(const SynthTarget& target) {
  const char* verdict = target.met() ? "met    " : "NOT MET";
  return fmt::format("{}  target {:7.3f} to {:7.3f}  achieved {:7.3f}  {}", verdict, target.low, target.high,
                     target.achieved, target.what);
}

}  // namespace kohort
