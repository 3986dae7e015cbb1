// Numbers as the reader's language writes them.
import type { Cell, Language, Measure } from "./data";

const kLocales: Record<Language, string> = { nb: "nb-NO", da: "da-DK", en: "en-GB" };
// Numbers that are names: years, seeds and places in a list have no thousands to set apart.
const kNames = /(^|_)(year|years|seed|from|trained_on|on|draw|fold|horizon|decile|rank)$|^year_|^rank_/;

export class Format {
  constructor(readonly language: Language) {}

  private decimal(value: number, options: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(kLocales[this.language], options).format(value);
  }
  plain(value: number): string {
    return this.decimal(value, { useGrouping: false, maximumFractionDigits: 12 });
  }
  fixed(value: number, decimals: number): string {
    return this.decimal(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }
  significant(value: number, digits: number): string {
    return this.decimal(value, { maximumSignificantDigits: digits });
  }
  count(value: number): string {
    return this.decimal(value, { maximumFractionDigits: 0 });
  }
  percent(value: number, decimals: number): string {
    return this.decimal(value, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }
  /** A value of a measure, for tips. */
  value(value: number, format: Measure["format"]): string {
    if (format === "count") return this.count(value);
    return format === "share" ? this.percent(value, 1) : this.significant(value, 4);
  }
  /** A cell of a table; a missing one is a dash. */
  cell(value: Cell, column: string): string {
    if (value === null) return "–";
    if (typeof value !== "number") return String(value);
    if (kNames.test(column)) return this.plain(value);
    return Number.isInteger(value) ? this.count(value) : this.significant(value, 4);
  }
}
