// The checking page by keyboard. Enter takes what is offered and goes to the next field that wants to
// be looked at; when none is left, it confirms. Ctrl+Enter confirms at once, Ctrl+Shift+Enter files as
// well, Alt+S and Alt+→ leave the document for later, Alt+← goes back to the one before.
import { startAhead } from "./ahead.js";
import { controlOf, isOpen, startOffers, takeBack, takeFirst } from "./offers.js";
import { startPace } from "./pace.js";
import { startRenewal } from "./renewal.js";

// A second stroke of a finger that meant one must not confirm a document nobody has seen.
const SEEN_AFTER_MS = 350;
const onMac = navigator.platform.startsWith("Mac");

class Queue {
  constructor(form) {
    this.form = form;
    this.shownAt = performance.now();
    this.looked = new Set();
    // A second submit while the answer is on its way would send a form that is old by then.
    form.addEventListener("submit", (event) => {
      if ("sent" in form.dataset) event.preventDefault();
      form.dataset.sent = "";
    });
    window.addEventListener("pageshow", () => delete form.dataset.sent);
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("focusout", (event) => this.left(event));
    form.addEventListener("change", () => this.tell());
    form.addEventListener("click", (event) => {
      const twin = event.target.closest("[data-twin]");
      if (twin) sessionStorage.setItem(twin.dataset.twin, "compared");
    });
    document.addEventListener("keydown", (event) => this.step(event));
    // Where there is a keyboard, work begins at once; on a phone the pages come first.
    if (matchMedia("(hover: hover)").matches) this.begin();
    this.tell();
  }

  // What may be registered already is compared, once, before anything is confirmed.
  begin() {
    const twins = [...this.form.querySelectorAll("[data-twin]")];
    const twin = twins.find((each) => !sessionStorage.getItem(each.dataset.twin));
    const isWrong = this.form.querySelector("[aria-invalid]");
    if (twin && !isWrong) twin.focus({ preventScroll: true });
    else this.go(this.first());
  }

  fields() {
    return [...this.form.querySelectorAll("#fields > .field")].filter(controlOf);
  }

  wants(field) {
    return !this.looked.has(controlOf(field).id)
      && ("look" in field.dataset || field.querySelector("[aria-invalid]") !== null);
  }

  first() {
    const fields = this.fields();
    return fields.find((field) => field.querySelector("[aria-invalid]"))
      ?? fields.find((field) => this.wants(field)) ?? fields[0];
  }

  // The next one below, else one that was passed over.
  next(field) {
    const fields = this.fields();
    const at = fields.indexOf(field) + 1;
    return [...fields.slice(at), ...fields.slice(0, at)].find((each) => this.wants(each));
  }

  go(field) {
    const control = controlOf(field);
    control.focus({ preventScroll: matchMedia("(min-width: 1000px)").matches });
    control.scrollIntoView({ block: "nearest" });
    // What stands there and is right shall be read, not typed over.
    if (control.matches("textarea, input") && !field.matches(".is-filled, .is-same")) control.select();
  }

  left(event) {
    const field = event.target.closest("#fields > .field");
    if (!field || field.contains(event.relatedTarget)) return;
    this.looked.add(controlOf(field).id);
    this.tell();
  }

  // The keys stand on the button that they press.
  tell() {
    const here = document.activeElement?.closest("#fields > .field");
    const stops = Boolean(document.activeElement?.closest("[data-twin]"));
    const waits = stops || this.fields().some((field) => field !== here && this.wants(field));
    this.form.querySelectorAll("[data-confirm] kbd").forEach((kbd) => {
      kbd.textContent = waits ? "Ctrl ⏎" : "⏎";
    });
  }

  key(event) {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (!event.repeat) this.confirm(event.shiftKey ? "[data-file]" : "[data-confirm]");
      return;
    }
    const field = event.target.closest("#fields > .field");
    if (!field || event.shiftKey || !event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    if (!event.repeat) this.enter(field);
  }

  enter(field) {
    if (isOpen(field)) takeFirst(field);
    this.looked.add(controlOf(field).id);
    const next = this.next(field);
    if (next) this.go(next);
    else if (performance.now() - this.shownAt > SEEN_AFTER_MS) this.confirm("[data-confirm]");
    this.tell();
  }

  confirm(button) {
    const wanted = this.form.querySelector(button) ?? this.form.querySelector("[data-confirm]");
    if (this.form.reportValidity()) this.form.requestSubmit(wanted);
  }

  step(event) {
    const typing = onMac && event.target.closest("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey) {
      if (takeBack()) event.preventDefault();
    } else if (event.altKey && (event.code === "KeyS" || (event.key === "ArrowRight" && !typing))) {
      event.preventDefault();
      document.querySelector("[data-skip]")?.click();
    } else if (event.altKey && event.key === "ArrowLeft" && !typing) {
      event.preventDefault();
      document.querySelector("[data-earlier]")?.click();
    }
  }
}

export function startQueue(root) {
  const form = root.querySelector("[data-queue]:not([data-live])");
  if (!form) return;
  form.dataset.live = "";
  startOffers(form);
  const queue = new Queue(form);
  startPace(form);
  startAhead(form);
  startRenewal(form, () => {
    if (!("touched" in form.dataset)) queue.begin();
    queue.tell();
  });
}
