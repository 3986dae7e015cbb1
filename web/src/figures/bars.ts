// Bars stacked by an ordered value: persons with 1, 2, 3, … events. The value that means "none" is not drawn.
import * as Plot from "@observablehq/plot";
import { distinct, numberOf, type Cell, type Row } from "../data";
import { facets, measured, xAxis, yAxis, type Subject } from "./facets";
import type { LegendItem } from "./legend";
import type { Panel, PanelRow } from "./panels";
import { kTip, styleOf } from "./style";

const kNone = "0";

function layers({ spec, rows }: Subject): Cell[] {
  return distinct(rows, spec.colour).filter((value) => String(value) !== kNone);
}

interface Bar {
  x: string | number;
  from: number;
  to: number;
  fill: string;
  tip: string;
}

/** Bars from the bottom up at each place of x; a suppressed cell adds nothing. */
function barsOf(subject: Subject, rows: readonly Row[], order: readonly Cell[]): Bar[] {
  const { spec, measure, words } = subject;
  const column = measure.series[0]?.column ?? "";
  const height = new Map<Cell, number>();
  const bars: Bar[] = [];
  order.forEach((layer, i) => {
    const fill = styleOf(i, order.length, spec.colour_ordered).colour;
    for (const row of rows.filter((one) => one[spec.colour] === layer)) {
      const value = numberOf(row, column);
      const x = row[spec.x] as string | number;
      if (!(value > 0)) continue;
      const from = height.get(x) ?? 0;
      height.set(x, from + value);
      const tip = `${words.column(spec.x)}: ${x}\n${words.column(spec.colour)}: ${layer}\n${measured(subject, value)}`;
      bars.push({ x, from, to: from + value, fill, tip });
    }
  });
  return bars;
}

function panelOf(subject: Subject, title: string, rows: readonly Row[], order: readonly Cell[]): Panel {
  const marks = () => {
    const bars = barsOf(subject, rows, order);
    const shape = { x: "x", y1: "from", y2: "to", inset: 0.4, insetLeft: 1, insetRight: 1 };
    const tip = Plot.tip(bars, Plot.pointer({ x: "x", y: (bar: Bar) => (bar.from + bar.to) / 2, title: "tip", ...kTip }));
    return [Plot.barY(bars, { ...shape, fill: "fill" }), tip];
  };
  return { title, marks };
}

export function barRows(subject: Subject): PanelRow[] {
  const { measure, rows, format } = subject;
  const order = layers(subject);
  const topsOf = (cells: readonly { rows: Row[] }[]) =>
    cells.flatMap((cell) => barsOf(subject, cell.rows, order).map((bar) => bar.to));
  const all = facets(subject);
  const common = all.flatMap(({ cells }) => topsOf(cells));
  return all.map(({ heading, cells }) => ({
    heading,
    panels: cells.map((cell) => panelOf(subject, cell.title, cell.rows, order)),
    x: xAxis({ ...subject, rows }, "band"),
    y: yAxis(measure, measure.own_scale ? topsOf(cells) : common, format),
  }));
}

export function barLegend(subject: Subject): LegendItem[] {
  const order = layers(subject);
  return order.map((layer, i) => ({
    label: String(layer),
    look: "box",
    colour: styleOf(i, order.length, subject.spec.colour_ordered).colour,
  }));
}
