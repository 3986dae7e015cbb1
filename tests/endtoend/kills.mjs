// kill -9 at random moments of a study: every restart finishes, to the tables of a run that nobody disturbed.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { copyOf, kohort, leftovers, start, tablesOf } from "../support/program.mjs";

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Finishes a copy of what a kill left behind. */
function finishCopy(args, folder, name, expected) {
  const copy = copyOf(join(folder, "runs"), join(folder, "copy"));
  const run = kohort([...args, "--runs", copy]);
  assert.equal(run.code, 0, run.err);
  assert.deepEqual(tablesOf(join(copy, name)), expected);
  assert.deepEqual(leftovers(copy), []);
  rmSync(copy, { recursive: true });
}

/**
 * Kills one run `kills` times, each somewhere in what is left of it, and after each kill finishes a copy.
 * `args`: run and its study, without --runs. Says where each kill struck, and returns their number.
 */
export async function killAndFinish({ args, name, folder, kills, seed, say }) {
  const before = Date.now();
  const whole = kohort([...args, "--runs", join(folder, "undisturbed")]);
  assert.equal(whole.code, 0, whole.err);
  const step = (Date.now() - before) / kills;
  const expected = tablesOf(join(folder, "undisturbed", name));
  assert.ok(Object.keys(expected).length > 0);

  const random = uniform(seed);
  let struck = 0;
  for (let attempt = 0; struck < kills && attempt < 5 * kills; ++attempt) {
    const { child, ended } = start([...args, "--runs", join(folder, "runs")]);
    const wait = step * (0.3 + random());
    const done = await Promise.race([ended, pause(wait).then(() => null)]);
    if (done !== null) {  // it was faster: from the beginning again
      assert.equal(done.code, 0, done.err);
      rmSync(join(folder, "runs"), { recursive: true });
      continue;
    }
    child.kill("SIGKILL");
    if ((await ended).signal !== "SIGKILL") continue;
    ++struck;
    say(`kill ${struck} after ${Math.round(wait)} ms`);
    finishCopy(args, folder, name, expected);
  }
  return struck;
}
