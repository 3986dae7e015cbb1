// One line per series over a number, a share or years: concentration curves and forecasts.
import * as Plot from "@observablehq/plot";
import { numberOf, type Row, type Series } from "../data";
import { facets, xAxis, yAxis, type Subject } from "./facets";
import type { LegendItem } from "./legend";
import type { Panel, PanelRow } from "./panels";
import { kTip, lineStyle } from "./style";

interface Point {
  x: number;
  y: number;
  tip: string;
}

function pointsOf({ spec, measure, words, format }: Subject, rows: readonly Row[], series: Series): Point[] {
  const name = words.maybe(`series.${series.key}`) ?? series.key;
  return rows
    .map((row) => {
      const [x, y] = [numberOf(row, spec.x), numberOf(row, series.column)];
      const place = spec.x_scale === "share" ? format.percent(x, 1) : String(x);
      return { x, y, tip: `${name}\n${words.column(spec.x)}: ${place}\n${format.value(y, measure.format)}` };
    })
    .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
    .sort((a, b) => a.x - b.x);
}

function panelOf(subject: Subject, title: string, rows: readonly Row[]): Panel {
  const marks = () => {
    const thinFirst = [...subject.measure.series].sort((a, b) => lineStyle(a.key).width - lineStyle(b.key).width);
    const drawn = thinFirst.map((series) => ({ series, points: pointsOf(subject, rows, series) }));
    const lines = drawn.flatMap(({ series, points }) => {
      const { colour, dash, width, symbol } = lineStyle(series.key);
      const line = Plot.line(points, { x: "x", y: "y", stroke: colour, strokeWidth: width, strokeDasharray: dash, clip: true });
      const few = subject.spec.x_scale === "year" && points.length <= 12;
      return [line, few ? Plot.dot(points, { x: "x", y: "y", fill: colour, symbol, r: 3.4, stroke: "#fff", strokeWidth: 0.6 }) : null];
    });
    const measured = drawn.filter(({ series }) => series.column !== subject.spec.x).flatMap(({ points }) => points);
    return [...lines, Plot.tip(measured, Plot.pointer({ x: "x", y: "y", title: "tip", ...kTip }))];
  };
  return { title, marks };
}

export function lineRows(subject: Subject): PanelRow[] {
  const { measure, rows, format } = subject;
  const valuesOf = (some: readonly Row[]) => measure.series.flatMap(({ column }) => some.map((row) => numberOf(row, column)));
  return facets(subject).map(({ heading, cells }) => ({
    heading,
    panels: cells.map((cell) => panelOf(subject, cell.title, cell.rows)),
    x: xAxis(subject),
    y: yAxis(measure, valuesOf(measure.own_scale ? cells.flatMap((cell) => cell.rows) : rows), format),
  }));
}

export function lineLegend({ spec, measure, words }: Subject): LegendItem[] {
  return measure.series.map(({ key }) => {
    const { colour, dash, width, symbol } = lineStyle(key);
    const label = words.maybe(`series.${key}`) ?? key;
    return { label, look: "line", colour, dash, width, ...(spec.x_scale === "year" ? { symbol } : {}) };
  });
}
