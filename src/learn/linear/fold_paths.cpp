#include "learn/linear/fold_paths.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "learn/linear/fold_sums.hpp"
#include "learn/linear/gram_lasso.hpp"

namespace kohort {
namespace {

/// Models of one fold, to be summed over cells. Penalties fall from point to point, so that a column's
/// coefficients mostly are 0 up to a point.
class RowSums {
 public:
  RowSums(std::span<const double> constants, std::span<const double> coefficients, std::size_t dense)
      : constants_(constants), coefficients_(coefficients), dense_(dense) {
    const std::size_t points = constants.size();
    for (std::size_t c = 0; c * points < coefficients.size(); ++c) {
      const auto of = coefficients.subspan(c * points, points);
      const auto first = std::ranges::find_if(of, [](double b) { return b != 0; });
      first_.push_back(static_cast<std::size_t>(first - of.begin()));
    }
  }

  /// The predictions of one row.
  void predict(const RowBlock& block, std::size_t slot, std::span<double> sums) const {
    std::ranges::copy(constants_, sums.begin());
    for (std::size_t c = 0; c < dense_; ++c) add(c, block.dense[slot * dense_ + c], sums);
    for (std::size_t i = block.start[slot]; i < block.start[slot + 1]; ++i)
      add(dense_ + block.column[i], block.value[i], sums);
  }

 private:
  void add(std::size_t column, double value, std::span<double> sums) const {
    const std::size_t points = sums.size();
    const double* of = coefficients_.data() + column * points;
    for (std::size_t p = first_[column]; p < points; ++p) sums[p] = std::fma(value, of[p], sums[p]);
  }

  std::span<const double> constants_, coefficients_;
  std::size_t dense_;
  std::vector<std::size_t> first_;  // of each column: the first point where it is not 0
};

/// How many folds may be predicted in one pass.
std::size_t folds_at_once(std::size_t folds, std::size_t rows, std::size_t points) {
  constexpr std::size_t kMost = std::size_t{1} << 25;
  return std::clamp<std::size_t>(kMost / (points * (rows / folds + 1)), 1, folds);
}

}  // namespace

FoldPaths::FoldPaths(const FixedColumns& columns, const Problem& problem, std::span<const int> folds,
                     std::span<const LassoSettings> settings, Workers& workers)
    : columns_(columns),
      groups_{.of = std::vector<std::int32_t>(problem.matrix.rows(), kNoGroup),
              .count = static_cast<std::size_t>(*std::ranges::max_element(folds)) + 1},
      place_(problem.matrix.rows()),
      size_(groups_.count),
      order_(from_largest_alpha(settings)),
      models_(groups_.count) {
  for (std::size_t i = 0; i < folds.size(); ++i) {
    groups_.of[problem.rows[i]] = folds[i];
    place_[problem.rows[i]] = static_cast<std::uint32_t>(size_[static_cast<std::size_t>(folds[i])]++);
  }
  std::vector<int> left_out(groups_.count);
  std::iota(left_out.begin(), left_out.end(), 0);
  const auto numbers = column_numbers(columns.cells(), groups_, left_out, problem.weights, workers);
  const FoldSums sums{columns, groups_, problem.outcome, problem.weights, workers};
  workers.for_each(groups_.count, [&](std::size_t k) {
    models_[k] = fit_fold(sums, numbers[k], left_out[k], settings, workers);
  });
}

FoldPaths::Models FoldPaths::fit_fold(const FoldSums& sums, std::span<const ColumnNumbers> numbers, int fold,
                                      std::span<const LassoSettings> settings, const Workers& workers) const {
  const Gram gram = sums.gram(numbers, fold);
  const std::size_t points = settings.size();
  Models models{std::vector<double>(points), std::vector<double>(columns_.size() * points)};
  std::size_t p = 0;
  fit_gram_path(gram, numbers.size(), settings, workers, [&](std::size_t, const LinearFit& fit) {
    models.constants[p] = fit.intercept;
    for (const std::size_t j : gram.columns) {
      if (fit.beta[j] == 0) continue;
      models.constants[p] += fit.beta[j] * mode_value(columns_.cells().columns()[j], numbers[j]);
      for (const FixedTerm& term : columns_.terms(j, numbers[j]))
        models.coefficients[term.column * points + p] += fit.beta[j] * term.coefficient;
    }
    ++p;
  });
  return models;
}

/// The models at some places of the path.
FoldPaths::Models FoldPaths::some_of(const Models& models, std::span<const std::size_t> places) const {
  const std::size_t points = order_.size();
  Models some;
  for (const std::size_t p : places) some.constants.push_back(models.constants[p]);
  for (std::size_t c = 0; c < columns_.size(); ++c)
    for (const std::size_t p : places) some.coefficients.push_back(models.coefficients[c * points + p]);
  return some;
}

void FoldPaths::predict_folds(std::size_t first, std::size_t end, std::span<const std::size_t> points,
                              Workers& workers, const Each& each) const {
  RowGroups some = groups_;
  for (std::int32_t& group : some.of)
    if (std::cmp_less(group, first) || std::cmp_greater_equal(group, end)) group = kNoGroup;
  std::vector<std::size_t> wanted;  // places of the path, ascending, and of them those of `points`
  for (std::size_t p = 0; p < order_.size(); ++p)
    if (std::ranges::find(points, order_[p]) != points.end()) wanted.push_back(p);
  std::vector<std::size_t> out;
  for (const std::size_t p : wanted)
    out.push_back(static_cast<std::size_t>(std::ranges::find(points, order_[p]) - points.begin()));
  std::vector<Models> models(groups_.count);
  std::vector<RowSums> sums;
  std::vector<std::vector<std::vector<double>>> predictions(groups_.count);
  for (std::size_t k = 0; k < groups_.count; ++k) {
    if (k >= first && k < end) {
      models[k] = some_of(models_[k], wanted);
      predictions[k].assign(points.size(), std::vector<double>(size_[k]));
    }
    sums.emplace_back(models[k].constants, models[k].coefficients, columns_.dense());
  }
  RowBlocks blocks{columns_, some};
  RowBlock block;
  while (blocks.next(block)) {
    workers.for_each(groups_.count, [&](std::size_t k) {
      std::vector<double> row(points.size());
      for (std::size_t slot = block.begin[k]; slot < block.begin[k + 1]; ++slot) {
        sums[k].predict(block, slot, row);
        for (std::size_t p = 0; p < row.size(); ++p)
          predictions[k][out[p]][place_[block.rows[slot]]] = row[p];
      }
    });
  }
  for (std::size_t k = first; k < end; ++k) each(k, std::move(predictions[k]));
}

void FoldPaths::predict(std::span<const std::size_t> points, Workers& workers, const Each& each) const {
  const std::size_t rows = std::accumulate(size_.begin(), size_.end(), std::size_t{0});
  const std::size_t at_once = folds_at_once(groups_.count, rows, points.size());
  for (std::size_t first = 0; first < groups_.count; first += at_once)
    predict_folds(first, std::min(groups_.count, first + at_once), points, workers, each);
}

}  // namespace kohort
