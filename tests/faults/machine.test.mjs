// Disks that are full or not ours, files limited in size, command lines that say nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, test } from "node:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectFault } from "../support/faults.mjs";
import { filesBelow, freshFolder, kohort, leftovers, program, syntheticRegisters, write } from "../support/program.mjs";
import { checkMessage } from "../support/messages.mjs";
import { tinyStudy, writeStudy } from "../support/tiny_study.mjs";

before(() => syntheticRegisters("tiny", 3000));

test("a run folder that cannot be made", () => {
  const folder = freshFolder("fault-run_folder");
  const study = writeStudy(folder);
  write(join(folder, "file"), "");
  expectFault({ name: "run_folder_cannot_be_made", code: 8, folder, args: ["run", study, "--runs", join(folder, "file", "runs")] });
});

test("a log file that cannot be written", () => {
  const folder = freshFolder("fault-log_file");
  expectFault({ name: "log_file_cannot_be_written", code: 8, folder,
    args: ["plan", writeStudy(folder), "--runs", join(folder, "runs"), "--log", join(folder, "nowhere", "log.jsonl")] });
});

/** Runs under a limit on the size of every file written, in blocks of 1024 bytes: writes fail as on a full disk. */
const limited = (blocks) => (args, { cwd }) => {
  const run = spawnSync("bash", ["-c", `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`, program, ...args],
    { cwd, encoding: "utf8" });
  return { code: run.status, out: run.stdout, err: run.stderr };
};

test("files that may not grow: the run ends with 8, and goes on when they may", () => {
  const folder = freshFolder("fault-file_limit");
  const args = ["run", writeStudy(folder), "--runs", join(folder, "runs"), "--threads", "1"];
  expectFault({ name: "file_limit", code: 8, folder, args, run: limited(8) });
  const after = kohort(args);
  assert.equal(after.code, 0, after.err);
});

for (const [name, kib, args] of [
  ["disk_full_at_first", 16, (study, disk) => ["run", study, "--runs", join(disk, "runs"), "--threads", "1"]],
  ["disk_full_later", 600, (study, disk) => ["run", study, "--runs", join(disk, "runs"), "--threads", "1"]],
  ["disk_full_synth", 600, (study, disk) => ["synth", "--out", join(disk, "synth"), "--persons", "3000", "--threads", "1"]],
]) {
  test(`a disk that is full: ${name}`, { skip: process.getuid() !== 0 && "only root may mount a small disk" }, (t) => {
    const folder = freshFolder(`fault-${name}`);
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "kohort-test", disk], { encoding: "utf8" });
    if (mounted.status !== 0) return t.skip("this machine mounts no tmpfs");
    try {
      const run = kohort(args(write(join(folder, "study.yaml"), tinyStudy), disk));
      // Which file meets the full disk depends on what comes before it.
      const said = run.err.split("\n").filter((line) => !line.startsWith("warning")).join("\n");
      checkMessage(name, { ...run, err: said.replace(new RegExp(`${disk}/[^\\s:]*`), "<disk>/...") }, folder);
      assert.equal(run.code, 8);
      assert.deepEqual(leftovers(disk), []);
      assert.deepEqual(filesBelow(disk).filter((file) => /report\.html|truth/.test(file)), []);
    } finally {
      spawnSync("umount", [disk]);
    }
  });
}

/** name of the golden message and the command line. */
const commandLines = [
  ["no_command", []],
  ["unknown_command", ["rum", "study.yaml"]],
  ["unknown_option", ["run", "study.yaml", "--thread", "2"]],
  ["missing_argument", ["run"]],
  ["negative_threads", ["run", "study.yaml", "--threads", "-1"]],
  ["bad_memory", ["run", "study.yaml", "--memory", "lots"]],
  ["synth_no_persons", ["synth", "--out", "synth", "--persons", "0"]],
  ["synth_years_reversed", ["synth", "--out", "synth", "--first-year", "2020", "--last-year", "1990"]],
  ["synth_check_missing_out", ["synth", "check"]],
];
for (const [name, args] of commandLines) {
  test(`a command line with ${name.replaceAll("_", " ")}`, () => {
    const folder = freshFolder(`fault-${name}`);
    expectFault({ name, code: 2, folder, args });
  });
}

/** name of the golden message, exit code, command line; table.csv has columns id, a, b, c (text), y. */
const tables = [
  ["table_missing", 3, ["fit", "tabel.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_without_outcome", 3, ["fit", "table.csv", "--outcome", "z", "--model", "lasso", "--out", "model.kohort"]],
  ["table_outcome_is_text", 3, ["fit", "table.csv", "--outcome", "c", "--model", "lasso", "--out", "model.kohort"]],
  ["table_outcome_all_missing", 3, ["fit", "missing.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_without_rows", 3, ["fit", "norows.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_empty", 3, ["fit", "empty.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_no_parquet", 3, ["fit", "no.parquet", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_ragged", 3, ["fit", "ragged.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_with_a_short_line", 3, ["fit", "short.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_with_lines_longer_than_the_header", 3, ["fit", "longer.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_with_one_short_line_of_many", 3, ["fit", "far.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_of_two_columns_of_one_name", 3, ["fit", "names.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_of_two_names_but_for_case", 3, ["fit", "case.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_of_two_line_endings", 3, ["fit", "endings.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_not_utf8", 3, ["fit", "latin.csv", "--outcome", "y", "--model", "lasso", "--out", "model.kohort"]],
  ["table_unknown_model", 2, ["fit", "table.csv", "--outcome", "y", "--model", "laso", "--out", "model.kohort"]],
  ["table_unknown_setting", 2, ["fit", "table.csv", "--outcome", "y", "--model", "lasso", "--set", "alfa=1", "--out", "model.kohort"]],
  ["table_bad_setting", 2, ["fit", "table.csv", "--outcome", "y", "--model", "lasso", "--set", "alpha", "--out", "model.kohort"]],
  ["table_unknown_objective", 2, ["fit", "table.csv", "--outcome", "y", "--model", "lasso", "--objective", "logistc", "--out", "m.kohort"]],
  ["table_logistic_of_counts", 7, ["fit", "table.csv", "--outcome", "b", "--model", "boosting", "--objective", "logistic", "--out", "m.kohort"]],
  ["table_exposure_without_log_link", 2, ["fit", "table.csv", "--outcome", "b", "--model", "boosting", "--exposure", "id", "--out", "m.kohort"]],
  ["table_exposure_of_a_forest", 2,
    ["fit", "exposed.csv", "--outcome", "b", "--model", "random_forest", "--objective", "poisson", "--exposure", "time", "--out", "m.kohort"]],
  ["table_exposure_of_a_forest_tuned", 2,
    ["tune", "exposed.csv", "--outcome", "b", "--model", "random_forest", "--objective", "poisson", "--exposure", "time", "--folds", "2", "--draws", "1", "--out", "tuned"]],
  ["table_exposure_of_zero", 3,
    ["fit", "table.csv", "--outcome", "b", "--model", "boosting", "--objective", "poisson", "--exposure", "a", "--out", "m.kohort"]],
  ["table_engine_and_encoding", 2, ["fit", "table.csv", "--outcome", "b", "--model", "boosting", "--set", "engine=libxgboost", "--out", "m.kohort"]],
  ["table_constraint_on_a_category", 2,
    ["fit", "table.csv", "--outcome", "b", "--model", "boosting", "--set", "monotone_constraints=c:1", "--out", "m.kohort"]],
  ["table_unknown_score", 2, ["tune", "table.csv", "--outcome", "y", "--model", "lasso", "--score", "auc", "--out", "tuned"]],
  ["table_unknown_space", 2, ["tune", "table.csv", "--outcome", "y", "--model", "lasso", "--space", "alfa=1,2", "--out", "tuned"]],
  ["table_raced_and_halved", 2, ["tune", "table.csv", "--outcome", "y", "--model", "lasso", "--racing", "--halving", "--out", "tuned"]],
  ["table_too_many_folds", 2, ["tune", "table.csv", "--outcome", "y", "--model", "lasso", "--folds", "50", "--out", "tuned"]],
  ["settings_file_is_none", 2, ["fit", "table.csv", "--outcome", "y", "--model", "lasso", "--settings", "table.csv", "--out", "m.kohort"]],
  ["model_file_missing", 3, ["predict", "table.csv", "--model-file", "model.kohort", "--out", "predictions.csv"]],
  ["model_file_is_none", 3, ["predict", "table.csv", "--model-file", "table.csv", "--out", "predictions.csv"]],
  ["model_file_other_json", 3, ["predict", "table.csv", "--model-file", "other.json", "--out", "predictions.csv"]],
  ["predictions_of_another_format", 2, ["predict", "table.csv", "--model-file", "other.json", "--out", "predictions.xlsx"]],
  ["model_file_of_unnamed_features", 3, ["predict", "table.csv", "--model-file", "unnamed.json", "--out", "predictions.csv"]],
  ["model_file_of_another_booster", 3, ["convert", "linear.json", "--out", "m.kohort"]],
  ["model_file_of_another_objective", 3, ["convert", "cox.json", "--out", "m.kohort"]],
  ["linear_model_as_json", 2, ["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", "lasso", "--out", "m.json"]],
  ["convert_missing", 3, ["convert", "model.kohort", "--out", "m.json"]],
  ["evaluate_without_predictions", 3, ["evaluate", "table.csv", "--outcome", "y", "--out", "evaluated"]],
  ["clusters_of_no_use", 2, ["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", "linear", "--cluster", "c", "--out", "m.kohort"]],
  ["standard_errors_without_clusters", 2, ["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", "linear", "--set", "standard_errors=cluster", "--out", "m.kohort"]],
  ["clusters_missing", 3, ["fit", "gaps.csv", "--outcome", "y", "--unit", "id", "--model", "linear", "--cluster", "a", "--set", "standard_errors=cluster", "--out", "m.kohort"]],
  ["firth_of_counts", 2, ["fit", "table.csv", "--outcome", "a", "--unit", "id", "--model", "linear", "--set", "firth=true", "--out", "m.kohort"]],
  ["reference_level_unknown", 2, ["fit", "table.csv", "--outcome", "a", "--unit", "id", "--model", "linear", "--set", "reference=c=w", "--out", "m.kohort"]],
  ["output_cannot_be_written", 8, ["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", "linear", "--out", "nowhere/model.kohort"]],
];
const tableRows = Array.from({ length: 40 }, (_, i) => `${i},${i % 7},${i % 5},${"xyz"[i % 3]},${i % 2}`);
/** A model of XGBoost without trees. */
const xgboostModel = (name, objective, features = []) => JSON.stringify({ version: [3, 1, 0], learner: {
  attributes: {}, feature_names: features, feature_types: [], objective: { name: objective },
  gradient_booster: { name, model: { tree_info: [], trees: [] } },
  learner_model_param: { base_score: "[5E-1]", num_class: "0", num_feature: "2", num_target: "1" } } });
for (const [name, code, args] of tables) {
  test(`a table of one's own with ${name.replaceAll("_", " ")}`, () => {
    const folder = freshFolder(`fault-${name}`);
    write(join(folder, "table.csv"), `id,a,b,c,y\n${tableRows.join("\n")}\n`);
    write(join(folder, "missing.csv"), `id,a,y\n1,2,\n2,3,NA\n3,1,\n`);
    write(join(folder, "gaps.csv"), `id,a,b,y\n1,2,3,1\n2,,5,2\n3,1,2,3\n4,,2,2\n`);
    write(join(folder, "norows.csv"), "id,a,y\n");
    write(join(folder, "empty.csv"), "");
    write(join(folder, "no.parquet"), "id,a,y\n1,2,3\n");
    write(join(folder, "ragged.csv"), `id,a,b,c,y\n${tableRows.join("\n")}\n"4,4\n`);
    write(join(folder, "short.csv"), `id;a;b;c;y\n${tableRows.slice(0, 9).join("\n").replaceAll(",", ";")}\n4;4\n4;4;4;x;"4;5"\n`);
    write(join(folder, "longer.csv"), `id,a,b,c,y\n${tableRows.map((row) => `${row},1`).join("\n")}\n`);
    write(join(folder, "far.csv"), `a,b,y\n${"1,2,3\n".repeat(3000)}4,5\n${"1,2,3\n".repeat(30)}`);
    write(join(folder, "names.csv"), `id,"a",b,a,y\n1,2,3,4,5\n2,3,4,5,6\n`);
    write(join(folder, "case.csv"), `id,a,A,c,y\n1,2,3,4,5\n2,3,4,5,6\n`);
    write(join(folder, "exposed.csv"), `id,a,b,c,y,time\n${tableRows.map((row) => `${row},2`).join("\n")}\n`);
    write(join(folder, "endings.csv"), `id,a,b,c,y\r\n${tableRows.join("\r\n")}\n1,2,3,x,4\r\n`);
    write(join(folder, "latin.csv"), Buffer.from(`id,a,b,c,y\n${tableRows.join("\n")}\n1,2,3,\xe5,4\n`, "latin1"));
    write(join(folder, "other.json"), '{"kind": "boosting", "columns": 3}');
    write(join(folder, "unnamed.json"), xgboostModel("gbtree", "reg:squarederror"));
    write(join(folder, "linear.json"), xgboostModel("gblinear", "reg:squarederror"));
    write(join(folder, "cox.json"), xgboostModel("gbtree", "survival:cox", ["a", "b"]));
    expectFault({ name, code, folder, args });
  });
}

test("predictions for exposures by a model of probabilities", () => {
  const folder = freshFolder("fault-predict-exposure");
  write(join(folder, "table.csv"), `id,a,b,c,y\n${tableRows.join("\n")}\n`);
  assert.equal(kohort(["fit", "table.csv", "--outcome", "y", "--unit", "id", "--ignore", "a", "--model", "lasso", "--objective", "logistic",
    "--out", "model"], { cwd: folder }).code, 0);
  expectFault({ name: "predict_exposure_without_log_link", code: 2, folder,
    args: ["predict", "table.csv", "--unit", "id", "--model-file", "model", "--exposure", "a", "--out", "predictions.csv"] });
});

test("a model that stands on few rows, and one of another table", () => {
  const folder = freshFolder("fault-release");
  write(join(folder, "table.csv"), `id,a,b,c,y\n${tableRows.join("\n")}\n`);
  write(join(folder, "less.csv"), `id,a,b,c,y\n${tableRows.slice(1).join("\n")}\n`);
  assert.equal(kohort(["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", "boosting", "--out", "model.kohort"], { cwd: folder }).code, 0);
  const release = (table) => ["release", table, "--outcome", "y", "--unit", "id", "--model-file", "model.kohort", "--min-count", "10", "--out", "out.kohort"];
  expectFault({ name: "release_of_few_rows", code: 5, folder, args: release("table.csv") });
  write(join(folder, "nobody.csv"), `id,a,b,c,y,person\n${tableRows.map((row, i) => `${row},${i > 0 ? i : ""}`).join("\n")}\n`);
  expectFault({ name: "release_of_rows_without_person", code: 3, folder, args: [...release("nobody.csv"), "--persons", "person"] });
  expectFault({ name: "release_with_another_table", code: 3, folder, args: release("less.csv") });
});

test("a model and a table that lacks one of its columns", () => {
  const folder = freshFolder("fault-model_column_missing");
  write(join(folder, "table.csv"), `id,a,b,c,y\n${tableRows.join("\n")}\n`);
  assert.equal(kohort(["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", "linear", "--out", "model.kohort"], { cwd: folder }).code, 0);
  writeFileSync(join(folder, "table.csv"), "id,a,bb,c\n1,2,3,x\n");
  expectFault({ name: "model_column_missing", code: 3, folder,
    args: ["predict", "table.csv", "--unit", "id", "--model-file", "model.kohort", "--out", "predictions.csv"] });
});
