// explain on a table that kohort has not made, for every kind of model.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { uniform } from "./kills.mjs";
import { readCsv } from "../support/csv.mjs";
import { freshFolder, kohort, write } from "../support/program.mjs";

const kRows = 500;
let folder;

/** y = 1 + 2 a - b, a third less in region x; d says nothing; b is missing here and there. */
before(() => {
  folder = freshFolder("explain");
  const random = uniform(5), lines = ["id,a,b,region,d,y"];
  for (let i = 0; i < kRows; ++i) {
    const a = random(), b = random(), region = "xyz"[Math.floor(3 * random())];
    const y = 1 + 2 * a - b - (region === "x" ? 1 / 3 : 0);
    lines.push([`u${i}`, a, i % 11 === 0 ? "" : b, region, random(), y].join(","));
  }
  write(join(folder, "table.csv"), `${lines.join("\n")}\n`);
});

const ok = (args) => {
  const run = kohort(args, { cwd: folder });
  assert.equal(run.code, 0, run.err);
  return run;
};
const fit = (model, ...settings) => {
  const file = `${model}.kohort`;
  ok(["fit", "table.csv", "--unit", "id", "--outcome", "y", "--model", model, "--set", ...settings, "--out", file]);
  return file;
};
const explain = (file, out, ...more) =>
  ok(["explain", "table.csv", "--unit", "id", "--outcome", "y", "--model-file", file, "--out", out, ...more]);
const csv = (...path) => readCsv(join(folder, ...path));

const near = (got, wanted, tolerance, what) => assert.ok(Math.abs(got - wanted) <= tolerance, `${what}: ${got}, not ${wanted}`);

const kinds = [
  ["boosting", 1e-5, ["n_estimators=40", "max_depth=4", "encoding=report"]],  // margins are floats, 40 added up
  ["random_forest", 1e-9, ["n_estimators=20"]],
  ["lasso", 1e-9, ["alpha=0.001"]],
  ["linear", 1e-9, ["max_iter=500"]],
];
for (const [model, tolerance, settings] of kinds) {
  test(`${model}: contributions add up to the predictions, importance finds what counts`, () => {
    const file = fit(model, ...settings);
    explain(file, model, "--contributions", "--format", "csv");
    ok(["predict", "table.csv", "--unit", "id", "--ignore", "y", "--model-file", file, "--out", "predictions.csv"]);
    const contributions = csv(model, "contributions.csv"), predictions = csv("predictions.csv");
    assert.deepEqual(Object.keys(contributions[0]), ["unit", "a", "b", "region", "d", "(bias)"]);
    assert.equal(contributions.length, kRows);
    contributions.forEach(({ unit, ...values }, i) => {
      assert.equal(unit, predictions[i].unit);
      const sum = Object.values(values).reduce((total, value) => total + Number(value), 0);
      near(sum, Number(predictions[i].prediction), tolerance, unit);
    });

    const importance = csv(model, "importance.csv");
    assert.deepEqual(importance.map((row) => row.predictor), ["a", "b", "region", "d"]);
    for (const row of importance) {
      const sizes = contributions.map((values) => Math.abs(Number(values[row.predictor])));
      near(Number(row.mean_abs_contribution), sizes.reduce((total, size) => total + size, 0) / kRows, 1e-12, row.predictor);
      const trees = model === "boosting" || model === "random_forest";
      assert.equal(row.weight !== "", trees);
      if (trees) near(Number(row.gain) * Number(row.weight), Number(row.total_gain), 1e-9 * Number(row.total_gain), "gain");
    }
    const [a, b] = importance;
    assert.ok(Number(a.permutation_mean) > Number(b.permutation_mean) && Number(b.permutation_mean) > 0.05);
    assert.ok(Number(a.permutation_sd) > 0);
    assert.equal(existsSync(join(folder, model, "coefficients.csv")), model === "lasso" || model === "linear");
  });
}

test("by feature, a category's indicators stand apart and add up to it", () => {
  const file = fit("boosting", "n_estimators=20", "encoding=report");
  explain(file, "whole", "--contributions", "--format", "csv");
  explain(file, "parts", "--contributions", "--format", "csv", "--by-feature");
  const whole = csv("whole", "contributions.csv"), parts = csv("parts", "contributions.csv");
  const indicators = Object.keys(parts[0]).filter((name) => name.startsWith("region="));
  assert.deepEqual(indicators.sort(), ["region=x", "region=y", "region=z"]);
  whole.forEach((row, i) => near(indicators.reduce((sum, name) => sum + Number(parts[i][name]), 0), Number(row.region), 1e-12, row.unit));
  assert.equal(csv("parts", "importance_by_feature.csv").length, 6);
  assert.deepEqual(readFileSync(join(folder, "parts", "importance.csv")), readFileSync(join(folder, "whole", "importance.csv")));
});

test("without an outcome there is no permutation, and one thread gives the bytes of two", () => {
  const file = fit("random_forest", "n_estimators=10");
  for (const threads of ["1", "2"])
    ok(["explain", "table.csv", "--unit", "id", "--ignore", "y", "--model-file", file, "--contributions", "--out", `on${threads}`, "--threads", threads]);
  assert.ok(csv("on1", "importance.csv").every((row) => row.permutation_mean === ""));
  for (const threads of ["1", "2"]) explain(file, `with${threads}`, "--threads", threads, "--repeats", "3");
  for (const [one, two, table] of [["on1", "on2", "importance.csv"], ["on1", "on2", "contributions.parquet"], ["with1", "with2", "importance.csv"]])
    assert.deepEqual(readFileSync(join(folder, one, table)), readFileSync(join(folder, two, table)), table);
});

test("an interaction that was planted is found, and said by name in every table", () => {
  const random = uniform(9), lines = ["id,a,b,c,region,y"];
  for (let i = 0; i < 800; ++i) {
    const [a, b, c] = [random() < 0.3, random() < 0.4, random() < 0.5].map(Number), region = "xyz"[Math.floor(3 * random())];
    lines.push([`u${i}`, a, b, c, region, 0.2 * a + 2 * a * b + (region === "x" ? c : 0) + 0.2 * random()].join(","));
  }
  write(join(folder, "planted.csv"), `${lines.join("\n")}\n`);
  const own = ["planted.csv", "--unit", "id"], terms = ["interactions=all", "thresholds=c > 0"];
  ok(["tune", ...own, "--outcome", "y", "--model", "lasso", "--set", "alpha=0.005", "--space", "interactions=none,all", "--draws", "2", "--folds", "3", "--out", "tuned"]);
  assert.equal(JSON.parse(readFileSync(join(folder, "tuned", "best.json"), "utf8")).interactions, "all");
  ok(["fit", ...own, "--outcome", "y", "--model", "lasso", "--set", "alpha=0.005", ...terms, "--out", "planted.kohort"]);
  ok(["predict", ...own, "--ignore", "y", "--model-file", "planted.kohort", "--out", "planted_predictions.csv"]);
  ok(["explain", ...own, "--outcome", "y", "--model-file", "planted.kohort", "--out", "planted", "--contributions", "--format", "csv", "--by-feature",
    "--path", "--alphas", "0.005,0.1", "--set", ...terms]);
  const coefficients = csv("planted", "coefficients.csv");
  const size = (name) => Number(coefficients.find((row) => (row.level ? `${row.predictor}=${row.level}` : row.predictor) === name)?.coefficient);
  assert.ok(size("a:b") > 0.5 && size("c:region=x") > 0.3, JSON.stringify(coefficients));
  assert.ok(Math.abs(size("a:c")) < 0.05 && Math.abs(size("c > 0")) < 0.2);
  const predictions = readCsv(join(folder, "planted_predictions.csv")), contributions = csv("planted", "contributions.csv");
  assert.ok("a:b" in contributions[0] && "c:region=x" in contributions[0]);
  contributions.forEach(({ unit, ...values }, i) =>
    near(Object.values(values).reduce((sum, value) => sum + Number(value), 0), Number(predictions[i].prediction), 1e-9, unit));
  const [a] = csv("planted", "importance.csv");
  assert.equal(a.predictor, "a");
  const path = csv("planted", "path.csv");
  near(Number(path[1]["a:b"]), size("a:b"), 1e-3, "the path at the model's alpha");

  const released = kohort(["release", ...own, "--outcome", "y", "--model-file", "planted.kohort", "--min-count", "200", "--out", "released.kohort"], { cwd: folder });
  assert.equal(released.code, 5, released.err);
  assert.match(released.err, /'a:b'/);
  const refused = kohort(["fit", ...own, "--outcome", "y", "--model", "lasso", "--set", "interactions=a:bb", "--out", "no.kohort"], { cwd: folder });
  assert.equal(refused.code, 2);
  assert.match(refused.err, /interactions: there is no predictor 'bb'\n {3}mend: Known: a, b, c, region/);
});

test("a LASSO's coefficients and their path", () => {
  const file = fit("lasso", "alpha=0.01", "tol=1e-12");
  explain(file, "path", "--path", "--alphas", "0.01,0.1,10", "--set", "tol=1e-12");
  const path = csv("path", "path.csv"), coefficients = csv("path", "coefficients.csv");
  assert.deepEqual(path.map((row) => Number(row.alpha)), [10, 0.1, 0.01]);
  const names = coefficients.map(({ predictor, level }) => (level ? `${predictor}=${level}` : predictor));
  assert.deepEqual(Object.keys(path[0]), ["alpha", "converged", ...names]);
  coefficients.forEach((row, k) => near(Number(path[2][names[k]]), Number(row.coefficient), 1e-6, names[k]));  // a warm start
  names.slice(1).forEach((name) => assert.equal(Number(path[0][name]), 0));
  const entered = (row) => names.slice(1).filter((name) => Number(row[name]) !== 0).length;
  assert.ok(entered(path[1]) >= 1 && entered(path[1]) < entered(path[2]));

  explain(file, "whole_path", "--path");
  const whole = csv("whole_path", "path.csv");
  assert.equal(whole.length, 100);
  assert.equal(entered(whole[0]), 0);
});

test("a path under a model's own objective", () => {
  const [header, ...lines] = readFileSync(join(folder, "table.csv"), "utf8").trim().split("\n");
  const at = header.split(",").indexOf("y");
  const events = lines.map((line) => line.split(",").map((cell, k) => (k === at ? Number(cell > 0) : cell)).join(","));
  write(join(folder, "events.csv"), `${[header, ...events].join("\n")}\n`);
  const own = ["events.csv", "--unit", "id", "--outcome", "y"], tight = ["--set", "tol=1e-10"];
  ok(["fit", ...own, "--model", "lasso", "--objective", "logistic", ...tight, "alpha=0.02", "--out", "logistic.kohort"]);
  ok(["explain", ...own, "--model-file", "logistic.kohort", "--out", "logistic_path", "--path", "--alphas", "0.02,0.1", ...tight]);
  const path = csv("logistic_path", "path.csv"), coefficients = csv("logistic_path", "coefficients.csv");
  assert.ok(coefficients.filter((row) => Number(row.coefficient) !== 0).length > 2);
  coefficients.forEach(({ predictor, level, coefficient }) =>
    near(Number(path[1][level ? `${predictor}=${level}` : predictor]), Number(coefficient), 1e-6, predictor));
});

test("a regression's standard errors, deviance and AIC, printed and as a table", () => {
  const lines = readFileSync(join(folder, "table.csv"), "utf8").trim().split("\n");
  write(join(folder, "families.csv"), `${lines.map((line, i) => `${line},${i === 0 ? "family" : i % 40}`).join("\n")}\n`);
  const run = ok(["fit", "families.csv", "--unit", "id", "--outcome", "y", "--ignore", "b", "--model", "linear", "--cluster", "family", "--set",
    "transform=none", "standard_errors=cluster", "reference=region=y", "--out", "regression.kohort"]);
  assert.match(run.out, /deviance \S+ on 495 degrees of freedom, null deviance \S+, log likelihood \S+, AIC \S+; 40 clusters/);
  const explained = explain("regression.kohort", "regression");
  const rows = csv("regression", "coefficients.csv"), of = (name, level = "") => rows.find((row) => row.predictor === name && row.level === level);
  assert.deepEqual(Object.keys(rows[0]),
    ["predictor", "level", "coefficient", "scale", "mean", "std_error", "statistic", "p_value", "conf_low", "conf_high"]);
  near(Number(of("a").coefficient), 2, 5 * Number(of("a").std_error), "a");
  near(Number(of("region", "x").coefficient), -1 / 3, 0.2, "x against y");
  assert.equal(Number(of("region", "y").coefficient), 0);
  assert.equal(of("region", "y").std_error, "");
  for (const row of rows.filter((row) => row.std_error !== "")) {
    near(Number(row.statistic), Number(row.coefficient) / Number(row.std_error), 1e-9 * Math.abs(Number(row.statistic)), row.predictor);
    near((Number(row.conf_low) + Number(row.conf_high)) / 2, Number(row.coefficient), 1e-9, row.predictor);
  }
  assert.match(explained.out, /^ +coefficient +std_error +t +p_value +95 % interval$/m);
  assert.match(explained.out, /^ +region=x +\S+ +\S+ +\S+ +\S+ +\S+ to \S+$/m);
  const lasso = fit("lasso", "alpha=0.001");
  explain(lasso, "no_errors");
  assert.ok(csv("no_errors", "coefficients.csv").every((row) => row.std_error === ""));
});
