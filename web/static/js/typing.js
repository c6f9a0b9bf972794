// The box of search offers documents while somebody types. Enter without a choice searches as ever.
const WAIT_MS = 90;

class Typing {
  constructor(box) {
    this.box = box;
    this.list = document.getElementById(box.getAttribute("aria-controls"));
    this.chosen = -1;
    box.addEventListener("input", (event) => this.typed(event));
    box.addEventListener("compositionend", () => this.typed({}));
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => this.close());
    // The box keeps the focus, so that the click comes before the list is closed.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]"), event));
  }

  typed(event) {
    // What an input method shows while it composes is no word yet.
    if (event.isComposing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.box.value), WAIT_MS);
  }

  async ask(typed) {
    this.request?.abort();
    if (typed.trim() === "") {
      this.close();
      return;
    }
    this.request = new AbortController();
    const address = new URL(this.box.dataset.search, location.href);
    address.searchParams.set("q", typed);
    try {
      const answer = await fetch(address, { signal: this.request.signal });
      const isPiece = answer.ok && !answer.redirected;
      if (isPiece) this.show(await answer.text());
    } catch {
      // Typed on, or no connection: Enter still searches.
    }
  }

  show(piece) {
    if (document.activeElement !== this.box) return;
    this.list.innerHTML = piece;
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    this.move(-1);
  }

  move(to) {
    const lines = [...this.list.children];
    this.chosen = to < -1 ? lines.length - 1 : to >= lines.length ? -1 : to;
    lines.forEach((line, place) => line.setAttribute("aria-selected", String(place === this.chosen)));
    const line = lines[this.chosen];
    if (line) this.box.setAttribute("aria-activedescendant", line.id);
    else this.box.removeAttribute("aria-activedescendant");
    line?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") this.move(this.chosen + 1);
    else if (event.key === "ArrowUp") this.move(this.chosen - 1);
    else if (event.key === "Enter" && this.chosen >= 0) this.go(this.list.children[this.chosen], event);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  go(line, event) {
    if (!line) return;
    if (event.ctrlKey || event.metaKey) window.open(line.dataset.href, "_blank", "noopener");
    else location.assign(line.dataset.href);
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
    this.chosen = -1;
  }
}

export function startTyping() {
  for (const box of document.querySelectorAll("[data-search]")) new Typing(box);
}
