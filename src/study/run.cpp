#include "study/run.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "report/key_figures.hpp"
#include "store/session.hpp"
#include "study/operations.hpp"

namespace kohort {
namespace fs = std::filesystem;
namespace {

class Executor {
 public:
  explicit Executor(const RunContext& run) : run_(run) {}

  void go() {
    std::size_t todo = 0;
    for (const Visit& visit : run_.plan.visits) {
      for (const Operation& op : visit.operations) todo += needed(op) ? 1 : 0;
    }
    run_.log.info(
        fmt::format("{} operations, {} of them done before", run_.plan.size(), run_.plan.size() - todo));
    result_.found = run_.plan.size() - todo;
    progress_.emplace(run_.log, "study", todo);
    for (const Visit& visit : run_.plan.visits) make_visit(visit);
  }

  RunResult result() const { return result_; }

 private:
  bool needed(const Operation& op) const {
    return !run_.store.find(std::string{to_text(op.step)}, op.key).has_value();
  }

  /// One after another, each with all threads.
  void make_in_turn(const std::vector<Operation>& operations, const auto& write) {
    for (const Operation& op : operations) make(op, write);
  }

  /// Many side by side with one thread each when there are enough of them, else one after another with all
  /// threads.
  void make_side_by_side(const std::vector<Operation>& operations, const auto& write) {
    if (std::ssize(operations) < run_.workers.threads()) return make_in_turn(operations, write);
    run_.workers.for_each(operations.size(), [&](std::size_t i) { make(operations[i], write); });
  }

  void make(const Operation& op, const auto& write) {
    run_.workers.check();
    run_.store.make({std::string{to_text(op.step)}, op.key, op.settings, op.inputs},
                    [&](const fs::path& folder) { write(op, folder); });
    progress_->advance();
  }

  std::vector<Operation> of_step(const Visit& visit, Step step) const {
    std::vector<Operation> operations;
    for (const Operation& op : visit.operations) {
      if (op.step == step && needed(op)) operations.push_back(op);
    }
    return operations;
  }

  void make_visit(const Visit& visit) {
    make_in_turn(of_step(visit, Step::Predictors),
                 [&](const auto& op, const auto& folder) { make_predictors(run_, op, folder); });
    make_side_by_side(of_step(visit, Step::Outcome),
                      [&](const auto& op, const auto& folder) { make_outcome(run_, op, folder); });
    if (!visit.years.empty()) make_fits(visit);
    make_in_turn(of_step(visit, Step::Tables),
                 [&](const auto& op, const auto& folder) { make_tables(run_, op, folder); });
    make_in_turn(of_step(visit, Step::Report),
                 [&](const auto& op, const auto& folder) { make_report(run_, op, folder); });
  }

  void make_fits(const Visit& visit) {
    const bool any = std::ranges::any_of(visit.operations, [&](const Operation& op) {
      return op.step != Step::Predictors && op.step != Step::Outcome && needed(op);
    });
    if (!any) return;
    std::vector<fs::path> folders;
    for (const int year : visit.years)
      folders.push_back(run_.made(Step::Predictors, run_.plan.predictors(year)));
    VisitData data = load_visit(visit.years, folders);
    prepare_inputs(run_, visit.operations, data);
    const auto run_step = [&](Step step, auto make_one) {
      make_side_by_side(of_step(visit, step), [&](const Operation& op, const fs::path& folder) {
        make_one(run_, op, data, folder);
      });
    };
    run_step(Step::Tune, tune_model);
    run_step(Step::Train, train_model);
    run_step(Step::CrossPredict, cross_predict_model);
    run_step(Step::Predict, predict_with_model);
  }

  const RunContext& run_;
  RunResult result_;
  std::optional<Progress> progress_;
};

/// <root>/tmp/<host>-<process>, gone when the run ends. What killed processes of this host left is removed
/// first.
class TempFolder {
 public:
  explicit TempFolder(const fs::path& root) {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    const std::string beginning = fmt::format("{}-", host.data());
    fs::create_directories(root / "tmp");
    for (const auto& entry : fs::directory_iterator(root / "tmp")) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(beginning)) continue;
      const auto process = parse_integer(name.substr(beginning.size()));
      if (process && kill(static_cast<pid_t>(*process), 0) != 0 && errno == ESRCH)
        fs::remove_all(entry.path());
    }
    path_ = root / "tmp" / fmt::format("{}{}", beginning, getpid());
    fs::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What lies in a folder of tables and is none of this artifact's: of an older study file, or half written
/// when a process died.
void clear_others(const fs::path& tables, const fs::path& artifact_tables) {
  if (!fs::exists(tables)) return;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(tables)) {
    if (!fs::exists(artifact_tables / entry.path().filename())) others.push_back(entry.path());
  }
  for (const fs::path& other : others) fs::remove_all(other);
}

/// Lays the newest report and tables where a person finds them; processes that share the folder take turns.
void lay_out(const fs::path& artifact, const fs::path& output) {
  fs::create_directories(output);
  const FileLock lock{output.string() + ".lock"};
  clear_others(output / "tables", artifact / "tables");
  for (const auto& entry : fs::recursive_directory_iterator(artifact)) {
    if (!entry.is_regular_file() || entry.path().filename() == "manifest.json") continue;
    const fs::path target = output / fs::relative(entry.path(), artifact);
    fs::create_directories(target.parent_path());
    write_file(target, read_file(entry.path()));
  }
}

}  // namespace

std::vector<NamedTable> read_tables(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".parquet") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<NamedTable> tables;
  for (const fs::path& file : files) tables.push_back({file.stem().string(), read_parquet(file)});
  return tables;
}

namespace {

/// Every search has its artifact by now.
void remove_journals(const Plan& plan, const ArtifactStore& store) {
  std::error_code nothing_lost;
  for (const Visit& visit : plan.visits)
    for (const Operation& op : visit.operations)
      if (op.step == Step::Tune) fs::remove(journal_file(store, op.key), nothing_lost);
  fs::remove(store.root() / "searches", nothing_lost);  // when empty
}

}  // namespace

RunResult run_plan(const Study& study, const Plan& plan, ArtifactStore& store, const RunSettings& settings,
                   Workers& workers, Log& log) {
  const TempFolder temp_folder{store.root()};
  const RunContext run{
      .study = study,
      .plan = plan,
      .store = store,
      .registers = {study.registers, study.schema},
      .temp_folder = temp_folder.path(),
      .memory_limit = settings.memory_limit > 0 ? settings.memory_limit : available_bytes() / 2,
      .stop = settings.stop,
      .workers = workers,
      .log = log};
  Executor executor{run};
  executor.go();
  remove_journals(plan, store);
  RunResult result = executor.result();
  result.made = plan.size() - result.found;
  const fs::path artifact = run.made(Step::Report, plan.report());
  const fs::path output = settings.output.empty() ? store.root() / "published" : settings.output;
  lay_out(artifact, output);
  result.report = output / "report.html";
  for (const KeyFigure& figure : key_figures(read_tables(output / "tables")))
    result.key_figures.push_back(key_figure_line(figure));
  return result;
}

}  // namespace kohort
