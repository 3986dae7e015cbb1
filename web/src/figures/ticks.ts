// Where ticks stand and how wide words are: decided before drawing, so that labels cannot meet.
import { kFont, kFontSize } from "./style";

const pencil = document.createElement("canvas").getContext("2d");

/** Width in pixels of a text as the figures set it. */
export function textWidth(text: string, size = kFontSize, weight = 400): number {
  if (!pencil) return text.length * size * 0.62;
  pencil.font = `${weight} ${size}px ${kFont}`;
  return pencil.measureText(text).width;
}

/** A text cut to a width in pixels, with a sign that it is cut. */
export function fitText(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  let end = text.length - 1;
  while (end > 1 && textWidth(`${text.slice(0, end).trimEnd()}…`, size) > width) end--;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** The step 1, 2, 2.5 or 5 × 10^k that cuts a span into at most `most` parts. */
export function niceStep(span: number, most: number): number {
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** The fewest decimals that write every multiple of a step exactly. */
export function decimalsOf(step: number): number {
  let decimals = 0;
  while (decimals < 9 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6 * step * 10 ** decimals) decimals++;
  return decimals;
}

export interface Scale {
  domain: [number, number];
  ticks: number[];
  step: number;
}

/** A domain widened to whole steps with its ticks. */
export function niceScale(low: number, high: number, most: number): Scale {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(high - low > 1e-6 * size)) [low, high] = [low - 0.1 * (size || 1), high + 0.1 * (size || 1)]; // rounding is no span
  const step = niceStep(high - low, most);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { domain: [first * step, last * step], ticks, step };
}

/** Whole years of a span, thinned to at most `most`. */
export function yearTicks(years: readonly number[], most: number): number[] {
  const step = Math.max(1, Math.ceil(niceStep(Math.max(1, years.length), most)));
  return years.filter((_, i) => i % step === 0);
}
