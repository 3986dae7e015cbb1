// The legend, in the picture itself so that a saved picture keeps it. Items wrap to the width.
import * as Plot from "@observablehq/plot";
import { s } from "../dom";
import { kFontSize, kInk, kMuted } from "./style";
import { textWidth } from "./ticks";

export interface LegendItem {
  label: string;
  colour: string;
  look: "symbol" | "line" | "box";
  symbol?: Plot.SymbolType;
  dash?: string;
  width?: number;
}

const kSample = 26;
const kLine = 20;

const kPaths: Record<string, string> = {
  circle: "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0",
  square: "M-4,-4h8v8h-8z",
  triangle: "M0,-5.5L5,3.5H-5z",
  diamond: "M0,-6L4,0L0,6L-4,0z",
  star: "M0,-6L1.4,-1.9H5.7L2.2,.7L3.5,4.9L0,2.3L-3.5,4.9L-2.2,.7L-5.7,-1.9H-1.4z",
  wye: "M-1.6,5V.9L-5,-1.2L-3.4,-4L0,-1.9L3.4,-4L5,-1.2L1.6,.9V5z",
  cross: "M-5,-1.7H-1.7V-5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5z",
};

function sample(item: LegendItem): SVGElement {
  if (item.look === "box") return s("rect", { x: 8, y: -5.5, width: 14, height: 11, fill: item.colour });
  const symbol = typeof item.symbol === "string" ? kPaths[item.symbol] : undefined;
  const dot = symbol ? s("path", { d: symbol, fill: item.colour, transform: `translate(${kSample / 2 + 1},0)` }) : null;
  if (item.look === "symbol") return s("g", {}, dot);
  const stroke = { stroke: item.colour, "stroke-width": item.width ?? 2, "stroke-dasharray": item.dash ?? "" };
  return s("g", {}, s("line", { x1: 0, x2: kSample, ...stroke }), dot);
}

/** The legend's lines from the top, and their height in pixels. */
export function legend(title: string, items: readonly LegendItem[], width: number): { element: SVGGElement; height: number } {
  const element = s("g", { class: "legend", "text-anchor": "start", "font-size": kFontSize });
  let x = 0;
  let y = 10;
  if (title) {
    element.append(s("text", { x, y: y + 4, fill: kMuted }, title));
    x += textWidth(title) + 14;
  }
  for (const item of items) {
    const needed = kSample + 6 + textWidth(item.label);
    if (x > 0 && x + needed > width) [x, y] = [0, y + kLine];
    const label = s("text", { x: kSample + 6, y: 4, fill: kInk }, item.label);
    element.append(s("g", { transform: `translate(${x},${y})` }, sample(item), label));
    x += needed + 20;
  }
  return { element, height: y + 14 };
}
