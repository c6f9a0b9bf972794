// A field that suggests people, units or classes by a part of the name or its pinyin.
// The server answers GET <source>?q=… with [{id, label, detail}].
const WAIT_MS = 120;

class Picker {
  constructor(root) {
    this.root = root;
    this.id = root.querySelector("input[type=hidden]");
    this.text = root.querySelector("[role=combobox]");
    this.list = root.querySelector("[role=listbox]");
    this.chosen = -1;
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      event.preventDefault();
      this.pick(option);
    });
  }

  typed() {
    this.id.value = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.text.value.trim()), WAIT_MS);
  }

  async ask(typed) {
    this.request?.abort();
    if (typed === "") {
      this.close();
      return;
    }
    this.request = new AbortController();
    try {
      const address = new URL(this.root.dataset.picker, location.href);
      address.searchParams.set("q", typed);
      const answer = await fetch(address, { signal: this.request.signal });
      if (answer.ok) this.show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  show(options) {
    this.list.replaceChildren(...options.map((option, place) => {
      const line = document.createElement("li");
      line.role = "option";
      line.id = `${this.list.id}_${place}`;
      line.dataset.id = option.id;
      line.dataset.label = option.label;
      line.dataset.detail = option.detail ?? "";
      line.textContent = option.label;
      if (option.detail) {
        const detail = document.createElement("small");
        detail.textContent = option.detail;
        line.append(detail);
      }
      return line;
    }));
    this.list.hidden = options.length === 0;
    this.text.setAttribute("aria-expanded", String(!this.list.hidden));
    this.move(options.length ? 0 : -1);
  }

  move(to) {
    const lines = [...this.list.children];
    this.chosen = lines.length ? (to + lines.length) % lines.length : -1;
    lines.forEach((line, place) => line.setAttribute("aria-selected", String(place === this.chosen)));
    const line = lines[this.chosen];
    line?.scrollIntoView({ block: "nearest" });
    if (line) this.text.setAttribute("aria-activedescendant", line.id);
    else this.text.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (this.list.hidden) return;
    if (event.key === "ArrowDown") this.move(this.chosen + 1);
    else if (event.key === "ArrowUp") this.move(this.chosen - 1);
    else if (event.key === "Enter" && this.chosen >= 0) this.pick(this.list.children[this.chosen]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(option) {
    this.id.value = option.dataset.id;
    this.id.dataset.detail = option.dataset.detail;
    this.text.value = option.dataset.label;
    this.close();
    this.id.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.text.setAttribute("aria-expanded", "false");
    this.text.removeAttribute("aria-activedescendant");
  }
}

export function startPickers(root) {
  for (const element of root.querySelectorAll("[data-picker]:not([data-live])")) {
    element.dataset.live = "";
    new Picker(element);
  }
}
