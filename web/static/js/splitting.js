// The table on which a stack is split: pages are cut, turned, moved and left out. Every page carries
// its own fields, so the order of the pages is the order of their fields (see web/splitting.py).
// Without this script the boxes and lists under each page do the same, except for moving.

class Splitting {
  constructor(form) {
    this.form = form;
    this.list = form.querySelector("[data-stack]");
    this.heading = this.list.querySelector("[data-part]")?.cloneNode(true);
    this.said = new Map();
    for (const part of this.list.querySelectorAll("[data-part]")) {
      const page = part.nextElementSibling;
      if (page) this.said.set(page, part.querySelector("[data-part-said]").innerHTML);
    }
    form.classList.add("live");
    form.querySelectorAll("[data-turn]").forEach((button) => { button.hidden = false; });
    form.addEventListener("change", () => this.settle());
    form.addEventListener("click", (event) => this.click(event));
    form.addEventListener("keydown", (event) => this.key(event));
    window.Sortable?.create(this.list, {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
      draggable: "[data-stack-page]",
      filter: "[data-part], label, button",
      preventOnFilter: false,
      delay: 160,
      delayOnTouchOnly: true,
      ghostClass: "ghost",
      onEnd: () => this.settle(),
    });
    this.settle();
  }

  pages() { return [...this.list.querySelectorAll("[data-stack-page]")]; }
  box(page, name) { return page.querySelector(`[name=${name}]`); }

  // Puts a heading before every page that begins a document, and counts.
  settle() {
    if (!this.heading) return;
    this.list.querySelectorAll("[data-part]").forEach((part) => part.remove());
    let part = null;
    let parts = 0;
    let count = 0;
    const close = () => {
      if (part) {
        const words = count === 1 ? this.form.dataset.page : this.form.dataset.pages;
        part.querySelector("[data-part-pages]").textContent = words.replace("{count}", count);
      }
    };
    for (const page of this.pages()) {
      const out = this.box(page, "out").checked;
      page.classList.toggle("out", out);
      const turn = page.querySelector(".stack-turn").value;
      page.querySelector(".stack-picture").className = `stack-picture turned-${turn}`;
      if (out) continue;
      if (!part || this.box(page, "begin").checked) {
        close();
        parts += 1;
        count = 0;
        part = this.heading.cloneNode(true);
        part.querySelector("[data-part-number]").textContent = parts;
        part.querySelector("[data-part-said]").innerHTML = this.said.get(page) ?? "";
        page.before(part);
      }
      count += 1;
    }
    close();
    const split = this.form.querySelector("[data-split]");
    split.disabled = parts === 0;
    const words = parts === 1 ? split.dataset.one : split.dataset.many;
    split.querySelector("[data-split-words]").textContent = words.replace("{count}", parts);
    const blank = this.pages().some((page) =>
      page.classList.contains("blank") && !this.box(page, "out").checked);
    this.form.querySelector("[data-out-blank]").hidden = !blank;
  }

  turn(page) {
    const choice = page.querySelector(".stack-turn");
    choice.selectedIndex = (choice.selectedIndex + 1) % choice.options.length;
    this.settle();
  }

  toggle(page, name) {
    const box = this.box(page, name);
    box.checked = !box.checked;
    this.settle();
  }

  click(event) {
    const turning = event.target.closest("[data-turn]");
    if (turning) {
      event.preventDefault();
      this.turn(turning.closest("[data-stack-page]"));
    }
    if (event.target.closest("[data-out-blank]")) {
      for (const page of this.pages()) {
        if (page.classList.contains("blank")) this.box(page, "out").checked = true;
      }
      this.settle();
    }
  }

  key(event) {
    const page = event.target.closest("[data-stack-page]");
    if (!page || event.target !== page || event.ctrlKey || event.metaKey) return;
    const pages = this.pages();
    const at = pages.indexOf(page);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.perRow(), ArrowDown: this.perRow() }[event.key];
    if (step && event.altKey) {
      const other = pages[at + Math.sign(step)];
      if (other) other[step < 0 ? "before" : "after"](page);
      this.settle();
      page.focus();
    } else if (step) {
      pages[Math.min(pages.length - 1, Math.max(0, at + step))].focus();
    } else if (event.key === " ") {
      this.toggle(page, "begin");
    } else if (event.key === "r" || event.key === "R") {
      this.turn(page);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.toggle(page, "out");
    } else {
      return;
    }
    event.preventDefault();
  }

  perRow() {
    const [first] = this.pages();
    return Math.max(1, Math.floor(this.list.clientWidth / first.offsetWidth));
  }
}

export function startSplitting(root) {
  root.querySelectorAll("[data-splitting]").forEach((form) => {
    if (!form.classList.contains("live")) new Splitting(form);
  });
}
