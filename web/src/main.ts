// Reads the data in the page and draws it, again when the reader changes the language or the width.
import type { Language, ReportData } from "./data";
import { PageBuilder, type Page } from "./page";
import "./report.css";

function readData(): ReportData {
  const element = document.getElementById("data");
  return JSON.parse(element?.textContent ?? "{}") as ReportData;
}

function pictureWidth(page: Page): number {
  const frame = page.element.querySelector(".picture-frame");
  return Math.max(320, Math.floor(frame?.getBoundingClientRect().width ?? 900));
}

function start(): void {
  const data = readData();
  const root = document.getElementById("report");
  if (!root) return;
  let page: Page;
  let width = 0;

  const drawAll = () => {
    width = pictureWidth(page);
    for (const figure of page.figures) figure.draw(width);
  };
  const show = (language: Language) => {
    document.documentElement.lang = language;
    page = new PageBuilder(data, language, show).build();
    root.replaceChildren(page.element);
    drawAll();
    root.dataset["ready"] = language;
  };
  show(data.language);
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => pictureWidth(page) !== width && drawAll(), 120);
  });
}

start();
