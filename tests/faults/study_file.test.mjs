// Wrong study files: the whole message, the exit code, and a run folder without anything half made.
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { checkMessage } from "../support/messages.mjs";
import { filesBelow, freshFolder, kohort, syntheticRegisters, write } from "../support/program.mjs";
import { writeStudy } from "../support/tiny_study.mjs";

syntheticRegisters("tiny", 3000);

/** name of the golden file, exit code, what is changed in the tiny study. */
const cases = [
  ["unknown_key", 2, [["population:", "populaton:"]]],
  ["duplicate_key", 2, [["seed: 7", "seed: 7\nseed: 8"]]],
  ["bad_type", 2, [["seed: 7", "seed: seven"]]],
  ["bad_yaml", 2, [["population: {unit: person,", "population: [unit: person,"]]],
  ["missing_key", 2, [["population: {unit: person, at: 12-31, where: age between 15 and 84}\n", ""]]],
  ["name_with_slash", 2, [["study: tiny", "study: ../tiny"]]],
  ["missing_store", 2, [["registers: ../tiny/registers", "registers: nowhere/registers"]]],
  ["unknown_register", 2, [["from: residence", "from: residense"]]],
  ["unknown_column", 2, [["at_index: sex", "at_index: sexx"]]],
  ["unknown_predictor_set", 2, [["predictors:\n", "predictors:\n  - norway-table-22\n"]]],
  ["unknown_predictor_key", 2, [["    windows: [1y, 3y, ever]", "    window: [1y, 3y, ever]"]]],
  ["bad_window", 2, [["[1y, 3y, ever]", "[1y, three, ever]"]]],
  ["unknown_column_in_condition", 2, [["'offence_group in (\"4\", \"5\")'", "'offense_group in (\"4\", \"5\")'"]]],
  ["bad_condition", 2, [["where: age between 15 and 84", "where: age between 15"]]],
  ["unknown_model_kind", 2, [["kind: boosting", "kind: boostin"]]],
  ["unknown_setting", 2, [["settings: {n_estimators: 10}", "settings: {n_estimator: 10}"]]],
  ["setting_out_of_range", 2, [["learning_rate: [0.1, 0.2]", "learning_rate: [0.1, 7]"]]],
  ["objective_of_another_kind", 2, [["kind: random_forest\n", "kind: random_forest\n    objective: poisson\n"]]],
  ["objective_logistic_of_a_count", 2, [["kind: boosting\n", "kind: boosting\n    objective: logistic\n"]]],
  ["setting_no_number", 2, [["alpha: [0.001, 0.01]", "alpha: [0.001, many]"]]],
  ["setting_of_another_objective", 2, [["settings: {n_estimators: 10}", "settings: {n_estimators: 10, criterion: entropy}"]]],
  ["unknown_score", 2, [["score: neg_mean_squared_error", "score: neg_mean_square_error"]]],
  ["too_few_folds", 2, [["folds: 2", "folds: 1"]]],
  ["raced_and_halved", 2, [["folds: 2", "racing: true, halving: true, folds: 2"]]],
  ["impossible_horizon", 2, [["horizons: [2, 3]", "horizons: [0, 3]"]]],
  ["falling_horizons", 2, [["horizons: [2, 3]", "horizons: [3, 2]"]]],
  ["horizon_past_the_registers", 2, [["horizons: [2, 3]", "horizons: [2, 30]"]]],
  ["year_before_the_registers", 2, [["from: 2014", "from: 1961"]]],
  ["look_into_the_future", 4, [["- forecast_path: {from: 2014, horizons: [2, 3], by: [nation, age_group]}",
    "- freshness: {predict: 2019, from: 2016, trained_on: [2015, 2018]}"]]],
  ["unknown_group_level", 2, [["Bergen: \"4601\"", "Bergen: \"46O1\""]]],
  ["unknown_group_predictor", 2, [["of: charges_count_ever", "of: charge_count_ever"]]],
  ["labels_do_not_fit_bands", 2, [["labels: [\"no\", \"yes\"]", "labels: [\"no\"]"]]],
  ["unknown_group", 2, [["[2, 3], by: [nation, age_group]", "[2, 3], by: [nation, age_grup]"]]],
  ["unknown_analysis", 2, [["- forecast_path:", "- forcast_path:"]]],
  ["min_cell_below_the_floor", 2, [["seed: 7", "seed: 7\npublish: {min_cell: 2}"]]],
];

for (const [name, code, changes] of cases) {
  test(`a study file with ${name.replaceAll("_", " ")}`, () => {
    const folder = freshFolder(`fault-${name}`);
    const run = kohort(["run", writeStudy(folder, changes), "--runs", join(folder, "runs")]);
    checkMessage(name, run, folder);
    assert.equal(run.code, code);
    assert.equal(run.out, "");
    assert.deepEqual(filesBelow(join(folder, "runs")), []);
  });
}

test("a study whose population is empty", () => {
  const folder = freshFolder("fault-empty_population");
  const study = writeStudy(folder, [["age between 15 and 84", "age between 115 and 120"]]);
  const run = kohort(["run", study, "--runs", join(folder, "runs")]);
  checkMessage("empty_population", run, folder);
  assert.equal(run.code, 2);
  assert.deepEqual(filesBelow(join(folder, "runs")).filter((file) => !file.endsWith(".lock")), []);
});

test("a study file that is not there", () => {
  const folder = freshFolder("fault-missing_study");
  const run = kohort(["run", join(folder, "stuudy.yaml"), "--runs", join(folder, "runs")]);
  checkMessage("missing_study", run, folder);
  assert.equal(run.code, 2);
});

test("a study file that is no text", () => {
  const folder = freshFolder("fault-study_no_text");
  const run = kohort(["run", write(join(folder, "study.yaml"), "\x00\x01\x02PAR1\xff"), "--runs", join(folder, "runs")]);
  checkMessage("study_no_text", run, folder);
  assert.equal(run.code, 2);
});
