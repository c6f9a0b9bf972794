// Shows where a value was read while its field has the focus: outlined on the picture of the page by
// its place, else by its words in the text that lies on the page, else marked in the text.
import { layerOf, place } from "./viewer.js";

const NAME = "evidence";
const LEAVES_FROM_START = 3;
const LEAVES_FROM_END = 2;

function plain(text) {
  return text.normalize("NFKC").replace(/\s+/gu, "").toLowerCase();
}

function clear() {
  document.querySelectorAll(".evidence").forEach((frame) => frame.remove());
  globalThis.CSS?.highlights?.delete(NAME);
}

function scrollTo(viewer, top) {
  const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  viewer.scrollTo({ top: Math.max(0, top - 120), behavior: smooth });
}

function outline(viewer, leaf, box) {
  const frame = document.createElement("div");
  frame.className = "evidence";
  place(frame, box, Number(leaf.dataset.width), Number(leaf.dataset.height));
  // Only the picture counts, not the line below it that names the page.
  const sheet = leaf.querySelector(".leaf-frames") ?? leaf.appendChild(document.createElement("div"));
  sheet.className = "leaf-frames";
  sheet.append(frame);
  scrollTo(viewer, leaf.offsetTop + frame.offsetTop);
}

function joined(boxes) {
  return [
    Math.min(...boxes.map((box) => box[0])), Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])), Math.max(...boxes.map((box) => box[3])),
  ];
}

// Lines that stand beside each other on a page and say together what was read.
function runOf(words, wanted) {
  for (let from = 0; from < words.length; from += 1) {
    const first = plain(words[from].text);
    if (first.includes(wanted)) return [words[from]];
    if (first === "" || !wanted.startsWith(first)) continue;
    let said = "";
    for (let to = from; to < words.length && wanted.startsWith(said); to += 1) {
      said += plain(words[to].text);
      if (said.startsWith(wanted)) return words.slice(from, to + 1);
    }
  }
  return [];
}

async function findOnPages(viewer, wanted, isWanted) {
  const leaves = [...viewer.querySelectorAll(".leaf")].filter((leaf) => leaf.dataset.text);
  const likely = [...leaves.slice(0, LEAVES_FROM_START), ...leaves.slice(LEAVES_FROM_START).slice(-LEAVES_FROM_END)];
  for (const leaf of likely) {
    const run = runOf(await layerOf(leaf), wanted);
    if (!isWanted()) return;
    if (run.length > 0) {
      outline(viewer, leaf, joined(run.map((word) => word.box)));
      return;
    }
  }
}

// The place of the words in a text whose white space does not count.
function rangeOf(sheet, wanted) {
  const walker = document.createTreeWalker(sheet, NodeFilter.SHOW_TEXT);
  const places = [];
  let text = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let at = 0; at < node.data.length; at += 1) {
      for (const letter of plain(node.data[at])) {
        text += letter;
        places.push([node, at]);
      }
    }
  }
  const from = text.indexOf(wanted);
  if (from < 0) return null;
  const range = new Range();
  range.setStart(...places[from]);
  const [node, at] = places[from + wanted.length - 1];
  range.setEnd(node, at + 1);
  return range;
}

function markText(content, wanted) {
  for (const sheet of content.querySelectorAll(".plain-text")) {
    const range = rangeOf(sheet, wanted);
    if (!range) continue;
    globalThis.CSS?.highlights?.set(NAME, new Highlight(range));
    const top = range.getBoundingClientRect().top - content.getBoundingClientRect().top;
    scrollTo(content, content.scrollTop + top);
    return;
  }
}

let turn = 0;

export function showEvidence(field) {
  turn += 1;
  const mine = turn;
  clear();
  const viewer = document.querySelector("[data-viewer]");
  if (field.dataset.show && viewer) {
    const [page, ...box] = field.dataset.show.split(",").map(Number);
    const leaf = viewer.querySelector(`#page-${page}`);
    if (leaf) outline(viewer, leaf, box);
    return;
  }
  const wanted = plain(field.dataset.evidence ?? "");
  if (wanted === "") return;
  if (viewer) findOnPages(viewer, wanted, () => mine === turn);
  else markText(document.getElementById("content"), wanted);
}

export function startEvidence() {
  const show = (event) => {
    const field = event.target.closest("[data-show], [data-evidence]");
    if (field) showEvidence(field);
    else if (event.target.closest(".field")) {
      turn += 1;
      clear();
    }
  };
  document.addEventListener("focusin", show);
  document.addEventListener("click", show);
  // Pages that come later show what the field in hand was read from.
  document.addEventListener("htmx:afterSettle", () => {
    const field = document.activeElement?.closest("[data-show], [data-evidence]");
    if (field) showEvidence(field);
  });
}
