// A table that sorts on a click and shows its first rows first.
import type { Cell, Column, Row } from "./data";
import { h } from "./dom";
import type { Format } from "./format";
import type { Words } from "./texts";

const kFirst = 100;
const kHidden = new Set(["suppressed"]); // said by the dash in the suppressed cell

interface Order {
  column: string;
  down: boolean;
}

/** Missing cells last, whatever the direction. */
function sorted(rows: readonly Row[], order: Order | null): Row[] {
  if (!order) return [...rows];
  const sign = order.down ? -1 : 1;
  const compare = (a: Cell, b: Cell): number => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
  };
  return [...rows].sort((a, b) => compare(a[order.column] ?? null, b[order.column] ?? null));
}

class SortedTable {
  readonly element = h("div", { class: "table-block" });
  private order: Order | null = null;
  private all = false;

  constructor(
    private readonly columns: Column[],
    private readonly rows: readonly Row[],
    private readonly caption: string,
    private readonly words: Words,
    private readonly format: Format,
  ) {
    this.show();
  }

  private heading(column: Column): HTMLElement {
    const { order, words } = this;
    const direction = order?.column !== column.name ? "none" : order.down ? "descending" : "ascending";
    const mark = direction === "none" ? "" : direction === "ascending" ? " ▲" : " ▼";
    const sort = () => {
      this.order = { column: column.name, down: order?.column === column.name && !order.down };
      this.show();
      this.element.querySelector<HTMLElement>(`[data-column="${CSS.escape(column.name)}"]`)?.focus();
    };
    const label = words.text("table.sort", { v: words.column(column.name) });
    const button = h("button", { type: "button", click: sort, "aria-label": label, "data-column": column.name }, words.column(column.name) + mark);
    return h("th", { scope: "col", "aria-sort": direction, class: numeric(column) ? "number" : "" }, button);
  }

  private show(): void {
    const { columns, rows, words, format } = this;
    const shown = sorted(rows, this.order).slice(0, this.all ? rows.length : kFirst);
    const cell = (row: Row, column: Column) => {
      const value = row[column.name] ?? null;
      const text = typeof value === "string" ? words.value(value) : format.cell(value, column.name);
      return h("td", { class: numeric(column) ? "number" : "" }, text);
    };
    const body = h("tbody", {}, ...shown.map((row) => h("tr", {}, ...columns.map((column) => cell(row, column)))));
    const head = h("thead", {}, h("tr", {}, ...columns.map((column) => this.heading(column))));
    const table = h("table", {}, h("caption", { class: "unseen" }, this.caption), head, body);
    const showAll = () => {
      this.all = true;
      this.show();
    };
    const more =
      shown.length < rows.length
        ? h("button", { type: "button", class: "button", click: showAll }, words.text("table.more", { n: format.count(rows.length) }))
        : null;
    const scroll = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": this.caption }, table);
    this.element.replaceChildren(scroll, h("p", { class: "note" }, words.text("table.note")), ...(more ? [more] : []));
  }
}

function numeric(column: Column): boolean {
  return column.type === "integer" || column.type === "number";
}

/** A folded table; its cells are made when it is first opened. */
export function foldedTable(
  title: string,
  columns: readonly Column[],
  rows: readonly Row[],
  caption: string,
  words: Words,
  format: Format,
): HTMLDetailsElement {
  const shown = columns.filter((column) => !kHidden.has(column.name));
  const size = h("span", { class: "muted" }, ` · ${words.text("table.rows", { n: format.count(rows.length) })}`);
  const details = h("details", { class: "table" }, h("summary", {}, title, size));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1)
      details.append(new SortedTable(shown, rows, caption, words, format).element);
  });
  return details;
}
