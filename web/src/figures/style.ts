// Colours that colour-blind readers tell apart (Okabe and Ito 2008), each with a symbol or a dash of its own.
import type * as Plot from "@observablehq/plot";

export const kInk = "#1b1f23";
export const kMuted = "#4d5660";
export const kGrid = "#e3e7eb";
export const kBaseline = "#8a949e";
export const kFont = '"Source Sans 3", "Source Sans Pro", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
export const kFontSize = 11.5;

/** How the note beside the pointer is set. */
export const kTip = { lineHeight: 1.35, stroke: "#8a949e", textPadding: 9 };

const kHues = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000"];
const kShades = ["#9ecae1", "#5ba3d0", "#2b7bba", "#0b559f", "#08306b"];
const kSymbols: Plot.SymbolType[] = ["circle", "square", "triangle", "diamond", "star", "wye", "cross"];

export interface Style {
  colour: string;
  symbol: Plot.SymbolType;
}

/** The look of the i-th of n values: shades of one hue, light to dark, where the values have an order. */
export function styleOf(i: number, n: number, ordered: boolean): Style {
  const shade = n > 1 ? Math.round((i * (kShades.length - 1)) / (n - 1)) : kShades.length - 2;
  const colour = ordered ? kShades[shade] : kHues[i % kHues.length];
  return { colour: colour ?? kInk, symbol: kSymbols[i % kSymbols.length] ?? "circle" };
}

export interface LineStyle extends Style {
  dash: string;
  width: number;
}

const kLines: Record<string, LineStyle> = {
  actual: { colour: "#D55E00", dash: "", width: 2.2, symbol: "circle" },
  predicted: { colour: "#0072B2", dash: "7 3", width: 2.2, symbol: "square" },
  perfect: { colour: "#5c6670", dash: "2 3", width: 1.3, symbol: "diamond" },
  random: { colour: "#8a949e", dash: "8 3 2 3", width: 1.3, symbol: "triangle" },
  curve: { colour: "#0072B2", dash: "", width: 2, symbol: "circle" },
  observed: { colour: "#D55E00", dash: "", width: 0, symbol: "circle" },
  identity: { colour: "#5c6670", dash: "4 3", width: 1.2, symbol: "diamond" },
};

export function lineStyle(key: string): LineStyle {
  return kLines[key] ?? { colour: kInk, dash: "", width: 2, symbol: "circle" };
}
