// Our trees against libxgboost's on real data, without sampling, on the same cuts; only where KOHORT_DATA is
// set. tests/reference/boosting_parity/README.md keeps the table it prints.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

#include "learn/tree/boosting.hpp"
#include "learn/tree/libxgboost.hpp"
#include "learn/tree/loss.hpp"
#include "learn/tree/real_tables.hpp"
#include "learn/tree/side_by_side.hpp"

namespace kohort {
namespace {

/// A matrix whose cells are codes: the library finds the cuts of the bins in it, since no column has more
/// values than it has bins.
Matrix matrix_of(const BinCodes& codes, const Matrix& from) {
  MatrixBuilder builder{from.rows()};
  for (std::size_t j = 0; j < codes.size(); ++j) {
    std::vector<float> cells;
    for (const std::uint16_t code : codes[j]) cells.push_back(code == 0 ? std::nanf("") : code);
    builder.add({from.column(j).info.name}, cells);
  }
  return builder.finish();
}

/// A data set made ready for both programs.
struct Prepared {
  RealTable table;
  Workers alone{1};
  TreeBins bins;
  BinCodes codes;
  Matrix matrix;
  TreeData data;

  explicit Prepared(const RealSource& source)
      : table(read_real_table(source)),
        bins(table.matrix, CategoryRule::Ordinal, 256, alone),
        codes(codes_of(bins.binned)),
        matrix(matrix_of(codes, table.matrix)),
        data(matrix, table.rows, CategoryRule::Ordinal, 512) {}

  std::size_t rounds() const { return table.rows.size() > 100'000 ? 20 : 30; }  // a minute for all data sets
  Problem problem(Objective objective, bool library) const {
    return {library ? matrix : table.matrix, objective == Objective::Logistic ? table.event : table.count,
            table.rows, objective, table.weight};
  }
};

struct Setting {
  std::string name;
  SettingValues values;

  BoostingSettings read(std::size_t rounds, Objective objective, bool library) const {
    SettingValues all{{"n_estimators", std::to_string(rounds)},
                      {"learning_rate", "0.1"},
                      {"encoding", "ordinal"},
                      {"max_delta_step", objective == Objective::Poisson ? "0.7" : "0"}};
    for (const auto& [name_of, value] : values) all[name_of] = value;
    if (library) all.insert({{"engine", "libxgboost"}, {"max_bin", "512"}});
    return read_settings<BoostingSettings>(all);
  }
};

/// The library's tree from given gradients: least squares from 0 with weights h and outcomes -g/h has them.
TreeEnsemble library_tree(const Prepared& p, std::span<const GradientPair> gradients,
                          BoostingSettings settings) {
  std::vector<double> outcome, weights;
  for (const GradientPair& pair : gradients) {
    outcome.push_back(-pair.gradient / pair.hessian);
    weights.push_back(pair.hessian);
  }
  settings.n_estimators = 1;
  settings.base_score = 0;
  const Problem step{p.matrix, outcome, p.table.rows, Objective::SquaredError, weights};
  return fit_libxgboost(p.data, step, settings, Stream{1}, p.alone).trees;
}

/// Differences of the predictions for all rows.
struct Difference {
  double largest = 0, mean = 0;
};

/// One fit by both programs.
struct Comparison {
  Objective objective;
  std::string setting;
  SideBySide trees;              // each of the library's trees grown from the gradients at our margins
  std::size_t alike = 0;         // trees before the first parting
  Difference until{}, at_end{};  // of two fits that know nothing of each other: after those trees, after all
};

/// Of the first `rounds` trees.
Difference predictions_apart(const Prepared& p, TreeModel own, TreeModel library, std::size_t rounds) {
  if (rounds == 0) return {};
  for (TreeEnsemble* trees : {&own.trees, &library.trees}) {
    if (rounds < trees->roots.size()) trees->nodes.resize(trees->roots[rounds]);
    trees->roots.resize(rounds);
  }
  Workers alone{1};
  const auto a = predict(own, p.table.matrix, p.table.rows, alone),
             b = predict(library, p.matrix, p.table.rows, alone);
  Difference out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(a[i] - b[i]);
    out.largest = std::max(out.largest, apart);
    out.mean += apart / static_cast<double>(a.size());
  }
  return out;
}

/// The derivatives at some margins that our next tree is grown from.
template <class Cell>
std::vector<GradientPair> grown_from(const Problem& problem, const LossSettings& settings,
                                     std::span<const float> margins) {
  Workers alone{1};
  std::vector<Cell> cells(margins.size());
  const Gradients<Cell> gradients =
      whole_gradients(problem, settings, problem.rows, margins, std::span{cells}, alone);
  std::vector<GradientPair> out;
  for (const Cell& cell : cells) {
    const GradientPair whole = gradients.code.sum(cell);
    out.push_back({whole.gradient * gradients.units.gradient, whole.hessian * gradients.units.hessian});
  }
  return out;
}

Comparison compare(const Prepared& p, Objective objective, const Setting& setting) {
  Workers alone{1};
  const std::size_t rounds = p.rounds();
  const BoostingSettings ours = setting.read(rounds, objective, false),
                         theirs = setting.read(rounds, objective, true);
  const Problem problem = p.problem(objective, false);
  const TreeModel own = fit_boosting(p.bins, problem, ours, Stream{1}, alone);
  const TreeModel library = fit_libxgboost(p.data, p.problem(objective, true), theirs, Stream{1}, alone);

  const GainRules rules{ours.reg_lambda, ours.reg_alpha, *ours.max_delta_step, std::max(ours.gamma, 1e-6)};
  Comparison out{.objective = objective, .setting = setting.name, .trees = {p.codes, rules}};
  std::vector<float> margins(p.table.rows.size(), own.trees.base_margin);
  const auto grown = packs(problem) ? grown_from<PackedCell> : grown_from<GradientPair>;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::vector<GradientPair> gradients = grown(problem, {1, *ours.max_delta_step}, margins);
    const BinTree tree = tree_on_values(own.trees, round, p.bins.binned);
    out.trees.compare(tree, tree_on_codes(library_tree(p, gradients, theirs), 0, p.bins.binned), gradients);
    if (out.trees.partings.empty()) out.alike = round + 1;
    add_tree(tree, p.codes, margins);
  }
  out.until = predictions_apart(p, own, library, out.alike);
  out.at_end = out.alike == rounds ? out.until : predictions_apart(p, own, library, rounds);
  return out;
}

/// Every objective under every setting, side by side on all processors.
std::vector<Comparison> compare_all(const Prepared& p, std::span<const Objective> objectives,
                                    std::span<const Setting> settings) {
  std::vector<std::optional<Comparison>> done(objectives.size() * settings.size());
  Workers workers;
  workers.for_each(done.size(), [&](std::size_t k) {
    done[k].emplace(compare(p, objectives[k / settings.size()], settings[k % settings.size()]));
  });
  std::vector<Comparison> out;
  for (auto& one : done) out.push_back(std::move(*one));
  return out;
}

double largest_relative_gap(const Comparison& comparison) {
  double most = 0;
  for (const Parting& parting : comparison.trees.partings) most = std::max(most, parting.relative_gap());
  return most;
}

double largest_gap_of_scores(const Comparison& comparison) {
  double most = 0;
  for (const Parting& parting : comparison.trees.partings)
    most = std::max(most, parting.gap() / parting.score);
  return most;
}

/// A line of the table in tests/reference/boosting_parity.
void print(const RealSource& source, const Prepared& p, const Comparison& c) {
  fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1e} |", source.folder, source.outcome,
             p.table.matrix.rows(), p.table.matrix.columns(), to_text(c.objective), c.setting, p.rounds(),
             c.trees.splits, c.trees.partings.size(), std::max(c.until.largest, c.trees.largest_distance()));
  if (!c.trees.partings.empty())
    fmt::print(" tree {}: {:.1e} of the gain, {:.1e} of the score; at the end {:.1e}, mean {:.1e}",
               c.alike + 1, largest_relative_gap(c), largest_gap_of_scores(c), c.at_end.largest,
               c.at_end.mean);
  fmt::print(" |\n");
}

std::string test_name(const RealSource& source) {
  std::string name = source.folder + "_" + source.outcome;
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_'; });
  return name;
}

class EveryDataSet : public testing::TestWithParam<RealSource> {};

TEST_P(EveryDataSet, GrowsTheTreesOfLibxgboost) {
  const RealSource& source = GetParam();
  const Prepared p{source};
  const std::vector<Setting> settings{
      {"depth 6", {}},
      {"least weight 5, gain .5", {{"min_child_weight", "5"}, {"gamma", "0.5"}}},
      {"31 leaves, best first", {{"grow_policy", "lossguide"}, {"max_leaves", "31"}, {"max_depth", "0"}}}};
  for (const Comparison& c : compare_all(p, source.objectives, settings)) {
    SCOPED_TRACE(fmt::format("{}, {}", to_text(c.objective), c.setting));
    print(source, p, c);
    EXPECT_GT(c.trees.splits, 80);
    EXPECT_LE(1000 * c.trees.partings.size(), c.trees.splits) << "equal gains go the library's way";
    EXPECT_LT(largest_relative_gap(c), 1e-6);  // the bounds
    EXPECT_LE(c.trees.largest_distance(), 1e-5);
    EXPECT_LE(c.until.largest, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(RealData, EveryDataSet, testing::ValuesIn(real_sources()),
                         [](const auto& instance) { return test_name(instance.param); });

/// From a base score far off, and with reg_alpha, a node's own score is thousands of times the gain of its
/// splits. The library compares in 32 bits: two rounded sides make a score, so two scores less than 2
/// FLT_EPSILON apart may change places.
TEST(RealData, PartsWithLibxgboostOnlyWhereItsThirtyTwoBitsCannotTell) {
  const std::vector<Setting> settings{{"base_score .5", {{"base_score", "0.5"}}},
                                      {"reg_alpha 1, depth 8", {{"reg_alpha", "1"}, {"max_depth", "8"}}}};
  const std::vector<Objective> objectives{Objective::SquaredError, Objective::Logistic};
  for (const RealSource& source : real_sources()) {
    if (source.outcome != "claims" && source.outcome != "default next month") continue;
    const Prepared p{source};
    for (const Comparison& c : compare_all(p, objectives, settings)) {
      SCOPED_TRACE(fmt::format("{}, {}, {}", source.outcome, to_text(c.objective), c.setting));
      print(source, p, c);
      EXPECT_LE(c.trees.largest_distance(), 1e-5);
      EXPECT_LE(c.until.largest, 1e-5);
      for (const Parting& parting : c.trees.partings)
        EXPECT_LE(parting.gap(), 2 * FLT_EPSILON * parting.score);
    }
  }
}

}  // namespace
}  // namespace kohort
