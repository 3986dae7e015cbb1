// The study of the real register from its raw files to the report, and its numbers against those kept beside this
// file. Aggregates only: nothing here prints a row. Environment: KOHORT, KOHORT_DATA, KOHORT_STUDIES, KOHORT_WORK.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const { KOHORT, KOHORT_DATA, KOHORT_STUDIES, KOHORT_WORK } = process.env;
const raw = join(KOHORT_DATA, "chicago-police-register");
const registers = join(KOHORT_WORK, "registers");
const study = join(KOHORT_STUDIES, "chicago-complaints.yaml");
const kept = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf8"));
const places = ["--registers", registers, "--runs", join(KOHORT_WORK, "runs")];

function kohort(...words) {
  const { status, stdout, stderr } = spawnSync(KOHORT, words, { encoding: "utf8", maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}

const near = (mine, old, what) => assert.ok(Math.abs(mine - old) <= 1e-6, `${what} was ${old}, is ${mine}`);

function export_words(fit) {
  const name = { lasso: "lasso", random_forest: "forest", boosting: "xgboost" }[fit.kind];
  return ["export", study, ...places, "--model", name, "--outcome", fit.outcome, "--from", String(fit.predict_from),
    "--horizon", String(fit.horizon), "--format", "csv"];
}

test("the raw files are those the numbers were made from", () => {
  for (const [file, sum] of Object.entries(kept.raw_sha256)) {
    assert.equal(createHash("sha256").update(readFileSync(join(raw, file))).digest("hex"), sum, file);
  }
});

test("raw files become registers, none of their rows lost", () => {
  rmSync(KOHORT_WORK, { recursive: true, force: true });
  mkdirSync(KOHORT_WORK, { recursive: true });
  const done = kohort("import", join(KOHORT_STUDIES, "chicago/schema.yaml"), "--from", raw, "--out", registers);
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /complaints: 244 436 rows read, 244 436 kept, 0 in quarantine/);
});

test("a prediction that was not made yet cannot be exported, and the message says how to make it", () => {
  const done = kohort(...export_words(kept.fits[0]));
  assert.equal(done.status, 2);
  assert.match(done.stderr, /the study has not made this prediction yet[^]*kohort run/);
});

test("the study runs to its report", () => {
  const done = kohort("run", study, ...places);
  assert.equal(done.status, 0, done.stderr);
  assert.ok(existsSync(/^report: (.*)$/m.exec(done.stdout)[1]));
});

test("a prediction that the study does not make is refused with exit code 2", () => {
  const words = export_words(kept.fits[0]);
  words[words.indexOf("--horizon") + 1] = "9";
  const done = kohort(...words);
  assert.equal(done.status, 2);
  assert.match(done.stderr, /the study predicts no all_complaints of 2016 from 2007 with lasso/);
});

for (const fit of kept.fits) {
  test(`${fit.kind}: settings, numbers of persons, mean prediction and correlation are those kept`, () => {
    const done = kohort(...export_words(fit));
    assert.equal(done.status, 0, done.stderr);
    const folder = /^matrix: (.*)$/m.exec(done.stdout)[1];
    const mine = JSON.parse(readFileSync(join(folder, "fit.json"), "utf8"));
    const known = Object.keys(fit.settings);  // a setting that came later leaves the numbers as they were, or they tell
    assert.deepEqual(Object.fromEntries(known.map((name) => [name, mine.settings[name]])), fit.settings);
    assert.equal(mine.features, fit.features);
    assert.equal(mine.training.n, fit.training_n);
    assert.equal(mine.predicted.n, fit.predicted_n);
    near(mine.predicted.mean_prediction, fit.mean_prediction, "mean prediction");
    near(mine.predicted.correlation, fit.correlation, "correlation");
    for (const file of readdirSync(folder)) {
      assert.equal(statSync(join(folder, file)).mode & 0o077, 0, `others may read ${file}`);
    }
  });
}
