// Rows of a table dealt to panels, and the axes that the panels of a figure share.
import { distinct, numberOf, type FigureSpec, type Measure, type Row } from "../data";
import type { Format } from "../format";
import type { Words } from "../texts";
import type { Axis, PanelSize } from "./panels";
import { decimalsOf, niceScale, textWidth, yearTicks } from "./ticks";

/** What a kind of picture is drawn from. */
export interface Subject {
  spec: FigureSpec;
  measure: Measure;
  rows: readonly Row[];
  words: Words;
  format: Format;
}

export interface Cell {
  title: string;
  rows: Row[];
}
export interface FacetRow {
  heading: string;
  cells: Cell[];
}

/** A row of panels per value of `rows`, a panel per value of `columns`; empty combinations are left out.
 *  Where there is one column only and one scale for all, the rows become panels side by side. */
export function facets({ spec, measure, rows, words }: Subject): FacetRow[] {
  const values = (column: string) => (column ? distinct(rows, column) : []);
  const narrow = values(spec.columns).length === 1 && values(spec.rows).length > 1 && !measure.own_scale;
  const [down, across] = narrow ? [spec.columns, spec.rows] : [spec.rows, spec.columns];
  const part = (some: readonly Row[], column: string, value: unknown) => some.filter((row) => row[column] === value);
  const cellsOf = (some: readonly Row[]): Cell[] => {
    if (!across) return [{ title: "", rows: [...some] }];
    const cells = values(across).map((value) => ({ title: words.value(value), rows: part(some, across, value) }));
    return cells.filter((cell) => cell.rows.length > 0);
  };
  if (!down) return [{ heading: "", cells: cellsOf(rows) }];
  return values(down).map((value) => ({ heading: words.value(value), cells: cellsOf(part(rows, down, value)) }));
}

/** "Correlation: 0.27" for tips. */
export function measured({ measure, words, format }: Subject, value: number): string {
  const name = words.maybe(`measure.${measure.key}`) ?? words.column(measure.series[0]?.column ?? measure.key);
  return `${words.sentence(name)}: ${format.value(value, measure.format)}`;
}

export function extent(values: readonly number[]): [number, number] {
  const known = values.filter(Number.isFinite);
  return known.length > 0 ? [Math.min(...known), Math.max(...known)] : [0, 1];
}

/** The y axis for values, in the measure's format; percentages are written without the sign the title has. */
export function yAxis(measure: Measure, values: readonly number[], format: Format): (size: PanelSize) => Axis {
  let [low, high] = extent(measure.reference === null ? values : [...values, measure.reference]);
  if (measure.from_zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  return ({ height }) => {
    const scale = niceScale(low, high, Math.max(2, Math.floor(height / 30)));
    return { type: "linear", domain: scale.domain, ticks: scale.ticks, label: numberLabel(measure.format, scale.step, format) };
  };
}

export function numberLabel(kind: Measure["format"], step: number, format: Format): Axis["label"] {
  if (kind === "count") return (tick) => format.count(Number(tick));
  const factor = kind === "share" ? 100 : 1;
  const decimals = decimalsOf(step * factor);
  return (tick) => format.fixed(Number(tick) * factor, decimals);
}

function yearAxis(rows: readonly Row[], column: string): (size: PanelSize) => Axis {
  const years = distinct(rows, column).map(Number);
  const [first = 0, last = 1] = [years[0], years[years.length - 1]];
  return ({ width }) => ({
    type: "linear",
    domain: [first - 0.3, last + 0.3],
    ticks: yearTicks(years, Math.floor(width / 44)),
    label: String,
  });
}

/** A number axis; where its labels would meet, every second tick goes. */
function linearAxis(low: number, high: number, kind: Measure["format"], format: Format): (size: PanelSize) => Axis {
  return ({ width }) => {
    const { domain, ticks, step } = niceScale(low, high, Math.min(5, Math.max(2, Math.floor(width / 48))));
    const label = numberLabel(kind, step, format);
    const widest = Math.max(...ticks.map((tick) => textWidth(label(tick))));
    const roomy = (widest + 10) * (ticks.length - 1) <= width;
    return { type: "linear", domain, ticks: roomy ? ticks : ticks.filter((_, i) => i % 2 === 0), label };
  };
}

/** The x axis that all panels of a figure share. */
export function xAxis({ spec, rows, words, format }: Subject, type: "point" | "band" = "point"): (size: PanelSize) => Axis {
  if (spec.x_scale === "year") return yearAxis(rows, spec.x);
  if (spec.x_scale === "share") return linearAxis(0, 1, "share", format);
  if (spec.x_scale === "number") {
    const [low, high] = extent(rows.map((row) => numberOf(row, spec.x)));
    return linearAxis(Math.min(0, low), high, "number", format);
  }
  const values = distinct(rows, spec.x).map((value) => (typeof value === "number" ? value : String(value)));
  return () => ({ type, domain: values, ticks: values, label: (tick) => words.value(tick) });
}
