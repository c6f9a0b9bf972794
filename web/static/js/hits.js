// Walks through the places of the words that were searched for: outlined on the pictures of the pages,
// marked in a text. `n` and `p` press the buttons of the form above the file.
import { place } from "./viewer.js";

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Pages in a row are told as a range; of many only the first few.
const MOST_RANGES = 6;

function ranges(numbers) {
  const runs = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  const told = runs.slice(0, MOST_RANGES).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return told.join(", ") + (runs.length > MOST_RANGES ? " …" : "");
}

class Walk {
  constructor(form) {
    this.form = form;
    this.said = form.querySelector("[data-hits-said]");
    this.turn = 0;
    this.clear();
    form.addEventListener("submit", (event) => this.ask(event));
    form.elements.q.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.shiftKey) return;
      event.preventDefault();
      this.step(-1);
    });
    for (const button of form.querySelectorAll("[data-hit-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.hitStep)));
    }
  }

  get words() {
    return this.form.elements.q.value.trim();
  }

  clear() {
    this.list = [];
    this.at = -1;
    this.more = false;
    document.querySelectorAll("#content .hit-frame").forEach((frame) => frame.remove());
    this.say("");
  }

  // The same words again go to the next hit; other words bring the file again with those marked.
  ask(event) {
    event.preventDefault();
    if (this.words === this.shown && this.list.length > 0) {
      this.step(1);
      return;
    }
    const component = this.form.elements.component.value;
    const asked = new URLSearchParams({ component, q: this.words });
    const address = new URL(location.href);
    address.search = asked;
    history.replaceState(history.state, "", address);
    const target = "#content";
    // A file that was drawn once is drawn at once; what has to become a PDF first asks again by itself.
    globalThis.htmx.ajax("GET", `${this.form.dataset.content}?${asked}`, { target, swap: "outerHTML" });
  }

  // Called for each content that comes: the first, and those that htmx brings.
  async start(content) {
    // htmx tells of what the page was loaded with, too.
    if (content === this.content) return;
    this.content = content;
    this.turn += 1;
    const mine = this.turn;
    this.clear();
    this.shown = this.words;
    if (this.shown === "") return;
    const told = content.querySelector("[data-viewer]") ? await this.asked() : null;
    if (mine !== this.turn || told === undefined) return;
    const found = told ? told.pages.flatMap((page) => this.outlined(content, page)) : this.inText(content);
    this.list = found;
    this.more = told?.more ?? false;
    this.summary();
    // Only what scrolls by itself is moved unasked: the page stays where the person reads it.
    const viewer = content.querySelector("[data-viewer]");
    if (found.length > 0 && viewer && viewer.scrollHeight > viewer.clientHeight) this.step(1, viewer);
  }

  async asked() {
    let answer = null;
    try {
      answer = await fetch(`${this.form.dataset.hits}?${new URLSearchParams({ q: this.shown })}`);
    } catch {
      // Said below, as any other failure.
    }
    if (!answer?.ok) {
      this.say(this.form.dataset.failed);
      return undefined;
    }
    return answer.json();
  }

  // A page of which only the text is known to have hits counts as one place.
  outlined(content, page) {
    const leaf = content.querySelector(`#page-${page.number}`);
    if (!leaf) return [];
    if (page.hits.length === 0) return [{ page: page.number, marks: [leaf] }];
    return page.hits.map((boxes) => ({ page: page.number, marks: boxes.map((box) => frame(leaf, box)) }));
  }

  inText(content) {
    const sheets = content.querySelectorAll(".plain-text");
    return [...content.querySelectorAll(".plain-text mark")].map((mark) => ({
      page: sheets.length > 1 ? Number(mark.closest("[data-page]").dataset.page) : null,
      marks: [mark],
    }));
  }

  step(by, viewer = null) {
    if (this.list.length === 0) return;
    this.list[this.at]?.marks.forEach((mark) => mark.classList.remove("current-hit"));
    this.at = this.at < 0 && by < 0 ? this.list.length - 1 : (this.at + by + this.list.length) % this.list.length;
    const { page, marks } = this.list[this.at];
    marks.forEach((mark) => mark.classList.add("current-hit"));
    if (viewer) viewer.scrollTo({ top: topWithin(viewer, marks[0]) - viewer.clientHeight / 3 });
    else marks[0].scrollIntoView({ block: "center", inline: "nearest" });
    const at = filled(this.form.dataset.at, { at: this.at + 1, count: this.count });
    this.say(page === null ? at : `${at} · ${filled(this.form.dataset.page, { page })}`);
  }

  get count() {
    return `${this.list.length}${this.more ? "+" : ""}`;
  }

  summary() {
    const { none, one, many, on, onOne } = this.form.dataset;
    if (this.list.length === 0) {
      this.say(none);
      return;
    }
    const hits = this.list.length === 1 && !this.more ? one : filled(many, { count: this.count });
    const pages = [...new Set(this.list.map((hit) => hit.page).filter((page) => page !== null))];
    if (pages.length === 0) this.say(hits);
    else this.say(`${hits} ${filled(pages.length === 1 ? onOne : on, { pages: ranges(pages) })}`);
  }

  say(text) {
    this.said.textContent = text;
    const there = this.list.length > 0;
    for (const button of this.form.querySelectorAll("[data-hit-step]")) button.disabled = !there;
  }
}

function topWithin(viewer, mark) {
  return viewer.scrollTop + mark.getBoundingClientRect().top - viewer.getBoundingClientRect().top;
}

function frame(leaf, box) {
  let sheet = leaf.querySelector(".leaf-frames");
  if (!sheet) {
    sheet = document.createElement("div");
    sheet.className = "leaf-frames";
    leaf.append(sheet);
  }
  const drawn = document.createElement("div");
  drawn.className = "hit-frame";
  place(drawn, box, Number(leaf.dataset.width), Number(leaf.dataset.height));
  sheet.append(drawn);
  return drawn;
}

const walks = new WeakMap();

export function startHits(root) {
  const form = document.querySelector("[data-find-inside]");
  const content = root.id === "content" ? root : root.querySelector("#content");
  if (!form || !content) return;
  if (!walks.has(form)) walks.set(form, new Walk(form));
  walks.get(form).start(content);
}
