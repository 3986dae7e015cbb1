// Register stores that are damaged, and raw files that cannot be imported.
import { test } from "node:test";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { expectFault } from "../support/faults.mjs";
import { copyOf, filesBelow, freshFolder, kohort, syntheticRegisters, write } from "../support/program.mjs";
import { tinyStudy } from "../support/tiny_study.mjs";

const registers = syntheticRegisters("tiny", 3000);
const firstFile = (store, register) => join(store, register, filesBelow(join(store, register))[0]);

/** name of the golden message, and how the store is damaged. */
const damages = [
  ["register_file_empty", (store) => truncateSync(firstFile(store, "charges"), 0)],
  ["register_file_truncated", (store) => {
    const file = firstFile(store, "charges");
    truncateSync(file, statSync(file).size >> 1);
  }],
  ["register_file_no_parquet", (store) => writeFileSync(firstFile(store, "persons"), "person;birth_date\n1;1970-01-01\n")],
  ["register_without_files", (store) => rmSync(join(store, "charges"), { recursive: true })],
  ["register_column_missing", (store) => {
    const schema = join(store, "schema.yaml");
    writeFileSync(schema, readFileSync(schema, "utf8").replace("      death_date: {type: date",
      "      death_place: {type: text}\n      death_date: {type: date"));
  }],
  ["register_schema_unknown_type", (store) => {
    const schema = join(store, "schema.yaml");
    writeFileSync(schema, readFileSync(schema, "utf8").replace("birth_date: {type: date", "birth_date: {type: dat"));
  }],
];

for (const [name, damage] of damages) {
  test(`a store with ${name.replaceAll("_", " ")}`, () => {
    const folder = freshFolder(`fault-${name}`);
    damage(copyOf(registers, join(folder, "registers")));
    const study = write(join(folder, "study.yaml"), tinyStudy);
    expectFault({ name, code: /schema/.test(name) ? 2 : 3, folder,
      args: ["run", study, "--registers", join(folder, "registers"), "--runs", join(folder, "runs")] });
  });
}

test("damage in the middle of a register's file is found while it is read", () => {
  const folder = freshFolder("fault-register_file_damaged");
  const store = copyOf(registers, join(folder, "registers"));
  for (const file of filesBelow(join(store, "charges"))) {
    const bytes = readFileSync(join(store, "charges", file));
    bytes.fill(0xff, 8, bytes.length >> 1);
    writeFileSync(join(store, "charges", file), bytes);
  }
  const study = write(join(folder, "study.yaml"), tinyStudy);
  expectFault({ name: "register_file_damaged", code: 3, folder,
    args: ["run", study, "--registers", store, "--runs", join(folder, "runs"), "--threads", "1"] });
});

// ---- import

const schema = `registers:
  persons:
    meaning: Everybody
    unit: person
    key: [person]
    temporality: fixed
    source: {file: persons.csv, delimiter: ";"}
    columns:
      person: {type: id}
      birth_date: {type: date}
      sex: {type: category, codes: [{code: "1", label: Man}, {code: "2", label: Woman}]}
      height: {type: number, range: [0, 300]}
`;
const rows = Array.from({ length: 20 }, (_, i) => `${i + 1};19${50 + i}-01-15;${1 + (i % 2)};1${60 + i}.5`);
const csv = (lines = rows, header = "person;birth_date;sex;height") => `${[header, ...lines].join("\n")}\n`;

function raw(name, { text = csv(), yaml = schema } = {}) {
  const folder = freshFolder(`fault-${name}`);
  write(join(folder, "schema.yaml"), yaml);
  if (text !== null) write(join(folder, "raw", "persons.csv"), text);
  return folder;
}
const importing = ["import", "schema.yaml", "--from", "raw", "--out", "store"];

/** name of the golden message, exit code, raw file (null: none) and schema, and what the import leaves to look at. */
const rejected = ["store.rejected/quality/data_quality.parquet", "store.rejected/quarantine/persons.parquet"];
const imports = [
  ["import_missing_folder", 3, { text: null }],
  ["import_missing_file", 3, { text: csv(), yaml: schema.replace("file: persons.csv", "file: people.csv") }],
  ["import_missing_column", 3, { text: csv(rows.map((row) => row.split(";").slice(0, 3).join(";")), "person;birth_date;sex") }],
  ["import_text_in_numbers", 3, { text: csv(rows.map((row, i) => (i < 10 ? row.replace(/[\d.]+$/, "tall") : row))) }, rejected],
  ["import_empty_file", 3, { text: "" }],
  ["import_header_only", 3, { text: csv([]) }],
  ["import_column_twice", 3, { text: csv(rows, "person;birth_date;sex;sex") }],
  ["import_open_quote", 3, { text: csv([...rows.slice(0, 10), `11;"1961-01-15;1;170`]) }, rejected],
  ["import_duplicate_keys", 3, { text: csv(rows.map((row) => row.replace(/^\d+/, "7"))) }, rejected],
  ["import_unknown_type", 2, { yaml: schema.replace("type: number", "type: numbre") }],
  ["import_unknown_link", 2, { yaml: schema.replace("height: {type: number, range: [0, 300]}", "mother: {type: id, links: person}") }],
];

for (const [name, code, input, keeps] of imports) {
  test(`an import with ${name.replace("import_", "").replaceAll("_", " ")}`, () => {
    expectFault({ name, code, folder: raw(name, input), args: importing, keeps });
  });
}

test("a failed import leaves the old store as it was", () => {
  const folder = raw("import_keeps_store");
  assert.equal(kohort(importing, { cwd: folder }).code, 0);
  const before = filesBelow(join(folder, "store")).map((file) => readFileSync(join(folder, "store", file), "latin1"));
  write(join(folder, "raw", "persons.csv"), csv(rows, "person;birth_date;sex;weight"));
  expectFault({ name: "import_keeps_store", code: 3, folder, args: importing });
  assert.deepEqual(filesBelow(join(folder, "store")).map((file) => readFileSync(join(folder, "store", file), "latin1")), before);
});
