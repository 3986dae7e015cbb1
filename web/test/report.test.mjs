// Opens generated reports in a real browser. KOHORT_REPORT_SAMPLE: the program that writes one;
// KOHORT_REPORT_OUT: a folder for reports and pictures; KOHORT_CHROMIUM: another browser than /usr/bin/chromium.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const program = process.env.KOHORT_REPORT_SAMPLE;
const folder = process.env.KOHORT_REPORT_OUT;
const executablePath = process.env.KOHORT_CHROMIUM ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const kFigures = 14;

let browser;
const fileOf = (name) => join(folder, `${name}.html`);

before(async () => {
  mkdirSync(folder, { recursive: true });
  for (const language of ["en", "nb", "da"]) execFileSync(program, [fileOf(language), language]);
  execFileSync(program, [fileOf("short"), "en", "short"]);
  browser = await chromium.launch({ executablePath, args });
});
after(() => browser?.close());

/** A page on a report, with everything it asked for and complained about. */
async function open(name, width = 1280) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, acceptDownloads: true });
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(pathToFileURL(fileOf(name)).href);
  await page.waitForSelector("#report[data-ready]");
  return { page, requests, complaints };
}

/** Another report: the sample with its data changed by a function. */
function writeVariant(name, change) {
  const page = readFileSync(fileOf("en"), "utf8");
  const [, json] = page.match(/id="data">(.*?)<\/script>/s);
  const data = JSON.parse(json);
  change(data);
  writeFileSync(fileOf(name), page.replace(json, () => JSON.stringify(data).replaceAll("<", "\\u003c")));
}

/** Keep the rows of every table in which a column, where there is one, has a value. */
function keepOnly(data, column, wanted) {
  for (const table of data.tables) {
    const about = table.columns.find(({ name }) => name === column);
    if (!about) continue;
    const keep = about.values.map((value) => (about.levels ? about.levels[value] : value) === wanted);
    for (const one of table.columns) one.values = one.values.filter((_, row) => keep[row]);
  }
}

/** Per figure: how many marks, which axis titles, and every pair of texts whose boxes overlap. */
function inspectFigures(only = "figure.figure") {
  const kSlack = 1; // pixels: boxes of text are a little larger than their ink
  const visible = (box) => box.width > 0 && box.height > 0;
  return [...document.querySelectorAll(only)].map((figure) => {
    const svg = figure.querySelector("svg.picture");
    const texts = [...svg.querySelectorAll("text")].flatMap((text) => {
      const parts = text.querySelectorAll("tspan").length > 0 ? text.querySelectorAll("tspan") : [text];
      return [...parts].map((part) => ({ text: part.textContent, box: part.getBoundingClientRect() }));
    }).filter(({ text, box }) => text.trim() !== "" && visible(box));
    const overlaps = [];
    texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (across > kSlack && down > kSlack) overlaps.push(`${a.text} / ${b.text}`);
    }));
    const panels = [...svg.querySelectorAll("svg.panel")];
    const marksOf = (panel) => panel.querySelectorAll('[aria-label="dot"] *, [aria-label="bar"] *, [aria-label="line"] path').length;
    const frame = svg.getBoundingClientRect();
    return {
      id: figure.id,
      marks: panels.map(marksOf),
      xTitle: svg.querySelector(".axis-title.x")?.textContent ?? "",
      yTitle: svg.querySelector(".axis-title.y")?.textContent ?? "",
      ticks: texts.length,
      overlaps,
      outside: texts.filter(({ box }) => box.right > innerWidth || box.left < 0 || box.bottom > frame.bottom + 2).map(({ text }) => text),
      broken: /NaN|undefined|Infinity/.test(svg.outerHTML),
    };
  });
}

function assertReadable(figures) {
  for (const figure of figures) {
    assert.ok(figure.marks.length > 0, `${figure.id} has no panel`);
    assert.ok(figure.marks.every((count) => count > 0), `${figure.id} has a panel without marks: ${figure.marks}`);
    assert.match(figure.xTitle, /\w{3}|År/, `${figure.id}: title of x`);
    assert.match(figure.yTitle, /\w{3}/, `${figure.id}: title of y`);
    assert.doesNotMatch(figure.xTitle + figure.yTitle, /[{}=] ?\)|_/, `${figure.id}: unfilled title`);
    assert.deepEqual(figure.overlaps, [], `${figure.id}: texts overlap`);
    assert.deepEqual(figure.outside, [], `${figure.id}: texts outside the page`);
    assert.equal(figure.broken, false, `${figure.id}: a broken number in the picture`);
  }
}

describe("the report", () => {
  for (const [name, width] of [["en", 1280], ["en", 800], ["nb", 1280], ["da", 800]])
    test(`in ${name} at ${width} pixels: every figure readable, nothing loaded, no complaint`, async () => {
      const { page, requests, complaints } = await open(name, width);
      const figures = await page.evaluate(inspectFigures, undefined);
      assert.equal(figures.length, kFigures);
      assertReadable(figures);
      assert.deepEqual(requests.filter((url) => !url.startsWith("data:")), [pathToFileURL(fileOf(name)).href]);
      assert.deepEqual(complaints, []);
      const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scroll <= width, `the page is ${scroll} pixels wide`);
      await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true });
      await page.close();
    });

  test("stays readable under every choice of every control", async () => {
    const { page, complaints } = await open("en", 800);
    const selects = await page.$$eval("figure.figure select", (all) =>
      all.map((one) => ({ figure: one.closest("figure").id, name: one.name, values: [...one.options].map(({ value }) => value) })));
    assert.ok(selects.length >= 10, `only ${selects.length} controls`);
    for (const { figure, name, values } of selects)
      for (const value of [...values.slice(1), values[0]]) {
        await page.selectOption(`#${figure} select[name="${name}"]`, value);
        assertReadable(await page.evaluate(inspectFigures, `#${figure}`));
      }
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("stays readable with long names", async () => {
    writeVariant("long", (data) => {
      data.labels = [["all_charges", "All charges of whatever kind that were registered in the year"],
        ["forest", "A random forest of many deep trees & <one> shallow one"], ["previously", "Previously charged"]];
    });
    const { page, complaints } = await open("long", 800);
    assertReadable(await page.evaluate(inspectFigures, undefined));
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("draws a study of one outcome, one model and one horizon", async () => {
    writeVariant("single", (data) => {
      for (const [column, value] of [["outcome", "violence"], ["model", "lasso"], ["horizon", 2]]) keepOnly(data, column, value);
    });
    const { page, complaints } = await open("single", 1280);
    const figures = await page.evaluate(inspectFigures, undefined);
    assertReadable(figures);
    assert.equal(figures.length, kFigures);
    assert.equal(await page.locator('#deciles select[name="horizon"]').count(), 0);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("draws a forecast whose outcome lies ahead", async () => {
    writeVariant("ahead", (data) => {
      const forecast = data.tables.find(({ name }) => name === "forecast");
      const years = forecast.columns.find(({ name }) => name === "year").values;
      for (const { name, values } of forecast.columns)
        if (/_actual$/.test(name)) years.forEach((year, row) => { if (year >= 2018) values[row] = null; });
    });
    const { page, complaints } = await open("ahead", 800);
    assertReadable(await page.evaluate(inspectFigures, undefined));
    const dots = await page.$$eval("#forecast_nation svg.panel:first-of-type [aria-label=dot]", (all) => all.map((one) => one.childElementCount));
    assert.deepEqual(dots.slice(0, 2).sort(), [2, 4]);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("redraws to a new width", async () => {
    const { page } = await open("en", 1280);
    const width = () => page.$eval("#correlation svg.picture", (svg) => Number(svg.getAttribute("width")));
    const wide = await width();
    await page.setViewportSize({ width: 800, height: 900 });
    await page.waitForFunction((before) => Number(document.querySelector("#correlation svg.picture").getAttribute("width")) < before, wide);
    assertReadable(await page.evaluate(inspectFigures, undefined));
    await page.close();
  });

  test("offers each figure's numbers as CSV and its picture as SVG", async () => {
    const { page } = await open("nb");
    const save = async (button) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#signal .buttons button:nth-child(${button})`)]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    const csv = await save(1);
    assert.equal(csv.name, "crime-forecast-signal.csv");
    const lines = csv.text.trimEnd().split("\n");
    assert.equal(lines[0], "design,outcome,model,horizon,trained_on,predict_from,predict_year,group_by,group,slope,standard_error,n");
    assert.equal(lines.length, 1 + 4 * 3 * 4 * 8);
    assert.match(lines[1], /^forecast_path,all_charges,lasso,2,2014,2014,2016,age_group,15-17,1\.\d+,0\.03,2000$/);
    const svg = await save(2);
    assert.equal(svg.name, "crime-forecast-signal.svg");
    const drawn = await page.evaluate((text) => {
      const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      return { name: root.nodeName, title: root.querySelector("text").textContent, panels: root.querySelectorAll("svg").length };
    }, svg.text);
    assert.deepEqual(drawn, { name: "svg", title: "Prediksjonenes signalverdi etter aldersgruppe", panels: 12 });
    await page.close();
  });

  test("speaks the language asked for, numbers included, and changes it", async () => {
    const { page } = await open("nb");
    const seen = () => page.evaluate(() => ({
      language: document.documentElement.lang,
      figure: document.querySelector("#correlation h3").textContent,
      ticks: [...document.querySelectorAll('#correlation [aria-label="y-axis tick label"] text')].map((text) => text.textContent),
    }));
    const norwegian = await seen();
    assert.equal(norwegian.language, "nb");
    assert.equal(norwegian.figure, "Figur 1 Korrelasjon mellom predikert og faktisk antall hendelser");
    assert.ok(norwegian.ticks.includes("0,10"), norwegian.ticks.join(" "));
    await page.selectOption("select[name=language]", "da");
    await page.waitForSelector('#report[data-ready="da"]');
    const danish = await seen();
    assert.equal(danish.figure, "Figur 1 Korrelation mellem prædikteret og faktisk antal hændelser");
    await page.selectOption("select[name=language]", "en");
    await page.waitForSelector('#report[data-ready="en"]');
    const english = await seen();
    assert.equal(english.language, "en");
    assert.ok(english.ticks.includes("0.10"), english.ticks.join(" "));
    await page.close();
  });

  test("folds its tables, sorts them and shows suppressed cells as a dash", async () => {
    const { page } = await open("en");
    await page.click("#freshness summary");
    const column = (name) => page.$eval("#freshness table", (table, wanted) => {
      const heads = [...table.querySelectorAll("th button")].map((button) => button.dataset.column);
      return [...table.querySelectorAll("tbody tr")].map((row) => row.cells[heads.indexOf(wanted)].textContent);
    }, name);
    await page.click("#freshness .table-block > button"); // all rows
    const before = await column("correlation");
    assert.equal(before.length, 4 * 3 * 4 * 8);
    assert.equal(before.filter((cell) => cell === "–").length, 3 * 4);
    await page.click('#freshness th button[data-column="correlation"]');
    const sorted = await column("correlation");
    const numbers = sorted.slice(0, -12).map(Number);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    assert.ok(sorted.slice(-12).every((cell) => cell === "–"), "missing cells come last");
    assert.equal(await page.$eval('#freshness th:has(button[data-column="correlation"])', (th) => th.ariaSort), "ascending");
    await page.close();
  });

  test("tells the numbers under the pointer", async () => {
    const { page } = await open("en");
    const bar = page.locator('#deciles [aria-label="bar"] rect').first();
    await bar.scrollIntoViewIfNeeded();
    await bar.hover();
    const note = page.locator('#deciles [aria-label="tip"] text').first();
    await note.waitFor();
    assert.match(await note.textContent(), /Decile: 1.*Events: 1.*Number of persons: \d+/s);
    await page.close();
  });

  test("says which figures are left out and why", async () => {
    const { page, complaints } = await open("short");
    const lines = await page.$$eval(".left-out li", (all) => all.map((line) => line.textContent));
    assert.deepEqual(lines, [
      "Age of the model and correlation, by age group: table “correlation” has no values for it.",
      "Signal value of the predictions by age group: this run has no table “signal_value”.",
    ]);
    assert.equal(await page.locator("figure.figure").count(), kFigures - 2);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("prints without controls and closed tables, each figure on one page", async () => {
    const { page } = await open("en");
    await page.emulateMedia({ media: "print" });
    const shown = await page.$$eval(".controls, .buttons, .language, details", (all) => all.filter((one) => one.checkVisibility()).length);
    assert.equal(shown, 0, "controls and folded tables are not printed");
    const kept = await page.$$eval("figure.figure", (all) => all.every((figure) => getComputedStyle(figure).breakInside === "avoid"));
    assert.ok(kept);
    const pdf = await page.pdf({ path: join(folder, "print.pdf"), preferCSSPageSize: true });
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages <= kFigures + 4, `${pages} pages`);
    await page.close();
  });
});
