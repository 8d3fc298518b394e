// Bundles src/ into dist/: index.html, blocks.html, their scripts, app.css. Takes about a second.  node build.mjs [OUTPUT_FOLDER]
import * as esbuild from "esbuild";
import { copyFileSync, mkdirSync } from "node:fs";

const out = process.argv[2] ?? "dist";
mkdirSync(out, { recursive: true });
await esbuild.build({
  entryPoints: { app: "src/app.tsx", blocks: "src/blocks.tsx" },
  bundle: true,
  minify: true,
  outdir: out,
  target: ["es2020"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "linked",
  logLevel: "warning",
});
for (const page of ["index.html", "blocks.html"]) copyFileSync(`src/${page}`, `${out}/${page}`);
copyFileSync("src/favicon.svg", `${out}/favicon.svg`);
