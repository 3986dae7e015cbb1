// A calibration curve in steps, the observed groups around it and the line of perfect agreement.
import * as Plot from "@observablehq/plot";
import { numberOf, type Row } from "../data";
import { extent, facets, xAxis, yAxis, type Subject } from "./facets";
import type { LegendItem } from "./legend";
import type { Panel, PanelRow } from "./panels";
import { kTip, lineStyle } from "./style";

interface Group {
  x: number;
  y: number;
  persons: number;
  tip: string;
}

function groupsOf({ words, format }: Subject, rows: readonly Row[]): Group[] {
  return rows
    .filter((row) => row["part"] === "points" && Number.isFinite(numberOf(row, "observed")))
    .map((row) => {
      const [x, y, persons] = [numberOf(row, "prediction"), numberOf(row, "observed"), numberOf(row, "n")];
      const lines = [`${words.column("prediction")}: ${format.significant(x, 3)}`, `${words.column("observed")}: ${format.significant(y, 3)}`];
      if (Number.isFinite(persons)) lines.push(`${words.column("n")}: ${format.count(persons)}`);
      return { x, y, persons: persons || 1, tip: lines.join("\n") };
    });
}

function panelOf(subject: Subject, title: string, rows: readonly Row[], end: number): Panel {
  const marks = () => {
    const knots = rows.filter((row) => row["part"] === "knots").sort((a, b) => numberOf(a, "prediction") - numberOf(b, "prediction"));
    const groups = groupsOf(subject, rows);
    const most = Math.max(1, ...groups.map((group) => group.persons));
    const [identity, curve, observed] = [lineStyle("identity"), lineStyle("curve"), lineStyle("observed")];
    const radius = (group: Group) => 2 + 4 * Math.sqrt(group.persons / most);
    return [
      Plot.line([[0, 0], [end, end]], { stroke: identity.colour, strokeWidth: identity.width, strokeDasharray: identity.dash, clip: true }),
      Plot.dot(groups, { x: "x", y: "y", r: { value: radius, scale: null }, fill: observed.colour, fillOpacity: 0.75, stroke: "#fff", strokeWidth: 0.6 }),
      Plot.line(knots, { x: "prediction", y: "calibrated", stroke: curve.colour, strokeWidth: curve.width, curve: "step-after" }),
      Plot.tip(groups, Plot.pointer({ x: "x", y: "y", title: "tip", ...kTip })),
    ];
  };
  return { title, marks };
}

export function calibrationRows(subject: Subject): PanelRow[] {
  const { measure, format } = subject;
  return facets(subject).map(({ heading, cells }) => {
    const inRow = cells.flatMap((cell) => cell.rows);
    const observed = inRow.flatMap((row) => [numberOf(row, "calibrated"), numberOf(row, "observed")]);
    const [, right] = extent(inRow.map((row) => numberOf(row, "prediction")));
    return {
      heading,
      panels: cells.map((cell) => panelOf(subject, cell.title, cell.rows, 2 * right)),
      x: xAxis({ ...subject, rows: inRow }),
      y: yAxis(measure, observed, format),
    };
  });
}

export function calibrationLegend({ measure, words }: Subject): LegendItem[] {
  return measure.series.map(({ key }) => {
    const { colour, dash, width, symbol } = lineStyle(key);
    const label = words.maybe(`series.${key}`) ?? key;
    return key === "observed" ? { label, look: "symbol", colour, symbol } : { label, look: "line", colour, dash, width };
  });
}
