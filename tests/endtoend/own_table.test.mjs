// tune, fit, predict and evaluate on a table that kohort has not made.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { uniform } from "./kills.mjs";
import { readCsv } from "../support/csv.mjs";
import { freshFolder, kohort, start, write } from "../support/program.mjs";

const kRows = 600;
let folder, table;

/** y = 1 + 2 a - b, plus a little noise; c is a category that says nothing. Linear models see log1p of a and b, so that
 * they come near y and not all the way. */
function linearTable() {
  const random = uniform(3), lines = ["id,a,b,c,y"];
  for (let i = 0; i < kRows; ++i) {
    const a = random(), b = random(), noise = 0.01 * (random() - 0.5);
    lines.push([`u${i}`, a, b, "xyz"[Math.floor(3 * random())], 1 + 2 * a - b + noise].join(","));
  }
  return `${lines.join("\n")}\n`;
}

before(() => {
  folder = freshFolder("own-table");
  table = write(join(folder, "table.csv"), linearTable());
});

const ok = (args) => {
  const run = kohort(args, { cwd: folder });
  assert.equal(run.code, 0, run.err);
  return run;
};

test("tune finds the smallest penalty where there is nothing to shrink, and fit, predict and evaluate go on with it", () => {
  const common = ["--outcome", "y", "--unit", "id"];
  ok(["tune", table, ...common, "--model", "lasso", "--space", "alpha=0.001,0.1", "--draws", "2", "--folds", "3", "--out", "tuned"]);
  const best = JSON.parse(readFileSync(join(folder, "tuned", "best.json"), "utf8"));
  assert.equal(best.alpha, "0.001");
  assert.equal(readCsv(join(folder, "tuned", "cv_results.csv")).length, 2);

  ok(["fit", table, ...common, "--model", "lasso", "--settings", "tuned/best.json", "--out", "model.kohort"]);
  ok(["predict", table, "--unit", "id", "--ignore", "y", "--model-file", "model.kohort", "--out", "predictions.csv"]);
  ok(["predict", table, "--unit", "id", "--ignore", "y", "--model-file", "model.kohort", "--out", "predictions.parquet"]);
  assert.ok(existsSync(join(folder, "predictions.parquet")));
  const predictions = readCsv(join(folder, "predictions.csv"));
  const truth = readCsv(table);
  assert.equal(predictions.length, kRows);
  for (let i = 0; i < kRows; ++i) {
    assert.equal(predictions[i].unit ?? predictions[i].id, truth[i].id);
    assert.ok(Math.abs(Number(predictions[i].prediction) - Number(truth[i].y)) < 0.25, JSON.stringify([predictions[i], truth[i]]));
  }

  const joined = truth.map((row, i) => `${row.y},${predictions[i].prediction},${row.c}`);
  write(join(folder, "joined.csv"), `y,prediction,c\n${joined.join("\n")}\n`);
  ok(["evaluate", "joined.csv", "--outcome", "y", "--by", "c", "--out", "evaluated"]);
  const [nation] = readCsv(join(folder, "evaluated", "correlation.csv"));
  assert.ok(Number(nation.correlation) > 0.99, nation.correlation);
});

test("a column of numbers with a text among them is named, unless it is said to be a category", () => {
  const lines = linearTable().trim().split("\n").map((line) => line.split(","));
  lines[7][1] = "secret";
  write(join(folder, "stray.csv"), `${lines.map((line) => line.join(",")).join("\n")}\n`);
  const fit = (...more) => ok(["fit", "stray.csv", "--outcome", "y", "--unit", "id", "--model", "boosting", "--out", "stray.kohort", ...more]).err;
  const said = fit();
  assert.match(said, /warning: column 'a' holds numbers but for 1 of 600 cells, the first in row 7 below the header/);
  assert.ok(!said.includes("secret") && !said.includes("'c'"), said);
  assert.ok(!fit("--categories", "a").includes("warning"));
});

for (const [model, settings] of [["boosting", ["n_estimators=30", "max_depth=3"]], ["random_forest", ["n_estimators=20"]]]) {
  test(`${model} has the same bytes on one and two threads`, () => {
    const fit = (threads) => {
      const file = `${model}-${threads}.kohort`;
      ok(["fit", table, "--outcome", "y", "--unit", "id", "--model", model, "--set", ...settings, "--threads", threads, "--out", file]);
      return readFileSync(join(folder, file));
    };
    assert.deepEqual(fit("1"), fit("2"));
  });
}

test("Poisson boosting with an exposure predicts each group's own rate, and totals that add up", () => {
  const rows = Array.from({ length: 600 }, (_, i) => {
    const exposure = 1 + (i % 5), group = i % 2 === 0 ? "often" : "seldom";
    return { i, exposure, group, n: group === "often" ? 2 * exposure : exposure % 2 };
  });
  write(join(folder, "exposed.csv"), `id,exposure,group,n\n${rows.map((r) => `${r.i},${r.exposure},${r.group},${r.n}`).join("\n")}\n`);
  const common = ["exposed.csv", "--unit", "id", "--exposure", "exposure"];
  const settings = ["n_estimators=200", "reg_lambda=0", "max_delta_step=0", "max_cat_to_onehot=4"];
  ok(["fit", ...common, "--outcome", "n", "--model", "boosting", "--objective", "poisson", "--set", ...settings, "--out", "rates.kohort"]);
  ok(["predict", ...common, "--ignore", "n", "--model-file", "rates.kohort", "--out", "exposed_predictions.csv"]);
  const predicted = readCsv(join(folder, "exposed_predictions.csv")).map((row) => Number(row.prediction));
  for (const group of ["often", "seldom"]) {
    const mine = rows.filter((r) => r.group === group);
    const rate = mine.reduce((sum, r) => sum + r.n, 0) / mine.reduce((sum, r) => sum + r.exposure, 0);
    // boosting stops splitting once a split gains less than 1e-6 of 600 rows' loss: within a per cent of the rate
    for (const r of mine) assert.ok(Math.abs(predicted[r.i] / r.exposure / rate - 1) < 0.01, `${predicted[r.i]} of ${rate}`);
  }
});

test("a search that was killed goes on where it was, to the same table", async () => {
  const search = (out) => ["tune", table, "--outcome", "y", "--unit", "id", "--model", "boosting", "--set", "n_estimators=400",
    "--space", "max_depth=3,4,5,6", "--draws", "4", "--folds", "3", "--out", out];
  ok(search("whole"));

  const journal = join(folder, "killed", "search.journal");
  const lines = () => (existsSync(journal) ? readFileSync(journal, "utf8").split("\n").filter((line) => line).length : 0);
  const running = start(search("killed"), { cwd: folder });
  while (lines() < 2) await pause(5);
  running.child.kill("SIGKILL");
  assert.equal((await running.ended).signal, "SIGKILL");

  const done = lines();
  const again = ok(search("killed"));
  const found = Number(/4 configurations on 3 folds: 12 scores from 12 fits, (\d+) of them done before/.exec(again.out)[1]);
  assert.ok(found >= done - 1 && found < 12, `${found} of ${done} lines were used`);
  for (const file of ["cv_results.csv", "cv_results.parquet", "best.json"])
    assert.deepEqual(readFileSync(join(folder, "killed", file)), readFileSync(join(folder, "whole", file)), file);
});

test("a model goes to XGBoost's JSON and back, and predicts the same from each file", () => {
  for (const [model, settings] of [["boosting", ["n_estimators=20", "max_depth=3"]], ["random_forest", ["n_estimators=15", "max_depth=4"]]]) {
    const bytes = (file) => readFileSync(join(folder, file));
    const predict = (file) => {
      ok(["predict", table, "--unit", "id", "--ignore", "y", "--model-file", file, "--out", `${file}.csv`]);
      return bytes(`${file}.csv`);
    };
    ok(["fit", table, "--outcome", "y", "--unit", "id", "--model", model, "--set", ...settings, "--out", `${model}.kohort`]);
    const { out } = ok(["convert", `${model}.kohort`, "--out", `${model}.json`]);
    assert.equal(out, `${model} of 3 predictors: ${model}.json\n`);
    ok(["convert", `${model}.json`, "--out", `${model}-back.kohort`]);
    assert.deepEqual(bytes(`${model}-back.kohort`), bytes(`${model}.kohort`));
    assert.deepEqual(predict(`${model}.json`), predict(`${model}.kohort`));

    const { learner } = JSON.parse(bytes(`${model}.json`));
    assert.equal(learner.gradient_booster.name, "gbtree");
    const { record } = JSON.parse(learner.attributes.kohort);
    assert.equal(record.outcome, "y");
    assert.equal(record.rows, String(kRows));
    assert.equal(record["settings.n_estimators"], settings[0].split("=")[1]);
  }
});

test("a model is released when all of it stands on enough rows, and predicts the same; else nothing is written", () => {
  const fit = (settings, out) => ok(["fit", table, "--outcome", "y", "--unit", "id", "--model", "random_forest", "--set", "n_estimators=10", ...settings, "--out", out]);
  const release = (model, out) => kohort(["release", table, "--outcome", "y", "--unit", "id", "--model-file", model, "--min-count", "15", "--out", out], { cwd: folder });
  fit(["min_samples_leaf=15"], "fine-steps.kohort");
  const refused = release("fine-steps.kohort", "refused.kohort");
  assert.equal(refused.code, 5, refused.err);
  assert.match(refused.err, /steps of column 'a': [0-9 ]+ of [0-9 ]+ stand on fewer than 15 rows\n/);
  assert.ok(!refused.err.includes("leaves:"), refused.err);
  assert.ok(!existsSync(join(folder, "refused.kohort")));

  fit(["min_samples_leaf=15", "min_data_in_bin=15"], "coarse.kohort");
  const released = release("coarse.kohort", "released.json");
  assert.equal(released.code, 0, released.err);
  const record = JSON.parse(JSON.parse(readFileSync(join(folder, "released.json"), "utf8")).learner.attributes.kohort).record;
  assert.equal(record["release.min_count"], "15");
  for (const file of ["coarse.kohort", "released.json"])
    ok(["predict", table, "--unit", "id", "--ignore", "y", "--model-file", file, "--out", `${file}.csv`]);
  assert.deepEqual(readFileSync(join(folder, "released.json.csv")), readFileSync(join(folder, "coarse.kohort.csv")));
});

test("a person in several rows counts once before release", () => {
  const twice = "twice.csv", [header, ...rows] = readFileSync(table, "utf8").trim().split("\n");
  writeFileSync(join(folder, twice), `${header},person\n${rows.flatMap((row, i) => [`${row},${i}`, `${row},${i}`]).join("\n")}\n`);
  const fit = (least, out) => ok(["fit", twice, "--outcome", "y", "--unit", "id", "--ignore", "person", "--model", "random_forest",
    "--set", "n_estimators=10", `min_samples_leaf=${least}`, `min_data_in_bin=${least}`, "--out", out]);
  const release = (model, how) => kohort(["release", twice, "--outcome", "y", "--unit", "id", ...how, "--model-file", model,
    "--min-count", "15", "--out", "of-persons.json"], { cwd: folder });
  fit(15, "of-rows.kohort");
  const refused = release("of-rows.kohort", ["--persons", "person"]);
  assert.equal(refused.code, 5, refused.err);
  assert.match(refused.err, /leaves: [0-9 ]+ of [0-9 ]+ stand on fewer than 15 persons\n/);
  assert.equal(release("of-rows.kohort", ["--ignore", "person"]).code, 0);

  ok(["fit", twice, "--outcome", "y", "--unit", "id", "--ignore", "person", "--model", "random_forest",
    "--set", "n_estimators=10", "min_samples_leaf=60", "--out", "fine.kohort"]);
  assert.match(release("fine.kohort", ["--persons", "person"]).err, /steps of column 'a'/);
  const joined = release("fine.kohort", ["--persons", "person", "--join-steps"]);
  assert.equal(joined.code, 0, joined.err);
  assert.match(joined.out, /[0-9 ]+ steps joined to a neighbour; [0-9 ]+ rows? of the fit predicted otherwise, by [0-9.]+ at most/);

  fit(40, "of-persons.kohort");
  const released = release("of-persons.kohort", ["--persons", "person"]);
  assert.equal(released.code, 0, released.err);
  const record = JSON.parse(JSON.parse(readFileSync(join(folder, "of-persons.json"), "utf8")).learner.attributes.kohort).record;
  assert.equal(record["release.persons"], "person");
});
