// Builds web/static/vendor: htmx as it is published, and one sprite of the icons that the pages use.
// The icons' licence (ISC) asks for its text to travel along; htmx is 0BSD.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = join(here, "..", "static", "vendor");
const icons = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);

function symbol(name) {
  const source = readFileSync(join(modules, "lucide-static", "icons", `${name}.svg`), "utf8");
  const body = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" `
    + `stroke-linecap="round" stroke-linejoin="round">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(vendor, "htmx.min.js"));
copyFileSync(join(modules, "htmx.org", "LICENSE"), join(vendor, "htmx.LICENSE.txt"));
copyFileSync(join(modules, "lucide-static", "LICENSE"), join(vendor, "icons.LICENSE.txt"));
writeFileSync(
  join(vendor, "icons.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg">${icons.map(symbol).join("")}</svg>\n`,
);
