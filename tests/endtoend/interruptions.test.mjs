// Studies that are stopped politely and studies that are not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { killAndFinish } from "./kills.mjs";
import { freshFolder, kohort, leftovers, start, syntheticRegisters, tablesOf } from "../support/program.mjs";
import { writeStudy } from "../support/tiny_study.mjs";

syntheticRegisters("tiny", 3000);

/** Sends the signal once the run has begun its operations; what it says and leaves. */
async function interrupted(signal, args, runs) {
  const { child, ended } = start([...args, "--runs", runs]);
  let begun = "";
  await new Promise((resolve) => child.stderr.on("data", (bytes) => /operations/.test(begun += bytes) && resolve()));
  await pause(150);
  child.kill(signal);
  return ended;
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} ends a run with 75, and the next run goes on`, async () => {
    const folder = freshFolder(`stopped-${signal}`);
    const args = ["run", writeStudy(folder), "--threads", "1"];
    const runs = join(folder, "runs");
    const stopped = await interrupted(signal, args, runs);
    assert.equal(stopped.code, 75, stopped.err);
    assert.match(stopped.err, /kohort: interrupted\n {3}mend: run the same command again: it goes on where it stopped\n$/);
    assert.deepEqual(leftovers(runs), []);

    const resumed = kohort([...args, "--runs", runs]);
    assert.equal(resumed.code, 0, resumed.err);
    const whole = kohort([...args, "--runs", join(folder, "undisturbed")]);
    assert.equal(whole.code, 0, whole.err);
    assert.deepEqual(tablesOf(join(runs, "tiny")), tablesOf(join(folder, "undisturbed", "tiny")));
  });
}

test("kill -9 three times: every restart finishes, to the same tables", async (t) => {
  const folder = freshFolder("killed");
  const struck = await killAndFinish({
    args: ["run", writeStudy(folder)], name: "tiny", folder, kills: 3, seed: 1, say: (line) => t.diagnostic(line),
  });
  assert.equal(struck, 3);
});
