// What a leader does by keyboard and by one tap: x chooses a line of the list, s signs; on an item j
// and k go to its neighbours, w writes an opinion. A form is sent once, however often it is tapped.
import { isTyping } from "./keys.js";

function count(form) {
  const line = form.querySelector("[data-batch-count]");
  const chosen = form.querySelectorAll("[name=item]:checked").length;
  line.textContent = chosen === 1 ? line.dataset.one : line.dataset.many.replace("{count}", chosen);
}

function choose() {
  const tick = document.querySelector("[data-row].picked [name=item]");
  tick?.click();
  return tick;
}

// What was chosen is signed at once; a line that is only picked is chosen first, and Enter signs it.
function signChosen(form) {
  const button = form.querySelector("[data-sign]");
  if (form.querySelector("[name=item]:checked")) button.click();
  else if (choose()) button.focus();
}

function write() {
  const more = document.getElementById("sign-more");
  if (more && !more.checked) more.click();
  document.querySelector("[data-opinion]")?.focus();
}

function sign(form) {
  const button = form.querySelector("[data-sign]");
  // Reading is signed by one key; a yes to something is not given by a slip of the finger.
  if (button.value === "read") button.click();
  else button.focus();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const list = document.querySelector("[data-batch]");
  const form = document.querySelector("[data-sign-form]");
  if (event.key === "x" && list) choose();
  else if (event.key === "s" && list) signChosen(list);
  else if (event.key === "s" && form) sign(form);
  else if (event.key === "w" && form) {
    event.preventDefault();
    write();
  } else if (event.key === "j") document.querySelector("[data-step=next]")?.click();
  else if (event.key === "k") document.querySelector("[data-step=previous]")?.click();
}

function once(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

function usePhrase(button) {
  const field = document.querySelector("[data-opinion]");
  const phrase = button.textContent.trim();
  const written = field.value.trim();
  if (!written.split("\n").includes(phrase)) field.value = written ? `${written}\n${phrase}` : phrase;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startReading() {
  const list = document.querySelector("[data-batch]");
  if (list) {
    count(list);
    list.addEventListener("change", () => count(list));
  }
  document.querySelectorAll("[data-once]").forEach(once);
  document.addEventListener("keydown", key);
  document.addEventListener("click", (event) => {
    const phrase = event.target.closest("[data-phrase]");
    if (phrase) usePhrase(phrase);
  });
  // On a phone the field is in sight as soon as its panel opens.
  document.getElementById("sign-more")?.addEventListener("change", (event) => {
    if (event.target.checked) document.querySelector("[data-opinion]")?.focus({ preventScroll: true });
  });
}
