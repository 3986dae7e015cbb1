// Small multiples: panels in rows, one picture. Every panel is a plot of its own, so rows may differ in scale.
import * as Plot from "@observablehq/plot";
import { s } from "../dom";
import { legend, type LegendItem } from "./legend";
import { kBaseline, kFont, kFontSize, kGrid, kInk, kMuted } from "./style";
import { fitText, textWidth } from "./ticks";

export interface Axis {
  type: "point" | "band" | "linear";
  domain: (string | number)[];
  ticks: (string | number)[];
  label: (tick: string | number) => string;
}
export interface Panel {
  title: string;
  marks: (size: PanelSize) => Plot.Markish[];
}
export interface PanelSize {
  width: number;
  height: number;
}
export interface PanelRow {
  heading: string;
  panels: Panel[];
  x: (size: PanelSize) => Axis;
  y: (size: PanelSize) => Axis;
}
export interface Picture {
  rows: PanelRow[];
  legendTitle: string;
  legend: LegendItem[];
  xTitle: string;
  yTitle: string;
  description: string;
  narrowest: number; // least width of a panel in pixels
  aspect: number; // height of a panel relative to its width
}

const kLeastGap = 22;
const kTop = 6;
const kHeading = 26;
const kTitle = 19;
const kTitleSize = 12;
const kMany = 5; // rows above this number are drawn lower, so that a figure still fits a page

/** Most panels side by side that are wide enough, spread evenly over the lines they need. */
function columnsFor(picture: Picture, room: number, gap: number): number {
  const widest = Math.max(...picture.rows.map((row) => row.panels.length));
  const fit = Math.max(1, Math.floor((room + gap) / (picture.narrowest + gap)));
  return Math.ceil(widest / Math.ceil(widest / fit));
}

interface Frame {
  left: number;
  gap: number; // between panels: the last tick of one and the first of the next fit into it
  columns: number;
  size: PanelSize;
}

function widestLabel(axis: Axis): number {
  return Math.max(0, ...axis.ticks.map((tick) => textWidth(axis.label(tick))));
}

function frameFor(picture: Picture, width: number): Frame {
  const guess = { width: picture.narrowest, height: picture.narrowest * picture.aspect };
  const left = Math.ceil(Math.max(20, ...picture.rows.map((row) => widestLabel(row.y(guess))))) + 16;
  const ends = picture.rows.map((row) => row.x(guess)).filter((axis) => axis.type === "linear");
  const gap = Math.ceil(Math.max(kLeastGap, ...ends.map((axis) => widestLabel(axis) + 8)));
  const room = width - left - gap;
  const columns = columnsFor(picture, room, gap);
  const panel = Math.floor(Math.min(460, (room - gap * (columns - 1)) / columns));
  const many = picture.rows.length > kMany;
  const height = Math.round(many ? Math.min(120, Math.max(86, panel * 0.4)) : Math.min(270, Math.max(118, panel * picture.aspect)));
  return { left, gap, columns, size: { width: panel, height } };
}

/** Upright labels where they fit beside each other, else turned. */
function turned(axis: Axis, width: number): { rotate: number; height: number } {
  const step = axis.type === "linear" ? width / Math.max(1, axis.ticks.length - 1) : width / axis.domain.length;
  const widest = widestLabel(axis);
  return widest + 5 <= step ? { rotate: 0, height: 24 } : { rotate: -90, height: Math.ceil(widest) + 12 };
}

function drawPanel(panel: Panel, x: Axis, y: Axis, frame: Frame, first: boolean): { svg: SVGSVGElement; height: number } {
  const { rotate, height: axisHeight } = turned(x, frame.size.width);
  const height = kTop + frame.size.height + axisHeight;
  const plot = Plot.plot({
    width: frame.left + frame.size.width + frame.gap,
    height,
    marginTop: kTop,
    marginRight: frame.gap,
    marginBottom: axisHeight,
    marginLeft: frame.left,
    style: { fontFamily: "inherit", fontSize: `${kFontSize}px`, overflow: "visible" },
    x: { type: x.type, domain: x.domain, axis: null },
    y: { type: "linear", domain: y.domain, axis: null },
    marks: [
      Plot.frame({ fill: "#fff", stroke: "none", ariaLabel: "panel" }),
      Plot.gridY(y.ticks as number[], { stroke: kGrid, strokeOpacity: 1 }),
      Plot.ruleY([y.domain[0] as number], { stroke: kBaseline }),
      Plot.axisX(x.ticks, { tickFormat: x.label, tickRotate: rotate, tickSize: 4, label: null, color: kMuted }),
      first ? Plot.axisY(y.ticks as number[], { tickFormat: y.label as (v: unknown) => string, tickSize: 0, label: null, color: kMuted }) : null,
      ...panel.marks(frame.size),
    ],
  }) as SVGSVGElement;
  plot.querySelector(":scope > style")?.remove(); // its height rule is for pages, not for panels
  plot.setAttribute("class", "panel");
  plot.removeAttribute("id");
  plot.addEventListener("pointerenter", () => plot.parentNode?.append(plot)); // a tip lies over the neighbours
  return { svg: plot, height };
}

/** Panels of one row from height y on; returns the height below them. */
function drawRow(svg: SVGSVGElement, row: PanelRow, frame: Frame, y: number): number {
  if (row.heading) {
    svg.append(s("text", { class: "row-title", x: frame.left, y: y + 17, "font-size": 13, "font-weight": 600, fill: kInk }, row.heading));
    y += kHeading;
  }
  const x = row.x(frame.size);
  const yAxis = row.y(frame.size);
  for (let start = 0; start < row.panels.length; start += frame.columns) {
    let tallest = 0;
    row.panels.slice(start, start + frame.columns).forEach((panel, i) => {
      const left = i * (frame.size.width + frame.gap);
      const { svg: plot, height } = drawPanel(panel, x, yAxis, frame, i === 0);
      plot.setAttribute("x", String(left));
      plot.setAttribute("y", String(y + (panel.title ? kTitle : 0)));
      if (panel.title) {
        const shown = fitText(panel.title, frame.size.width + frame.gap - 8, kTitleSize);
        const whole = shown === panel.title ? null : s("title", {}, panel.title);
        svg.append(s("text", { class: "panel-title", x: frame.left + left, y: y + 13, "font-size": kTitleSize, fill: kInk }, shown, whole));
      }
      svg.append(plot);
      tallest = Math.max(tallest, height + (panel.title ? kTitle : 0));
    });
    y += tallest + 10;
  }
  return y;
}

/** The whole picture at a width in pixels. */
export function drawPicture(picture: Picture, width: number): SVGSVGElement {
  const frame = frameFor(picture, width);
  const used = Math.min(width, frame.left + frame.columns * (frame.size.width + frame.gap));
  const svg = s("svg", { class: "picture", role: "img", "aria-label": picture.description, width, fill: kInk, "font-family": kFont });
  svg.style.setProperty("--plot-background", "#fff");
  let y = 0;
  if (picture.legend.length > 0) {
    const drawn = legend(picture.legendTitle, picture.legend, width);
    svg.append(drawn.element);
    y += drawn.height;
  }
  svg.append(s("text", { class: "axis-title y", x: 0, y: y + 16, "font-size": 12, fill: kMuted }, picture.yTitle));
  y += 26;
  for (const row of picture.rows) y = drawRow(svg, row, frame, y);
  const centre = frame.left + (used - frame.left - frame.gap) / 2;
  svg.append(s("text", { class: "axis-title x", x: centre, y: y + 8, "font-size": 12, "text-anchor": "middle", fill: kMuted }, picture.xTitle));
  y += 18;
  svg.setAttribute("height", String(y));
  svg.setAttribute("viewBox", `0 0 ${width} ${y}`);
  return svg;
}
