// From a figure's specification and the rows chosen to its picture. To add a kind: a module and a line here.
import { distinct, numberOf, type FigureSpec, type Row } from "../data";
import { barLegend, barRows } from "./bars";
import { calibrationLegend, calibrationRows } from "./calibration";
import type { Subject } from "./facets";
import type { LegendItem } from "./legend";
import { lineLegend, lineRows } from "./lines";
import { drawPicture, type PanelRow, type Picture } from "./panels";
import { pointLegend, pointRows } from "./points";

interface Kind {
  rows: (subject: Subject) => PanelRow[];
  legend: (subject: Subject) => LegendItem[];
  titled: boolean; // the legend begins with the name of the colour column
  aspect: number;
}

const kKinds: Record<FigureSpec["kind"], Kind> = {
  points: { rows: pointRows, legend: pointLegend, titled: true, aspect: 0.68 },
  lines: { rows: lineRows, legend: lineLegend, titled: false, aspect: 0.62 },
  bars: { rows: barRows, legend: barLegend, titled: true, aspect: 0.56 },
  calibration: { rows: calibrationRows, legend: calibrationLegend, titled: false, aspect: 0.72 },
};

/** 1 or 100, as the table's index counts its first year. */
function indexBase(subject: Subject): number {
  const values = subject.measure.series.flatMap(({ column }) => subject.rows.map((row) => numberOf(row, column)));
  return values.some((value) => value > 10) ? 100 : 1;
}

export function yTitle(subject: Subject): string {
  const { measure, words } = subject;
  return words.maybe(`y.${measure.key}`, { base: indexBase(subject) }) ?? measure.key;
}

export function draw(subject: Subject, title: string, width: number): SVGSVGElement {
  const { spec, words } = subject;
  const kind = kKinds[spec.kind];
  const name = words.maybe(`legend.${spec.colour}`) ?? words.column(spec.colour);
  const picture: Picture = {
    rows: kind.rows(subject),
    legendTitle: kind.titled ? name : "",
    legend: kind.legend(subject),
    xTitle: words.maybe(`x.${spec.x}`) ?? words.column(spec.x),
    yTitle: yTitle(subject),
    description: describe(subject, title),
    narrowest: spec.rows ? 150 : 190,
    aspect: kind.aspect,
  };
  return drawPicture(picture, width);
}

/** What a screen reader says instead of the picture; the numbers are in the table below it. */
function describe(subject: Subject, title: string): string {
  const { spec, rows, words } = subject;
  const panels = [spec.rows, spec.columns].filter((column) => column !== "");
  const values = panels.map((column) => distinct(rows as Row[], column).map((value) => words.value(value)).join(", "));
  return [`${title}. ${yTitle(subject)}`, ...values].join("; ");
}
