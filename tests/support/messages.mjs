// Whole messages against golden files: every word a person reads when something goes wrong is looked at by a person once.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "./program.mjs";

const golden = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..", "golden", "messages");

/** Paths, process ids and figures of the machine give way to names. */
export function normalised(text, folder) {
  return text
    .replaceAll(folder, "<folder>")
    .replaceAll(testFolder, "<tests>")
    .replace(/tmp\/[^/\s]+-\d+\//g, "tmp/<process>/")
    .replace(/predictors-\d+-\d+/g, "predictors-<number>")
    .replace(/partial-\d+/g, "partial-<pid>")
    .replace(/\b[0-9a-f]{32}\b/g, "<key>");
}

/** The lines that differ, - for the golden file and + for what came. */
function difference(expected, actual) {
  const before = expected.split("\n"), after = actual.split("\n"), lines = [];
  for (let i = 0; i < Math.max(before.length, after.length); ++i) {
    if (before[i] === after[i]) lines.push(`  ${before[i]}`);
    else {
      if (i < before.length) lines.push(`- ${before[i]}`);
      if (i < after.length) lines.push(`+ ${after[i]}`);
    }
  }
  return lines.join("\n");
}

/** Throws, with the difference and the command that accepts it, unless tests/golden/messages/<name>.txt is this message. */
export function checkMessage(name, run, folder) {
  const actual = `exit code ${run.code}\n${normalised(run.err, folder)}`;
  const file = join(golden, `${name}.txt`);
  if (process.env.KOHORT_ACCEPT) writeFileSync(file, actual);
  const expected = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (actual === expected) return;
  throw new Error(`the message is not that of tests/golden/messages/${name}.txt\n${difference(expected, actual)}\n` +
    "to accept it: KOHORT_ACCEPT=1 ctest --preset release -L faults");
}
