// A symbol per colour value at each place of x, side by side, with an interval where a standard error is given.
import * as Plot from "@observablehq/plot";
import { distinct, numberOf, type Cell, type Row } from "../data";
import { extent, facets, measured, xAxis, yAxis, type Subject } from "./facets";
import type { LegendItem } from "./legend";
import type { Panel, PanelRow, PanelSize } from "./panels";
import { kMuted, kTip, styleOf, type Style } from "./style";

const kInterval = 1.96; // standard errors on each side of a 95 % interval

interface Point {
  x: string | number;
  y: number;
  low: number;
  high: number;
  tip: string;
}

function pointsOf(subject: Subject, rows: readonly Row[], series: Cell): Point[] {
  const { spec, measure, words, format } = subject;
  const column = measure.series[0]?.column ?? "";
  return rows
    .filter((row) => row[spec.colour] === series && Number.isFinite(numberOf(row, column)))
    .map((row) => {
      const y = numberOf(row, column);
      const error = spec.error ? kInterval * numberOf(row, spec.error) : 0;
      const value = measured(subject, y);
      const spread = error > 0 ? ` ± ${format.significant(error, 2)}` : "";
      const x = row[spec.x] as string | number;
      const tip = `${words.column(spec.colour)}: ${words.value(series)}\n${words.column(spec.x)}: ${words.value(x)}\n${value}${spread}`;
      return { x, y, low: y - (error || 0), high: y + (error || 0), tip };
    });
}

/** Room on the y axis: intervals count, but none may flatten the points more than threefold. */
function valuesFor(subject: Subject, rows: readonly Row[]): number[] {
  const points = distinct(rows, subject.spec.colour).flatMap((series) => pointsOf(subject, rows, series));
  const [low, high] = extent(points.map((point) => point.y));
  const reach = high - low || Math.abs(high) || 1;
  return points.flatMap((point) => [Math.max(point.low, low - reach), Math.min(point.high, high + reach)]);
}

function seriesMarks(points: Point[], style: Style, dx: number, apart: number, withInterval: boolean): Plot.Markish[] {
  const interval = withInterval
    ? Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: style.colour, strokeWidth: 1.3, dx, clip: true })
    : null;
  const symbol = { symbol: style.symbol, r: Math.min(3.8, Math.max(2.6, 0.62 * apart)), fill: style.colour, stroke: "#fff", strokeWidth: 0.6 };
  return [interval, Plot.dot(points, { x: "x", y: "y", dx, ...symbol })];
}

function panelOf(subject: Subject, title: string, rows: readonly Row[], series: readonly Cell[], places: number): Panel {
  const marks = ({ width }: PanelSize) => {
    const apart = Math.min(9, (0.78 * width) / places / Math.max(1, series.length));
    const drawn = series.map((one, i) => {
      const style = styleOf(i, series.length, subject.spec.colour_ordered);
      const dx = (i - (series.length - 1) / 2) * apart;
      const points = pointsOf(subject, rows, one);
      return { marks: seriesMarks(points, style, dx, apart, subject.spec.error !== ""), points };
    });
    const { reference } = subject.measure;
    const rule = reference === null ? null : Plot.ruleY([reference], { stroke: kMuted, strokeDasharray: "4 3" });
    const all = drawn.flatMap((one) => one.points);
    const tip = Plot.tip(all, Plot.pointer({ x: "x", y: "y", title: "tip", ...kTip }));
    return [rule, ...drawn.flatMap((one) => one.marks), tip];
  };
  return { title, marks };
}

export function pointRows(subject: Subject): PanelRow[] {
  const { spec, measure, rows, format } = subject;
  const series = distinct(rows, spec.colour);
  const places = distinct(rows, spec.x).length;
  return facets(subject).map(({ heading, cells }) => ({
    heading,
    panels: cells.map((cell) => panelOf(subject, cell.title, cell.rows, series, places)),
    x: xAxis(subject),
    y: yAxis(measure, valuesFor(subject, measure.own_scale ? cells.flatMap((cell) => cell.rows) : rows), format),
  }));
}

export function pointLegend({ spec, rows, words }: Subject): LegendItem[] {
  const series = distinct(rows, spec.colour);
  return series.map((one, i) => ({ label: words.value(one), look: "symbol", ...styleOf(i, series.length, spec.colour_ordered) }));
}
