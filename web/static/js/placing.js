// The placement editor: imprints on the page images, in real size. The form below holds the truth as
// plain number fields; every change is written there, so that the form works without this script.
// Lengths are millimetres from the top left of the page as it is shown.
import { partsOf } from "./strips.js";

const STEP = 0.5;
const LARGE_STEP = 5;
const SNAP = 3;
const APART = 1;
const ZOOMS = [0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2];
const PX_PER_MM = 96 / 25.4;

const round = (mm) => Math.round(mm * 100) / 100;
const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

class Editor {
  constructor(form) {
    this.form = form;
    this.width = Number(form.dataset.width);
    this.height = Number(form.dataset.height);
    this.isRound = form.dataset.shape === "round";
    this.onlyOne = form.dataset.signed === "1";
    this.stage = form.querySelector("[data-stage]");
    this.sheets = [...form.querySelectorAll("[data-sheet]")].map((figure) => new Sheet(figure));
    this.snaps = new Map();
    this.chosen = null;
    this.past = [];
    this.future = [];
    this.imprints = this.readRows();
    this.zoom = null;
    form.querySelectorAll("[data-tools], [data-hint]").forEach((each) => { each.hidden = false; });
    this.listen();
    this.setZoom("fit");
    this.draw();
  }

  field(name) {
    return this.form.querySelector(`[data-${name}]`);
  }

  readRows() {
    const rows = [...this.form.querySelectorAll("[data-place-rows] > [data-place-row]")];
    return rows.map((row) => ({
      page: Number(row.querySelector("[name=page]").value) - 1,
      x: Number(row.querySelector("[name=x]").value),
      y: Number(row.querySelector("[name=y]").value),
      angle: Number(row.querySelector("[name=angle]").value) || 0,
    })).filter((each) => each.page >= 0 && each.page < this.sheets.length);
  }

  // What is laid down -----------------------------------------------------------------------------

  get cross() {
    const field = this.field("cross");
    return Boolean(field?.checked) && !field.closest("fieldset").disabled;
  }

  get qr() {
    const field = this.field("qr");
    if (!field?.checked || field.closest("fieldset").disabled) return null;
    const [page, x, y, size] = ["page", "x", "y", "size"].map((name) => Number(this.field(`qr-${name}`).value));
    return { page: clamp(page - 1, 0, this.sheets.length - 1), x, y, size };
  }

  snapshot() {
    const values = {};
    for (const name of ["cross", "cross-duplex", "qr"]) values[name] = this.field(name)?.checked;
    for (const name of ["cross-top", "cross-edge", "qr-page", "qr-x", "qr-y", "qr-size"]) values[name] = this.field(name)?.value;
    return { imprints: this.imprints.map((each) => ({ ...each })), values };
  }

  restore(state) {
    this.imprints = state.imprints.map((each) => ({ ...each }));
    for (const [name, value] of Object.entries(state.values)) {
      const field = this.field(name);
      if (!field) continue;
      if (typeof value === "boolean") field.checked = value;
      else field.value = value;
    }
    this.chosen = null;
    this.draw();
  }

  // Remembers how it was before a change; a row of the same small steps is one change.
  remember(kind = null) {
    const now = performance.now();
    const goesOn = kind !== null && kind === this.lastKind && now - this.lastAt < 1200;
    this.lastKind = kind;
    this.lastAt = now;
    if (goesOn) return;
    this.past.push(this.before ?? this.snapshot());
    this.future = [];
    if (this.past.length > 200) this.past.shift();
  }

  undo(from, to) {
    if (!from.length) return;
    to.push(this.snapshot());
    this.lastKind = null;
    this.restore(from.pop());
  }

  // Adding and removing -----------------------------------------------------------------------------

  currentPage() {
    const stage = this.stage.getBoundingClientRect();
    const middle = (Math.max(stage.top, 0) + Math.min(stage.bottom, innerHeight)) / 2;
    const near = (sheet) => {
      const box = sheet.page.getBoundingClientRect();
      return Math.max(box.top - middle, middle - box.bottom, 0);
    };
    return this.sheets.reduce((best, each, index) => (near(each) < near(this.sheets[best]) ? index : best), 0);
  }

  async add(page = this.currentPage(), at = null) {
    if (this.onlyOne && this.imprints.length) {
      this.choose({ kind: "imprint", index: 0 });
      return;
    }
    const sheet = this.sheets[page];
    const points = at ? [] : await this.pointsOf(page);
    const middle = at ?? this.freePoint(page, points) ?? { x: sheet.width * 0.7, y: sheet.height * 0.75 };
    this.remember();
    const placed = this.within({ page, x: middle.x - this.width / 2, y: middle.y - this.height / 2, angle: 0 });
    this.imprints.push(placed);
    this.chosen = { kind: "imprint", index: this.imprints.length - 1 };
    this.draw();
    this.focusChosen();
    this.say(filled(this.form.dataset.sayAdded, { page: page + 1 }));
  }

  // The last date of a page is where its seal belongs, unless one stands there.
  freePoint(page, points) {
    const taken = (point) => this.imprints.some((each) => each.page === page
      && Math.hypot(each.x + this.width / 2 - point.x, each.y + this.height / 2 - point.y) < this.width);
    return [...points].reverse().find((point) => !taken(point)) ?? null;
  }

  addEverywhere() {
    const source = this.imprints[this.chosen?.kind === "imprint" ? this.chosen.index : this.imprints.length - 1];
    if (!source || this.onlyOne) return;
    this.remember();
    this.sheets.forEach((_, page) => {
      if (!this.imprints.some((each) => each.page === page)) this.imprints.push(this.within({ ...source, page }));
    });
    this.draw();
  }

  remove() {
    if (!this.chosen) return;
    this.remember();
    if (this.chosen.kind === "imprint") this.imprints.splice(this.chosen.index, 1);
    else if (this.chosen.kind === "cross") this.field("cross").checked = false;
    else this.field("qr").checked = false;
    this.chosen = null;
    this.draw();
    this.say(this.form.dataset.sayRemoved);
    this.stage.focus({ preventScroll: true });
  }

  // Moving ----------------------------------------------------------------------------------------

  within(place, width = this.width, height = this.height) {
    const sheet = this.sheets[place.page];
    return {
      ...place,
      x: round(clamp(place.x, 0, sheet.width - width)),
      y: round(clamp(place.y, 0, sheet.height - height)),
    };
  }

  placeOf(chosen) {
    if (chosen.kind === "imprint") return this.imprints[chosen.index];
    if (chosen.kind === "qr") return this.qr;
    return { page: chosen.page ?? 0, x: 0, y: Number(this.field("cross-top").value) };
  }

  moveTo(chosen, place) {
    if (chosen.kind === "imprint") {
      this.imprints[chosen.index] = this.within({ ...this.imprints[chosen.index], ...place });
    } else if (chosen.kind === "qr") {
      const { size } = this.qr;
      const moved = this.within({ ...this.qr, ...place }, size, size);
      this.field("qr-page").value = moved.page + 1;
      this.field("qr-x").value = moved.x;
      this.field("qr-y").value = moved.y;
    } else {
      const lowest = Math.min(...this.sheets.map((each) => each.height)) - this.height;
      this.field("cross-top").value = round(clamp(place.y, 0, lowest));
    }
  }

  async pointsOf(page) {
    if (!this.snaps.has(page)) {
      this.snaps.set(page, []);
      try {
        const answer = await fetch(this.form.dataset.snaps.replace("999999", page + 1));
        const points = answer.ok ? await answer.json() : [];
        this.snaps.set(page, points.map((each) => ({ ...each, x: each.x / 100, y: each.y / 100 })));
        this.sheets[page].showPoints(this.snaps.get(page));
      } catch { /* Without the lines of the page nothing snaps. */ }
    }
    return this.snaps.get(page);
  }

  snapped(place, free) {
    if (free) return { place, point: null };
    const middle = { x: place.x + this.width / 2, y: place.y + this.height / 2 };
    const point = (this.snaps.get(place.page) ?? []).find((each) => Math.hypot(each.x - middle.x, each.y - middle.y) <= SNAP);
    if (point) return { place: { ...place, x: point.x - this.width / 2, y: point.y - this.height / 2 }, point };
    const column = (this.snaps.get(place.page) ?? []).find((each) => Math.abs(each.x - middle.x) <= SNAP / 2);
    return { place: column ? { ...place, x: column.x - this.width / 2 } : place, point: null };
  }

  grab(event, piece, chosen) {
    if (event.button !== 0) return;
    event.preventDefault();
    // Pieces are drawn anew while they move, and a finger stays with what it first touched.
    this.stage.setPointerCapture(event.pointerId);
    this.choose(chosen);
    piece = this.stage.querySelector(".placing-piece.is-chosen") ?? piece;
    piece.focus({ preventScroll: true });
    const start = { ...this.placeOf(chosen) };
    const sheet = this.sheets[start.page];
    const scale = sheet.page.clientWidth / sheet.width;
    const origin = { x: event.clientX, y: event.clientY };
    this.before = this.snapshot();
    let moved = false;
    if (chosen.kind === "imprint") this.pointsOf(start.page);
    const move = (now) => {
      const far = Math.hypot(now.clientX - origin.x, now.clientY - origin.y);
      if (!moved && far < 3) return;
      if (!moved) { this.remember(); moved = true; }
      let page = start.page;
      const under = chosen.kind === "cross" ? null : this.sheetAt(now);
      let place = { page, x: start.x + (now.clientX - origin.x) / scale, y: start.y + (now.clientY - origin.y) / scale };
      if (under !== null && under !== page) {
        page = under;
        const from = sheet.page.getBoundingClientRect();
        const to = this.sheets[page].page.getBoundingClientRect();
        place = { page, x: place.x + (from.left - to.left) / scale, y: place.y + (from.top - to.top) / scale };
        if (chosen.kind === "imprint") this.pointsOf(page);
      }
      const found = chosen.kind === "imprint" ? this.snapped(place, now.altKey) : { place, point: null };
      this.moveTo(chosen, found.place);
      this.draw(found.point);
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      this.before = null;
      this.lastKind = null;
      if (moved) { this.draw(); this.focusChosen(); this.sayPlace(); }
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  sheetAt(event) {
    const found = this.sheets.findIndex(({ page }) => {
      const box = page.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    });
    return found < 0 ? null : found;
  }

  nudge(event) {
    const step = event.shiftKey ? LARGE_STEP : STEP;
    const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const place = this.placeOf(this.chosen);
    if (event.key in steps) {
      const [x, y] = steps[event.key];
      this.remember(`nudge ${this.chosen.kind} ${this.chosen.index ?? ""}`);
      this.moveTo(this.chosen, { x: place.x + x, y: place.y + y });
    } else if ((event.key === "PageUp" || event.key === "PageDown") && this.chosen.kind !== "cross") {
      const page = clamp(place.page + (event.key === "PageUp" ? -1 : 1), 0, this.sheets.length - 1);
      this.remember();
      this.moveTo(this.chosen, { page });
    } else {
      return;
    }
    event.preventDefault();
    this.draw();
    this.focusChosen();
    this.sayPlace();
  }

  // Listening -------------------------------------------------------------------------------------

  listen() {
    const { form } = this;
    form.querySelector("[data-add]").addEventListener("click", () => this.add());
    form.querySelector("[data-everywhere]").addEventListener("click", () => this.addEverywhere());
    form.querySelector("[data-remove]").addEventListener("click", () => this.remove());
    form.querySelector("[data-undo]").addEventListener("click", () => this.undo(this.past, this.future));
    form.querySelector("[data-redo]").addEventListener("click", () => this.undo(this.future, this.past));
    form.querySelectorAll("[data-zoom]").forEach((each) => each.addEventListener("click", () => this.setZoom(each.dataset.zoom)));
    this.stage.addEventListener("dblclick", (event) => {
      const page = this.sheetAt(event);
      if (page === null || event.target.closest(".placing-piece")) return;
      this.add(page, this.sheets[page].pointOf(event));
    });
    this.stage.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".placing-piece")) this.choose(null);
    });
    form.addEventListener("keydown", (event) => {
      const z = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
      const typing = event.target.matches("input, select, textarea");
      if (z && !typing) {
        event.preventDefault();
        if (event.shiftKey) this.undo(this.future, this.past);
        else this.undo(this.past, this.future);
      } else if (this.chosen && event.target.matches(".placing-piece")) {
        if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); this.remove(); }
        else this.nudge(event);
      }
    });
    // What was typed into the numbers is laid on the pages.
    form.addEventListener("focusin", (event) => {
      if (event.target.matches("input, select")) this.typedFrom = this.snapshot();
    });
    form.addEventListener("change", (event) => {
      const isPlace = event.target.closest("[data-place-rows]");
      const isOption = event.target.closest(".placing-option");
      if (!isPlace && !isOption) return;
      this.before = this.typedFrom ?? null;
      this.remember();
      this.before = null;
      if (isPlace) this.imprints = this.readRows();
      this.draw();
      this.typedFrom = this.snapshot();
    });
    form.querySelectorAll("[data-thumb]").forEach((each) => each.addEventListener("click", (event) => {
      event.preventDefault();
      this.sheets[Number(each.dataset.thumb) - 1].figure.scrollIntoView({ block: "start", behavior: "auto" });
    }));
    addEventListener("resize", () => { if (this.zoom === "fit") this.setZoom("fit"); });
  }

  choose(chosen) {
    this.chosen = chosen;
    this.draw();
  }

  focusChosen() {
    this.stage.querySelector(".placing-piece.is-chosen")?.focus({ preventScroll: true });
    this.stage.querySelector(".placing-piece.is-chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  setZoom(wanted) {
    const widest = Math.max(...this.sheets.map((each) => each.width));
    const fits = (this.stage.clientWidth - 32) / (widest * PX_PER_MM);
    if (wanted === "fit") {
      this.zoom = "fit";
      this.scale = Math.min(fits, 1);
    } else {
      const next = wanted === "1" ? ZOOMS.find((each) => each > this.scale + 0.01) : ZOOMS.findLast((each) => each < this.scale - 0.01);
      this.scale = next ?? this.scale;
      this.zoom = this.scale;
    }
    for (const each of this.sheets) each.figure.style.width = `${each.width * PX_PER_MM * this.scale}px`;
    this.form.querySelector("[data-zoom-now]").textContent = `${Math.round(this.scale * 100)} %`;
  }

  // Drawing ---------------------------------------------------------------------------------------

  draw(point = null) {
    const focused = document.activeElement?.classList.contains("placing-piece");
    this.sheets.forEach((each) => each.clear());
    const touching = this.touching();
    this.imprints.forEach((each, index) => {
      const words = filled(this.form.dataset.sayImprint, { number: index + 1, page: each.page + 1, x: each.x, y: each.y });
      this.piece(each, this.width, this.height, { kind: "imprint", index }, words, touching.has(index) ? "is-touching" : "");
    });
    if (this.cross) this.drawStrips();
    const { qr } = this;
    if (qr) {
      const words = filled(this.form.dataset.sayQr, { page: qr.page + 1, x: qr.x, y: qr.y });
      this.piece(qr, qr.size, qr.size, { kind: "qr" }, words, "is-qr");
    }
    if (point) this.sheets[this.imprints[this.chosen.index].page].showGuide(point);
    this.writeRows();
    this.count();
    this.tell(touching);
    if (focused) this.stage.querySelector(".placing-piece.is-chosen")?.focus({ preventScroll: true });
  }

  piece(place, width, height, chosen, words, more) {
    const piece = document.createElement("button");
    piece.type = "button";
    piece.className = `placing-piece ${this.isRound ? "is-round" : ""} ${more}`;
    const mine = this.chosen?.kind === chosen.kind && this.chosen.index === chosen.index;
    if (mine) piece.classList.add("is-chosen");
    piece.setAttribute("aria-label", words);
    piece.setAttribute("aria-pressed", mine);
    piece.title = words;
    if (chosen.kind === "imprint") {
      const image = document.createElement("img");
      image.src = this.form.dataset.imprint;
      image.alt = "";
      image.draggable = false;
      if (place.angle) image.style.rotate = `${place.angle}deg`;
      piece.append(image);
    } else {
      piece.textContent = "QR";
    }
    piece.addEventListener("pointerdown", (event) => this.grab(event, piece, chosen));
    piece.addEventListener("focus", () => {
      if (this.chosen?.kind !== chosen.kind || this.chosen.index !== chosen.index) { this.chosen = chosen; this.draw(); this.focusChosen(); }
    });
    this.sheets[place.page].put(piece, place.x, place.y, width, height);
  }

  drawStrips() {
    const top = Number(this.field("cross-top").value);
    const edge = this.field("cross-edge").value;
    const parts = partsOf(this.sheets.length, this.field("cross-duplex").checked, edge);
    const words = filled(this.form.dataset.sayCross, { y: top });
    parts.forEach(({ page, part, of }, number) => {
      const sheet = this.sheets[page];
      const width = this.width / of;
      const strip = document.createElement(number === 0 ? "button" : "span");
      strip.className = "placing-strip placing-piece";
      if (number === 0) {
        strip.type = "button";
        strip.setAttribute("aria-label", words);
      }
      if (this.chosen?.kind === "cross") strip.classList.add(...(number === 0 ? ["is-chosen"] : ["is-along"]));
      strip.title = words;
      const image = document.createElement("img");
      image.src = this.form.dataset.imprint;
      image.alt = "";
      image.draggable = false;
      image.style.width = `${of * 100}%`;
      image.style.left = `${-part * 100}%`;
      strip.append(image);
      strip.addEventListener("pointerdown", (event) => this.grab(event, strip, { kind: "cross", page }));
      strip.addEventListener("focus", () => { if (this.chosen?.kind !== "cross") { this.chosen = { kind: "cross", page }; this.draw(); this.focusChosen(); } });
      sheet.put(strip, edge === "left" ? 0 : sheet.width - width, top, width, this.height);
    });
  }

  touching() {
    const found = new Set();
    const own = this.imprints.map((each) => ({ ...each, width: this.width, height: this.height, round: this.isRound }));
    own.forEach((one, index) => {
      own.forEach((other, next) => {
        if (next > index && one.page === other.page && apart(one, other) < APART) { found.add(index); found.add(next); }
      });
      const earlier = this.sheets[one.page].earlier;
      if (earlier.some((other) => apart(one, other) < APART)) found.add(index);
    });
    return found;
  }

  writeRows() {
    const list = this.form.querySelector("[data-place-rows]");
    const template = this.form.querySelector("[data-place-template]");
    const rows = [...list.querySelectorAll(":scope > [data-place-row]")];
    while (rows.length > this.imprints.length) rows.pop().remove();
    while (rows.length < this.imprints.length) {
      const row = template.content.firstElementChild.cloneNode(true);
      list.append(row);
      rows.push(row);
    }
    this.imprints.forEach((each, index) => {
      const values = { page: each.page + 1, x: each.x, y: each.y, angle: each.angle };
      for (const [name, value] of Object.entries(values)) {
        const field = rows[index].querySelector(`[name=${name}]`);
        if (field.value !== String(value)) field.value = value;
      }
    });
  }

  count() {
    const { dataset } = this.form;
    const pages = [...new Set(this.imprints.map((each) => each.page + 1))].sort((a, b) => a - b);
    const parts = [];
    if (this.imprints.length === 1) parts.push(filled(dataset.sumOne, { pages: spans(pages) }));
    else if (this.imprints.length) parts.push(filled(dataset.sumMany, { count: this.imprints.length, pages: spans(pages) }));
    if (this.cross) {
      const many = partsOf(this.sheets.length, this.field("cross-duplex").checked, "right").length;
      parts.push(filled(dataset.sumCross, { count: many }));
    }
    const nothing = !parts.length;
    if (this.qr) parts.push(filled(dataset.sumQr, { page: this.qr.page + 1 }));
    this.field("sum").textContent = nothing ? dataset.sumNone : parts.join(dataset.comma);
    this.field("stamp").disabled = nothing;
    this.field("undo").disabled = !this.past.length;
    this.field("redo").disabled = !this.future.length;
    this.field("remove").disabled = !this.chosen;
    this.field("everywhere").disabled = this.onlyOne || !this.imprints.length || this.sheets.length < 2;
    this.field("add").disabled = this.onlyOne && this.imprints.length > 0;
    this.form.querySelectorAll("[data-thumb]").forEach((thumb) => {
      const badge = thumb.querySelector("[data-thumb-count]");
      const many = this.imprints.filter((each) => each.page + 1 === Number(thumb.dataset.thumb)).length;
      badge.hidden = !many;
      badge.textContent = many;
    });
  }

  tell(touching) {
    const line = this.field("touch");
    line.hidden = touching.size === 0;
    line.querySelector("span").textContent = touching.size ? this.form.dataset.sayTouch : "";
  }

  sayPlace() {
    const piece = this.stage.querySelector(".placing-piece.is-chosen");
    if (piece) this.say(piece.getAttribute("aria-label"));
  }

  say(words) {
    this.field("said").textContent = words;
  }
}

class Sheet {
  constructor(figure) {
    this.figure = figure;
    this.page = figure.querySelector(".placing-page");
    this.width = Number(figure.dataset.width);
    this.height = Number(figure.dataset.height);
    this.earlier = [...figure.querySelectorAll("[data-box]")].map((each) => {
      const [x, y, width, height] = each.dataset.box.split(",").map((part) => Number(part) / 100);
      this.lay(each, x, y, width, height);
      return { x, y, width, height, round: each.classList.contains("is-round") };
    });
    this.page.style.aspectRatio = `${this.width} / ${this.height}`;
  }

  lay(element, x, y, width, height) {
    element.style.left = `${(100 * x) / this.width}%`;
    element.style.top = `${(100 * y) / this.height}%`;
    element.style.width = `${(100 * width) / this.width}%`;
    element.style.height = `${(100 * height) / this.height}%`;
  }

  put(element, x, y, width, height) {
    this.lay(element, x, y, width, height);
    this.page.append(element);
  }

  clear() {
    this.page.querySelectorAll(".placing-piece, .placing-guide").forEach((each) => each.remove());
  }

  showPoints(points) {
    for (const each of points) {
      const mark = document.createElement("span");
      mark.className = `placing-point is-${each.kind}`;
      this.put(mark, each.x, each.y, 0, 0);
    }
  }

  showGuide(point) {
    for (const [kind, x, y, width, height] of [["is-down", point.x, 0, 0, this.height], ["is-across", 0, point.y, this.width, 0]]) {
      const guide = document.createElement("span");
      guide.className = `placing-guide ${kind}`;
      this.put(guide, x, y, width, height);
    }
  }

  pointOf(event) {
    const box = this.page.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.width,
      y: ((event.clientY - box.top) / box.height) * this.height,
    };
  }
}

function apart(one, other) {
  const middle = (box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  if (one.round && other.round) {
    const [a, b] = [middle(one), middle(other)];
    return Math.hypot(a.x - b.x, a.y - b.y) - (one.width + other.width) / 2;
  }
  if (one.round || other.round) {
    const [circle, box] = one.round ? [one, other] : [other, one];
    const { x, y } = middle(circle);
    const across = Math.max(box.x - x, x - box.x - box.width, 0);
    const down = Math.max(box.y - y, y - box.y - box.height, 0);
    return Math.hypot(across, down) - circle.width / 2;
  }
  const across = Math.max(one.x, other.x) - Math.min(one.x + one.width, other.x + other.width);
  const down = Math.max(one.y, other.y) - Math.min(one.y + one.height, other.y + other.height);
  return across < 0 && down < 0 ? Math.max(across, down) : Math.hypot(Math.max(across, 0), Math.max(down, 0));
}

function spans(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, end]) => (first === end ? `${first}` : `${first}–${end}`)).join(", ");
}

export function startPlacing(root) {
  for (const form of root.querySelectorAll("[data-placing]:not([data-live])")) {
    form.dataset.live = "";
    new Editor(form);
  }
}
