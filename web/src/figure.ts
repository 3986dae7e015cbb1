// One figure of the page: heading, controls, picture, caption, table and downloads.
import { distinct, type Cell, type Column, type Drawable, type Measure, type Row } from "./data";
import { h } from "./dom";
import { saveCsv, saveSvg } from "./download";
import { draw } from "./figures/draw";
import type { Format } from "./format";
import { foldedTable } from "./table";
import type { Words } from "./texts";

const kContext = ["predict_from", "trained_on", "horizon", "predict_year"] as const;

/** "2014", "2016–2019" or "2014, 2017" for the values of a column; nothing when the table has no such column. */
function span(rows: readonly Row[], column: string): string {
  const values = distinct(rows, column).map(Number);
  const [first, last] = [values[0], values[values.length - 1]];
  if (first === undefined || last === undefined) return "";
  const whole = values.length > 2 && last - first === values.length - 1;
  return whole ? `${first}–${last}` : values.join(", ");
}

/** Whether the rows are about outcomes that the models, or the curves, had not seen; null when not told. */
function sampleOf(rows: readonly Row[]): "sample.out" | "sample.in" | "sample.fitted" | "sample.held_out" | null {
  const sample = rows[0]?.["sample"];
  if (sample === "fitted" || sample === "held_out") return `sample.${sample}`;
  const known = rows.filter((row) => typeof row["predict_year"] === "number" && typeof row["trained_on"] === "number");
  if (known.length === 0) return null;
  return known.every((row) => Number(row["predict_year"]) > Number(row["trained_on"])) ? "sample.out" : "sample.in";
}

export class FigureBlock {
  readonly element: HTMLElement;
  readonly title: string;
  private readonly picture = h("div", { class: "picture-frame" });
  private readonly controls = h("div", { class: "controls" });
  private readonly context = h("p", { class: "context" });
  private readonly sample = h("span", {});
  private readonly tableSlot = h("div", { class: "table-slot" });
  private readonly chosen = new Map<string, Cell>();
  private measure: Measure;
  private rows: Row[] = [];
  private width = 0;

  constructor(
    private readonly figure: Drawable,
    readonly number: number,
    private readonly study: string,
    private readonly words: Words,
    private readonly format: Format,
  ) {
    const { spec } = figure;
    const [measure] = spec.measures;
    if (!measure) throw new Error(`figure ${spec.id} has no measure`);
    this.measure = measure;
    this.title = words.maybe(`title.${spec.id}`) ?? words.sentence(spec.id.replaceAll("_", " "));
    const heading = h("h3", { id: `heading-${spec.id}` }, h("span", { class: "number" }, `${words.text("page.figure")} ${number}`), " ", this.title);
    const caption = h("figcaption", {}, this.method(), " ", this.sample, " ", this.source());
    this.element = h("figure", { id: spec.id, class: "figure", "aria-labelledby": `heading-${spec.id}` },
      heading, this.context, this.controls, this.picture, caption, this.buttons(), this.tableSlot);
    this.choose();
  }

  private method(): string {
    const { id } = this.figure.spec;
    const words = this.words;
    return words.maybe(`method.${id}`) ?? words.maybe(`method.${id.split("_")[0]}`) ?? "";
  }

  private source(): string {
    return this.figure.spec.source > 0 ? this.words.text("source", { n: this.figure.spec.source }) : "";
  }

  private get fileName(): string {
    return `${this.study}-${this.figure.spec.id}`.replace(/[^\w.-]+/g, "-");
  }

  private buttons(): HTMLElement {
    const csv = () => saveCsv(this.fileName, this.figure.table.columns.map((column) => column.name), this.rows);
    const svg = () => {
      const picture = this.picture.querySelector<SVGSVGElement>("svg.picture");
      if (picture) saveSvg(this.fileName, this.title, picture);
    };
    const button = (key: "download.csv" | "download.svg", click: () => void) =>
      h("button", { type: "button", class: "button", click, "aria-label": `${this.words.text(key)}: ${this.title}` }, this.words.text(key));
    return h("div", { class: "buttons" }, button("download.csv", csv), button("download.svg", svg));
  }

  private select(label: string, name: string, options: [string, string][], chosen: string, pick: (value: string) => void): HTMLElement {
    const change = (event: Event) => pick((event.target as HTMLSelectElement).value);
    const items = options.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
    return h("label", {}, h("span", {}, label), h("select", { name, change }, ...items));
  }

  /** Go through the controls in turn: each narrows the rows, and offers what the ones before it left. */
  private choose(): void {
    const { spec } = this.figure;
    const selects: HTMLElement[] = [];
    let rows = this.figure.rows;
    for (const column of spec.controls) {
      const values = distinct(rows, column);
      const before = this.chosen.get(column);
      const value = before !== undefined && values.includes(before) ? before : (values[0] ?? null);
      this.chosen.set(column, value);
      rows = rows.filter((row) => row[column] === value);
      if (values.length < 2) continue;
      const options = values.map((one): [string, string] => [String(one), this.words.value(one)]);
      selects.push(this.select(this.words.column(column), column, options, String(value), (picked) => {
        this.chosen.set(column, values.find((one) => String(one) === picked) ?? null);
        this.redraw(column);
      }));
    }
    if (spec.measures.length > 1) selects.push(this.measureSelect());
    this.rows = rows;
    this.controls.replaceChildren(...selects);
    this.explain();
  }

  private measureSelect(): HTMLElement {
    const { measures } = this.figure.spec;
    const options = measures.map(({ key }): [string, string] => [key, this.words.maybe(`measure.${key}`) ?? key]);
    return this.select(this.words.text("control.measure"), "measure", options, this.measure.key, (picked) => {
      this.measure = measures.find(({ key }) => key === picked) ?? this.measure;
      this.redraw("measure");
    });
  }

  private redraw(control: string): void {
    this.choose();
    this.draw(this.width);
    this.controls.querySelector<HTMLElement>(`[name="${control}"]`)?.focus();
  }

  /** What the chosen rows are about, and their table. */
  private explain(): void {
    const { words, figure, format } = this;
    const parts = kContext.flatMap((column) => {
      const values = span(this.rows, column);
      return values ? [words.text(`context.${column}`, { v: values })] : [];
    });
    const fixed = figure.spec.controls.filter((column) => !kContext.some((one) => one === column));
    const named = fixed.flatMap((column) => {
      const value = this.chosen.get(column);
      return value === null || value === undefined ? [] : [`${words.column(column)}: ${words.value(value)}`];
    });
    this.context.textContent = words.sentence([...named, ...parts].join(" · "));
    const sample = sampleOf(this.rows);
    this.sample.textContent = sample === null ? "" : words.text(sample);
    const open = this.tableSlot.querySelector("details")?.open ?? false;
    const table = foldedTable(words.text("table.show"), this.tableColumns(), this.rows, this.title, words, format);
    table.open = open;
    this.tableSlot.replaceChildren(table);
  }

  /** Columns that tell rows apart or hold a result; the rest is said above the picture, and all are in the CSV. */
  private tableColumns(): Column[] {
    const { spec, table } = this.figure;
    const results = new Set(["n", spec.error, ...spec.measures.flatMap(({ series }) => series.map(({ column }) => column))]);
    return table.columns.filter(({ name }) => results.has(name) || distinct(this.rows, name).length > 1);
  }

  /** Draw for a width in pixels. */
  draw(width: number): void {
    this.width = width;
    const { words, format, measure, rows } = this;
    const svg = draw({ spec: this.figure.spec, measure, rows, words, format }, this.title, width);
    this.picture.replaceChildren(svg);
  }
}
