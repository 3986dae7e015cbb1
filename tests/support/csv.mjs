// The program's own CSV: comma, quotes where needed, a header.
import { readFileSync } from "node:fs";

function cellsOf(line) {
  const cells = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) cells.push(match[1]?.replaceAll('""', '"') ?? match[2]);
  return cells;
}

/** Rows as {column: text}. */
export function readCsv(file) {
  const [header, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n").map(cellsOf);
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
}
