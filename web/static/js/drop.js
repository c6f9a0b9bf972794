// The drop zone: files are sent one after another, each with its own line and progress, and each
// line shows its number as soon as the server has given it.
// The server may answer with `note`, `note_href` and `note_label`, for the same bytes seen before.
import { Refused, send } from "./upload.js";

const AT_ONCE = 2;

function line(file, words) {
  const template = document.getElementById("arrival-template");
  const item = template.content.firstElementChild.cloneNode(true);
  item.querySelector(".name").textContent = file.name;
  item.querySelector(".state").textContent = words;
  item.querySelector("progress").max = file.size || 1;
  return item;
}

function finish(item, answer) {
  item.querySelector("progress").remove();
  item.querySelector(".state").textContent = answer.state ?? "";
  const plate = item.querySelector(".plate");
  plate.textContent = answer.number;
  plate.href = answer.href;
  plate.hidden = false;
  if (answer.note) {
    const note = item.querySelector(".note");
    note.hidden = false;
    note.querySelector(".chip").textContent = answer.note;
    const link = note.querySelector("a");
    link.hidden = !answer.note_href;
    link.href = answer.note_href ?? "";
    link.textContent = answer.note_label ?? "";
  }
}

function fail(item, error, words, retry) {
  item.querySelector("progress").hidden = true;
  item.querySelector(".state").textContent = `${words.failed}: ${error instanceof Refused ? error.message : words.lost}`;
  const button = item.querySelector("button");
  button.textContent = words.retry;
  button.hidden = false;
  button.onclick = () => {
    button.hidden = true;
    retry();
  };
}

class Drop {
  constructor(form) {
    this.form = form;
    this.waiting = [];
    this.sending = 0;
    this.list = document.querySelector("[data-arrivals]");
    form.classList.add("live");
    form.querySelector("input[type=file]").addEventListener("change", (event) => {
      this.take(event.target.files);
      event.target.value = "";
    });
    for (const kind of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(kind, (event) => this.drag(event));
    }
    window.addEventListener("beforeunload", (event) => {
      if (this.sending || this.waiting.length) event.preventDefault();
    });
  }

  drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.form.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") this.take(event.dataTransfer.files);
  }

  take(files) {
    for (const file of files) {
      const item = line(file, this.form.dataset.waiting);
      this.list.prepend(item);
      this.waiting.push([file, item]);
    }
    document.querySelector("[data-arrivals-sheet]").hidden = false;
    document.querySelector("[data-arrivals-empty]")?.remove();
    this.next();
  }

  fields() {
    const data = new FormData(this.form);
    data.delete("file");
    data.delete("csrf_token");
    return Object.fromEntries(data);
  }

  next() {
    while (this.sending < AT_ONCE && this.waiting.length) this.send(...this.waiting.shift());
  }

  async send(file, item) {
    this.sending += 1;
    const bar = item.querySelector("progress");
    bar.hidden = false;
    item.querySelector(".state").textContent = this.form.dataset.sending;
    const to = { action: this.form.action, parts: this.form.dataset.parts, fields: this.fields() };
    try {
      finish(item, await send(file, to, (sent) => { bar.value = sent; }));
    } catch (error) {
      fail(item, error, this.form.dataset, () => {
        this.waiting.push([file, item]);
        this.next();
      });
    }
    this.sending -= 1;
    this.next();
  }
}

export function startDrops(root) {
  for (const form of root.querySelectorAll("[data-drop]:not(.live)")) new Drop(form);
}
