// node build.mjs FOLDER: bundles src/main.ts and src/report.css into FOLDER/report.js and FOLDER/report.css.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const { build } = await import("esbuild").catch(() => {
  console.error("web/node_modules is missing: run scripts/setup, or npm ci in web/");
  process.exit(1);
});
const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, "..", "build", "web");

await build({
  entryPoints: { report: join(here, "src", "main.ts") },
  outdir: folder,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
