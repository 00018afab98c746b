// Bundles web/src for the browser: node web/build.mjs TARGET. Prints, as JSON, the file of each entry and what it was made of.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const home = dirname(fileURLToPath(import.meta.url));
const [target, ...entries] = process.argv.slice(2);
const isAlone = (name) => name === "worker.ts" || name === "planner_streets.ts"; // not modules: one stands inside of a page
const isIcons = (name) => name === "icons.json";

// govuk-frontend's style without its fonts and crest, whose licence is for its own house alone; pages have ours.
const itsOwn = /@font-face\{[^}]*\}|[^{}]+\{[^{}]*url\([^)]*crest[^{}]*\}/g;
const withoutItsFonts = {
  name: "without-its-fonts",
  setup: ({ onLoad }) => onLoad({ filter: /govuk-frontend\.min\.css$/ }, async ({ path }) => ({
    contents: (await readFile(path, "utf8")).replace(itsOwn, "").replaceAll("GDS Transport,arial,sans-serif", "inherit"),
    loader: "css",
  })),
};
const options = {
  absWorkingDir: home,
  outdir: resolve(target),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  target: ["es2020", "chrome90", "safari14"],
  supported: { destructuring: true }, // what Safari 14.0 got wrong of it, nobody writes
  minify: true,
  legalComments: "none", // the licence texts lie beside, whole
  charset: "utf8",
  alias: Object.fromEntries(["@protomaps/basemaps", "pmtiles"].map((name) => [name, resolve(home, "src/map/unused_packages.ts")])),
  loader: { ".png": "file", ".svg": "file" },
  metafile: true,
  logLevel: "error",
  plugins: [withoutItsFonts],
};
const bundled = (names, more) => build({ ...options, ...more, entryPoints: names.map((name) => `src/${name}`) });
const results = [
  await bundled(entries.filter((name) => !isAlone(name) && !isIcons(name)), { format: "esm", splitting: true }),
  await bundled(entries.filter(isAlone), { format: "iife" }), // not every browser's worker knows modules
];
const metafile = {
  inputs: Object.assign({}, ...results.map((result) => result.metafile.inputs)),
  outputs: Object.assign({}, ...results.map((result) => result.metafile.outputs)),
};

/** All sources that can be loaded from one on. */
function reached(source, known = new Set()) {
  if (known.has(source) || !metafile.inputs[source]) return known;
  known.add(source);
  for (const { path } of metafile.inputs[source].imports) reached(path, known);
  return known;
}

const folder = resolve(target);
const made = {};
for (const [file, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint || !entries.includes(relative("src", output.entryPoint))) continue;
  const name = relative("src", output.entryPoint).replace(/\.ts$/, ".js");
  made[name] = {
    file: relative(folder, resolve(home, file)),
    // What the page loads at once besides, so that it need not find out one after the other.
    chunks: output.imports
      .filter(({ kind, external }) => kind === "import-statement" && !external)
      .map(({ path }) => relative(folder, resolve(home, path))),
    sources: [...reached(output.entryPoint)].filter((path) => path.startsWith("src/")).sort(),
  };
}
const files = Object.keys(metafile.outputs).map((path) => relative(folder, resolve(home, path)));
for (const name of entries.filter(isIcons)) {
  const file = await iconSheet(resolve(home, "src", name));
  made["icons.svg"] = { file, chunks: [], sources: [] };
  files.push(file);
}
process.stdout.write(JSON.stringify({ entries: made, files: files.sort() }));

/** One sheet of the icons that a page uses: our name -> the file of lucide-static. */
async function iconSheet(list) {
  const icons = Object.entries(JSON.parse(await readFile(list, "utf8")));
  const symbols = await Promise.all(icons.map(async ([id, icon]) => {
    const svg = await readFile(resolve(home, `node_modules/lucide-static/icons/${icon}.svg`), "utf8");
    const drawn = svg.replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${id}" viewBox="0 0 24 24">${drawn}</symbol>`;
  }));
  const sheet = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  const digest = createHash("sha256").update(sheet).digest("hex").slice(0, 8).toUpperCase();
  await writeFile(resolve(folder, `icons-${digest}.svg`), sheet);
  return `icons-${digest}.svg`;
}
