// Values of persons are planted in raw files, in ids, codes, texts, dates and numbers, good ones and bad ones; nothing that
// kohort says or publishes holds any of them. Registers, quarantine, predictors, outcomes and predictions do: they are data.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { uniform } from "./kills.mjs";
import { filesBelow, freshFolder, kohort, write } from "../support/program.mjs";

const kPersons = 600;
const planted = ["QXPLANTEDQX", "48617.39", "1931-07-23", "ZQ9"];  // id and text, number, date, code
const kSchema = `registers:
  persons:
    meaning: Everybody
    unit: person
    key: [person]
    temporality: fixed
    source: {file: persons.csv, delimiter: ";"}
    columns:
      person: {type: id, text: true}
      birth_date: {type: date}
      sex: {type: category, codes: [{code: "1", label: Man}, {code: "2", label: Woman}]}
      wealth: {type: number}
      remark: {type: text}
  charges:
    meaning: Charges
    unit: person
    temporality: event
    event_date: charge_date
    source: {file: charges.csv, delimiter: ";"}
    columns:
      person: {type: id, text: true, links: persons}
      charge_date: {type: date}
      fine: {type: number}
      offence_group: {type: category, codes: [{code: "1"}, {code: "2"}]}
`;
const kStudy = `study: planted
registers: store
population: {unit: person, at: 12-31}
predictors:
  - from: persons
    age: true
    at_index: [sex, wealth]
  - from: charges
    windows: [3y, ever]
    split: [total, offence_group]
    count: true
    sum: fine
outcomes:
  charges: {count: charges, by: charge_date, bands: [0, 1]}
groups:
  sex: {of: sex}
models:
  lasso: {kind: lasso, settings: {alpha: 0.001}}
  forest: {kind: random_forest, settings: {n_estimators: 10, min_samples_leaf: 5}}
  xgboost: {kind: boosting, settings: {n_estimators: 10, max_depth: 3, min_child_weight: 5}}
tuning: {folds: 2, draws: 1, at_horizon: 2}
calibration: {method: isotonic, by: [nation, sex], min_group: 100}
analyses:
  - forecast_path: {from: 2014, horizons: [2, 3], by: [nation, sex]}
`;

function rawFiles(folder) {
  const random = uniform(5), persons = ["person;birth_date;sex;wealth;remark"], charges = ["person;charge_date;fine;offence_group"];
  for (let i = 0; i < kPersons; ++i) {
    const marked = i === 0;
    const id = marked ? planted[0] : `p${i}`;
    persons.push([id, marked ? planted[2] : `${1940 + (i % 50)}-05-1${i % 9}`, 1 + (i % 2),
      marked ? planted[1] : Math.round(100000 * random()), marked ? planted[0] : ""].join(";"));
    for (let year = 2008; year <= 2018; ++year) {
      if (marked || random() < 0.2) charges.push([id, `${year}-03-05`, marked ? planted[1] : Math.round(5000 * random()), 1 + (i % 2)].join(";"));
    }
  }
  // Bad rows: an unknown code, text in a number, a date that is none, a link to nobody, a key that stands twice.
  persons.push(`p1;1950-01-01;1;5;again ${planted[0]}`, `px;1950-01-01;${planted[3]};5;`, `py;1950-01-01;1;${planted[0]};`,
    `pz;${planted[0]};1;5;`, `broken "${planted[0]};`);
  charges.push(`${planted[0]}-nobody;2014-01-01;1;1`, `p2;2014-01-01;${planted[0]};1`, `p2;2014-01-01;1;${planted[3]}`);
  write(join(folder, "raw", "persons.csv"), `${persons.join("\n")}\n`);
  write(join(folder, "raw", "charges.csv"), `${charges.join("\n")}\n`);
}

let folder;
const said = {};  // what each command wrote to the terminal

function run(name, args, code = 0) {
  const ended = kohort([...args, "--log", `${name}.jsonl`], { cwd: folder });
  assert.equal(ended.code, code, ended.err);
  said[`${name}, standard output`] = ended.out;
  said[`${name}, standard error`] = ended.err;
}

before(() => {
  folder = freshFolder("planted");
  rawFiles(folder);
  write(join(folder, "schema.yaml"), kSchema);
  write(join(folder, "study.yaml"), kStudy);
  run("import", ["import", "schema.yaml", "--from", "raw", "--out", "store"]);
  run("rejected", ["import", "schema.yaml", "--from", "raw", "--out", "refused", "--max-bad", "0"], 3);
  run("run", ["run", "study.yaml", "--runs", "runs"]);
  run("plan", ["plan", "study.yaml", "--runs", "runs"]);
  run("leakage", ["check", "--leakage", "study.yaml", "--runs", "runs", "--years", "2014"]);
});

/** Data by their purpose, and what this test wrote. */
const isData = (file) => /^raw\/|^(store|refused\.rejected)\/.*\.parquet$|^runs\/planted\/[^/]+\/[0-9a-f]{32}\/[^/]+\.parquet$/.test(file);

/** The planted number as floats of 32 and 64 bits, as model files hold numbers. */
const asFloats = [new Float32Array([48617.39]), new Float64Array([48617.39])].map((x) => Buffer.from(x.buffer).toString("latin1"));

function searchIn(name, text) {
  for (const bytes of asFloats) assert.ok(!text.includes(bytes), `${name} holds the planted number`);
  for (const value of planted) assert.ok(!text.includes(value), `${name} holds a planted value (${planted.indexOf(value)})`);
}

test("messages of every command are without planted values", () => {
  for (const [name, text] of Object.entries(said)) searchIn(name, text);
});

test("logs, manifests, models, published tables and the report are without planted values", () => {
  const files = filesBelow(folder).filter((file) => !isData(file));
  for (const kind of [/\.jsonl$/, /^runs\/.*manifest\.json$/, /^runs\/.*\/train\/.*model/, /published\/tables\/.*csv$/, /published\/report\.html$/])
    assert.ok(files.some((file) => kind.test(file)), String(kind));
  for (const file of files) searchIn(file, readFileSync(join(folder, file), "latin1"));
});

test("the search would find them: the raw files hold them all", () => {
  const raw = readFileSync(join(folder, "raw", "persons.csv"), "latin1");
  for (const value of planted) assert.ok(raw.includes(value));
});
