// Files the reader saves: made in the page, never fetched.
import type { Cell, Row } from "./data";

function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  const text = String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Comma-separated with '.' as decimal mark and the table's own column names, whatever the language of the page. */
export function toCsv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))];
  return lines.map((line) => line.map(csvCell).join(",") + "\n").join("");
}

export function saveCsv(name: string, columns: readonly string[], rows: readonly Row[]): void {
  save(`${name}.csv`, "text/csv;charset=utf-8", toCsv(columns, rows));
}

const kTitleHeight = 34;

/** The picture alone, with its title above it, ready for a text document. */
export function saveSvg(name: string, title: string, picture: SVGSVGElement): void {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const [, , width = 0, height = 0] = (copy.getAttribute("viewBox") ?? "").split(" ").map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `0 ${-kTitleHeight} ${width} ${height + kTitleHeight}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height + kTitleHeight));
  copy.removeAttribute("style");
  const heading = document.createElementNS("http://www.w3.org/2000/svg", "text");
  heading.setAttribute("y", "-14");
  heading.setAttribute("font-size", "16");
  heading.setAttribute("font-weight", "600");
  heading.textContent = title;
  copy.prepend(heading);
  save(`${name}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(copy));
}
