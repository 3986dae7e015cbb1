#include "study/export_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "assess/metrics.hpp"
#include "learn/model_features.hpp"
#include "learn/tree/tree_data.hpp"
#include "store/session.hpp"

namespace kohort {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr int kRevision = 1;
constexpr std::size_t kBlock = 4096;  // rows written at a time

/// The first prediction of the study, in the order of its analyses, that answers the wish.
const PredictionNeed& find_need(const Study& study, const Plan& plan, const ExportWish& wish) {
  for (const AnalysisNeeds& needs : plan.needs) {
    for (const PredictionNeed& need : needs.predictions) {
      if (need.fit.model == wish.model && need.fit.outcome == wish.outcome && need.from == wish.from &&
          need.fit.horizon == wish.horizon)
        return need;
    }
  }
  throw Error(ErrorKind::Study,
              fmt::format("the study predicts no {} of {} from {} with {}", wish.outcome,
                          wish.from + wish.horizon, wish.from, wish.model),
              study.file.string(), "kohort plan shows the predictions that it makes");
}

/// Takes blocks of rows and writes them as one file.
class RowFile {
 public:
  RowFile(const RunContext& run, const fs::path& folder, const std::string& name, const Table& shape,
          bool csv)
      : session_({.folders = {folder, run.temp_folder},
                  .temp_folder = run.temp_folder,
                  .memory_limit = run.memory_limit,
                  .threads = 1,
                  .stop = run.stop}) {
    const fs::path file = folder / (name + (csv ? ".csv" : ".parquet"));
    if (csv)
      text_.open(file, std::ios::binary);
    else
      parquet_.emplace(session_, shape, file);
    if (csv && !text_) throw Error(ErrorKind::System, "the file cannot be written", file.string());
  }

  void add(const Table& block) {
    if (parquet_) return parquet_->add(block);
    const std::string csv = to_csv(block);
    text_ << (header_written_ ? csv.substr(csv.find('\n') + 1) : csv);
    header_written_ = true;
  }

  void finish() {
    if (parquet_) {
      parquet_->finish();
      return;
    }
    text_.close();
    if (!text_) throw Error(ErrorKind::System, "the disk is full or gone", {}, "make room and run it again");
  }

 private:
  Session session_;
  std::optional<ParquetWriter> parquet_;
  std::ofstream text_;
  bool header_written_ = false;
};

/// A number for each row of a visit, to stand beside the features.
struct RowNumbers {
  std::string name;
  std::vector<double> numbers;  // shape (rows of the visit); NaN is missing
};

Column some_of(const Column& column, std::size_t from, std::size_t size, const std::string& name) {
  Column part = make_column(name, column.type);
  for (std::size_t i = from; i < from + size; ++i) {
    if (column.type == ColumnType::Text)
      part.texts().push_back(column.texts()[i]);
    else
      part.integers().push_back(column.integers()[i]);
  }
  return part;
}

/// `size` rows of year number y from its row `from` on: unit, year, the numbers, the features.
Table block_of(const Model& model, const VisitData& data, const std::vector<RowNumbers>& beside,
               std::size_t y, std::size_t from, std::size_t size) {
  RowList rows(size);
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(data.first_row[y] + from));
  Table block;
  block.columns = {some_of(data.units[y], from, size, "unit"), make_column("year", ColumnType::Integer)};
  block.columns[1].integers().assign(size, data.years[y]);
  for (const RowNumbers& column : beside) {
    block.columns.push_back(make_column(column.name, ColumnType::Number));
    for (const std::uint32_t row : rows) block.columns.back().numbers().push_back(column.numbers[row]);
  }
  const std::vector<std::string> names = feature_names(model);
  const std::vector<double> features = model_features(model, data.matrix, rows);
  for (std::size_t j = 0; j < names.size(); ++j) {
    block.columns.push_back(make_column(names[j], ColumnType::Number));
    for (std::size_t i = 0; i < size; ++i)
      block.columns.back().numbers().push_back(features[i * names.size() + j]);
  }
  return block;
}

void write_rows(const RunContext& run, const fs::path& folder, const std::string& name, const Model& model,
                const VisitData& data, const std::vector<RowNumbers>& beside, bool csv) {
  RowFile file{run, folder, name, block_of(model, data, beside, 0, 0, 0), csv};
  for (std::size_t y = 0; y < data.years.size(); ++y) {
    const std::size_t rows = data.first_row[y + 1] - data.first_row[y];
    for (std::size_t from = 0; from < rows; from += kBlock) {
      run.workers.check();
      file.add(block_of(model, data, beside, y, from, std::min(kBlock, rows - from)));
    }
  }
  file.finish();
}

VisitData load_years(const RunContext& run, const std::vector<int>& years) {
  std::vector<fs::path> folders;
  for (const int year : years) folders.push_back(run.made(Step::Predictors, run.plan.predictors(year)));
  return load_visit(years, folders);
}

std::size_t write_training(const RunContext& run, const FitNeed& fit, const Model& model,
                           const fs::path& folder, bool csv) {
  const VisitData data = load_years(run, fit.predictor_years());
  const OutcomeRows rows = outcome_rows(run, fit, data);
  std::vector<RowNumbers> beside{{"outcome", rows.outcome}};
  if (!rows.weights.empty()) beside.push_back({"weight", rows.weights});
  write_rows(run, folder, "training", model, data, beside, csv);
  return rows.observed.size();
}

/// What the predicted rows say together: n, mean prediction and correlation.
Json aggregates(const std::vector<double>& outcome, const std::vector<double>& prediction) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    if (std::isnan(outcome[i])) continue;
    sum += prediction[i];
    ++n;
  }
  Json json{{"n", n}, {"mean_prediction", sum / static_cast<double>(n)}};
  const auto correlation = pearson_correlation(outcome, prediction);
  json["correlation"] = correlation ? Json(*correlation) : Json();
  return json;
}

Json write_predicted(const RunContext& run, const PredictionNeed& need, const Model& model,
                     const fs::path& folder, bool csv) {
  const VisitData data = load_years(run, {need.from});
  const fs::path outcome =
      run.made(Step::Outcome, run.plan.outcome(need.fit.outcome, need.from, need.predict_year()));
  const Table predictions =
      read_parquet(run.made(Step::Predict, run.plan.prediction(need)) / kPredictionFile);
  const std::vector<RowNumbers> beside{
      {"outcome", align_outcome(data.units.front(), read_parquet(outcome / kOutcomeFile))},
      {"prediction", predictions.at("prediction").numbers()}};
  write_rows(run, folder, "predicted", model, data, beside, csv);
  Json json = aggregates(beside[0].numbers, beside[1].numbers);
  json["rows"] = data.rows();
  return json;
}

Json describe_fit(const RunContext& run, const PredictionNeed& need) {
  const StudyModel& model = run.model(need.fit.model);
  return {{"model", model.name},
          {"kind", model.kind},
          {"objective", to_text(objective_of(model, run.outcome(need.fit.outcome)))},
          {"outcome", need.fit.outcome},
          {"horizon", need.fit.horizon},
          {"trained_on", need.fit.trained_on},
          {"predict_from", need.from},
          {"settings", engine(model.kind).complete(tuned_settings(run, need.fit))},
          {"library_seed", library_seed(fit_stream(run, need.fit))}};
}

}  // namespace

MatrixExport export_matrix(const RunContext& run, const ExportWish& wish) {
  const PredictionNeed& need = find_need(run.study, run.plan, wish);
  const std::string prediction = run.plan.prediction(need), train = run.plan.fit(Step::Train, need.fit);
  if (!run.store.find(std::string{to_text(Step::Predict)}, prediction))
    throw Error(ErrorKind::Study, "the study has not made this prediction yet", run.study.file.string(),
                "run it first: kohort run, with the same --registers and --runs");
  const Json settings{{"csv", wish.csv}}, inputs{{"prediction", prediction}, {"model", train}};
  const std::string key = artifact_key("export", kRevision, settings, inputs);
  MatrixExport done;
  done.folder = run.store.make({"export", key, settings, inputs}, [&](const fs::path& folder) {
    const Model model = from_bytes(read_file(run.made(Step::Train, train) / kModelFile));
    Json json = describe_fit(run, need);
    json["features"] = feature_names(model).size();
    json["training"] = {{"n", write_training(run, need.fit, model, folder, wish.csv)}};
    json["predicted"] = write_predicted(run, need, model, folder, wish.csv);
    write_file(folder / "fit.json", json.dump(1) + "\n");
  });
  const Json json = Json::parse(read_file(done.folder / "fit.json"));
  done.training_rows = json.at("training").at("n");
  done.predicted_rows = json.at("predicted").at("rows");
  done.features = json.at("features");
  return done;
}

}  // namespace kohort
