// The drop zone: every document is sent with its own line and progress, and the line shows its number
// as soon as the server has given it. A document is one file, or all files of a drop when the form
// says `together`. A key goes along, so that sending again after a lost answer registers nothing twice.
// The server may answer with `note`, `note_href` and `note_label`, for the same bytes seen before.
import { startCamera } from "./camera.js";
import { Refused, send } from "./upload.js";

const AT_ONCE = 2;

function line(files, words) {
  const template = document.getElementById("arrival-template");
  const item = template.content.firstElementChild.cloneNode(true);
  item.querySelector(".name").textContent = files.map((file) => file.name).join(", ");
  item.querySelector(".state").textContent = words;
  item.querySelector("progress").max = size(files) || 1;
  return item;
}

function size(files) {
  return files.reduce((sum, file) => sum + file.size, 0);
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function finish(item, answer) {
  item.querySelector("progress").remove();
  item.querySelector(".state").textContent = answer.kept ?? answer.state ?? "";
  if (answer.kept) return;
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
  item.classList.add("refused");
  const button = item.querySelector("button");
  if (!retry) return;
  button.textContent = words.retry;
  button.hidden = false;
  button.onclick = () => {
    button.hidden = true;
    item.classList.remove("refused");
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
    form.querySelector("input[type=file]:not([data-camera])").addEventListener("change", (event) => {
      this.take(event.target.files);
      event.target.value = "";
    });
    startCamera(form, (files) => this.takeOne(files));
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

  take(list) {
    const files = [...list];
    if (files.length === 0) return;
    const together = this.form.querySelector("[name=together]")?.checked;
    this.takeAll(together ? [files] : files.map((file) => [file]));
  }

  takeOne(files) {
    this.takeAll([files]);
  }

  takeAll(documents) {
    for (const files of documents) this.queue(files);
    document.querySelector("[data-arrivals-sheet]").hidden = false;
    document.querySelector("[data-arrivals-empty]")?.remove();
    this.next();
  }

  queue(files) {
    const item = line(files, this.form.dataset.waiting);
    this.list.prepend(item);
    const wrong = this.wrong(files);
    if (wrong) fail(item, new Refused(wrong), this.form.dataset, null);
    else this.waiting.push({ files, item, fields: { ...this.fields(files), key: newKey() } });
  }

  wrong(files) {
    const { limit, tooLarge, empty } = this.form.dataset;
    if (limit && files.some((file) => file.size > Number(limit))) return tooLarge;
    return files.some((file) => file.size === 0) ? empty : null;
  }

  // Photos of the tray are one document whether or not the form says so of what is dropped.
  fields(files) {
    const data = new FormData(this.form);
    data.delete("file");
    data.delete("csrf_token");
    if (files.length > 1) data.set("together", "1");
    return Object.fromEntries(data);
  }

  next() {
    while (this.sending < AT_ONCE && this.waiting.length) this.send(this.waiting.shift());
  }

  async send(document) {
    const { files, item, fields } = document;
    this.sending += 1;
    const bar = item.querySelector("progress");
    bar.hidden = false;
    item.querySelector(".state").textContent = this.form.dataset.sending;
    const to = { action: this.form.action, parts: this.form.dataset.parts, fields };
    try {
      const answer = await send(files, to, (sent) => { bar.value = sent; });
      finish(item, answer);
      announce(answer);
    } catch (error) {
      fail(item, error, this.form.dataset, () => {
        this.waiting.push({ ...document, fields: { ...this.fields(files), key: fields.key } });
        this.next();
      });
    }
    this.sending -= 1;
    this.next();
  }
}

// The button to the queue shows how many wait, and appears with the first.
function announce(answer) {
  if (answer.kept) return;
  const button = document.querySelector("[data-waiting-count]");
  if (!button) return;
  button.hidden = false;
  button.querySelector("[data-count]").textContent = answer.waiting;
}

export function startDrops(root) {
  for (const form of root.querySelectorAll("[data-drop]:not(.live)")) new Drop(form);
}
