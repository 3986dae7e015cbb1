// The real program as the tests run it. KOHORT: the program; KOHORT_TEST_FOLDER: a folder of the build for what tests make.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export const program = process.env.KOHORT;
export const testFolder = process.env.KOHORT_TEST_FOLDER;
if (!program || !testFolder) throw new Error("KOHORT and KOHORT_TEST_FOLDER must be set; run these tests with ctest");
const environment = { ...process.env, KOHORT_THREADS: "", NODE_OPTIONS: "" };
delete environment.KOHORT_THREADS;

/** Runs the program to its end: exit code (null when killed), standard output and standard error. */
export function kohort(args, { cwd = testFolder } = {}) {
  const run = spawnSync(program, args, { cwd, env: environment, encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.error) throw run.error;
  return { code: run.status, signal: run.signal, out: run.stdout, err: run.stderr };
}

/** Starts the program; `ended` gives what `kohort` returns. */
export function start(args, { cwd = testFolder } = {}) {
  const child = spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let out = "", err = "";
  child.stdout.on("data", (bytes) => (out += bytes));
  child.stderr.on("data", (bytes) => (err += bytes));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, out, err })));
  return { child, ended };
}

/** An empty folder for one test. */
export function freshFolder(name) {
  const folder = join(testFolder, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Every file below a folder, relative, sorted; nothing when there is no folder. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const files = [];
  const walk = (at) => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else files.push(relative(folder, path));
    }
  };
  walk(folder);
  return files.sort();
}

/** What an unfinished write leaves: nothing of this may stay after a failure. */
export const leftovers = (folder) => filesBelow(folder).filter((file) => /\.partial|\.tmp$|^tmp\/|\/tmp\//.test(file));

const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** The tables of a run folder: {file: hash}. */
export function tablesOf(runFolder) {
  const folder = join(runFolder, "published", "tables");
  return Object.fromEntries(filesBelow(folder).map((file) => [file, hashOf(join(folder, file))]));
}

/** A store of synthetic registers, made once for all tests of a build. */
export function syntheticRegisters(name, persons, seed = 1) {
  const made = kohort(["synth", "--out", name, "--persons", String(persons), "--seed", String(seed)]);
  if (made.code !== 0) throw new Error(made.err);
  return join(testFolder, name, "registers");
}

/** A copy that a test may damage. */
export function copyOf(folder, to) {
  cpSync(folder, to, { recursive: true });
  return to;
}

export function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
