// Builds web/static/vendor: scripts as they are published, each with its licence, and one sprite of
// the icons that the pages use.
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
for (const [name, script, licence] of [
  ["htmx", "htmx.org/dist/htmx.min.js", "htmx.org/LICENSE"],
  ["sortable", "sortablejs/Sortable.min.js", "sortablejs/LICENSE"],
  ["signature-pad", "signature_pad/dist/signature_pad.umd.min.js", "signature_pad/LICENSE"],
  ["webauthn", "@simplewebauthn/browser/dist/bundle/index.umd.min.js", "@simplewebauthn/browser/LICENSE.md"],
]) {
  copyFileSync(join(modules, script), join(vendor, `${name}.min.js`));
  copyFileSync(join(modules, licence), join(vendor, `${name}.LICENSE.txt`));
}
copyFileSync(join(modules, "lucide-static", "LICENSE"), join(vendor, "icons.LICENSE.txt"));
writeFileSync(
  join(vendor, "icons.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg">${icons.map(symbol).join("")}</svg>\n`,
);
