// The page's data as C++ wrote them (src/report/report.cpp, docs/formats/report.md), and selections of rows.

export type Cell = string | number | boolean | null;
export type Language = "nb" | "da" | "en";

export interface Column {
  name: string;
  type: "integer" | "number" | "text" | "date" | "flag";
  levels?: string[]; // of a text column: values are places in this list
  values: Cell[];
}
export interface TableData {
  name: string;
  columns: Column[];
}
export interface Series {
  key: string;
  column: string;
}
export interface Measure {
  key: string;
  format: "number" | "share" | "count";
  own_scale: boolean;
  from_zero: boolean;
  reference: number | null;
  series: Series[];
}
export interface Filter {
  column: string;
  keep: "equal" | "lowest" | "highest";
  value: string;
}
export interface FigureSpec {
  id: string;
  section: string;
  source: number;
  kind: "points" | "lines" | "bars" | "calibration";
  table: string;
  filters: Filter[];
  x: string;
  x_scale: "category" | "number" | "share" | "year";
  colour: string;
  colour_ordered: boolean;
  error: string;
  rows: string;
  columns: string;
  measures: Measure[];
  controls: string[];
}
export interface KeyFigure {
  id: string;
  outcome: string;
  horizon: number;
  low: number;
  high: number;
}
export interface ReportData {
  format: 1;
  study: string;
  title: string;
  purpose: string;
  language: Language;
  facts: [string, string][];
  labels: [string, string][];
  flags: string[];
  key_figures: KeyFigure[];
  figures: FigureSpec[];
  tables: TableData[];
}

export type Row = Readonly<Record<string, Cell>>;

function cellOf({ levels, values }: Column, row: number): Cell {
  const value = values[row] ?? null;
  return levels && typeof value === "number" ? (levels[value] ?? null) : value;
}

export function rowsOf(table: TableData): Row[] {
  const count = table.columns[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(table.columns.map((column) => [column.name, cellOf(column, i)])),
  );
}

/** A number, or NaN for a missing cell. */
export function numberOf(row: Row, column: string): number {
  const cell = row[column];
  return typeof cell === "number" ? cell : NaN;
}

/** The values of a column: numbers and texts that begin with a digit in natural order, others as they come. */
export function distinct(rows: readonly Row[], column: string): Cell[] {
  const values = [...new Set(rows.map((row) => row[column] ?? null))].filter((value) => value !== null);
  const natural = values.every((value) => typeof value === "number" || /^\d/.test(String(value)));
  return natural ? values.sort((a, b) => parseFloat(String(a)) - parseFloat(String(b))) : values;
}

function keepRows(rows: Row[], filter: Filter): Row[] {
  if (filter.keep === "equal") return rows.filter((row) => String(row[filter.column]) === filter.value);
  const values = distinct(rows, filter.column);
  const wanted = filter.keep === "lowest" ? values[0] : values[values.length - 1];
  return rows.filter((row) => row[filter.column] === wanted);
}

export function applyFilters(rows: Row[], filters: readonly Filter[]): Row[] {
  return filters.reduce(keepRows, rows);
}

/** The columns a figure cannot be drawn without. */
export function neededColumns(figure: FigureSpec): string[] {
  const series = figure.measures.flatMap((measure) => measure.series.map((one) => one.column));
  const channels = [figure.x, figure.colour, figure.error, figure.rows, figure.columns];
  const all = [...figure.filters.map((filter) => filter.column), ...channels, ...figure.controls, ...series];
  return [...new Set(all)].filter((name) => name !== "");
}

export interface Drawable {
  spec: FigureSpec;
  table: TableData;
  rows: Row[];
}
export interface LeftOut {
  spec: FigureSpec;
  reason: "no_table" | "no_column" | "no_rows";
  detail: string;
}

/** The figure with its rows, or why it cannot be drawn. */
export function prepare(spec: FigureSpec, tables: readonly TableData[]): Drawable | LeftOut {
  const table = tables.find((one) => one.name === spec.table);
  if (!table) return { spec, reason: "no_table", detail: spec.table };
  const names = new Set(table.columns.map((column) => column.name));
  const absent = neededColumns(spec).filter((name) => !names.has(name));
  if (absent.length > 0) return { spec, reason: "no_column", detail: `${spec.table}: ${absent.join(", ")}` };
  const rows = applyFilters(rowsOf(table), spec.filters);
  const columns = spec.measures.flatMap((measure) => measure.series.map((one) => one.column));
  const anyValue = rows.some((row) => columns.some((column) => typeof row[column] === "number"));
  return anyValue ? { spec, table, rows } : { spec, reason: "no_rows", detail: spec.table };
}
