// Keys that work everywhere: `/` searches, `?` shows all keys, `g` and a letter goes to a place; and
// the keys of a page, each marked on the button that it presses.
import { openDialog } from "./dialogs.js";

const GO_WITHIN_MS = 1200;

export function isTyping(target) {
  // In a box to tick nothing is typed.
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

export function startKeys() {
  let going = -GO_WITHIN_MS;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("[data-search]")?.select();
    } else if (event.key === "?") {
      openDialog("keys");
    } else if (event.key === "g") {
      going = event.timeStamp;
    } else if (event.timeStamp - going < GO_WITHIN_MS) {
      going = -GO_WITHIN_MS;
      const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (!place) return;
      // The second key of `g s` is no key of the page: it must not sign what is there.
      event.stopImmediatePropagation();
      place.click();
    } else {
      document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
  });
}
