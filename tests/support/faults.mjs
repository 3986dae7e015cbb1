// One wrong input: the whole message, the exit code, nothing on standard output, nothing half made.
import assert from "node:assert/strict";
import { checkMessage } from "./messages.mjs";
import { filesBelow, kohort, leftovers } from "./program.mjs";

/**
 * Runs the program on something wrong. `name`: of the golden message; `keeps`: files below the folder that must be
 * there afterwards besides those that were, none by default; locks are no artifacts.
 */
export function expectFault({ name, code, folder, args, cwd = folder, keeps = [], run = kohort }) {
  const before = filesBelow(folder);
  const ended = run(args, { cwd });
  checkMessage(name, ended, folder);
  assert.equal(ended.code, code);
  assert.equal(ended.out, "");
  assert.deepEqual(leftovers(folder), []);
  const made = filesBelow(folder).filter((file) => !before.includes(file) && !/\.lock$|\.fingerprints\.json$/.test(file));
  assert.deepEqual(made, keeps);
}
