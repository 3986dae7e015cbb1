// A tiny study from synthetic registers to its report: what it leaves, some of its numbers, and that it is made once.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyOf, filesBelow, freshFolder, kohort, leftovers, start, syntheticRegisters, tablesOf } from "../support/program.mjs";
import { readCsv } from "../support/csv.mjs";
import { writeStudy } from "../support/tiny_study.mjs";

const kOperations = 55;  // 4 predictor tables, outcomes, 6 searches, 12 fits with their predictions, tables, report
const made = (count) => new RegExp(`^operations: ${count} made, ${kOperations - count} done before`, "m");
let folder, study, runs, first;

before(() => {
  syntheticRegisters("tiny", 3000);
  folder = freshFolder("study");
  study = writeStudy(folder);
  runs = join(folder, "runs");
  first = kohort(["run", study, "--runs", runs, "--threads", "2"]);
});

describe("a study run for the first time", () => {
  test("ends well, with key figures and the report's path", () => {
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, made(kOperations));
    assert.match(first.out, /^correlation of predicted and actual, all_charges, 2 years ahead: -?0\.\d/m);
    assert.ok(first.out.trimEnd().endsWith(join(runs, "tiny", "published", "report.html")));
  });

  test("leaves a report, and tables as Parquet and CSV", () => {
    const report = readFileSync(join(runs, "tiny", "published", "report.html"), "utf8");
    assert.match(report, /<title>[^<]*A tiny study/);
    assert.doesNotMatch(report, /(src|href)="https?:/);
    const tables = Object.keys(tablesOf(join(runs, "tiny")));
    for (const name of ["attrition", "calibration_curve", "correlation", "cv_results", "forecast", "scores", "top_share"]) {
      assert.ok(tables.includes(`${name}.parquet`) && tables.includes(`${name}.csv`), tables.join(" "));
    }
    assert.deepEqual(leftovers(join(runs, "tiny")), []);
  });

  // 1 700 persons of whom about 20 are charged, a few of them often: a year's mean has a relative standard error of about
  // one half. Isotonic curves fitted on as few move the mean further than the models do.
  test("predicts counts of the size of what happened", () => {
    const rows = readCsv(join(runs, "tiny", "published", "tables", "forecast.csv"))
      .filter((row) => row.group_by === "nation" && row.outcome === "all_charges");
    assert.equal(rows.length, 3 * 2 * 3);  // models, horizons, calibrations: none and two
    for (const row of rows) {
      const predicted = Number(row.mean_predicted), actual = Number(row.mean_actual);
      const factor = row.calibration === "none" ? 3 : 6;
      assert.ok(predicted > actual / factor && predicted < factor * actual && actual < 1, JSON.stringify(row));
    }
  });

  test("keeps what it makes for its owner's eyes", () => {
    for (const file of filesBelow(join(runs, "tiny"))) {
      assert.equal(statSync(join(runs, "tiny", file)).mode & 0o077, 0, file);
    }
  });
});

describe("a study run again", () => {
  test("makes nothing", () => {
    const again = kohort(["run", study, "--runs", runs]);
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, made(0));
  });

  test("has a plan that says so", () => {
    const plan = kohort(["plan", study, "--runs", runs]);
    assert.equal(plan.code, 0, plan.err);
    assert.match(plan.out, new RegExp(`${kOperations} operations`));
  });

  test("makes anew what its settings change, and no more", () => {
    const changed = writeStudy(freshFolder("study-changed"), [["min_samples_leaf: [5, 10]", "min_samples_leaf: [6, 12]"]]);
    const copy = copyOf(runs, join(folder, "runs-changed"));
    const run = kohort(["run", changed, "--runs", copy]);
    assert.equal(run.code, 0, run.err);
    const count = Number(run.out.match(/operations: (\d+) made/)[1]);
    assert.ok(count > 0 && count < kOperations / 2, run.out);
  });

  test("finds a damaged artifact and makes it anew, to the same tables", () => {
    const copy = copyOf(runs, join(folder, "runs-damaged"));
    const victims = filesBelow(join(copy, "tiny")).filter((file) => /^(predict|train)\/.*(parquet|model[^/]*)$/.test(file));
    assert.ok(victims.length >= 2);
    for (const victim of [victims[0], victims.at(-1)]) {
      const bytes = readFileSync(join(copy, "tiny", victim));
      bytes[bytes.length >> 1] ^= 1;
      writeFileSync(join(copy, "tiny", victim), bytes);
    }
    const run = kohort(["run", study, "--runs", copy]);
    assert.equal(run.code, 0, run.err);
    assert.match(run.out, made(2));
    assert.deepEqual(tablesOf(join(copy, "tiny")), tablesOf(join(runs, "tiny")));
  });
});

describe("the same study elsewhere", () => {
  test("has the same tables on one thread", () => {
    const run = kohort(["run", study, "--runs", join(folder, "runs-1"), "--threads", "1"]);
    assert.equal(run.code, 0, run.err);
    assert.deepEqual(tablesOf(join(folder, "runs-1", "tiny")), tablesOf(join(runs, "tiny")));
  });

  test("is shared by two processes on one run folder", async () => {
    const args = ["run", study, "--runs", join(folder, "runs-shared"), "--threads", "1"];
    const [one, two] = await Promise.all([start(args).ended, start(args).ended]);
    assert.equal(one.code, 0, one.err);
    assert.equal(two.code, 0, two.err);
    assert.deepEqual(tablesOf(join(folder, "runs-shared", "tiny")), tablesOf(join(runs, "tiny")));
    assert.deepEqual(leftovers(join(folder, "runs-shared")), []);
  });
});

test("a study may draw whole paths, go on near the best, race, and fit counts as counts", () => {
  const wish = writeStudy(freshFolder("study-paths"), [["folds: 2, draws: 2", "folds: 3, draws: 1, paths: true, near: 1, racing: true"],
    ["{kind: lasso,", "{kind: lasso, objective: poisson,"]]);
  const run = kohort(["run", wish, "--runs", join(folder, "runs-paths")]);
  assert.equal(run.code, 0, run.err);
  const tables = join(folder, "runs-paths", "tiny", "published", "tables");
  const tried = readCsv(join(tables, "cv_results.csv")).filter((row) => row.model === "xgboost" && row.outcome === "all_charges");
  const rest = tried.map((row) => row.params.replace(/n_estimators=\d+/, ""));
  assert.equal(rest[0], rest[1], "both n_estimators of one draw");
  assert.ok(tried.length > 2 && rest[2] !== rest[0], "and a draw near the best");
  const counts = readCsv(join(tables, "forecast.csv")).filter((row) => row.model === "lasso" && row.calibration === "none");
  assert.ok(counts.length > 0 && counts.every((row) => row.mean_predicted === "" || Number(row.mean_predicted) >= 0));
});

test("a study's regression of rare counts ends, and keeps how well it fits, with its persons as clusters", () => {
  const wish = writeStudy(freshFolder("study-regression"),
    [["{kind: lasso, label: LASSO, space: {alpha: [0.001, 0.01]}}", "{kind: linear, objective: poisson, settings: {standard_errors: cluster}}"]]);
  const made = join(wish, "..", "runs"), run = kohort(["run", wish, "--runs", made]);
  assert.equal(run.code, 0, run.err);
  const models = filesBelow(made).filter((file) => file.endsWith("model.kohort")).map((file) => readFileSync(join(made, file), "latin1"));
  const regressions = models.filter((bytes) => bytes.includes("settings.standard_errors"));
  assert.ok(regressions.length >= 4 && regressions.length < models.length);  // two outcomes, two horizons
  for (const bytes of regressions) for (const name of ["deviance", "aic", "clusters"]) assert.ok(bytes.includes(`fit.${name}`), name);
});

test("no predictor of the study moves when its future is altered", () => {
  const run = kohort(["check", "--leakage", study, "--runs", join(folder, "runs-check"), "--years", "2014"]);
  assert.equal(run.code, 0, run.err);
  assert.match(run.out, /^2014, everything known later /m);
  assert.ok(existsSync(study));
});
