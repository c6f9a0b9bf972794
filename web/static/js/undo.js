// Ctrl+Z takes back what the page has just told about, unless something is being typed, which the
// browser undoes by itself.
import { isTyping } from "./keys.js";

export function startUndo() {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.shiftKey) return;
    if (event.defaultPrevented || event.repeat || document.querySelector("dialog[open]")) return;
    const undo = document.querySelector("form[data-undo]");
    const form = event.target.closest("[data-queue]");
    if (!undo || (form ? "touched" in form.dataset : isTyping(event.target))) return;
    event.preventDefault();
    undo.requestSubmit();
  });
}
