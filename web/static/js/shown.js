// Notes which pages of an item are shown, and for how long, and tells the server every ten seconds
// and on leaving. A page counts while half of it, or of the window, is taken by it, the window is
// visible, and somebody has moved within the last two minutes. The sentence that the server answers
// stands on the page, so that its reader sees what is kept.
import { forgeryToken } from "./forgery.js";

const SEND_EVERY_SECONDS = 10;
const FIRST_AFTER_SECONDS = 2;
const IDLE_AFTER_MS = 120_000;
const STEPS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

class Shown {
  constructor(root) {
    this.address = root.dataset.read;
    this.text = root.querySelector("[data-kept-text]");
    this.inSight = new Set();
    this.seconds = new Map();
    this.ticks = 0;
    this.movedAt = performance.now();
    this.observer = new IntersectionObserver((entries) => this.look(entries), { threshold: STEPS });
    for (const kind of ["pointermove", "pointerdown", "keydown", "scroll", "touchmove", "wheel"]) {
      addEventListener(kind, () => { this.movedAt = performance.now(); }, { passive: true, capture: true });
    }
    addEventListener("pagehide", () => this.send(true));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.send(true);
      else this.movedAt = performance.now();
    });
    setInterval(() => this.tick(), 1000);
  }

  watch(root) {
    root.querySelectorAll("[data-page]").forEach((page) => this.observer.observe(page));
  }

  look(entries) {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
      const fills = rootBounds && intersectionRect.height >= rootBounds.height / 2;
      if (isIntersecting && (intersectionRatio >= 0.5 || fills)) this.inSight.add(target);
      else this.inSight.delete(target);
    }
  }

  tick() {
    const idle = performance.now() - this.movedAt > IDLE_AFTER_MS;
    if (document.visibilityState === "visible" && !idle) this.note();
    this.ticks += 1;
    if (this.ticks === FIRST_AFTER_SECONDS || this.ticks % SEND_EVERY_SECONDS === 0) this.send(false);
  }

  note() {
    for (const page of this.inSight) {
      const component = page.closest("[data-component]")?.dataset.component;
      if (!page.isConnected || !component) {
        this.inSight.delete(page);
        continue;
      }
      const key = `${component} ${page.dataset.page}`;
      this.seconds.set(key, (this.seconds.get(key) ?? 0) + 1);
    }
  }

  async send(leaving) {
    if (this.seconds.size === 0) return;
    const sent = this.seconds;
    this.seconds = new Map();
    try {
      const answer = await fetch(this.address, {
        method: "POST",
        keepalive: leaving,
        headers: { "Content-Type": "application/json", "X-CSRFToken": forgeryToken() },
        body: JSON.stringify({ pages: [...sent].map(([key, seconds]) => row(key, seconds)) }),
      });
      if (answer.status >= 500) throw new Error("server");
      if (answer.ok) this.text.textContent = (await answer.json()).told;
    } catch {
      // Told with the next message.
      for (const [key, seconds] of sent) this.seconds.set(key, (this.seconds.get(key) ?? 0) + seconds);
    }
  }
}

function row(key, seconds) {
  const [component, page] = key.split(" ");
  return { component, page: Number(page), seconds };
}

let shown = null;

export function startShown(root) {
  const read = document.querySelector("[data-read]");
  if (!read) return;
  shown ??= new Shown(read);
  shown.watch(root);
}
