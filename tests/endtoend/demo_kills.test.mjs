// The demo study, killed twenty times. Hours on two cores: label `long`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { killAndFinish } from "./kills.mjs";
import { freshFolder, kohort, tablesOf } from "../support/program.mjs";

test("kill -9 twenty times in the demo study: every restart finishes, to the same tables on 1 and 2 threads", async (t) => {
  const folder = freshFolder("demo-killed");
  const made = kohort(["synth", "--out", folder, "--persons", "30000", "--first-year", "1990", "--last-year", "2020",
    "--seed", "1"]);
  assert.equal(made.code, 0, made.err);
  const args = ["run", join(process.env.KOHORT_STUDIES, "demo.yaml"), "--registers", join(folder, "registers")];
  const struck = await killAndFinish({ args, name: "demo", folder, kills: 20, seed: 2, say: (line) => t.diagnostic(line) });
  assert.equal(struck, 20);

  const single = kohort([...args, "--runs", join(folder, "single"), "--threads", "1"]);
  assert.equal(single.code, 0, single.err);
  assert.deepEqual(tablesOf(join(folder, "single", "demo")), tablesOf(join(folder, "undisturbed", "demo")));
});
