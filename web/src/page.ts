// The page: header with facts and key figures, contents, sections of figures, further tables.
import { prepare, rowsOf, type Drawable, type KeyFigure, type Language, type LeftOut, type ReportData, type TableData } from "./data";
import { h } from "./dom";
import { saveCsv } from "./download";
import { FigureBlock } from "./figure";
import { Format } from "./format";
import { foldedTable } from "./table";
import { kLanguages, Words } from "./texts";

export interface Page {
  element: HTMLElement;
  figures: FigureBlock[];
}

interface Section {
  id: string;
  title: string;
  blocks: FigureBlock[];
}

export class PageBuilder {
  private readonly words: Words;
  private readonly format: Format;

  constructor(
    private readonly data: ReportData,
    private readonly language: Language,
    private readonly onLanguage: (language: Language) => void,
  ) {
    this.words = new Words(language, data.labels);
    this.format = new Format(language);
  }

  build(): Page {
    const prepared = this.data.figures.map((spec) => prepare(spec, this.data.tables));
    const drawable = prepared.filter((one): one is Drawable => "rows" in one);
    const leftOut = prepared.filter((one): one is LeftOut => "reason" in one);
    const sections = this.sections(drawable);
    const used = new Set(drawable.map(({ table }) => table.name));
    const further = this.data.tables.filter((table) => !used.has(table.name) && rowsOf(table).length > 0);
    const intro = h("div", { class: "intro" }, ...this.top());
    const contents = this.contents(sections, leftOut.length > 0, further.length > 0);
    const results = sections.map((one) => this.section(one));
    const main = h("main", {}, ...results, this.leftOut(leftOut), this.appendix(further), this.footer());
    const element = h("div", { class: "page" }, intro, contents, main);
    return { element, figures: sections.flatMap(({ blocks }) => blocks) };
  }

  private sections(drawable: Drawable[]): Section[] {
    const sections: Section[] = [];
    drawable.forEach((figure, i) => {
      const id = figure.spec.section;
      let section = sections.find((one) => one.id === id);
      if (!section) sections.push((section = { id, title: this.words.maybe(`section.${id}`) ?? id, blocks: [] }));
      section.blocks.push(new FigureBlock(figure, i + 1, this.data.study, this.words, this.format));
    });
    return sections;
  }

  private top(): HTMLElement[] {
    const { data, words } = this;
    const purpose = words.maybe(`purpose.${data.purpose}`) ?? data.purpose;
    const flags = data.flags.map((flag) => h("p", { class: "flag", role: "note" }, words.maybe(`flag.${flag}`) ?? flag));
    const overline = h("p", { class: "overline" }, words.text("page.overline"), " · ", data.study);
    const about = h("p", { class: "purpose" }, `${words.text("purpose")}: ${purpose}`);
    const header = h("header", { class: "top" }, overline, this.languageSelect(), h("h1", {}, data.title || data.study), about, ...flags);
    return [header, ...this.keyFigures(), ...this.facts()];
  }

  private languageSelect(): HTMLElement {
    const change = (event: Event) => this.onLanguage((event.target as HTMLSelectElement).value as Language);
    const options = kLanguages.map(([code, name]) => h("option", { value: code, selected: code === this.language, lang: code }, name));
    return h("label", { class: "language" }, h("span", {}, this.words.text("page.language")), h("select", { name: "language", change }, ...options));
  }

  private facts(): HTMLElement[] {
    if (this.data.facts.length === 0) return [];
    const pairs = this.data.facts.map(([key, value]) => h("div", {}, h("dt", {}, this.words.maybe(`fact.${key}`) ?? this.words.column(key)), h("dd", {}, value)));
    return [h("section", { class: "facts", "aria-labelledby": "facts" }, h("h2", { id: "facts" }, this.words.text("page.facts")), h("dl", {}, ...pairs))];
  }

  private keyValue(figure: KeyFigure): string {
    const share = figure.id.startsWith("top_");
    const index = figure.id.startsWith("forecast_") && figure.high > 10;
    const write = (value: number) => (share ? this.format.fixed(100 * value, 1) : this.format.fixed(value, index ? 1 : 2));
    const [low, high] = [write(figure.low), write(figure.high)];
    return (low === high ? low : `${low}–${high}`) + (share ? " %" : "");
  }

  private keyFigures(): HTMLElement[] {
    const { words } = this;
    const [first] = this.data.key_figures;
    if (!first) return [];
    const ids = [...new Set(this.data.key_figures.map(({ id }) => id))];
    const tiles = ids.map((id) => {
      const values = this.data.key_figures.filter((figure) => figure.id === id);
      const lines = values.map((figure) =>
        h("p", { class: "value" }, h("strong", {}, this.keyValue(figure)), h("span", { class: "muted" }, words.text("key.horizon", { v: figure.horizon }))));
      return h("li", {}, ...lines, h("p", {}, words.maybe(`key.${id}`) ?? id));
    });
    const about = words.sentence(words.text("key.context", { outcome: words.value(first.outcome) }));
    return [h("section", { class: "key-figures", "aria-labelledby": "key-figures" },
      h("h2", { id: "key-figures" }, words.text("page.key_figures")), h("p", { class: "context" }, about), h("ul", {}, ...tiles))];
  }

  private contents(sections: readonly Section[], hasLeftOut: boolean, hasAppendix: boolean): HTMLElement {
    const { words } = this;
    const link = (target: string, text: string) => h("a", { href: `#${target}` }, text);
    const items = sections.map(({ id, title, blocks }) => {
      const figures = blocks.map((block) => h("li", {}, h("a", { href: `#${block.element.id}` }, h("span", { class: "number" }, String(block.number)), block.title)));
      return h("li", {}, link(`section-${id}`, title), h("ol", {}, ...figures));
    });
    if (hasLeftOut) items.push(h("li", {}, link("left-out", words.text("page.left_out"))));
    if (hasAppendix) items.push(h("li", {}, link("appendix", words.text("page.appendix"))));
    return h("nav", { class: "contents", "aria-labelledby": "contents" }, h("h2", { id: "contents" }, words.text("page.contents")), h("ol", {}, ...items));
  }

  private section({ id, title, blocks }: Section): HTMLElement {
    return h("section", { "aria-labelledby": `section-${id}` }, h("h2", { id: `section-${id}` }, title), ...blocks.map((block) => block.element));
  }

  private leftOut(figures: readonly LeftOut[]): HTMLElement | null {
    if (figures.length === 0) return null;
    const lines = figures.map(({ spec, reason, detail }) => {
      const title = this.words.maybe(`title.${spec.id}`) ?? spec.id;
      return h("li", {}, `${title}: ${this.words.text(`reason.${reason}`, { v: detail })}.`);
    });
    return h("section", { class: "left-out", "aria-labelledby": "left-out" }, h("h2", { id: "left-out" }, this.words.text("page.left_out")), h("ul", {}, ...lines));
  }

  private appendix(tables: readonly TableData[]): HTMLElement | null {
    if (tables.length === 0) return null;
    const { words, format } = this;
    const blocks = tables.map((table) => {
      const rows = rowsOf(table);
      const names = table.columns.map((column) => column.name);
      const title = words.maybe(`table.${table.name}`) ?? words.value(table.name);
      const csv = () => saveCsv(`${this.data.study}-${table.name}`, names, rows);
      const button = h("button", { type: "button", class: "button", click: csv, "aria-label": `${words.text("download.csv")}: ${title}` }, words.text("download.csv"));
      return h("div", { class: "appendix-table" }, foldedTable(title, table.columns, rows, title, words, format), h("div", { class: "buttons" }, button));
    });
    return h("section", { class: "appendix", "aria-labelledby": "appendix" }, h("h2", { id: "appendix" }, words.text("page.appendix")), ...blocks);
  }

  private footer(): HTMLElement {
    return h("footer", {}, h("p", {}, this.words.text("page.footer")));
  }
}
